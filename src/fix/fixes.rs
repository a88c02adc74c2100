//! How to fix each check: the edit of the one fact that it is about, in a copy of what was read.

use serde_json::{Value, json};

use super::edit::{Draft, Extension, is_nobody, without};
use super::escalation::has_log_delivery;
use super::lists::{list, one_or_many};
use super::no_fix::NoFix;
use super::placeholders;
use super::saveable::make_saveable;
use crate::checks::key::replica_in_region;
use crate::checks::saving::objections;
use crate::checks::{self, Case, Repair};
use crate::names::KeyArn;
use crate::policy::condition::Condition;
use crate::policy::nearest::mismatches;
use crate::policy::public::{publicity, unlimited_statements};
use crate::policy::weigh::applies;
use crate::policy::{Context, Document, DocumentKind, Effect, KeyState, Principal, Request, Statement, Tri, decide};
use crate::report::CheckId;
use crate::snapshot::{
    AclAnswer, AclGrant, AclGrantee, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration, EncryptionRule,
    Fact, ObjectLockConfiguration, OwnershipAnswer, OwnershipControls, OwnershipRule, PublicAccessBlock,
    PublicAccessBlockAnswer, RequestPayment, Snapshot,
};
use crate::vendor::documents;
use crate::vendor::requests::{VendorAction, VendorRequests};
use crate::vendor::{KmsAction, Writer};

/// The checks that a change can fix, in the order in which the changes are tried.
pub(super) fn repairs() -> Vec<(CheckId, Repair)> {
    let mut repairs: Vec<_> = checks::all().filter_map(|check| Some((check.id, check.repair?))).collect();
    repairs.sort_by_key(|(_, repair)| *repair);
    repairs
}

/// Makes the change in a snapshot, or says why it cannot be made.
pub(super) fn apply(repair: Repair, case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    match repair {
        Repair::DefaultEncryption => default_encryption(case, snapshot),
        Repair::UsableKey => usable_key(case, snapshot),
        Repair::PolicyMistakes => bucket_policy(case, snapshot, placeholders::fix),
        Repair::LimitPublicStatements => bucket_policy(case, snapshot, narrow_public),
        Repair::Access(actions) => access(case, snapshot, actions),
        Repair::DenyPlainHttp => bucket_policy(case, snapshot, |vendor, draft| {
            draft.add(documents::tls_only(vendor));
            Ok(())
        }),
        Repair::KeyPolicyMistakes => key_policy(case, snapshot, |vendor, draft| {
            return_to_owner(vendor, draft);
            Ok(())
        }),
        Repair::KeyAccess(action) => key_access(case, snapshot, action),
        Repair::LimitKeyPolicy => key_policy(case, snapshot, limit_to_owner),
        Repair::BlockPublicAccess => access_block(case, snapshot),
        Repair::PrivateAcl => private_acl(case, snapshot),
        Repair::OwnerEnforced => enforce_owner(case, snapshot),
        Repair::OwnerPays => owner_pays(case, snapshot),
        Repair::NoDefaultRetention => no_default_retention(case, snapshot),
    }
}

/// What an editor of a policy works with.
pub(super) type Editor = fn(&VendorRequests<'_>, &mut Draft) -> Result<(), NoFix>;

fn bucket_policy(case: &Case<'_>, snapshot: &mut Snapshot, edit: Editor) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)?;
    edit(&VendorRequests { connection: case.connection, snapshot }, &mut draft)?;
    propose(case, snapshot, draft);
    Ok(())
}

fn key_policy(case: &Case<'_>, snapshot: &mut Snapshot, edit: Editor) -> Result<(), NoFix> {
    refuse_foreign_key(snapshot)?;
    let mut draft = Draft::read(&snapshot.key_policy, DocumentKind::Key, &snapshot.bucket)?;
    edit(&VendorRequests { connection: case.connection, snapshot }, &mut draft)?;
    make_saveable(&case.with_snapshot(snapshot), DocumentKind::Key, &mut draft);
    snapshot.key_policy = Fact::Found(draft.text());
    Ok(())
}

/// Puts a bucket policy into a snapshot. What S3 said of the policy in force, that it is not public, holds for the new one
/// where the edits opened nothing.
fn propose(case: &Case<'_>, snapshot: &mut Snapshot, mut draft: Draft) {
    if draft.statements().is_empty() {
        // There is no policy without a statement: what the vendor needs takes the place of what helped nobody.
        let Value::Object(mut whole) =
            documents::bucket_policy(&VendorRequests { connection: case.connection, snapshot })
        else {
            return;
        };
        if let Some(Value::Array(statements)) = whole.remove("Statement") {
            *draft.statements() = statements;
        }
    }
    make_saveable(&case.with_snapshot(snapshot), DocumentKind::Bucket, &mut draft);
    let public = |document: Option<Document>| document.map_or(0, |document| publicity(&document).statements.len());
    let before = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)
        .ok()
        .and_then(|draft| draft.document());
    let opened = public(draft.document()) > public(before);
    let said = snapshot.policy_status.found().cloned().filter(|answer| !answer.policy_status.is_public && !opened);
    snapshot.preview_bucket_policy(draft.text());
    if let Some(answer) = said {
        snapshot.policy_status = Fact::Found(answer);
    }
}

