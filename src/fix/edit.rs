//! Edits of one policy document in force: the smallest that serve, the rest left as it is and where it is.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::lists::{list, one_or_many, with_more};
use super::no_fix::NoFix;
use super::normalize::normalize;
use crate::policy::{Document, DocumentKind};
use crate::snapshot::{Fact, PolicyText, Snapshot};
use crate::text::sanitise;
use crate::vendor::documents;
use crate::vendor::requests::VendorRequests;

/// A document under repair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    root: Map<String, Value>,
    kind: DocumentKind,
    /// Whether it is a preview, not the document in force.
    unsaved: bool,
}

/// A value more for one condition of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extension {
    /// The statement's index.
    pub(super) statement: usize,
    /// The operator as written.
    pub(super) operator: String,
    /// The key as written.
    pub(super) key: String,
    /// What to add; a pattern where it has a star.
    pub(super) value: String,
}

impl Draft {
    /// The document in force, or an empty one where the service said that there is none. One that AWS would refuse for its
    /// spelling alone is respelt.
    ///
    /// # Errors
    /// When it is not known, or AWS would refuse it for more: then nobody can say what an edit would do.
    pub(super) fn read(fact: &Fact<PolicyText>, kind: DocumentKind, bucket: &str) -> Result<Self, NoFix> {
        let root = match fact {
            Fact::Found(text) => normalize(&text.policy, kind, bucket)?,
            Fact::Absent(_) => Map::from_iter([("Version".to_owned(), json!("2012-10-17"))]),
            _ => return Err("the document in force could not be read, and would be overwritten unseen".into()),
        };
        let unsaved = fact.found().is_some_and(|text| text.to_save().is_some());
        Ok(Self { root, kind, unsaved })
    }

    /// Makes `${…}` a variable, which it is under this version alone.
    pub(super) fn set_version(&mut self) {
        let version = [("Version".to_owned(), json!("2012-10-17"))];
        let rest = std::mem::take(&mut self.root).into_iter().filter(|(name, _)| name != "Version");
        self.root = version.into_iter().chain(rest).collect();
    }

    /// The document as it would be put: without spaces, which count against the limit on its size, and with characters that
    /// KMS does not take or that disturb a terminal spelled out.
    pub(super) fn text(&self) -> PolicyText {
        let text = sanitise::json(&serde_json::to_string(&self.root).unwrap_or_default());
        let text = match self.kind {
            DocumentKind::Bucket => text,
            DocumentKind::Key => latin1(&text),
        };
        if self.unsaved { PolicyText::unsaved(&text) } else { PolicyText::in_force(text) }
    }

    /// As the evaluator reads it; none while it has no statement.
    pub(super) fn document(&self) -> Option<Document> {
        Document::parse(&self.text().policy, self.kind).ok()
    }

    /// The statements as a list, also where the document has one alone.
    pub(super) fn statements(&mut self) -> &mut Vec<Value> {
        let slot = self.root.entry("Statement").or_insert_with(|| Value::Array(Vec::new()));
        if !slot.is_array() {
            *slot = Value::Array(vec![slot.take()]);
        }
        match slot {
            Value::Array(statements) => statements,
            _ => unreachable!("it was just made a list"),
        }
    }

    /// Takes out the statements that these edits leave without a principal or resource.
    pub(super) fn retain(&mut self, mut edit: impl FnMut(&mut Map<String, Value>) -> bool) {
        self.statements().retain_mut(|statement| statement.as_object_mut().is_none_or(&mut edit));
    }

    /// Adds a statement after the others, its Sid made unique.
    pub(super) fn add(&mut self, mut statement: Value) {
        let taken =
            |statements: &[Value], sid: &str| statements.iter().any(|other| other.get("Sid") == Some(&json!(sid)));
        if let Some(Value::String(sid)) = statement.get_mut("Sid") {
            let mut numbered = (2..).map(|number| format!("{sid}{number}"));
            if taken(self.statements(), sid) {
                *sid = numbered.find(|sid| !taken(self.statements(), sid)).unwrap_or_default();
            }
        }
        self.statements().push(statement);
    }

    /// Lets the documented principals do one more thing: by a word more in a statement that is theirs alone, else by the
    /// wanted statement with that action alone.
    pub(super) fn allow(&mut self, action: &str, mut wanted: Value) {
        let alike = |statement: &Value, name: &str| match (statement.get(name), wanted.get(name)) {
            (Some(one), Some(other)) => list(one) == list(other),
            (one, other) => one == other,
        };
        let same = |statement: &Value| {
            ["Effect", "Condition", "Resource"].into_iter().all(|name| alike(statement, name))
                && statement.get("Principal").zip(wanted.get("Principal")).is_some_and(same_principals)
        };
        let theirs = self.statements().iter_mut().find(|statement| same(statement));
        if let Some(actions) = theirs.and_then(|statement| statement.get_mut("Action")) {
            *actions = Value::Array([list(actions), &[json!(action)]].concat());
            return;
        }
        if let Some(actions) = wanted.get_mut("Action") {
            *actions = json!(action);
        }
        self.add(wanted);
    }

