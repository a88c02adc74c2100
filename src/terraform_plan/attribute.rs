//! A value of a resource, or a part of one: known, not set, or known only after apply.

use serde::Deserialize;
use serde_json::Value;

use crate::snapshot::ReadFailure;

/// The value of what is not there, and the mark of what is unknown or sensitive as a whole.
pub(super) static NOTHING: Value = Value::Null;
static ALL: Value = Value::Bool(true);

/// Something that the plan does not tell, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    /// One of the codes of [`ReadFailure`].
    pub(super) code: &'static str,
    /// What is open: a clause without a full stop.
    pub(super) message: String,
}

impl Gap {
    pub(super) fn after_apply(message: impl Into<String>) -> Self {
        Self { code: ReadFailure::KNOWN_AFTER_APPLY, message: message.into() }
    }

    pub(super) fn not_in_plan(message: impl Into<String>) -> Self {
        Self { code: ReadFailure::NOT_IN_PLAN, message: message.into() }
    }
}

/// What the plan tells, or a gap.
pub(super) type PlanResult<T> = Result<T, Gap>;

/// A value within a resource, with what the plan marks about it.
#[derive(Debug, Clone)]
pub(super) struct Attribute<'a> {
    /// The resource's address.
    pub(super) of: &'a str,
    /// Where within the resource: `rule[0].object_ownership`.
    pub(super) path: String,
    pub(super) value: &'a Value,
    pub(super) unknown: &'a Value,
    pub(super) sensitive: &'a Value,
}

/// Whether anything is marked.
pub(super) fn any(marks: &Value) -> bool {
    match marks {
        Value::Bool(marked) => *marked,
        Value::Array(items) => items.iter().any(any),
        Value::Object(members) => members.values().any(any),
        _ => false,
    }
}

impl<'a> Attribute<'a> {
    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Self {
        self.part(name, if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) })
    }

    /// The items of a list; none of anything else.
    fn items(&self) -> impl Iterator<Item = Self> {
        let length = self.value.as_array().map_or(0, Vec::len);
        (0..length).map(|index| self.part(index, format!("{}[{index}]", self.path)))
    }

    fn part(&self, index: impl serde_json::value::Index, path: String) -> Self {
        let inside = |marks: &'a Value| if *marks == ALL { &ALL } else { marks.get(&index).unwrap_or(&NOTHING) };
        let value = self.value.get(&index).unwrap_or(&NOTHING);
        Self { of: self.of, path, value, unknown: inside(self.unknown), sensitive: inside(self.sensitive) }
    }

    /// Whether it is, as a whole, known only after apply.
    pub(super) fn is_unknown(&self) -> bool {
        *self.unknown == ALL
    }

    /// Whether it has no value, now or later.
    pub(super) fn is_null(&self) -> bool {
        self.value.is_null() && !self.is_unknown()
    }

    /// Whether it, or anything in it, is marked as sensitive.
    pub(super) fn is_sensitive(&self) -> bool {
        any(self.sensitive)
    }

    /// `` `aws_s3_bucket_policy.exports`: policy ``.
    pub(super) fn name(&self) -> String {
        format!("`{}`: {}", self.of, self.path)
    }

    pub(super) fn gap(&self) -> Gap {
        Gap::after_apply(format!("{} is known only after apply", self.name()))
    }

    /// The first part of it that is known only after apply.
    pub(super) fn open(&self) -> Gap {
        let members = self.value.as_object().into_iter().flat_map(|members| members.keys());
        let mut parts = self.items().chain(members.map(|name| self.get(name)));
        let open = parts.find(|part| !self.is_unknown() && any(part.unknown));
        open.map_or_else(|| self.gap(), |part| part.open())
    }

    fn known(&self) -> PlanResult<&'a Value> {
        if self.is_unknown() { Err(self.gap()) } else { Ok(self.value) }
    }

    fn odd(&self, wanted: &str) -> Gap {
        Gap::not_in_plan(format!("{} is not {wanted}, as this version of stc-check expects", self.name()))
    }

    /// The value, where it is there; a gap where it is not of the type that is `wanted`.
    fn read<T: Deserialize<'a>>(&self, wanted: &str) -> PlanResult<Option<T>> {
        Option::deserialize(self.known()?).map_err(|_| self.odd(wanted))
    }

    /// A text; an empty one is none, as the provider means it.
    pub(super) fn text(&self) -> PlanResult<Option<&'a str>> {
        Ok(self.read("a text")?.filter(|text: &&str| !text.is_empty()))
    }

    /// A text that is there, an empty one too.
    fn string(&self) -> PlanResult<&'a str> {
        self.read("a text")?.ok_or_else(|| self.odd("a text"))
    }

    pub(super) fn flag(&self) -> PlanResult<Option<bool>> {
        self.read("true or false")
    }

    pub(super) fn number(&self) -> PlanResult<Option<i64>> {
        self.read("a number")
    }

    /// The blocks of a list or set, or the one block that is there itself.
    pub(super) fn blocks(&self) -> PlanResult<Vec<Self>> {
        match self.known()? {
            Value::Null => Ok(Vec::new()),
            Value::Array(_) => self.items().map(|item| item.known().map(|_| item.clone())).collect(),
            Value::Object(_) => Ok(vec![self.clone()]),
            _ => Err(self.odd("a list of blocks")),
        }
    }

    /// The first block, where there is one.
    pub(super) fn block(&self) -> PlanResult<Option<Self>> {
        Ok(self.blocks()?.into_iter().next())
    }

    /// The first block, which the provider demands.
    pub(super) fn required_block(&self) -> PlanResult<Self> {
        self.required(self.block()?)
    }

    /// A text, which the provider demands.
    pub(super) fn required_text(&self) -> PlanResult<&'a str> {
        self.required(self.text()?)
    }

    /// What the provider demands, or the gap that it is not there.
    pub(super) fn required<T>(&self, value: Option<T>) -> PlanResult<T> {
        value.ok_or_else(|| Gap::not_in_plan(format!("the plan does not tell {}", self.name())))
    }

    /// The texts of a list or set that are known, and how many others there are.
    pub(super) fn known_texts(&self) -> PlanResult<(Vec<&'a str>, usize)> {
        if self.is_unknown() {
            return Ok((Vec::new(), 1));
        }
        if !self.value.is_array() {
            return Ok((self.texts()?, 0));
        }
        let (open, known): (Vec<_>, Vec<_>) = self.items().partition(Self::is_unknown);
        Ok((known.iter().map(Self::string).collect::<PlanResult<_>>()?, open.len()))
    }

    /// A list or set of texts.
    pub(super) fn texts(&self) -> PlanResult<Vec<&'a str>> {
        match self.known()? {
            Value::Null => Ok(Vec::new()),
            Value::String(text) => Ok(vec![text.as_str()]),
            Value::Array(_) => self.items().map(|item| item.string()).collect(),
            _ => Err(self.odd("a list of texts")),
        }
    }

    /// A map of texts.
    pub(super) fn pairs(&self) -> PlanResult<Vec<(&'a str, &'a str)>> {
        match self.known()? {
            Value::Null => Ok(Vec::new()),
            Value::Object(members) => {
                members.keys().map(|name| Ok((name.as_str(), self.get(name).string()?))).collect()
            }
            _ => Err(self.odd("a map")),
        }
    }
}
