//! Policies, element by element: whatever IAM does not know of a document is replaced.

use serde_json::{Map, Value};

use super::name::around_variables;
use super::policy::{each, is_tag_family, items};
use super::{Kind, Redactor};
use crate::names::terraform_attribute;
use crate::policy::is_operator;

/// Sids of the vendor's samples and of this tool.
const KNOWN_SIDS: [&str; 7] = [
    "AllowSSLRequestsOnly",
    "DenyPlainHttp",
    "SailthruConnectMayListTheBucket",
    "SailthruConnectMayUseTheKey",
    "SailthruConnectMayWriteObjects",
    "bucket permissions",
    "object permissions",
];

impl Redactor {
    /// A policy. Of one that is not JSON only that fact is kept, and what precedes it.
    pub(super) fn policy_text(&mut self, text: &str) -> String {
        let start = text.find(|character: char| character != '\u{feff}' && !character.is_whitespace());
        let (before, document) = text.split_at(start.unwrap_or(text.len()));
        let Ok(mut document) = serde_json::from_str::<Value>(document) else {
            return format!("{before}{{ a document of {} bytes that is not JSON", text.len());
        };
        self.variables_in(&mut document);
        match &mut document {
            Value::Object(policy) => self.members(policy, Self::of_policy),
            other => self.unknown(other),
        }
        format!("{before}{document}")
    }

    /// Rewrites the members of an object; one that `known` does not take loses its name and everything in it.
    fn members(&mut self, members: &mut Map<String, Value>, known: fn(&mut Self, &str, &mut Value) -> bool) {
        let mut redacted = Map::new();
        for (name, mut value) in std::mem::take(members) {
            if known(self, &name, &mut value) {
                redacted.insert(name, value);
            } else {
                self.unknown(&mut value);
                redacted.insert(self.stand_in(Kind::Name, &name), value);
            }
        }
        *members = redacted;
    }

    fn of_policy(&mut self, name: &str, value: &mut Value) -> bool {
        match (name, value) {
            ("Version", Value::String(version)) if ["2008-10-17", "2012-10-17"].contains(&version.as_str()) => {}
            ("Id", Value::String(id)) => *id = self.segments(id),
            ("Statement", statements) => {
                for statement in items(statements) {
                    match statement {
                        Value::Object(statement) => self.members(statement, Self::of_statement),
                        other => self.unknown(other),
                    }
                }
            }
            ("Version" | "Id", other) => self.unknown(other),
            _ => return false,
        }
        true
    }

    fn of_statement(&mut self, name: &str, value: &mut Value) -> bool {
        match (name, value) {
            ("Sid", Value::String(sid)) => *sid = self.sid(sid),
            ("Effect", Value::String(effect)) if ["Allow", "Deny"].contains(&effect.as_str()) => {}
            ("Principal" | "NotPrincipal", value) => self.principals(value),
            ("Action" | "NotAction", actions @ (Value::String(_) | Value::Array(_))) => {
                each(actions, |action| {
                    let is_action = action.contains(':') || action.trim_matches(['*', '?']).is_empty();
                    if is_action { action.to_owned() } else { self.segments(action) }
                });
            }
            ("Resource" | "NotResource", value) => self.names_in(value),
            ("Condition", Value::Object(blocks)) => {
                let mut redacted = Map::new();
                for (operator, mut block) in std::mem::take(blocks) {
                    match &mut block {
                        Value::Object(block) => self.conditions(&operator.to_lowercase(), block),
                        other => self.unknown(other),
                    }
                    let name = if is_operator(&operator) { operator } else { self.stand_in(Kind::Name, &operator) };
                    redacted.insert(name, block);
                }
                *blocks = redacted;
            }
            ("Sid" | "Effect" | "Action" | "NotAction" | "Condition", other) => self.unknown(other),
            _ => return false,
        }
        true
    }

    fn sid(&mut self, sid: &str) -> String {
        if sid.is_empty() || KNOWN_SIDS.contains(&sid) { sid.to_owned() } else { self.stand_in(Kind::Sid, sid) }
    }

    /// What has no meaning where it is: every text in it is a name.
    fn unknown(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.segments(text),
            Value::Number(number) if number.to_string().len() >= 11 => *value = Value::from(0),
            Value::Array(items) => items.iter_mut().for_each(|item| self.unknown(item)),
            Value::Object(members) => self.members(members, |_, _, _| false),
            _ => {}
        }
    }

    /// The variables in the texts of a document.
    fn variables_in(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains("${") => *text = self.variables(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.variables_in(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.variables_in(member)),
            _ => {}
        }
    }

    /// Names of tags, default values and a template's own names, in `${…}`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
    fn variables(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        for (plain, variable) in around_variables(text) {
            result.push_str(plain);
            if let Some(inside) = variable.strip_prefix("${") {
                let (inside, end) = inside.strip_suffix('}').map_or((inside, ""), |inside| (inside, "}"));
                result.extend(["${", &self.variable(inside), end]);
            }
        }
        result
    }

    fn variable(&mut self, inside: &str) -> String {
        let (name, default) = match inside.split_once(',') {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let known = match name.split_once('/') {
            Some((family, tag)) if is_tag_family(&family.trim().to_lowercase()) => {
                format!("{family}/{}", self.tag_key(tag))
            }
            _ if name.contains(':') || ["*", "?", "$", ""].contains(&name) => name.to_owned(),
            // What a plan fills in, which goes on meaning what it means.
            _ if terraform_attribute(name).is_some() => name.to_owned(),
            _ => self.stand_in(Kind::Name, name),
        };
        let Some(default) = default else { return known };
        let value = default.trim().trim_matches('\'');
        if value.is_empty() {
            return format!("{known},{default}");
        }
        let stand_in = self.stand_in(Kind::Name, value);
        format!("{known},{}", default.replacen(value, &stand_in, 1))
    }
}
