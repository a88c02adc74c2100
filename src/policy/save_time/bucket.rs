//! Rules for bucket policies.

use super::lookup::{self, Action, Applies, Key};
use super::{Culprit, Objection, shared, variables};
use crate::policy::document::{Document, PatternElement, PatternEntry, Statement};
use crate::policy::nearest::statement_name;
use crate::policy::{Context, KeyState, Target, Tri};

const INVALID_PRINCIPAL: &str = "Invalid principal in policy";
const INVALID_ACTION: &str = "Policy has invalid action";
const INVALID_RESOURCE: &str = "Policy has invalid resource";
const ACTION_DOES_NOT_APPLY: &str = "Action does not apply to any resource(s) in statement";
const CONDITIONS_DO_NOT_APPLY: &str = "Conditions do not apply to combination of actions and resources in statement";

/// Where the refusals were seen.
const SEEN_MISMATCH: &str = "https://github.com/ministryofjustice/modernisation-platform/issues/10762";
const SEEN_CONDITION: &str = "https://github.com/humanmade/S3-Uploads/issues/239";
const SEEN_RESOURCE: &str = "https://github.com/aws-samples/aws-serverless-appsync-app/issues/4";
const SEEN_STAR: &str = "https://github.com/noobaa/noobaa-core/issues/10058";
const SEEN_ACTION: &str = "https://github.com/versity/versitygw/issues/650";
const ACTION_LIST: &str = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html";
const GLOBAL_KEY_LIST: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html";

/// Actions of which it is not known whether S3 counts them when a wildcard is all that means them: a bucket policy cannot
/// grant `CreateBucket`, and `s3:Create*` was refused although the other applies to buckets.
const DOUBTFUL_IN_WILDCARDS: [&str; 3] =
    ["s3:createbucket", "s3:createbucketmetadatatableconfiguration", "s3:objectowneroverridetobucketowner"];
/// An action that the bucket's own policy cannot grant, since there is no bucket yet.
const NEVER_GRANTED: &str = "s3:createbucket";

pub(super) fn objections(document: &Document, bucket_arn: &str) -> Vec<Objection> {
    let of_statement = |statement: &Statement| {
        let mut objections = shared::principals(statement, INVALID_PRINCIPAL);
        objections.extend(resources(statement, bucket_arn));
        objections.extend(actions(statement));
        objections.extend(conditions(statement));
        objections.extend(shared::conditions(statement));
        objections
    };
    document.statements.iter().flat_map(of_statement).chain(variables::objections(document)).collect()
}

/// Each resource must be this bucket or something in it.
fn resources(statement: &Statement, bucket_arn: &str) -> Vec<Objection> {
    let resource = &statement.resource;
    if resource.entries.is_empty() {
        return vec![shared::empty_list(statement, "Resource", resource.span)];
    }
    if resource.negated {
        return Vec::new();
    }
    let name = statement_name(statement);
    let advice = format!("Write `{bucket_arn}` for the bucket and `{bucket_arn}/*` for its objects.");
    let foreign = |entry: &&PatternEntry| !is_own(entry, bucket_arn);
    let all_foreign = resource.entries.iter().all(|entry| entry.text != "*" && foreign(&entry));
    let mut objections = Vec::new();
    for entry in &resource.entries {
        let text = &entry.text;
        let (objection, cause) = if text == "*" {
            (
                Objection::seen(INVALID_RESOURCE, SEEN_STAR),
                format!("that is what S3 answered when a Resource of `*`, as in {name}, was tried"),
            )
        } else if foreign(&entry) {
            let seen = Objection::seen(INVALID_RESOURCE, SEEN_RESOURCE);
            let objection = if all_foreign { seen } else { Objection::inferred(SEEN_RESOURCE) };
            (objection, format!("`{text}` in {name} is not this bucket or anything in it"))
        } else if bucket_part(text) == "*" {
            (Objection::inferred(SEEN_RESOURCE), format!("`{text}` in {name} means every bucket"))
        } else {
            continue;
        };
        let culprit = Culprit::Resource(text.clone());
        objections.push(objection.at(statement.index, entry.span).about(culprit).because(cause, &advice));
    }
    objections
}

fn is_own(entry: &PatternEntry, bucket_arn: &str) -> bool {
    let open = Context::new(KeyState::Unknown);
    let targets = [Target::One(bucket_arn.to_owned()), Target::Every(format!("{bucket_arn}/"))];
    targets.iter().any(|target| target.matched_by(&entry.pattern, &open) != Tri::False)
}

/// The part of an S3 ARN that names the bucket.
fn bucket_part(arn: &str) -> &str {
    path(arn).split('/').next().unwrap_or_default()
}

