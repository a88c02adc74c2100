//! Whether whoever asks can make a change: the policies in force are asked what they say of the very calls that make it.
//!
//! What the caller's own identity policies allow cannot be seen here; what a bucket policy or key policy denies can.

use crate::checks::Case;
use crate::policy::condition::Condition;
use crate::policy::nearest::statement_name;
use crate::policy::{Context, Document, DocumentKind, Effect, KeyState, Outcome, Principal, Request, decide};
use crate::report::DocumentName;

/// How a policy stands in the way of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It surely denies the call to the caller.
    Denied {
        /// Who can make the change.
        who: String,
        /// What denies it.
        why: String,
    },
    /// It denies the call unless it is made in some way: a sentence.
    Conditional(String),
}

/// The calls that change a setting, on the bucket or on the key.
fn calls(setting: DocumentName) -> (&'static [&'static str], DocumentKind) {
    use DocumentKind::{Bucket, Key};
    match setting {
        DocumentName::Key => (&["kms:EnableKey", "kms:CancelKeyDeletion"], Key),
        DocumentName::KeyPolicy => (&["kms:PutKeyPolicy"], Key),
        DocumentName::DefaultEncryption => (&["s3:PutEncryptionConfiguration"], Bucket),
        DocumentName::BucketPolicy => (&["s3:PutBucketPolicy"], Bucket),
        DocumentName::Acl => (&["s3:PutBucketAcl"], Bucket),
        DocumentName::OwnershipControls => (&["s3:PutBucketOwnershipControls"], Bucket),
        DocumentName::PublicAccessBlock => (&["s3:PutBucketPublicAccessBlock"], Bucket),
        DocumentName::RequestPayment => (&["s3:PutBucketRequestPayment"], Bucket),
        DocumentName::ObjectLock => (&["s3:PutBucketObjectLockConfiguration"], Bucket),
    }
}

/// What stands in the way of changing a setting, by the policies in force.
pub(super) fn obstacle(case: &Case<'_>, setting: DocumentName) -> Option<Obstacle> {
    if case.snapshot.is_planned() {
        return None;
    }
    let (actions, kind) = calls(setting);
    let fact = match kind {
        DocumentKind::Bucket => case.snapshot.policy_in_force(),
        DocumentKind::Key => case.snapshot.key_policy_in_force(),
    };
    let document = Document::parse(&fact.found()?.policy, kind).ok()?;
    actions.iter().find_map(|action| of_call(case, &document, kind, action))
}

fn of_call(case: &Case<'_>, document: &Document, kind: DocumentKind, action: &str) -> Option<Obstacle> {
    let vendor = case.vendor();
    let key = vendor.default_key_arn();
    let (resource, owner) = match kind {
        DocumentKind::Bucket => (vendor.bucket_arn(), vendor.owner_account().map(str::to_owned)),
        DocumentKind::Key => {
            let owner = key.as_deref().and_then(|key| key.split(':').nth(4)).map(str::to_owned);
            (key.unwrap_or_default(), owner)
        }
    };
    let caller = case.snapshot.caller.found().and_then(|caller| Principal::parse(caller.arn.as_deref()?).ok());
    let of_owner = |caller: &&Principal| owner.is_none() || caller.account() == owner.as_deref();
    let caller = caller.as_ref().filter(of_owner);
    let anyone = match &owner {
        Some(account) => Principal::AnyOf { partition: partition(&resource), account: account.clone() },
        None => Principal::Anyone,
    };
    // The account's root user can always read, put and delete the bucket policy.
    if matches!(caller, Some(Principal::Root(_))) && action.ends_with("BucketPolicy") {
        return None;
    }
    let request = |who: &Principal| {
        let mut context = Context::new(KeyState::Unknown);
        context.set("aws:SecureTransport", KeyState::known("true"));
        context.set("aws:CurrentTime", KeyState::known(case.snapshot.taken_at.to_string()));
        Request::new(who.clone(), action, &resource, owner.as_deref(), context)
    };
    let refused = |who: &Principal| {
        let decision = decide(document, &request(who));
        let denied = match kind {
            // The bucket's own account is allowed by its identity policies.
            DocumentKind::Bucket => decision.outcome == Outcome::ExplicitlyDenied,
            DocumentKind::Key => decision.outcome.is_denied(),
        };
        (denied, decision)
    };
    let (denied, decision) = refused(caller.unwrap_or(&anyone));
    if denied {
        let everyone = refused(&anyone).0;
        let statement = decision.statements.first().and_then(|index| document.statements.get(*index));
        return Some(Obstacle::Denied {
            who: who(kind, action, everyone),
            why: why(kind, action, caller, everyone, statement.map(statement_name)),
        });
    }
    if decision.outcome != Outcome::Conditional {
        return None;
    }
    places(document, &request(caller.unwrap_or(&anyone))).map(|(name, place)| {
        Obstacle::Conditional(format!("Run the commands {place}: {name} denies {action} from anywhere else."))
    })
}

fn partition(arn: &str) -> String {
    arn.split(':').nth(1).unwrap_or("aws").to_owned()
}

fn who(kind: DocumentKind, action: &str, everyone: bool) -> String {
    match (kind, everyone) {
        (DocumentKind::Bucket, true) if action.ends_with("BucketPolicy") => "the root user of the bucket's account",
        (DocumentKind::Bucket, true) => "nobody, until the bucket policy is changed",
        (DocumentKind::Bucket, false) => "a principal of your account whom the statement does not deny",
        (DocumentKind::Key, true) => "AWS Support: nobody in the key's account can change its policy",
        (DocumentKind::Key, false) => "a principal whom the key policy allows",
    }
    .to_owned()
}

fn why(
    kind: DocumentKind,
    action: &str,
    caller: Option<&Principal>,
    everyone: bool,
    statement: Option<String>,
) -> String {
    let whom = match (everyone, caller) {
        (true, _) | (false, None) => "everyone",
        (false, Some(_)) => "you",
    };
    let document = match kind {
        DocumentKind::Bucket => "bucket policy",
        DocumentKind::Key => "key policy",
    };
    let cause = match statement {
        Some(statement) => format!("{statement} of the {document} denies {action} to {whom}"),
        None => format!("the {document} does not allow {action} to {whom}"),
    };
    let locked = kind == DocumentKind::Bucket && everyone && action.ends_with("BucketPolicy");
    let how = if locked {
        " Only the account's root user can delete the policy: sign in as root and delete the bucket policy, or, where root access is \
         managed centrally, `aws sts assume-root --target-principal ACCOUNT --task-policy-arn \
         arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy` from the management account. Then run `stc-check fix` again."
    } else {
        ""
    };
    format!("The change would be refused, because {cause}.{how}")
}

/// From where a call has to be made, by the statement that otherwise denies it.
fn places(document: &Document, request: &Request) -> Option<(String, String)> {
    let network = |condition: &&Condition| {
        matches!(condition.key_name.to_ascii_lowercase().as_str(), "aws:sourcevpce" | "aws:sourcevpc" | "aws:sourceip")
    };
    let mut denies = document.statements.iter().filter(|statement| {
        statement.effect == Effect::Deny
            && crate::policy::weigh::applies(statement, request) == crate::policy::Tri::Unknown
    });
    denies.find_map(|statement| {
        let condition = statement.conditions.iter().find(network)?;
        let values = condition.values().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
        let place = match condition.key_name.to_ascii_lowercase().as_str() {
            "aws:sourcevpce" => format!("through the VPC endpoint {values}"),
            "aws:sourcevpc" => format!("from the VPC {values}"),
            _ => format!("from the address {values}"),
        };
        Some((statement_name(statement), place))
    })
}