fn access(case: &Case<'_>, snapshot: &mut Snapshot, actions: &[VendorAction]) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)?;
    let vendor = VendorRequests { connection: case.connection, snapshot };
    let action = actions.first().map_or("", |action| action.iam_action());
    let requests = |writer: &Writer| -> Vec<Request> {
        let keys = vendor.object_keys();
        let every = keys.iter().flat_map(|key| actions.iter().map(move |action| (key, *action)));
        every.map(|(key, action)| vendor.bucket_request(writer, action, key)).collect()
    };
    let requests: Vec<Request> =
        vendor.writers().iter().chain(&vendor.documented_account()).flat_map(requests).collect();
    let cut_off = draft.document().is_some_and(|document| requests.iter().all(|request| is_open(&document, request)));
    if cut_off {
        // The statements let Sailthru through: what stands in the way is that some other is public.
        narrow_public(&vendor, &mut draft)?;
    } else {
        open(&vendor, &mut draft, &requests, |draft| draft.allow(action, documents::named_grant(&vendor, &[action])));
    }
    propose(case, snapshot, draft);
    Ok(())
}

fn key_access(case: &Case<'_>, snapshot: &mut Snapshot, action: KmsAction) -> Result<(), NoFix> {
    refuse_foreign_key(snapshot)?;
    if snapshot.key.found().is_some_and(|answer| answer.key_metadata.key_manager.as_deref() == Some("AWS")) {
        return Ok(());
    }
    let action = action.as_str();
    let mut draft = Draft::read(&snapshot.key_policy, DocumentKind::Key, &snapshot.bucket)?;
    let vendor = VendorRequests { connection: case.connection, snapshot };
    let keys = vendor.object_keys();
    let requests =
        |writer: &Writer| -> Vec<Request> { keys.iter().map(|key| vendor.key_request(writer, action, key)).collect() };
    let requests: Vec<Request> =
        vendor.writers().iter().chain(&vendor.documented_account()).flat_map(requests).collect();
    extend_conditions(&vendor, &mut draft, &requests);
    open(&vendor, &mut draft, &requests, |draft| draft.allow(action, documents::key_statement(&vendor)));
    make_saveable(&case.with_snapshot(snapshot), DocumentKind::Key, &mut draft);
    snapshot.key_policy = Fact::Found(draft.text());
    Ok(())
}

/// Condition keys of KMS whose values the owner chose for Sailthru: where one of them is all that keeps a request out, the
/// value that the request has is added, and the condition stays.
const EXTENDABLE: [&str; 3] = ["kms:encryptioncontext:aws:s3:arn", "kms:viaservice", "kms:calleraccount"];

/// Adds what requests have to the conditions of the statements that name Sailthru and would allow them otherwise.
fn extend_conditions(vendor: &VendorRequests<'_>, draft: &mut Draft, requests: &[Request]) {
    let Some(document) = draft.document() else { return };
    let mut extensions: Vec<Extension> = Vec::new();
    for request in requests {
        if document.statements.iter().any(|one| one.effect == Effect::Allow && applies(one, request) == Tri::True) {
            continue;
        }
        for statement in document.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            let wanted = extensions_of(vendor, statement, request).unwrap_or_default();
            extensions.extend(wanted.into_iter().filter(|one| !extensions.contains(one)).collect::<Vec<_>>());
        }
    }
    for extension in &extensions {
        draft.extend_condition(extension);
    }
}

