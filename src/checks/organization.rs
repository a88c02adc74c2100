//! `organization.rcp`: no resource control policy of your organization keeps Sailthru out.
//!
//! Such policies apply to every caller, and only your organization can see them; those that were given with
//! `--organization-policy` are judged as one more layer that must not deny.
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>

use super::access::in_words;
use super::encryption::{KeyName, kms_encryption};
use super::policy::names;
use super::refusals::is_owner;
use super::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, recommended};
use crate::policy::{Document, Request, Tri, decide_granted};
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::{Fact, Operation};
use crate::text::list::listed;
use crate::text::shell::command;
use crate::vendor::{KmsAction, VendorAction};

/// `organization.rcp`.
pub(crate) static RCP: Check = Check {
    id: CheckId::OrganizationRcp,
    headlines: Headlines::Sentences {
        pass: "No resource control policy blocks Sailthru",
        fail: "A resource control policy blocks Sailthru",
        unknown: "Does a resource control policy block Sailthru?",
    },
    group: Group::Setup,
    needs: &[
        Operation::DescribeOrganization,
        Operation::GetBucketPolicy,
        Operation::GetBucketEncryption,
        Operation::DescribeKey,
        Operation::GetCallerIdentity,
    ],
    need: recommended,
    repair: None,
    judge: rcp,
    explain: Explanation {
        what: "Passes if the bucket's account is in no organization or is its management account, because resource \
               control policies do not apply there, or if the policies given with --organization-policy do not deny \
               Sailthru. Skipped otherwise, because only the management account can list them.",
        why: "A resource control policy that keeps data inside your organization also denies Sailthru, whatever your \
              bucket policy allows, unless it exempts Sailthru's account.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: User: … is not authorized to perform: \
                  s3:PutObject on resource: \"arn:aws:s3:::acme-exports/a\" with an explicit deny in a resource control policy",
        fix: "Ask whoever manages your organization's resource control policies to exempt Sailthru's account by \
              `aws:PrincipalAccount`. Or ask for the policies and check them with --organization-policy.",
        sources: &[
            "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
            "https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html",
        ],
    },
};

/// What a given document makes of a request.
pub(super) struct Hit {
    pub(super) denies: Tri,
    /// What refuses, or may: the file and its statements.
    pub(super) who: String,
    pub(super) depends_on: Vec<String>,
    /// What it depends on, in words, where that is no condition key.
    besides: Option<String>,
}

impl Hit {
    /// No better than perhaps, because of something that no condition key says.
    fn perhaps(self, denies: Tri, because: impl FnOnce() -> String) -> Self {
        let besides = self.besides.or_else(|| (self.denies == Tri::True && denies == Tri::Unknown).then(because));
        Self { denies, besides, ..self }
    }

    /// What it depends on.
    fn on(&self) -> String {
        self.besides.clone().unwrap_or_else(|| listed(&in_words(&self.depends_on, "Sailthru")))
    }
}

/// Requests on objects with these keys.
type RequestsOn<'r> = &'r dyn Fn(&[String]) -> Vec<Request>;

/// The documents that were given, by the names of their files; none where no such policy can apply.
pub(super) fn given<'c>(case: &'c Case<'_>) -> impl Iterator<Item = (&'c str, &'c Document)> {
    let apply = without_effect(case).is_none();
    case.organization_policies().filter(move |_| apply)
}

/// Whether the given documents keep Sailthru out; none where none applies.
pub(super) fn decided(case: &Case<'_>) -> Option<Tri> {
    worst(case).map(|hit| hit.denies)
}

/// What the given documents make of requests: the worst of them; none where none applies. Sailthru's tables are not a fixed
/// list, so what a document denies only for tables that it does not name, it may deny.
fn hit(case: &Case<'_>, requests: RequestsOn<'_>) -> Option<Hit> {
    let mut given = given(case).peekable();
    given.peek()?;
    let vendor = case.vendor();
    let sampled = requests(&vendor.object_keys());
    let hits = given.filter_map(|(name, document)| {
        let of_sample = of_document(name, document, &sampled)?;
        if of_sample.denies != Tri::False {
            return Some(of_sample);
        }
        let unlisted = vendor.unlisted_keys(&texts(document));
        let of_others = of_document(name, document, &requests(&unlisted)).filter(|hit| hit.denies != Tri::False);
        Some(of_others.map_or(of_sample, |hit| {
            hit.perhaps(Tri::Unknown, || {
                let example = unlisted.first().map_or("", String::as_str);
                format!("the folder, because it denies others than it names, such as `{example}`")
            })
        }))
    });
    hits.reduce(|worst, hit| if hit.denies > worst.denies { hit } else { worst })
}

