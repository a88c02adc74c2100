//! Why a statement that has a condition applies to Sailthru's request, or does not, in words.

use jiff::Timestamp;

use crate::policy::Statement;
use crate::policy::condition::Condition;

/// "because Sailthru does not come through VPC endpoint `vpce-1a2b` (`StringNotEquals` aws:SourceVpce)"; nothing where the
/// statement has no condition.
pub(super) fn because(statement: &Statement, who: &str) -> Option<String> {
    let reasons: Vec<String> = statement.conditions.iter().map(|condition| turned_out(condition, who, true)).collect();
    (!reasons.is_empty()).then(|| format!("because {}", reasons.join(" and ")))
}

/// Why a condition keeps an Allow from applying: "Sailthru does not come through VPC endpoint `vpce-1a2b` (`StringEquals`
/// aws:SourceVpce)".
pub(super) fn unmatched(condition: &Condition, who: &str) -> String {
    turned_out(condition, who, false)
}

/// A condition as it turned out, with its operator and key.
fn turned_out(condition: &Condition, who: &str, holds: bool) -> String {
    let Condition { operator_name, key_name, .. } = condition;
    let values = condition.values().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    if let Some(words) = in_words(condition, who, &values, holds) {
        return format!("{words} ({operator_name} {key_name})");
    }
    let matches = if holds { "matches" } else { "does not match" };
    format!("its condition {matches} {who}'s requests ({operator_name} {key_name} {values})")
}

/// Points in time that are written as seconds, as people read them.
fn when(values: &str) -> String {
    let seconds = values.trim_matches('`').parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.map_or_else(|| values.to_owned(), |time| format!("`{time}`"))
}

/// The conditions that people write about who comes from where, as they turned out; the others are quoted.
fn in_words(condition: &Condition, who: &str, values: &str, holds: bool) -> Option<String> {
    let operator = condition.operator_name.to_ascii_lowercase();
    let operator = operator.rsplit_once(':').map_or(operator.as_str(), |(_, operator)| operator);
    let operator = operator.strip_suffix("ifexists").unwrap_or(operator);
    // `StringNotEquals` that is true says the same as `StringEquals` that is not.
    let differs = operator.contains("not") == holds && operator != "null" && operator != "bool";
    let absent = operator == "null" && (values == "`true`") == holds;
    let off = operator == "bool" && (values == "`false`") == holds;
    Some(match (condition.key_name.to_ascii_lowercase().as_str(), operator, differs) {
        ("aws:sourcevpce", _, true) => format!("{who} does not come through VPC endpoint {values}"),
        ("aws:sourcevpc", _, true) => format!("{who} does not come from VPC {values}"),
        ("aws:sourceip" | "aws:vpcsourceip", _, true) => format!("{who}'s IP address is not in {values}"),
        ("aws:principalorgid" | "aws:principalorgpaths", _, true) if values.contains("${") => {
            format!("{who} is not in your organization")
        }
        ("aws:principalorgid" | "aws:principalorgpaths", _, true) => {
            format!("{who} is not in your organization {values}")
        }
        ("aws:principalisawsservice", _, _) if off => format!("{who} is not an AWS service"),
        ("aws:principalarn", _, true) => format!("{who} is not {values}"),
        ("aws:principalaccount", _, true) => format!("{who}'s account is not {values}"),
        ("aws:securetransport", _, _) if off => format!("{who} would send it over plain HTTP"),
        ("s3:x-amz-acl", _, true) => format!("{who} does not send the ACL header with {values}"),
        ("s3:x-amz-server-side-encryption", _, _) if absent => {
            format!("{who} sends no encryption header")
        }
        ("s3:x-amz-server-side-encryption", _, true) => {
            format!("{who} does not send the encryption header with {values}")
        }
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", _, _) if absent => {
            format!("{who} does not name a KMS key in its uploads")
        }
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", _, true) => {
            format!("{who} does not name the KMS key {values} in its uploads")
        }
        ("s3:x-amz-server-side-encryption-customer-algorithm", _, _) if absent => {
            format!("{who} sends no encryption key of its own")
        }
        ("aws:multifactorauthpresent", _, _) if off => format!("{who} signs in without a second factor"),
        ("kms:viaservice", _, true) => {
            format!("{who}'s requests reach the key through S3 in the bucket's Region, not through {values}")
        }
        (
            "aws:currenttime" | "aws:epochtime",
            "datelessthan" | "datelessthanequals" | "numericlessthan" | "numericlessthanequals",
            _,
        ) if !holds => {
            format!("its time ended at {}", when(values))
        }
        _ => return None,
    })
}