/// The values that a statement's conditions lack for a request; none where something else is in the way.
fn extensions_of(vendor: &VendorRequests<'_>, statement: &Statement, request: &Request) -> Option<Vec<Extension>> {
    let open: Vec<_> = mismatches(statement, request);
    let conditions: Vec<&Condition> =
        statement.conditions.iter().filter(|condition| condition.holds(&request.context) != Tri::True).collect();
    let everyone = statement.principal.entries.iter().any(|entry| entry.text == "*");
    if open.len() != conditions.len() || conditions.is_empty() || everyone {
        return None;
    }
    let bucket = vendor.bucket_arn();
    let extension = |condition: &&Condition| {
        let key = condition.key_name.to_ascii_lowercase();
        let KeyState::Known(values) = request.context.get(&key) else { return None };
        let value = values.first().filter(|_| EXTENDABLE.contains(&key.as_str()))?;
        let value = if value.starts_with(&format!("{bucket}/")) { format!("{bucket}/*") } else { value.clone() };
        let positive = ["StringEquals", "StringLike", "ArnEquals", "ArnLike"]
            .into_iter()
            .any(|operator| operator.eq_ignore_ascii_case(&condition.operator_name));
        positive.then(|| Extension {
            statement: statement.index,
            operator: condition.operator_name.clone(),
            key: condition.key_name.clone(),
            value,
        })
    };
    conditions.iter().map(extension).collect()
}

/// Makes every request come through: exempts Sailthru from each Deny that may hit one of them, and allows what no
/// statement certainly allows.
fn open(vendor: &VendorRequests<'_>, draft: &mut Draft, requests: &[Request], allow: impl FnOnce(&mut Draft)) {
    let statements = draft.document().map(|document| document.statements).unwrap_or_default();
    let surely = |request: &Request| {
        statements.iter().any(|statement| statement.effect == Effect::Allow && applies(statement, request) == Tri::True)
    };
    if !requests.iter().all(surely) {
        allow(draft);
    }
    let hits = |statement: &&crate::policy::Statement| {
        statement.effect == Effect::Deny && requests.iter().any(|request| applies(statement, request) != Tri::False)
    };
    // From the last to the first: taking one out moves those after it.
    for statement in statements.iter().rev().filter(hits) {
        draft.exempt(statement.index, vendor);
    }
}

fn is_open(document: &Document, request: &Request) -> bool {
    crate::policy::decide(document, request).outcome == crate::policy::Outcome::Allowed
}

/// Limits each statement that is open to everyone to the owner's account, which is all that Block Public Access leaves of
/// it; takes it out where that account is not known.
fn narrow_public(vendor: &VendorRequests<'_>, draft: &mut Draft) -> Result<(), NoFix> {
    let open = draft.document().map(|document| publicity(&document).statements).unwrap_or_default();
    if open.is_empty() {
        return Err("S3 calls the policy public, and by our own reading no statement is".into());
    }
    let owner = vendor.owner_account().map(|account| json!(format!("arn:aws:iam::{account}:root")));
    for index in open.iter().rev() {
        let Some(principal) = draft.statements().get_mut(*index).and_then(|statement| statement.get_mut("Principal"))
        else {
            continue;
        };
        if principal == "*" {
            *principal = json!({"AWS": "*"});
        }
        let everyone = principal.get("AWS").is_some_and(|names| list(names).iter().any(|name| **name == "*"));
        without(principal, &|kind, text| match kind {
            "AWS" => text == "*",
            "Service" => text.contains(['*', '?']),
            kind => kind == "Federated",
        });
        if let (true, Some(owner), Value::Object(kinds)) = (everyone, &owner, &mut *principal) {
            let mut names: Vec<Value> =
                kinds.get("AWS").map(|names| list(names).into_iter().cloned().collect()).unwrap_or_default();
            if !names.contains(owner) {
                names.push(owner.clone());
            }
            kinds.insert("AWS".to_owned(), one_or_many(names));
        }
        if is_nobody(principal) {
            draft.statements().remove(*index);
        }
    }
    Ok(())
}

/// Gives the key's own account its key back where nobody there could change the policy any more; what else KMS refuses is
/// taken out of every key policy that is proposed.
fn return_to_owner(vendor: &VendorRequests<'_>, draft: &mut Draft) {
    let case = Case::new(vendor.connection, vendor.snapshot, None);
    let locked = |draft: &Draft| {
        let found = objections(&case, DocumentKind::Key, &draft.text().policy);
        found.iter().any(|objection| objection.seen && objection.culprit.is_none())
    };
    if locked(draft)
        && let Some(key) = vendor.default_key_arn().and_then(|arn| KeyArn::parse(&arn).ok())
    {
        let root = format!("arn:{}:iam::{}:root", key.arn().partition, key.arn().account);
        draft.add(json!({
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "kms:*",
            "Resource": "*",
        }));
    }
}