fn of_document(name: &str, document: &Document, requests: &[Request]) -> Option<Hit> {
    let mut worst: Option<Hit> = None;
    for request in requests {
        let decision = decide_granted(document, request);
        let denies = !decision.outcome.allows();
        if worst.as_ref().is_none_or(|hit| denies > hit.denies) {
            let who = format!("{} of `{name}`", names(document, &decision.statements));
            worst = Some(Hit { denies, who, depends_on: decision.depends_on, besides: None });
        }
    }
    worst
}

/// What a document may name tables in.
fn texts(document: &Document) -> impl Iterator<Item = &str> + Clone {
    document.statements.iter().flat_map(|statement| {
        let resources = statement.resource.entries.iter();
        let operands = statement.conditions.iter().flat_map(|condition| &condition.operands);
        resources.map(|entry| entry.text.as_str()).chain(operands.map(|operand| operand.text.as_str()))
    })
}

/// A verdict in the light of the given documents: what else lets through must not be denied by them. `bound` says whether
/// they apply to what the requests are about.
pub(super) fn under(
    case: &Case<'_>,
    verdict: Verdict,
    refused: Status,
    bound: Tri,
    requests: RequestsOn<'_>,
) -> Verdict {
    let open = matches!(verdict.status, Status::Pass | Status::Warn | Status::Unknown) && verdict.status != refused;
    let hit = if open { hit(case, requests) } else { None };
    let Some(hit) = hit.map(|hit| where_bound(hit, bound)) else { return verdict };
    match hit.denies {
        Tri::True => {
            let message = format!(
                "A resource control policy of your organization denies it ({}). No bucket policy or key policy can \
                 override that.",
                hit.who
            );
            Verdict::broken(refused, Basis::Evaluated, message, exempt(case))
        }
        Tri::Unknown if verdict.status != Status::Unknown => Verdict::unknown(format!(
            "Whether a resource control policy of your organization denies it ({}) depends on {}: ask Sailthru \
             Support, or whoever manages these policies",
            hit.who,
            hit.on()
        ))
        .with_depends_on(hit.depends_on),
        _ => verdict,
    }
}

fn where_bound(hit: Hit, bound: Tri) -> Hit {
    let denies = hit.denies.and(bound);
    hit.perhaps(denies, || {
        "whether the KMS key belongs to the bucket's account, which only that account's credentials can show".to_owned()
    })
}

/// Who can exempt Sailthru.
pub(super) fn exempt(case: &Case<'_>) -> Fix {
    let summary = format!(
        "Ask whoever manages your organization's resource control policies to exempt Sailthru's account ({}) by \
         `aws:PrincipalAccount`.",
        case.vendor_accounts().join(", ")
    );
    Fix::new(summary, vec![command(["aws", "organizations", "list-policies", "--filter", "RESOURCE_CONTROL_POLICY"])])
}

#[expect(clippy::unnecessary_wraps, reason = "the form of every check")]
fn rcp(case: &Case<'_>) -> Result<Verdict, Undecided> {
    if let Some(verdict) = without_effect(case) {
        return Ok(verdict);
    }
    let count = case.connection.organization_policies.len();
    let documents = if count == 1 { "this document goes".to_owned() } else { format!("these {count} documents go") };
    let Some(hit) = worst(case) else { return Ok(Verdict::skip(how_to_learn(case))) };
    Ok(match hit.denies {
        Tri::False => {
            let message = format!("As far as {documents}, no resource control policy blocks Sailthru.");
            Verdict::pass(Basis::Evaluated, message)
        }
        Tri::Unknown => Verdict::unknown(format!(
            "Whether {} blocks Sailthru depends on {}: ask whoever manages your organization's resource control policies",
            hit.who,
            hit.on()
        ))
        .with_depends_on(hit.depends_on),
        Tri::True => {
            Verdict::fail(Basis::Evaluated, format!("{} denies Sailthru's requests.", hit.who), exempt(case))
        }
    })
}

