//! Who, or what, refuses, and who can act on it: one row a cause.

use super::{Advice, Refusal};

/// Whether a policy denies, or none allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// "with an explicit deny in …".
    Explicit,
    /// "because no … allows …".
    Implicit,
}

/// Who can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The caller's: its policies, its organization's, its network, its login. It says nothing of the bucket.
    Caller,
    /// The bucket's: its policy and settings.
    Bucket,
    /// The organization of the bucket.
    Organization,
    /// The key's.
    Key,
    /// AWS's own.
    Aws,
    /// Nobody's: it passes.
    Passing,
    /// The key of the object is taken.
    Occupied,
    /// The request's own.
    Request,
    /// Not known.
    Open,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $cause:ident: $side:ident, $is_denial:literal, $advice:ident;)*) => {
        /// Who, or what, refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Cause {
            $($(#[$doc])* $cause,)*
        }

        impl Cause {
            /// Who can act on it.
            pub(super) fn side(self) -> Side {
                match self {
                    $(Self::$cause => Side::$side,)*
                }
            }

            /// Whether a policy, a setting or an account refused who asked: not the load, the login or the request's form.
            pub(super) fn is_denial(self) -> bool {
                match self {
                    $(Self::$cause => $is_denial,)*
                }
            }

            /// What to say of a refusal with this cause.
            pub(super) fn advice(self, refusal: &Refusal<'_>) -> Advice {
                match self {
                    $(Self::$cause => refusal.$advice(),)*
                }
            }
        }
    };
}

// For each cause: who can act on it, whether it is a denial, and the advice. What an ACL, a policy or an encryption
// header of the request brought about is the request's.
causes! {
    /// The IAM policies of the caller.
    IdentityPolicy: Caller, true, of_the_callers_policies;
    /// The caller's permissions boundary.
    PermissionsBoundary: Caller, true, of_the_callers_policies;
    /// The policy that the caller's session was started with.
    SessionPolicy: Caller, true, of_the_callers_policies;
    /// A service control policy of the caller's organization.
    ServiceControlPolicy: Caller, true, of_the_callers_policies;
    /// The policy of the VPC endpoint that the request went through.
    VpcEndpointPolicy: Caller, true, of_the_callers_policies;
    /// A Deny, AWS does not say where.
    UnnamedPolicy: Open, true, of_the_callers_policies;
    /// The trust policy of the role that was to be assumed.
    TrustPolicy: Caller, true, of_the_callers_policies;
    /// `AssumeRole` refused without a reason: the caller's IAM policies or the role's trust policy.
    AssumeRole: Caller, true, of_the_callers_policies;
    /// The bucket policy; or Block Public Access, which S3 words the same way.
    BucketPolicy: Bucket, true, of_the_bucket;
    /// A setting of Block Public Access, named as such.
    BlockPublicAccess: Request, true, of_the_bucket;
    /// ACLs are disabled on the bucket.
    AclsDisabled: Request, false, of_the_bucket;
    /// ACLs are to be disabled, and the bucket's still grants something to others.
    AclsInUse: Request, false, of_the_settings;
    /// KMS encryption is to be had over TLS only, and the request came without.
    PlainHttp: Request, false, of_the_settings;
    /// The bucket blocks this type of encryption.
    BlockedEncryption: Request, false, of_the_bucket;
    /// A resource control policy of the bucket's organization.
    ResourceControlPolicy: Organization, true, of_the_bucket;
    /// The policy of the KMS key.
    KeyPolicy: Key, true, of_the_key;
    /// A key that is not there, or of another account whose policy does not let the caller in: KMS does not tell which.
    ForeignKey: Key, true, of_the_key;
    /// The key does not exist where it was looked for.
    KeyMissing: Key, false, of_the_key;
    /// The key is disabled.
    KeyDisabled: Key, false, of_the_key;
    /// The key is waiting to be deleted, to be imported, or for its key store.
    KeyState: Key, false, of_the_key;
    /// The key is not one for encryption.
    KeyUsage: Key, false, of_the_key;
    /// The key's name cannot be read.
    KeyName: Key, false, of_the_key;
    /// "Access Denied" and nothing else.
    Bare: Open, true, of_the_bucket;
    /// 403 without any sentence, as for HEAD.
    Silent: Open, true, of_the_bucket;
    /// The caller is not of the account that owns the bucket.
    NotTheOwner: Caller, true, of_the_bucket;
    /// The Region is not enabled in the caller's account, or the token is none that it takes.
    RegionNotEnabled: Caller, false, of_the_login;
    /// The bucket is in another Region.
    WrongRegion: Request, false, of_the_request;
    /// AWS has shut the bucket or the account.
    ShutByAws: Aws, false, of_the_request;
    /// Object Lock protects the object.
    Retention: Bucket, false, of_the_bucket;
    /// Too many requests.
    Throttled: Passing, false, of_what_passes;
    /// The service had a fault of its own.
    ServiceFault: Passing, false, of_what_passes;
    /// The upload carried no checksum, and Object Lock asks for one.
    ChecksumMissing: Request, false, of_the_request;
    /// What arrived is not what was sent.
    ChecksumWrong: Request, false, of_what_passes;
    /// Another request on the same key was under way.
    Conflict: Occupied, false, of_what_passes;
    /// Another object lies under the key.
    Taken: Occupied, false, of_what_passes;
    /// Another change of the bucket is under way.
    BucketBusy: Passing, false, of_what_passes;
    /// The credentials have expired.
    Expired: Caller, false, of_the_login;
    /// AWS does not accept the credentials.
    CredentialsRefused: Caller, false, of_the_login;
    /// The caller's clock is off.
    Clock: Caller, false, of_the_login;
    /// No credentials were found, or getting them failed.
    NoCredentials: Caller, false, of_the_login;
    /// There is no such bucket.
    NoBucket: Bucket, false, of_the_request;
    /// There is no such object or upload, or the setting is not set.
    NotThere: Open, false, of_the_settings;
    /// The service refused a document as it is.
    DocumentRefused: Request, false, of_the_request;
    /// The request cannot succeed as it is, however often it is sent.
    BadRequest: Request, false, of_the_request;
    /// The service does not do this.
    NotOffered: Request, false, of_the_request;
    /// No connection, or no answer in time.
    NoAnswer: Caller, false, of_the_request;
    /// A proxy, or a page that is not AWS's.
    Intermediary: Caller, false, of_the_request;
    /// Nothing above.
    Unrecognised: Open, false, of_the_request;
}
