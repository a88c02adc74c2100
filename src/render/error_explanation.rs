//! What `explain --error` prints: an error of AWS in words, from the table of [`crate::refusal`].

use super::explanation::put_list;
use super::layout::{Ink, Layout, Screen};
use crate::checks::all;
use crate::checks::policy::capitalised;
use crate::names::Arn;
use crate::refusal::error_text::ErrorText;
use crate::refusal::{Cause, Known, Refusal, Side, known_codes, without_secrets};
use crate::text::sanitise::excerpt;
use crate::vendor::is_sailthrus;

/// Longer sentences of AWS are cut.
const LONGEST_ECHO: usize = 700;
/// How many codes are named that an unknown one may have been meant to be.
const MOST_NEIGHBOURS: usize = 3;

/// The explanation, and whether the error is one that we know.
#[must_use]
pub fn error(text: &ErrorText, screen: Screen) -> (String, bool) {
    let refusal = Refusal::of(text.answer(), Known::default());
    let mut layout = Layout::new(screen);
    layout.paragraph(0, Ink::Strong, &headline(text));
    layout.paragraph(2, Ink::Faint, &echo(&text.message));
    layout.blank();
    if is_known(&refusal, text) {
        known(&refusal, &mut layout);
        return (layout.finish(), true);
    }
    unknown(text, &mut layout);
    (layout.finish(), false)
}

/// A status alone says something; a code that nobody knows does not, though its status has a class.
fn is_known(refusal: &Refusal<'_>, text: &ErrorText) -> bool {
    match refusal.cause {
        Cause::Unrecognised => false,
        Cause::BadRequest => text.code == "400" || known_codes().any(|(code, _)| code == text.code),
        _ => true,
    }
}

fn headline(text: &ErrorText) -> String {
    let code = if text.code.is_empty() { "an error without a code" } else { &text.code };
    let of = if text.operation.is_empty() { String::new() } else { format!(" of {}", text.operation) };
    let status = match text.status {
        Some(status) if text.code != status.to_string() => format!(" ({status})"),
        _ => String::new(),
    };
    echo(&format!("{code}{of}{status}"))
}

fn echo(text: &str) -> String {
    excerpt(&without_secrets(text), LONGEST_ECHO).into_owned()
}

fn known(refusal: &Refusal<'_>, layout: &mut Layout) {
    let advice = refusal.advice();
    let sentence = |clause: &str| capitalised(&without_secrets(clause)) + ".";
    let (what, remedy, who) = (sentence(&advice.what), sentence(&advice.remedy), sentence(&advice.who));
    let if_you = format!("{remedy} {}", advice.vendor);
    let parts: &[(&str, &str)] = if is_about_sailthru(refusal) {
        let who = if refusal.side() == Side::Caller { "Sailthru." } else { who.as_str() };
        &[
            ("Who was refused", "Sailthru: the line names its account."),
            ("What it means", advice.quoted),
            ("Who can lift it", who),
        ]
    } else {
        &[
            ("What refused", what.as_str()),
            ("If you got it", if_you.as_str()),
            ("If Sailthru Support quoted it", advice.quoted),
            ("Who can lift it", who.as_str()),
        ]
    };
    for (heading, body) in parts {
        layout.paragraph(0, Ink::Heading, heading);
        layout.paragraph(2, Ink::Plain, &excerpt(body, 2 * LONGEST_ECHO));
        layout.blank();
    }
    layout.paragraph(0, Ink::Heading, "Checks that look into it");
    let checks: Vec<_> = all().filter(|check| advice.checks.contains(&check.id)).collect();
    put_list(layout, "  ", &checks);
    if checks.is_empty() {
        layout.paragraph(2, Ink::Plain, "None: it is not about the bucket.");
    }
}

/// Whether AWS's sentence says that it was Sailthru who asked.
fn is_about_sailthru(refusal: &Refusal<'_>) -> bool {
    let arn = refusal.principal.and_then(|principal| Arn::parse(principal).ok());
    arn.is_some_and(|arn| is_sailthrus(&arn.account))
}

fn unknown(text: &ErrorText, layout: &mut Layout) {
    layout.paragraph(0, Ink::Plain, "stc-check does not know this error.");
    let near = neighbours(&text.code);
    if !near.is_empty() {
        layout.paragraph(0, Ink::Plain, &format!("Codes that are spelled nearly so: {}.", near.join(", ")));
        return;
    }
    layout.paragraph(0, Ink::Plain, "It knows these kinds; give the whole line, with the code and AWS's sentence:");
    for (kind, example) in [
        ("refused", "AccessDenied: User: … is not authorized to perform: s3:PutObject … with an explicit deny in a …"),
        ("the key", "KMS.NotFoundException, KMS.DisabledException, kms:GenerateDataKey on this resource because …"),
        ("the login", "ExpiredToken, InvalidAccessKeyId, InvalidToken, RequestTimeTooSkewed"),
        ("the request", "InvalidRequest, PreconditionFailed, MalformedPolicy, PermanentRedirect"),
        ("the load", "SlowDown, ThrottlingException, ServiceUnavailable, InternalError"),
    ] {
        layout.hanging(&format!("{kind}:"), Ink::Strong, example, 2);
    }
}

/// Known codes that differ by a few letters.
fn neighbours(code: &str) -> Vec<&'static str> {
    let mut near: Vec<_> = known_codes()
        .map(|(known, _)| (strsim::damerau_levenshtein(&known.to_lowercase(), &code.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= known.len() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known).take(MOST_NEIGHBOURS).collect()
}