/// The ways to learn what nobody of this account can read.
fn how_to_learn(case: &Case<'_>) -> String {
    const ASK: &str = "ask whoever manages them whether Sailthru's account is exempt, or give them with \
                       `--organization-policy FILE`";
    let organization = case.snapshot.organization.found().and_then(|answer| answer.organization.as_ref());
    let id = organization.and_then(|organization| organization.id.as_deref());
    match (id, case.live, &case.snapshot.organization) {
        (Some(id), ..) if is_owner(case) == Some(true) => format!(
            "the bucket's account is in the organization {id}, whose resource control policies only its management account \
             can list: {ASK}"
        ),
        (_, Some(_), Fact::Unreadable(_) | Fact::NotRead) => format!(
            "only your organization's management account can list its resource control policies: {ASK}; with \
             `organizations:DescribeOrganization` your role could see whether there can be any"
        ),
        _ => format!("only your organization's management account can list its resource control policies: {ASK}"),
    }
}

/// Such policies do not bind accounts outside of organizations, nor the management account's resources.
fn without_effect(case: &Case<'_>) -> Option<Verdict> {
    if is_owner(case) != Some(true) {
        return None;
    }
    let message = match &case.snapshot.organization {
        Fact::Absent(_) => "The bucket's account is in no organization, so no resource control policy applies.",
        Fact::Found(answer) => {
            let manager = answer.organization.as_ref()?.master_account_id.as_deref()?;
            if manager != case.snapshot.caller_account()? {
                return None;
            }
            "The bucket belongs to its organization's management account, where resource control policies do not apply."
        }
        Fact::Unreadable(_) | Fact::NotRead => return None,
    };
    Some(Verdict::pass(Basis::Read, message))
}

/// What the given documents make of everything that Sailthru asks for in the bucket and of the key.
fn worst(case: &Case<'_>) -> Option<Hit> {
    let of_bucket = hit(case, &|keys| bucket_requests(case, keys))?;
    let bound = key_is_bound(case);
    let of_key = (bound != Tri::False).then(|| hit(case, &|keys| key_requests(case, keys))).flatten();
    Some(match of_key.map(|hit| where_bound(hit, bound)) {
        Some(of_key) if of_key.denies > of_bucket.denies => of_key,
        _ => of_bucket,
    })
}

fn bucket_requests(case: &Case<'_>, keys: &[String]) -> Vec<Request> {
    let vendor = case.vendor();
    let [whole, in_parts] = VendorAction::UPLOADS;
    let mut requests = Vec::new();
    for writer in vendor.writers() {
        requests.push(vendor.bucket_request(&writer, VendorAction::List, ""));
        let on = |key: &String| {
            [whole, in_parts, VendorAction::Delete].map(|action| vendor.bucket_request(&writer, action, key))
        };
        requests.extend(keys.iter().flat_map(on));
    }
    requests
}

fn key_requests(case: &Case<'_>, keys: &[String]) -> Vec<Request> {
    let vendor = case.vendor();
    let mut requests = Vec::new();
    for writer in vendor.writers() {
        for key in keys {
            let of_key = KmsAction::ALL.iter().map(|action| vendor.key_request(&writer, action.as_str(), key));
            requests.extend(of_key);
        }
    }
    requests
}

/// Whether the organization of the bucket binds its key too: a key of its account, and none that AWS manages.
pub(super) fn key_is_bound(case: &Case<'_>) -> Tri {
    let vendor = case.vendor();
    match (kms_encryption(case), vendor.key_owner(), vendor.owner_account()) {
        (Err(Undecided::Skip(_)) | Ok((_, KeyName::AwsManaged)), ..) => Tri::False,
        (Ok(_), ..) if case.is_key_of_aws() => Tri::False,
        (Ok(_), Some(key), Some(bucket)) => (key == bucket).into(),
        _ => Tri::Unknown,
    }
}