fn path(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

/// What the resources of a statement can be.
#[derive(Debug, Clone, Copy)]
struct Reach {
    bucket: bool,
    object: bool,
}

impl Reach {
    fn of(resource: &PatternElement) -> Self {
        let open = |text: &str| text == "*" || path(text).contains("${");
        let is_object = |text: &str| open(text) || path(text).contains('/') || path(text).contains('*');
        let is_bucket = |text: &str| open(text) || !path(text).contains('/');
        Self {
            bucket: resource.entries.iter().any(|entry| is_bucket(&entry.text)),
            object: resource.entries.iter().any(|entry| is_object(&entry.text)),
        }
    }

    fn fits(self, action: &Action) -> bool {
        match action.applies {
            Applies::Bucket => self.bucket,
            Applies::Object => self.object,
            Applies::Nothing => false,
        }
    }
}

/// Each listed action must be one of S3, and apply to some resource of its statement.
fn actions(statement: &Statement) -> Vec<Objection> {
    if statement.action.entries.is_empty() {
        return vec![shared::empty_list(statement, "Action", statement.action.span)];
    }
    if statement.action.negated {
        return Vec::new();
    }
    let resource = &statement.resource;
    let reach = (!resource.negated && !resource.entries.is_empty()).then(|| Reach::of(resource));
    let entries = statement.action.entries.iter().filter(|entry| entry.text != "*");
    entries.filter_map(|entry| one_action(statement, entry, reach)).collect()
}

fn one_action(statement: &Statement, entry: &PatternEntry, reach: Option<Reach>) -> Option<Objection> {
    let (name, text) = (statement_name(statement), &entry.text);
    let at = |objection: Objection, cause: String, advice: String| {
        let culprit = Culprit::Action(text.clone());
        Some(objection.at(statement.index, entry.span).about(culprit).because(cause, advice))
    };
    let service = text.split(':').next().unwrap_or_default();
    if !service.eq_ignore_ascii_case("s3") {
        let wildcard = service.contains(['*', '?']);
        let objection =
            if wildcard { Objection::inferred(ACTION_LIST) } else { Objection::seen(INVALID_ACTION, SEEN_ACTION) };
        return at(
            objection,
            format!("`{text}` in {name} is not an action of S3"),
            format!("Take `{text}` out: a bucket policy holds actions of S3 only."),
        );
    }
    let meant = lookup::meant_by(entry);
    if meant.is_empty() {
        let advice = match lookup::behind_operation(text) {
            Some(right) => format!("Write `{right}` in place of `{text}`."),
            None => format!("Correct or take out `{text}`."),
        };
        let cause = format!("S3 has no action `{text}`, which {name} lists");
        return at(Objection::inferred(ACTION_LIST), cause, advice);
    }
    let reach = reach?;
    let fitting: Vec<&Action> = meant.iter().copied().filter(|action| reach.fits(action)).collect();
    let exact = entry.pattern.is_plain_text();
    let surely = |action: &&Action| {
        if exact { action.name != NEVER_GRANTED } else { !DOUBTFUL_IN_WILDCARDS.contains(&action.name.as_str()) }
    };
    if fitting.iter().any(surely) {
        return None;
    }
    let objection = if fitting.is_empty() {
        Objection::seen(ACTION_DOES_NOT_APPLY, SEEN_MISMATCH)
    } else {
        Objection::inferred(SEEN_MISMATCH)
    };
    let applies = |kind: Applies| meant.iter().any(|action| action.applies == kind);
    let (cause, advice) = match (applies(Applies::Bucket), applies(Applies::Object)) {
        _ if !fitting.is_empty() => (
            format!("S3 may not count the only actions that `{text}` in {name} means there"),
            format!("Take `{text}` out."),
        ),
        (true, false) => (
            format!("`{text}` in {name} is done to the bucket, and its Resource has only objects"),
            format!("Add the bucket's own ARN to the Resource of {name}, or move `{text}` to a statement that has it."),
        ),
        (false, true) => (
            format!("`{text}` in {name} is done to objects, and its Resource has only the bucket"),
            format!(
                "Add the bucket's ARN with `/*` to the Resource of {name}, or move `{text}` to a statement that has it."
            ),
        ),
        _ => (format!("`{text}` in {name} is done neither to a bucket nor to objects"), format!("Take `{text}` out.")),
    };
    at(objection, cause, advice)
}

/// Each condition key must be known, and one of S3's own must be a key of each listed action.
fn conditions(statement: &Statement) -> Vec<Objection> {
    let name = statement_name(statement);
    let mut objections = Vec::new();
    for condition in &statement.conditions {
        let key = &condition.key_name;
        match lookup::key(&condition.key) {
            Key::Universal => {}
            Key::Unknown => {
                let cause = format!("S3 knows no condition key `{key}`, which {name} has");
                objections.push(
                    Objection::inferred(GLOBAL_KEY_LIST)
                        .at(statement.index, condition.span)
                        .because(cause, format!("Correct or take out `{key}`.")),
                );
            }
            Key::Specific if statement.action.negated => {}
            Key::Specific => objections.extend(misfit(statement, &condition.key).map(|(entry, seen)| {
                let objection = if seen {
                    Objection::seen(CONDITIONS_DO_NOT_APPLY, SEEN_CONDITION)
                } else {
                    Objection::inferred(SEEN_CONDITION)
                };
                let culprit = Culprit::Condition {
                    operator: condition.operator_name.clone(),
                    key: key.clone(),
                    action: entry.text.clone(),
                    holds_without_key: condition.holds(&Context::new(KeyState::Absent)) == Tri::True,
                };
                objection.at(statement.index, condition.span).about(culprit).because(
                    format!("`{key}` in {name} is never in a request for `{}`", entry.text),
                    format!("Move `{}` to a statement without `{key}`.", entry.text),
                )
            })),
        }
    }
    objections
}

/// The first listed action that does not take the key, and whether S3 was seen to refuse such a one: of a wildcard it is
/// enough that one of its actions takes it, and that none does was not reported.
fn misfit<'a>(statement: &'a Statement, key: &str) -> Option<(&'a PatternEntry, bool)> {
    let misfits = statement.action.entries.iter().filter(|entry| {
        let meant = if entry.text == "*" { Vec::new() } else { lookup::meant_by(entry) };
        !meant.is_empty() && !meant.iter().any(|action| action.takes(key))
    });
    let misfits: Vec<&PatternEntry> = misfits.collect();
    let exact = misfits.iter().find(|entry| entry.pattern.is_plain_text()).map(|entry| (*entry, true));
    exact.or_else(|| misfits.first().map(|entry| (*entry, false)))
}
