//! The bytes of a plan's file, as people have them: GitHub's `hashicorp/setup-terraform` prints the command above the
//! plan and `::debug::` lines below it, and plans lie about as archives, event streams and text for people.
//!
//! <https://github.com/hashicorp/setup-terraform#usage>,
//! <https://developer.hashicorp.com/terraform/internals/machine-readable-ui>

use std::borrow::Cow;

use serde_json::Value;

use super::InvalidPlan;
use crate::text::encoding::{self, NotText};
use crate::text::not_json::not_json as not_json_because;

/// How a plan is made into a file that can be read here.
pub(super) const HOW: &str = "terraform plan -out=tfplan && terraform show -json tfplan > plan.json";

/// How the archive begins that Terraform keeps plans in.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// How much may be before the plan.
const LONGEST_PREAMBLE: usize = 1 << 20;

/// The text of a plan's file, in whichever Unicode encoding it is.
///
/// # Errors
/// When the bytes are no text; for Terraform's own plan file the error says how to have it printed.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, InvalidPlan> {
    if bytes.starts_with(ARCHIVE) {
        return Err(binary());
    }
    encoding::decode(bytes).map_err(|wrong| {
        let help = match wrong {
            NotText::Utf8(_) => format!("print the plan as JSON: `{HOW}`"),
            NotText::Utf16 => {
                "write the file as UTF-8, in PowerShell with `| Out-File -Encoding utf8 plan.json` in place of `>`"
                    .to_owned()
            }
        };
        InvalidPlan::new(wrong.to_string(), help)
    })
}

/// The JSON of the plan: without what a wrapper printed above and below it.
///
/// # Errors
/// When there is no JSON, or more than one plan.
pub(super) fn json(text: &str) -> Result<Value, InvalidPlan> {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let plan = if text.starts_with('{') && !is_event(text) { text } else { below_preamble(text)? };
    let mut values = serde_json::Deserializer::from_str(plan).into_iter::<Value>();
    let document = match values.next() {
        Some(Ok(document)) => document,
        Some(Err(error)) => return Err(not_json(text, &error)),
        None => return Err(InvalidPlan::new("not JSON: it is empty", give(""))),
    };
    let rest = plan.get(values.byte_offset()..).unwrap_or_default();
    match rest.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("::")) {
        None => Ok(document),
        Some(line) if line.starts_with('{') => {
            Err(InvalidPlan::new("it has more than one JSON document", give("one plan a file; ")))
        }
        Some(_) => Err(InvalidPlan::new("not JSON: there is more text after the plan", give(""))),
    }
}

/// What follows the lines that a wrapper prints before the plan.
fn below_preamble(text: &str) -> Result<&str, InvalidPlan> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > LONGEST_PREAMBLE {
            break;
        }
        let rest = text.get(start..).unwrap_or_default();
        if rest.starts_with("{\"format_version\"") || (rest.starts_with('{') && !is_event(rest)) {
            return Ok(rest);
        }
        start += line.len();
    }
    Err(not_a_plan(text))
}

/// Whether the text begins with a line of `terraform plan -json`.
fn is_event(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.contains("\"@level\"") && serde_json::from_str::<Value>(first).is_ok_and(|line| line.get("@level").is_some())
}

fn not_a_plan(text: &str) -> InvalidPlan {
    if text.lines().any(is_event) {
        return stream();
    }
    let for_people = ["Terraform will perform", "OpenTofu will perform", "Terraform used the selected", "No changes."];
    if for_people.iter().any(|words| text.contains(words)) {
        return InvalidPlan::new("it is the plan as text for people, not JSON", give(""));
    }
    match serde_json::from_str::<Value>(text) {
        Err(error) => not_json(text, &error),
        Ok(_) => InvalidPlan::new("expected an object", give("")),
    }
}

fn not_json(text: &str, error: &serde_json::Error) -> InvalidPlan {
    if text.starts_with("PK") {
        return binary();
    }
    InvalidPlan::new(not_json_because(error), give(""))
}

fn give(first: &str) -> String {
    format!("{first}give the plan as JSON: `{HOW}`")
}

/// The binary plan file: a ZIP archive.
fn binary() -> InvalidPlan {
    InvalidPlan::new(
        "it is the plan as `terraform plan -out` writes it, which only Terraform reads",
        "have Terraform print it, in the folder of the configuration: `terraform show -json PLAN > plan.json`",
    )
}

/// The events of `terraform plan -json`: they name what changes, and not what it will be.
pub(super) fn stream() -> InvalidPlan {
    InvalidPlan::new("it is the log of `terraform plan -json`, which does not hold the plan", give(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_what_only_terraform_reads() {
        assert_eq!(text(b"\xff\xfe{\0}\0").unwrap(), "{}");
        for broken in [&b"\xff\xfe{"[..], b"\x80", b"PK\x03\x04\xff"] {
            assert!(text(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn what_a_wrapper_prints_around_the_plan_is_left_out() {
        let plan = "{\"format_version\": \"1.2\"}";
        for around in [
            format!("[command]/home/runner/_temp/1/terraform-bin show -json tfplan\n{plan}\n"),
            format!(
                "[command]C:\\t\\terraform-bin.exe show\r\n{plan}\r\n::debug::stdout: {plan}\r\n::debug::exitcode: 0\r\n"
            ),
            format!("\n\u{feff}  {plan}"),
            format!("{{\"@level\":\"info\",\"@message\":\"x\"}}\n{plan}\n"),
        ] {
            assert_eq!(json(&around).unwrap()["format_version"], "1.2", "{around}");
        }
        for not_one in [format!("{plan}\n{plan}"), format!("{plan} trailing"), format!("x {plan}"), String::new()] {
            assert!(json(&not_one).is_err(), "{not_one}");
        }
    }
}
