//! Names of resources and of what an expression refers to: `module.exports["eu"].aws_s3_bucket.this[0].arn`.

use std::fmt;

/// The key of an instance: of `count`, or of `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Number(u64),
    Text(String),
}

/// A name with its index, where it has one: `this[0]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) key: Option<Key>,
}

/// One instance of a resource, or all of them where the key is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address {
    pub(super) module: Vec<Step>,
    pub(super) data: bool,
    pub(super) kind: String,
    pub(super) instance: Step,
}

impl Address {
    /// Reads an address, which may go on to an attribute of the resource; that is given too.
    pub(super) fn parse(text: &str) -> Option<(Self, Vec<Step>)> {
        let mut steps = steps(text)?.into_iter().peekable();
        let mut module = Vec::new();
        while steps.next_if(|step| step.name == "module" && step.key.is_none()).is_some() {
            module.push(steps.next()?);
        }
        let data = steps.next_if(|step| step.name == "data" && step.key.is_none()).is_some();
        let kind = steps.next().filter(|kind| kind.key.is_none())?.name;
        let instance = steps.next()?;
        Some((Self { module, data, kind, instance }, steps.collect()))
    }

    /// The resource that this is an instance of.
    pub(super) fn is_instance_of(&self, resource: &Self) -> bool {
        let Self { module, data, kind, instance } = resource;
        self.module == *module && self.data == *data && self.kind == *kind && self.instance.name == instance.name
    }

    /// As the configuration of its module calls it: without modules and keys.
    pub(super) fn in_configuration(&self) -> String {
        let data = if self.data { "data." } else { "" };
        format!("{data}{}.{}", self.kind, self.instance.name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            write!(formatter, "module.{step}.")?;
        }
        write!(formatter, "{}{}.{}", if self.data { "data." } else { "" }, self.kind, self.instance)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            None => formatter.write_str(&self.name),
            Some(Key::Number(number)) => write!(formatter, "{}[{number}]", self.name),
            Some(Key::Text(text)) => {
                write!(formatter, "{}[\"{}\"]", self.name, text.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }
    }
}

/// The path of a module instance: `module.exports["eu"].module.inner`.
pub(super) fn module_path(text: &str) -> Option<Vec<Step>> {
    let mut path = Vec::new();
    let mut steps = steps(text)?.into_iter();
    while let Some(step) = steps.next() {
        (step.name == "module" && step.key.is_none()).then_some(())?;
        path.push(steps.next()?);
    }
    Some(path)
}

/// Splits at the dots outside of brackets. Of several indexes on one name the first is kept: it is the
/// instance's, the others lie within a value.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        let mut step = Step { name: name.to_owned(), key: None };
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = index(inside)?;
            step.key.get_or_insert(key);
            rest = after;
        }
        steps.push(step);
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(steps),
        }
    }
}

/// An index and what follows its bracket.
fn index(text: &str) -> Option<(Key, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (number, rest) = text.split_once(']')?;
        return Some((Key::Number(number.parse().ok()?), rest));
    };
    let mut key = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => key.push(characters.next()?.1),
            '"' => return Some((Key::Text(key), quoted.get(at + 1..)?.strip_prefix(']')?)),
            other => key.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        let texts = [
            "aws_s3_bucket.exports",
            "aws_s3_bucket.exports[0]",
            r#"module.a.module.b["eu.west[1]"].data.aws_kms_key.this["say \"x\\y\""]"#,
        ];
        for text in texts {
            let (address, attribute) = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), attribute), (text, Vec::new()));
        }
        let (address, attribute) = Address::parse("module.a[2].aws_s3_bucket.b.rule[0].id").unwrap();
        assert_eq!(address.to_string(), "module.a[2].aws_s3_bucket.b");
        assert_eq!(attribute.iter().map(Step::to_string).collect::<Vec<_>>(), ["rule[0]", "id"]);
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in ["", ".", "a", "module.a", "a.b[", "a.b[\"x]", "a.b[x]", "a..b", "a.b[0]x", "a[0].b", "a.b[\"\\"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
