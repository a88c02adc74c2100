//! Which workflow commands the runner of GitHub Actions takes from what a step prints.
//!
//! As documented on <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>, and as the
//! runner reads lines (<https://github.com/actions/runner>, `ActionCommand.cs` and `ActionCommandManager.cs`): the form
//! `::name data::value` at the start of a line, and the older `##[name data]value` anywhere in it.

/// The names that the runner knows, in small letters; it does not mind the case.
const NAMES: [&str; 15] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// The lines that are commands, in order. While commands are stopped, only the one that resumes them is.
pub(super) fn commands(log: &str) -> Vec<String> {
    let mut token: Option<String> = None;
    let mut found = Vec::new();
    for line in log.split(['\n', '\r']) {
        let Some((name, value)) = new_form(line, token.as_deref()).or_else(|| old_form(line, token.as_deref())) else {
            continue;
        };
        if token.is_none() && name.eq_ignore_ascii_case("stop-commands") {
            token = Some(value.to_owned());
        } else if token.as_deref().is_some_and(|token| name.eq_ignore_ascii_case(token)) {
            token = None;
        } else if token.is_some() {
            continue;
        }
        found.push(line.trim().to_owned());
    }
    found
}

fn new_form<'line>(line: &'line str, token: Option<&str>) -> Option<(&'line str, &'line str)> {
    let (head, value) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    Some((known(head, token)?, value))
}

fn old_form<'line>(line: &'line str, token: Option<&str>) -> Option<(&'line str, &'line str)> {
    let (_, rest) = line.split_once("##[")?;
    let (head, value) = rest.split_once(']')?;
    Some((known(head, token)?, value))
}

fn known<'line>(head: &'line str, token: Option<&str>) -> Option<&'line str> {
    let name = head.split(' ').next()?;
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    (NAMES.into_iter().any(is) || token.is_some_and(is)).then_some(name)
}

#[test]
fn both_forms_are_commands_until_they_are_stopped() {
    let log = "::error::a\n text ::error::b\n \u{a0}::Warning file=x::c\rtext ##[group]d\n::unknown::e\n##[nothing]f\n\
               ::stop-commands::t0ken\n::error::g\n##[error]h\n::T0KEN::\n##[endgroup]";
    let found =
        ["::error::a", "::Warning file=x::c", "text ##[group]d", "::stop-commands::t0ken", "::T0KEN::", "##[endgroup]"];
    assert_eq!(commands(log), found);
}
