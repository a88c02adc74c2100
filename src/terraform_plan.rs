//! A Terraform plan as the snapshot that AWS would give once it is applied: the output of `terraform show -json PLAN`.
//!
//! What the plan tells for certain is a fact like one that was read; what it leaves open is an unreadable fact, whose
//! message names the resource and the attribute. Nothing is guessed. A bucket or key that the plan makes has AWS's
//! defaults where nothing is set; of one that is there already, what the plan does not hold is not known.

mod acl;
mod address;
mod attribute;
mod bucket;
mod context;
mod document;
mod encryption;
mod file;
mod format;
mod graph;
mod key;
mod kinds;
mod object_lock;
mod rebuild;
mod reference;
mod resource;
mod setting;

use jiff::Timestamp;

use self::attribute::{Gap, PlanResult};
use self::bucket::Bucket;
use self::context::{Bounds, Place, Sensitive};
use self::document::Text;
use self::encryption::Named;
use self::graph::PlanGraph;
use self::key::PlannedKey;
use self::setting::Settings;
use crate::names::BucketName;
use crate::report::{DocumentName, StatementSource};
use crate::snapshot::{CallerIdentity, Fact, Operation, PolicyText, ReadFailure, Snapshot};

pub use self::context::PlanContext;
pub use self::file::text;

/// The bucket of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The bucket.
    pub bucket: BucketName,
    /// What AWS would answer.
    pub snapshot: Snapshot,
    /// What to say of it, and what not to show.
    pub context: PlanContext,
}

/// Why a file is of no use as a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidPlan {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl InvalidPlan {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// Reads the plan for one bucket: the one that is named, or the only one. `region` is that of the bucket where the plan does
/// not tell it; `now` the time that conditions are judged at where the plan has no time of its own.
///
/// # Errors
/// When the text is no plan, or does not hold the bucket.
pub fn read(
    text: &str,
    named: Option<&BucketName>,
    region: Option<&str>,
    now: Timestamp,
) -> Result<Planned, InvalidPlan> {
    let plan = format::parse(text)?;
    let resources = resource::resources(&plan);
    let graph = PlanGraph::new(&plan, &resources);
    let bucket = bucket::choose(&graph, named)?;
    let taken_at = plan.timestamp.as_deref().and_then(|time| time.parse().ok()).unwrap_or(now);
    let region = region_of(&graph, &bucket, region)?;
    let mut snapshot = Snapshot::new(bucket.name.as_str(), region.as_deref(), taken_at);
    let mut context = PlanContext::default();
    context.note("Checked a Terraform plan, not AWS. Fix problems in your .tf files.");
    if plan.complete == Some(false) {
        context.note("The plan is not complete (-target, or deferred changes), so another apply will follow.");
    }
    if !plan.marks_sensitive() {
        context.note("Plans of this Terraform version do not say which values are sensitive.");
    }
    let name = bucket.resource.map(|resource| resource.attribute("bucket")).filter(attribute::Attribute::is_sensitive);
    context.notes.extend(name.map(|part| sensitive_name(&part.name())));
    snapshot.head_bucket = unreadable(Operation::HeadBucket, ReadFailure::PLANNED, planned(&bucket));
    let settings = Settings { graph: &graph, bucket: &bucket };
    context.places = settings.places();
    let module = &bucket.anchor.module;
    context.bucket = bucket.resource.map(|own| format!("{}.{}.bucket", own.address.kind, own.address.instance));
    context.taken = graph.references.addresses(module);
    context.module =
        (!module.is_empty()).then(|| module.iter().map(|step| format!("module.{step}")).collect::<Vec<_>>().join("."));
    context.refused_acl = settings.refused_acl();
    fill_bucket(&settings, &mut snapshot, &mut context);
    if let Some(account) = bucket::account(&graph, bucket.anchor) {
        let account = Some(account.to_string());
        snapshot.caller = Fact::Found(CallerIdentity { account, ..CallerIdentity::default() });
    }
    fill_key(&settings, &mut snapshot, &mut context);
    if is_known_after_apply(&snapshot.bucket_policy)
        && let Some(bounds) = settings.policy_bounds()
    {
        let snapshots = bounds.map(|policy| {
            let mut bound = snapshot.clone();
            (bound.bucket_policy, bound.policy_status) = (Fact::Found(policy), Fact::NotRead);
            bound
        });
        context.bounds.push(Bounds { policy: StatementSource::BucketPolicy, snapshots });
    }
    let matters = |failure: &ReadFailure| {
        failure.operation != Operation::GetBucketTagging && failure.code == ReadFailure::KNOWN_AFTER_APPLY
    };
    if snapshot.failures().into_iter().any(matters) {
        context.note(
            "What Terraform knows only after apply is left open: a plan made after the first apply is checked in full.",
        );
    }
    Ok(Planned { bucket: bucket.name, snapshot, context })
}