/// Limits each Allow that is open to everyone to callers of the key's own account.
fn limit_to_owner(vendor: &VendorRequests<'_>, draft: &mut Draft) -> Result<(), NoFix> {
    let arn = vendor.default_key_arn().and_then(|arn| KeyArn::parse(&arn).ok());
    let account = arn.map(|key| key.arn().account.clone()).ok_or("the key's own account is not known")?;
    let open = draft.document().map(|document| unlimited_statements(&document)).unwrap_or_default();
    for index in open {
        if let Some(Value::Object(statement)) = draft.statements().get_mut(index)
            && let Value::Object(conditions) = statement.entry("Condition").or_insert_with(|| json!({}))
            && let Value::Object(block) = conditions.entry("StringEquals").or_insert_with(|| json!({}))
        {
            block.insert("kms:CallerAccount".to_owned(), json!(account));
        }
    }
    Ok(())
}

/// The account of the key, where it is not the caller's: only there can its policy be changed.
fn refuse_foreign_key(snapshot: &Snapshot) -> Result<(), NoFix> {
    let caller = snapshot.caller.found().and_then(|caller| caller.account.as_deref());
    let key =
        snapshot.default_encryption().and_then(|default| KeyArn::parse(default.kms_master_key_id.as_deref()?).ok());
    match (key, caller) {
        (Some(key), Some(caller)) if key.arn().account != caller => Err(format!(
            "the key belongs to the account {}, and only there can its policy be changed",
            key.arn().account
        )
        .into()),
        _ => Ok(()),
    }
}

/// Names the expected key, else the one that is named already by its full ARN, else none: SSE-S3.
fn default_encryption(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let described = snapshot.key.found().map(|answer| &answer.key_metadata);
    let own = described.filter(|key| key.key_manager.as_deref() != Some("AWS")).and_then(|key| key.arn.clone());
    let named = snapshot.default_encryption().and_then(|rule| rule.kms_master_key_id.clone()).unwrap_or_default();
    let aws_managed = named.is_empty() || named.ends_with("alias/aws/s3") || (described.is_some() && own.is_none());
    let key = match (&case.connection.kms_key, own) {
        (Some(expected), _) => Some(expected.to_string()),
        (None, Some(own)) => Some(own),
        (None, None) if aws_managed => None,
        (None, None) => return Err("kms:DescribeKey did not tell the key's full ARN".into()),
    };
    set_encryption(snapshot, key.as_deref())
}

/// Enables the key where that is all it takes, else names another.
fn usable_key(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    if let Fact::Found(answer) = &mut snapshot.key
        && answer.key_metadata.key_manager.as_deref() != Some("AWS")
    {
        let key = &mut answer.key_metadata;
        match key.key_state.as_deref() {
            Some("PendingImport") => return Err("the key has no material: import it again".into()),
            Some("Unavailable") => return Err("the key's store is not connected".into()),
            Some("Creating") => return Err("the key is still being made: wait, and look again".into()),
            Some("Disabled" | "PendingDeletion" | "PendingReplicaDeletion") => {
                key.key_state = Some("Enabled".to_owned());
                key.enabled = Some(true);
                key.deletion_date = None;
            }
            _ if key.enabled == Some(false) => key.enabled = Some(true),
            _ => {}
        }
    }
    let judged = (crate::checks::key::USABLE.check)(&case.with_snapshot(snapshot));
    if judged.is_ok_and(|verdict| verdict.status == crate::report::Status::Pass) {
        return Ok(());
    }
    let named = snapshot.default_encryption().and_then(|rule| rule.kms_master_key_id.clone());
    let expected = case.connection.kms_key.as_ref().map(ToString::to_string).filter(|key| named.as_ref() != Some(key));
    let elsewhere = |key: &String| {
        KeyArn::parse(key).is_ok_and(|key| snapshot.region.as_ref().is_some_and(|region| key.arn().region != *region))
    };
    match (&case.connection.kms_key, expected) {
        (_, Some(expected)) if !elsewhere(&expected) => set_encryption(snapshot, Some(&expected)),
        (Some(_), _) => Err("the expected key itself cannot serve: create another, and name it with --kms-key".into()),
        (None, _) => {
            let replica = replica_in_region(snapshot).map(str::to_owned);
            set_encryption(snapshot, replica.as_deref())
        }
    }
}