    /// Adds a value to a condition. A pattern needs an operator that reads it as one: `StringEquals` becomes `StringLike`.
    pub(super) fn extend_condition(&mut self, extension: &Extension) {
        let Extension { statement, operator, key, value } = extension;
        let condition = self.statements().get_mut(*statement).and_then(|one| one.get_mut("Condition"));
        let Some(Value::Object(blocks)) = condition else { return };
        let Some(present) = blocks.get_mut(operator).and_then(|block| block.as_object_mut()?.remove(key)) else {
            return;
        };
        let values = with_more(list(&present), [json!(value)]);
        let plain = operator.eq_ignore_ascii_case("StringEquals") && value.contains('*');
        let operator = if plain { "StringLike" } else { operator.as_str() };
        let block = blocks.entry(operator).or_insert_with(|| json!({}));
        if let Some(block) = block.as_object_mut() {
            block.insert(key.clone(), one_or_many(values));
        }
        drop_empty_blocks(blocks);
    }

    /// Exempts Sailthru from a Deny: by taking it out of the Principal where it is named itself, else by a condition,
    /// so that the statement goes on hitting everybody else.
    pub(super) fn exempt(&mut self, index: usize, vendor: &VendorRequests<'_>) {
        let exemptions = documents::exemptions(vendor);
        let writers: Vec<String> = vendor.writers().iter().map(ToString::to_string).collect();
        let Some(Value::Object(statement)) = self.statements().get_mut(index) else { return };
        if let Some(principal) = statement.get_mut("Principal")
            && without(principal, &|kind, text| kind == "AWS" && writers.iter().any(|writer| writer == text))
        {
            if is_nobody(principal) {
                self.statements().remove(index);
            }
            return;
        }
        let Value::Object(conditions) = statement.entry("Condition").or_insert_with(|| json!({})) else { return };
        for (operator, key, values) in exemptions {
            let Value::Object(block) = conditions.entry(operator).or_insert_with(|| json!({})) else { continue };
            let name = block.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned();
            let slot = block.entry(name.unwrap_or_else(|| key.to_owned())).or_insert_with(|| json!([]));
            *slot = Value::Array(with_more(list(slot), values.into_iter().map(Value::String)));
        }
    }
}

/// The policy of a snapshot, as it is in force once AWS takes its spelling.
pub(super) fn document(snapshot: &Snapshot, kind: DocumentKind) -> Option<Document> {
    let fact = match kind {
        DocumentKind::Bucket => &snapshot.bucket_policy,
        DocumentKind::Key => &snapshot.key_policy,
    };
    Draft::read(fact, kind, &snapshot.bucket).ok()?.document()
}

/// A JSON text in which every character beyond Latin-1 is spelled out: KMS takes no others
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>).
fn latin1(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for character in text.chars() {
        if character <= '\u{ff}' {
            spelled.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(spelled, "\\u{unit:04x}");
        }
    }
    spelled
}

/// Takes the operators out of a Condition that ask for nothing any more.
pub(super) fn drop_empty_blocks(blocks: &mut Map<String, Value>) {
    blocks.retain(|_, block| block.as_object().is_none_or(|block| !block.is_empty()));
}

/// Takes entries out of the principals of a statement; whether it still means somebody.
pub(super) fn drop_principals(statement: &mut Map<String, Value>, dead: &dyn Fn(&str, &str) -> bool) -> bool {
    if let Some(principal) = statement.get_mut("Principal") {
        without(principal, dead);
        if is_nobody(principal) {
            return false;
        }
    }
    if let Some(spared) = statement.get_mut("NotPrincipal") {
        without(spared, dead);
        if is_nobody(spared) {
            // Sparing only those who do not exist spares nobody.
            statement.remove("NotPrincipal");
            statement.insert("Principal".to_owned(), json!("*"));
        }
    }
    true
}

/// Takes entries out of a Principal or `NotPrincipal` element; whether there were any.
pub(super) fn without(principal: &mut Value, dead: &dyn Fn(&str, &str) -> bool) -> bool {
    let Value::Object(kinds) = principal else { return false };
    let mut changed = false;
    kinds.retain(|kind, names| {
        let mut kept = list(names).to_vec();
        kept.retain(|name| !name.as_str().is_some_and(|name| dead(kind, name)));
        if kept.len() == list(names).len() {
            return true;
        }
        changed = true;
        let any_left = !kept.is_empty();
        *names = one_or_many(kept);
        any_left
    });
    changed
}

/// Whether a Principal element names nobody any more.
pub(super) fn is_nobody(principal: &Value) -> bool {
    principal.as_object().is_some_and(Map::is_empty)
}

fn same_principals((one, other): (&Value, &Value)) -> bool {
    let aws = |principal: &Value| principal.as_object().filter(|kinds| kinds.len() == 1)?.get("AWS").cloned();
    aws(one).zip(aws(other)).is_some_and(|(one, other)| list(&one) == list(&other))
}