fn planned(bucket: &Bucket<'_>) -> String {
    match bucket.resource {
        Some(resource) if bucket.is_new() => format!("the plan creates this bucket (`{}`)", resource.label),
        Some(resource) => format!("the plan holds this bucket (`{}`)", resource.label),
        None => format!("the plan holds settings of this bucket (`{}`), not the bucket itself", bucket.anchor),
    }
}

fn region_of(graph: &PlanGraph<'_>, bucket: &Bucket<'_>, given: Option<&str>) -> Result<Option<String>, InvalidPlan> {
    let name = bucket.known_name();
    let data = graph
        .data("aws_s3_bucket")
        .find(|data| name.is_some() && data.known("bucket").or_else(|| data.known("id")) == name);
    let own = bucket.resource.or(data).or_else(|| graph.resources.get(bucket.anchor));
    let told = bucket::region(graph, own, bucket.anchor);
    match (told, given) {
        (Some(told), Some(given)) if told != given => Err(InvalidPlan::new(
            format!("it puts the bucket `{}` in {told}, and `--region` says {given}", bucket.name),
            "leave `--region` out, or correct the provider's region",
        )),
        (told, given) => Ok(told.or_else(|| given.map(str::to_owned))),
    }
}

fn fill_bucket(settings: &Settings<'_, '_>, snapshot: &mut Snapshot, context: &mut PlanContext) {
    let policy = settings.policy().map(|text| text.map(|text| shown(text, StatementSource::BucketPolicy, context)));
    let policy = match policy {
        Ok(Some(_)) if settings.bucket.known_name().is_none() => Err(Gap::after_apply(format!(
            "the name of `{}` is known only after apply, and the bucket policy is judged by it",
            settings.bucket.name
        ))),
        policy => policy,
    };
    if let Err(gap) = &policy {
        snapshot.policy_status = unreadable(Operation::GetBucketPolicyStatus, gap.code, gap.message.clone());
    }
    snapshot.bucket_policy = fact(Operation::GetBucketPolicy, policy);
    snapshot.bucket_public_access_block = fact(Operation::GetPublicAccessBlock, settings.access_block());
    snapshot.account_public_access_block =
        fact(Operation::GetAccountPublicAccessBlock, settings.account_access_block());
    snapshot.ownership = fact(Operation::GetBucketOwnershipControls, settings.ownership());
    snapshot.acl = fact(Operation::GetBucketAcl, settings.acl());
    snapshot.versioning = fact(Operation::GetBucketVersioning, settings.versioning());
    snapshot.object_lock = fact(Operation::GetObjectLockConfiguration, settings.object_lock());
    snapshot.request_payment = fact(Operation::GetBucketRequestPayment, settings.request_payment());
    snapshot.abac = fact(Operation::GetBucketAbac, settings.abac());
    snapshot.tagging = fact(Operation::GetBucketTagging, settings.tags());
}