/// Sets the default, keeping what else the rule says, and forgets what was read of another key.
fn set_encryption(snapshot: &mut Snapshot, key: Option<&str>) -> Result<(), NoFix> {
    let answer = match &snapshot.encryption {
        Fact::Found(answer) => Some(answer),
        Fact::Absent(_) => None,
        _ => return Err("default encryption could not be read".into()),
    };
    let present = answer.and_then(|answer| answer.server_side_encryption_configuration.rules.first()).cloned();
    let present = present.unwrap_or_default();
    let dsse =
        present.apply_server_side_encryption_by_default.as_ref().is_some_and(|rule| rule.algorithm == "aws:kms:dsse");
    let algorithm = match key {
        None => "AES256",
        Some(_) if dsse => "aws:kms:dsse",
        Some(_) => "aws:kms",
    };
    let by_default = EncryptionByDefault { algorithm: algorithm.to_owned(), kms_master_key_id: key.map(str::to_owned) };
    let bucket_key_enabled = match algorithm {
        "aws:kms" => present.bucket_key_enabled.or(Some(true)),
        _ => None,
    };
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled,
        blocked_encryption_types: present.blocked_encryption_types,
    };
    snapshot.encryption = Fact::Found(EncryptionAnswer {
        server_side_encryption_configuration: EncryptionConfiguration { rules: vec![rule] },
    });
    let described = snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
    if described.as_deref() != key {
        snapshot.key = Fact::NotRead;
        snapshot.key_policy = Fact::NotRead;
        snapshot.grants = Fact::NotRead;
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "a mender among others")]
fn access_block(_: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    snapshot.bucket_public_access_block = Fact::Found(PublicAccessBlockAnswer {
        public_access_block_configuration: PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        },
    });
    Ok(())
}

/// Takes the grants to everyone out of the access control list.
fn private_acl(_: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let Fact::Found(acl) = &mut snapshot.acl else {
        return Err("the access control list could not be read".into());
    };
    acl.grants.retain(|grant| {
        let uri = grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref()).unwrap_or_default();
        !uri.contains("/groups/global/")
    });
    Ok(())
}

/// Switches access control lists off; S3 refuses that while the list grants anything to others. Where S3 delivers access
/// logs by the list, the bucket policy lets it first.
fn enforce_owner(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    if has_log_delivery(snapshot) {
        keep_log_delivery(case, snapshot)?;
    }
    if let Fact::Found(acl) = &snapshot.acl
        && let Some(owner) = acl.owner.as_ref().and_then(|owner| owner.id.clone())
        && acl.grants.iter().any(|grant| grant.grantee.as_ref().and_then(|grantee| grantee.id.as_ref()) != Some(&owner))
    {
        snapshot.acl = Fact::Found(owner_alone(acl, &owner));
    }
    let rule = OwnershipRule { object_ownership: "BucketOwnerEnforced".to_owned() };
    snapshot.ownership = Fact::Found(OwnershipAnswer { ownership_controls: OwnershipControls { rules: vec![rule] } });
    Ok(())
}

/// Lets S3 deliver access logs by the bucket policy, where that does not let it yet.
fn keep_log_delivery(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)?;
    let vendor = VendorRequests { connection: case.connection, snapshot };
    let mut context = Context::new(KeyState::Unknown);
    context.set("aws:SecureTransport", KeyState::known("true"));
    let service = Principal::Service(documents::LOG_DELIVERY.to_owned());
    let log = format!("{}/any", vendor.bucket_arn());
    let request = Request::new(service, "s3:PutObject", &log, vendor.owner_account(), context);
    let allowed = draft.document().is_some_and(|document| !decide(&document, &request).outcome.is_denied());
    if !allowed {
        draft.add(documents::log_delivery(&vendor));
        propose(case, snapshot, draft);
    }
    Ok(())
}

fn owner_alone(acl: &AclAnswer, owner: &str) -> AclAnswer {
    let grantee =
        AclGrantee { r#type: Some("CanonicalUser".to_owned()), id: Some(owner.to_owned()), ..AclGrantee::default() };
    let grant = AclGrant { grantee: Some(grantee), permission: Some("FULL_CONTROL".to_owned()) };
    AclAnswer { owner: acl.owner.clone(), grants: vec![grant] }
}

#[expect(clippy::unnecessary_wraps, reason = "a mender among others")]
fn owner_pays(_: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    snapshot.request_payment = Fact::Found(RequestPayment { payer: Some("BucketOwner".to_owned()) });
    Ok(())
}

fn no_default_retention(_: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let Fact::Found(answer) = &mut snapshot.object_lock else {
        return Err("the Object Lock configuration could not be read".into());
    };
    let configuration = &mut answer.object_lock_configuration;
    *configuration = ObjectLockConfiguration { rule: None, ..configuration.clone() };
    Ok(())
}
