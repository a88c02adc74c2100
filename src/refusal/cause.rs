//! Who, or what, refuses, and whose move it is then.

/// Whether a policy denies, or none allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// "with an explicit deny in …".
    Explicit,
    /// "because no … allows …".
    Implicit,
}

/// Who, or what, refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The IAM policies of the caller.
    IdentityPolicy,
    /// The caller's permissions boundary.
    PermissionsBoundary,
    /// The policy that the caller's session was started with.
    SessionPolicy,
    /// A service control policy of the caller's organization.
    ServiceControlPolicy,
    /// The policy of the VPC endpoint that the request went through.
    VpcEndpointPolicy,
    /// A Deny, AWS does not say where.
    UnnamedPolicy,
    /// The trust policy of the role that was to be assumed.
    TrustPolicy,
    /// `AssumeRole` refused without a reason: the caller's IAM policies or the role's trust policy.
    AssumeRole,
    /// The bucket policy; or Block Public Access, which S3 words the same way.
    BucketPolicy,
    /// A setting of Block Public Access, named as such.
    BlockPublicAccess,
    /// ACLs are disabled on the bucket.
    AclsDisabled,
    /// ACLs are to be disabled, and the bucket's still grants something to others.
    AclsInUse,
    /// KMS encryption is to be had over TLS only, and the request came without.
    PlainHttp,
    /// The bucket blocks this type of encryption.
    BlockedEncryption,
    /// A resource control policy of the bucket's organization.
    ResourceControlPolicy,
    /// The policy of the KMS key.
    KeyPolicy,
    /// A key that is not there, or of another account whose policy does not let the caller in: KMS does not tell which.
    ForeignKey,
    /// The key does not exist where it was looked for.
    KeyMissing,
    /// The key is disabled.
    KeyDisabled,
    /// The key is waiting to be deleted, to be imported, or for its key store.
    KeyState,
    /// The key is not one for encryption.
    KeyUsage,
    /// The key's name cannot be read.
    KeyName,
    /// "Access Denied" and nothing else.
    Bare,
    /// 403 without any sentence, as for HEAD.
    Silent,
    /// The caller is not of the account that owns the bucket.
    NotTheOwner,
    /// The Region is not enabled in the caller's account, or the token is none that it takes.
    RegionNotEnabled,
    /// The bucket is in another Region.
    WrongRegion,
    /// AWS has shut the bucket or the account.
    ShutByAws,
    /// Object Lock protects the object.
    Retention,
    /// Too many requests.
    Throttled,
    /// The service had a fault of its own.
    ServiceFault,
    /// The upload carried no checksum, and Object Lock asks for one.
    ChecksumMissing,
    /// What arrived is not what was sent.
    ChecksumWrong,
    /// Another request on the same key was under way.
    Conflict,
    /// Another object lies under the key.
    Taken,
    /// Another change of the bucket is under way.
    BucketBusy,
    /// The credentials have expired.
    Expired,
    /// AWS does not accept the credentials.
    CredentialsRefused,
    /// The caller's clock is off.
    Clock,
    /// No credentials were found, or getting them failed.
    NoCredentials,
    /// There is no such bucket.
    NoBucket,
    /// There is no such object or upload, or the setting is not set.
    NotThere,
    /// The service refused a document as it is.
    DocumentRefused,
    /// The request cannot succeed as it is, however often it is sent.
    BadRequest,
    /// The service does not do this.
    NotOffered,
    /// No connection, or no answer in time.
    NoAnswer,
    /// A proxy, or a page that is not AWS's.
    Intermediary,
    /// Nothing above.
    Unrecognised,
}

/// Whose move it is.
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

impl Cause {
    /// Whose move it is.
    pub(super) fn side(self) -> Side {
        use Cause as C;
        match self {
            C::IdentityPolicy
            | C::PermissionsBoundary
            | C::SessionPolicy
            | C::ServiceControlPolicy
            | C::VpcEndpointPolicy
            | C::TrustPolicy
            | C::AssumeRole
            | C::NotTheOwner
            | C::RegionNotEnabled
            | C::Expired
            | C::CredentialsRefused
            | C::Clock
            | C::NoCredentials
            | C::NoAnswer
            | C::Intermediary => Side::Caller,
            C::BucketPolicy | C::Retention | C::NoBucket => Side::Bucket,
            C::ResourceControlPolicy => Side::Organization,
            C::KeyPolicy | C::ForeignKey | C::KeyMissing | C::KeyDisabled | C::KeyState | C::KeyUsage | C::KeyName => {
                Side::Key
            }
            C::ShutByAws => Side::Aws,
            C::Throttled | C::ServiceFault | C::BucketBusy => Side::Passing,
            C::Conflict | C::Taken => Side::Occupied,
            // Of an ACL, a policy or an encryption header that the request carried.
            C::BlockPublicAccess
            | C::AclsDisabled
            | C::AclsInUse
            | C::PlainHttp
            | C::BlockedEncryption
            | C::ChecksumMissing
            | C::ChecksumWrong
            | C::WrongRegion
            | C::DocumentRefused
            | C::BadRequest
            | C::NotOffered => Side::Request,
            C::UnnamedPolicy | C::Bare | C::Silent | C::NotThere | C::Unrecognised => Side::Open,
        }
    }

    /// Whether a policy, a setting or an account refused who asked: not the load, the login or the request's form.
    pub(super) fn is_denial(self) -> bool {
        use Cause as C;
        matches!(
            self,
            C::IdentityPolicy
                | C::PermissionsBoundary
                | C::SessionPolicy
                | C::ServiceControlPolicy
                | C::VpcEndpointPolicy
                | C::UnnamedPolicy
                | C::TrustPolicy
                | C::AssumeRole
                | C::BucketPolicy
                | C::BlockPublicAccess
                | C::ResourceControlPolicy
                | C::KeyPolicy
                | C::ForeignKey
                | C::Bare
                | C::Silent
                | C::NotTheOwner
        )
    }
}