fn fill_key(settings: &Settings<'_, '_>, snapshot: &mut Snapshot, context: &mut PlanContext) {
    let encryption = settings.encryption();
    let default = encryption.as_ref().ok().and_then(Option::as_ref);
    context.notes.extend(default.and_then(|default| default.note.clone()));
    let bucket_key_open = default.is_some_and(|default| default.bucket_key_open);
    let mut policy_bounds = None;
    if let Some(named) = default.map(|default| &default.key).filter(|key| **key != Named::Nothing) {
        let region = snapshot.region.clone();
        let key = key::find(settings.graph, named).map(|resource| PlannedKey {
            graph: settings.graph,
            resource,
            bucket: settings.bucket,
            region: region.as_deref(),
        });
        if let Ok(key) = &key {
            let label = key.resource.label;
            let (address, text) = (Some(label.to_owned()), format!("`{label}`"));
            context.places.extend([Place { document: DocumentName::Key, address, text }, key.place()]);
        }
        let metadata = key.clone().and_then(|key| key.metadata());
        let policy =
            key.clone().and_then(|key| key.policy()).map(|text| shown(text, StatementSource::KeyPolicy, context));
        let policy = policy.and_then(|policy| without_bucket_name(settings.bucket, policy));
        snapshot.key = fact(Operation::DescribeKey, metadata.map(Some));
        snapshot.key_policy = fact(Operation::GetKeyPolicy, policy.map(Some));
        snapshot.grants = fact(Operation::ListGrants, key.clone().and_then(|key| key.grants()).map(Some));
        policy_bounds = key.ok().filter(|_| !bucket_key_open).and_then(|key| key.policy_bounds());
    }
    snapshot.encryption =
        fact(Operation::GetBucketEncryption, encryption.map(|default| default.map(|default| default.answer)));
    if is_known_after_apply(&snapshot.key_policy)
        && let Some(bounds) = policy_bounds.filter(|_| settings.bucket.known_name().is_some())
    {
        let snapshots = bounds.map(|policy| {
            let mut bound = snapshot.clone();
            bound.key_policy = Fact::Found(policy);
            bound
        });
        context.bounds.push(Bounds { policy: StatementSource::KeyPolicy, snapshots });
    }
    if bucket_key_open {
        let mut with = snapshot.clone();
        if let Fact::Found(answer) = &mut with.encryption {
            for rule in &mut answer.server_side_encryption_configuration.rules {
                rule.bucket_key_enabled = Some(true);
            }
        }
        context.with_bucket_key = Some(with);
    }
}

fn is_known_after_apply<T>(fact: &Fact<T>) -> bool {
    matches!(fact, Fact::Unreadable(failure) if failure.code == ReadFailure::KNOWN_AFTER_APPLY)
}

/// A key policy whose conditions name buckets cannot be judged for one whose name is known only after apply.
fn without_bucket_name(bucket: &Bucket<'_>, policy: PolicyText) -> PlanResult<PolicyText> {
    if bucket.known_name().is_none() && policy.policy.to_ascii_lowercase().contains("aws:s3:arn") {
        return Err(Gap::after_apply(format!(
            "the name of `{}` is known only after apply, and the key policy has conditions on it",
            bucket.name
        )));
    }
    Ok(policy)
}

/// A bucket and a key must be called something, or a report says nothing.
fn sensitive_name(attribute: &str) -> String {
    format!("{attribute} is marked sensitive, and is shown all the same, because it names what was checked.")
}

/// The text, with a note of what the plan marks as sensitive.
fn shown(text: Text, document: StatementSource, context: &mut PlanContext) -> PolicyText {
    let Text { policy, sensitive } = text;
    context.sensitive.extend(sensitive.map(|name| Sensitive { document, name }));
    policy
}

/// What the plan says, as a fact; what is certainly not set is absent, with the code that the service would give.
fn fact<T>(operation: Operation, told: PlanResult<Option<T>>) -> Fact<T> {
    let absent = || operation.absent_codes().first().copied();
    match (told, absent()) {
        (Ok(Some(value)), _) => Fact::Found(value),
        (Ok(None), Some(code)) => {
            Fact::Absent(ReadFailure::new(operation, code, "not set, by the Terraform plan".to_owned()))
        }
        (Ok(None), None) => Fact::NotRead,
        (Err(Gap { code, message }), _) => unreadable(operation, code, message),
    }
}

fn unreadable<T>(operation: Operation, code: &str, message: String) -> Fact<T> {
    Fact::Unreadable(ReadFailure::new(operation, code, message))
}
