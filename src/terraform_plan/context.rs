//! What a reader of the report must know of the plan, and what must not be shown of it.

use serde_json::json;

use super::rebuild::JUDGED;
use crate::checks::entry;
use crate::fix::changes::Plan;
use crate::fix::terraform::Configuration;
use crate::report::{CheckId, CheckResult, DocumentName, Evidence, Fix, Report, StatementSource, Status, Waived};
use crate::snapshot::{Fact, Operation, PolicyStatus, PolicyStatusAnswer, Snapshot};

/// What a plan adds to its report: notes, places in the configuration, what to hide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanContext {
    pub(super) notes: Vec<String>,
    pub(super) sensitive: Vec<Sensitive>,
    /// Where each document is in the configuration.
    pub(super) places: Vec<Place>,
    /// A reference to the bucket's name in the configuration, such as `aws_s3_bucket.exports.bucket`.
    pub(super) bucket: Option<String>,
    /// The addresses that the configuration has in the bucket's module.
    pub(super) taken: Vec<String>,
    /// The bucket's module, where that is not the root.
    pub(super) module: Option<String>,
    /// Why S3 will refuse the bucket's access control list when the plan is applied.
    pub(super) refused_acl: Option<String>,
    /// The widest and the narrowest of each policy that is known only after apply.
    pub(super) bounds: Vec<Bounds>,
    /// The facts as they may be too: with an S3 Bucket Key.
    pub(super) with_bucket_key: Option<Snapshot>,
}

/// Where the configuration has a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which document.
    pub(super) document: DocumentName,
    /// The resource that has it; none where one is to be added.
    pub(super) address: Option<String>,
    /// The same for people, with the folder or module that it is written in.
    pub(super) text: String,
}

/// The facts with a policy that allows most and refuses least of all that the planned one may turn out to be, and with one
/// that allows least and refuses most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Which policy is known only after apply.
    pub(super) policy: StatementSource,
    pub(super) snapshots: [Snapshot; 2],
}

impl Bounds {
    /// Whether a check comes out between what it says of the two bounds: a policy that allows more, or refuses less, never
    /// makes it worse, or never better.
    fn enclose(&self, id: CheckId) -> bool {
        use CheckId::{Kms, PolicyDeleteObject, PolicyListBucket, PolicyPutObject, PolicyTlsOnly};
        match self.policy {
            StatementSource::KeyPolicy => matches!(id, Kms(_)),
            _ => matches!(id, PolicyListBucket | PolicyPutObject | PolicyDeleteObject | PolicyTlsOnly),
        }
    }
}

/// A policy document that the plan marks as sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sensitive {
    /// `bucket-policy` or `key-policy`.
    pub(super) document: StatementSource,
    /// Resource and attribute.
    pub(super) name: String,
}

