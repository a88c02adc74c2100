//! Whether you can make a change: the policies in force are evaluated for the very calls that make it.
//!
//! What the caller's own identity policies allow cannot be seen here; what a bucket policy or key policy denies can.

use crate::checks::Case;
use crate::checks::policy::capitalised;
use crate::policy::condition::Condition;
use crate::policy::nearest::statement_name;
use crate::policy::weigh::applies;
use crate::policy::{
    Context, Decision, Document, DocumentKind, Effect, KeyState, Outcome, Principal, Request, Statement, Tri, decide,
};
use crate::report::DocumentName;

/// How a policy prevents a change.
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

/// What prevents changing a setting, by the policies in force.
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
        DocumentKind::Bucket => (vendor.bucket_arn(), vendor.owner_account()),
        DocumentKind::Key => (key.clone().unwrap_or_default(), key.as_deref().and_then(|key| key.split(':').nth(4))),
    };
    let caller = case.snapshot.caller.found().and_then(|caller| Principal::parse(caller.arn.as_deref()?).ok());
    let caller = caller.filter(|caller| owner.is_none() || caller.account() == owner);
    // The account's root user can always read, put and delete the bucket policy.
    if matches!(caller, Some(Principal::Root(_))) && action.ends_with("BucketPolicy") {
        return None;
    }
    let anyone = match owner {
        Some(account) => Principal::AnyOf { partition: partition(&resource), account: account.to_owned() },
        None => Principal::Anyone,
    };
    let call = |who: &Principal, action: &str| {
        let mut context = Context::new(KeyState::Unknown);
        context.set("aws:SecureTransport", KeyState::known("true"));
        context.set("aws:CurrentTime", KeyState::known(case.snapshot.taken_at.to_string()));
        Request::new(who.clone(), action, &resource, owner, context)
    };
    let is_denied = |decision: &Decision| match kind {
        // The bucket's own account is allowed by its identity policies.
        DocumentKind::Bucket => decision.outcome == Outcome::ExplicitlyDenied,
        DocumentKind::Key => decision.outcome.is_denied(),
    };
    let who = caller.as_ref().unwrap_or(&anyone);
    let request = call(who, action);
    let decision = decide(document, &request);
    if !is_denied(&decision) {
        return way(document, &request).map(Obstacle::Conditional);
    }
    let everyone = is_denied(&decide(document, &call(&anyone, action)));
    let whom = if everyone || caller.is_none() { "everyone" } else { "you" };
    let reason = match decision.statements.first().and_then(|index| document.statements.get(*index)) {
        Some(one) => format!("{} of the {} denies {action} to {whom}", statement_name(one), kind.name()),
        None => format!("the {} does not allow {action} to {whom}", kind.name()),
    };
    // The account's root user alone is above a bucket policy that refuses its own change to everybody
    // (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>).
    let is_locked = kind == DocumentKind::Bucket && everyone && action.ends_with("BucketPolicy");
    let who_can = match (kind, everyone) {
        (DocumentKind::Bucket, true) if is_locked => "the root user of the bucket's account",
        (DocumentKind::Bucket, true) => "nobody, until the bucket policy is changed",
        (DocumentKind::Bucket, false) => "a principal of your account that the statement does not deny",
        (DocumentKind::Key, true) => "AWS Support: nobody in the key's account can change its policy",
        (DocumentKind::Key, false) => "a principal that the key policy allows",
    };
    let mut why = format!("The change would be refused, because {reason}.");
    if is_locked {
        why += &unlocking(owner);
        if !denies_surely(document, &call(who, "s3:DeleteBucketPolicy")) {
            why += " No statement denies s3:DeleteBucketPolicy: if your IAM permissions have it, you can delete the policy \
                    yourself and put the whole one of `stc-check policy`; until then the bucket has no policy.";
        }
    }
    Some(Obstacle::Denied { who: who_can.to_owned(), why })
}

fn denies_surely(document: &Document, request: &Request) -> bool {
    document.statements.iter().any(|one| one.effect == Effect::Deny && applies(one, request) == Tri::True)
}

fn partition(arn: &str) -> String {
    arn.split(':').nth(1).unwrap_or("aws").to_owned()
}

fn unlocking(account: Option<&str>) -> String {
    let account = account.unwrap_or("ACCOUNT");
    format!(
        " Only the account's root user can delete the policy despite that: sign in as root and delete the bucket policy, or, \
         where root access is managed centrally, run `aws sts assume-root --target-principal {account} --task-policy-arn \
         arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy` in the management account. Then run `stc-check fix` again."
    )
}

/// How a call has to be made, by the statements that otherwise deny it: sentences.
fn way(document: &Document, request: &Request) -> Option<String> {
    let denies =
        document.statements.iter().filter(|one| one.effect == Effect::Deny && applies(one, request) == Tri::Unknown);
    let mut ways: Vec<String> = denies.filter_map(|statement| way_past(statement, request)).collect();
    let more = ways.len().saturating_sub(MOST_WAYS);
    ways.truncate(MOST_WAYS);
    let noun = if more == 1 { "statement" } else { "statements" };
    ways.extend((more > 0).then(|| format!("{more} more {noun} may deny it too.")));
    (!ways.is_empty()).then(|| ways.join(" "))
}

/// Of more statements than this it is not said how each spares whoever asks.
const MOST_WAYS: usize = 3;

/// How a Deny that may apply spares a call: by any one of its conditions that does not hold.
fn way_past(statement: &Statement, request: &Request) -> Option<String> {
    let (name, action) = (statement_name(statement), &request.action_name);
    let open = || statement.conditions.iter().filter(|condition| condition.holds(&request.context) == Tri::Unknown);
    let places: Vec<String> = open().filter_map(place).collect();
    let keys = open().filter(|condition| place(condition).is_none());
    let keys: Vec<String> = keys.map(|condition| format!("`{}`", condition.key_name)).collect();
    let (places, keys) = (places.join(" or "), keys.join(" and "));
    match (places.is_empty(), keys.is_empty()) {
        (false, true) => Some(format!("Run the commands {places}: {name} denies {action} from anywhere else.")),
        (false, false) => Some(format!(
            "Run the commands {places}: {name} denies {action} from anywhere else, unless its Condition spares you: see what \
             it says of {keys}."
        )),
        (true, false) => Some(format!(
            "{} denies {action} unless its Condition spares you: see what it says of {keys} before you run the commands.",
            capitalised(&name)
        )),
        (true, true) => None,
    }
}

/// Where requests come from that a condition of a Deny spares: it names the networks that are let through.
fn place(condition: &Condition) -> Option<String> {
    let values = condition.values().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
    let place = match condition.key.as_str() {
        "aws:sourcevpce" => format!("through the VPC endpoint {values}"),
        "aws:sourcevpc" => format!("from the VPC {values}"),
        "aws:sourceip" => format!("from the address {values}"),
        _ => return None,
    };
    condition.operator.negated.then_some(place)
}