impl PlanContext {
    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// One line for the head of the report; none where there is nothing to say.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let hidden = self.sensitive.iter().map(|Sensitive { name, .. }| name);
        let hidden = hidden.map(|name| format!("{name} is marked sensitive, so its text is not shown."));
        let notes: Vec<String> = self.notes.iter().chain(&self.refused_acl).cloned().chain(hidden).collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }

    /// The policies that are marked as sensitive (`bucket-policy`, `key-policy`), each with the attribute that holds it: what
    /// shows or keeps whole documents must not do it with these.
    pub fn sensitive(&self) -> impl Iterator<Item = (StatementSource, &str)> {
        self.sensitive.iter().map(|sensitive| (sensitive.document, sensitive.name.as_str()))
    }

    /// Decides what comes out the same whatever is known only after apply turns out to be, and leaves open what does not.
    #[must_use]
    pub fn decide(&self, mut report: Report, judge: impl Fn(&Snapshot) -> Report) -> Report {
        for planned in &self.bounds {
            let snapshots = planned.snapshots.each_ref().map(|snapshot| judged(snapshot, &report));
            let bounds = snapshots.each_ref().map(&judge);
            // Whether a policy is public does not lie between the two: of the widest it says nothing about the others.
            let may_become_public = planned.policy == StatementSource::BucketPolicy && {
                let [widest, narrowest] = bounds.each_ref().map(|bound| status(bound, CheckId::PublicPolicy));
                widest != Some(Status::Pass) && narrowest != Some(Status::Fail)
            };
            let private = may_become_public.then(|| snapshots.map(|snapshot| judge(&not_public(snapshot))));
            for check in report.checks.iter_mut().filter(|check| planned.enclose(check.id)) {
                let Some(sure) = same(private.as_ref().unwrap_or(&bounds), check.id) else { continue };
                // To be public only makes it worse.
                let stays = sure.status == Status::Fail || same(&bounds, check.id).is_some();
                if check.status == Status::Unknown && sure.status != Status::Unknown && stays {
                    let message = format!("{} What is known only after apply cannot change this.", sure.message);
                    *check = CheckResult { message, annotations: Vec::new(), ..sure.clone() };
                }
            }
        }
        let Some(with) = self.with_bucket_key.as_ref().map(judge) else { return report };
        for check in report.checks.iter_mut().filter(|check| matches!(check.id, CheckId::Kms(_))) {
            if find(&with, check.id).is_some_and(|other| other.status != check.status) {
                let message = "This depends on whether the bucket uses an S3 Bucket Key, which is known only after apply; \
                               check the bucket once the plan is applied.";
                let (status, message) = (Status::Unknown, message.to_owned());
                *check = CheckResult { status, message, annotations: Vec::new(), fix: None, ..check.clone() };
            }
        }
        report
    }

    /// The report as it is right for a plan: a fix names the resource to change in place of commands that change AWS behind
    /// Terraform's back. Of a sensitive policy nothing is shown but what came out.
    #[must_use]
    pub fn adapt(&self, mut report: Report) -> Report {
        for check in &mut report.checks {
            match (check.id, &self.refused_acl) {
                (CheckId::PublicAcl, Some(refused)) => check.message.extend([" ", refused]),
                (CheckId::PublicAccessBlock, _) if check.status == Status::Unknown => {
                    check.message.extend(self.place(DocumentName::PublicAccessBlock).map(in_the_configuration));
                }
                _ => {}
            }
        }
        for check in report.checks.iter_mut().filter(|_| !self.places.is_empty()) {
            if let Some(fix) = &mut check.fix {
                fix.commands.retain(|command| command.starts_with("stc-check "));
                let place = entry(check.id).repair.and_then(|repair| self.place(repair.document()));
                fix.summary.extend(place.map(in_the_configuration));
            }
        }
        for sensitive in &self.sensitive {
            self.conceal(sensitive, &mut report);
        }
        report
    }

    /// The changes likewise: each notes the resource to change.
    #[must_use]
    pub fn adapt_changes(&self, mut plan: Plan) -> Plan {
        for change in plan.changes.iter_mut().filter(|_| !self.places.is_empty()) {
            change.commands.clear();
            change.rollback.clear();
            let place = self.place(change.document).map(|place| format!("In the configuration: {place}."));
            let notes: Vec<String> = place.into_iter().chain(change.note.take()).collect();
            change.note = (!notes.is_empty()).then(|| notes.join(" "));
        }
        plan
    }

    /// Where the configuration has the bucket and its documents, for writing changes beside them.
    #[must_use]
    pub fn configuration(&self) -> Configuration {
        let resource = |place: &Place| Some((place.document, place.address.clone()?));
        let resources = self.places.iter().filter_map(resource).collect();
        let (bucket, taken, module) = (self.bucket.clone(), self.taken.clone(), self.module.clone());
        Configuration { bucket, resources, taken, module }
    }

    fn place(&self, document: DocumentName) -> Option<&str> {
        self.places.iter().find(|place| place.document == document).map(|place| place.text.as_str())
    }

    /// Takes out of the report all that a policy says: texts, statements, conditions, and the reasons that quote them.
    /// Statuses stay.
    fn conceal(&self, sensitive: &Sensitive, report: &mut Report) {
        let documents = &mut report.documents;
        let (name, operation, text, file) = match sensitive.document {
            StatementSource::KeyPolicy => (
                DocumentName::KeyPolicy,
                Operation::GetKeyPolicy,
                &mut documents.key_policy,
                &documents.key_policy_file,
            ),
            _ => (
                DocumentName::BucketPolicy,
                Operation::GetBucketPolicy,
                &mut documents.bucket_policy,
                &documents.bucket_policy_file,
            ),
        };
        // A document of a file of the user's own took its place.
        if file.is_some() {
            return;
        }
        *text = None;
        for check in &mut report.checks {
            check.annotations.retain(|annotation| annotation.document != sensitive.document);
            let of_the_policy = check.id != CheckId::BucketOwner && entry(check.id).needs.contains(&operation);
            if !of_the_policy || (check.status == Status::Skip && check.evidence.waived.is_none()) {
                continue;
            }
            let message =
                format!("{} decides this; it is marked sensitive, so nothing of it is shown.", sensitive.name);
            check.annotations.clear();
            let waived = check.evidence.waived.take();
            check.evidence = Evidence::default();
            match waived {
                Some(waived) => check.evidence.waived = Some(Waived { message, ..waived }),
                None => check.message = message,
            }
            if let Some(fix) = &mut check.fix {
                let place = self.place(name).map(in_the_configuration).unwrap_or_default();
                let summary =
                    format!("Save the policy to a file and check it with `--{name} FILE`, which shows why.{place}");
                *fix = Fix::new(summary, Vec::new());
            }
        }
    }
}

fn in_the_configuration(place: &str) -> String {
    format!(" In the configuration: {place}.")
}

/// The facts, with the principals that are judged in place of those that are known only after apply.
fn judged(snapshot: &Snapshot, report: &Report) -> Snapshot {
    let principals: Vec<String> = report.subject.principals.iter().map(|arn| json!(arn).to_string()).collect();
    let (placeholder, principals) = (json!(JUDGED).to_string(), principals.join(", "));
    let mut snapshot = snapshot.clone();
    for policy in [&mut snapshot.bucket_policy, &mut snapshot.key_policy] {
        if let Fact::Found(text) = policy {
            text.policy = text.policy.replace(&placeholder, &principals);
        }
    }
    snapshot
}

/// What a check says of both bounds, where its status is the same.
fn same([widest, narrowest]: &[Report; 2], id: CheckId) -> Option<&CheckResult> {
    find(widest, id).filter(|check| status(narrowest, id) == Some(check.status))
}

fn status(report: &Report, id: CheckId) -> Option<Status> {
    find(report, id).map(|check| check.status)
}

/// The facts, with a policy of which S3 says that it is not public.
fn not_public(mut snapshot: Snapshot) -> Snapshot {
    let policy_status = PolicyStatus { is_public: false };
    snapshot.policy_status = Fact::Found(PolicyStatusAnswer { policy_status });
    snapshot
}

fn find(report: &Report, id: CheckId) -> Option<&CheckResult> {
    report.checks.iter().find(|check| check.id == id)
}
