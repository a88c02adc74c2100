//! Where the reader of a document is, and what it may find there.

use crate::policy::json::{Member, Node, Span, Value};

/// A refusal before its place is turned into line and column.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) path: String,
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// A member whose name stands before it already. Long lists are sorted, so that a hostile one costs no more.
fn second_of_a_pair<'a, 'b>(members: &'a [Member<'b>]) -> Option<&'a Member<'b>> {
    if members.len() <= 16 {
        let before = |at: usize| members.iter().take(at);
        let mut pairs = members.iter().enumerate();
        return pairs.find(|(at, member)| before(*at).any(|other| other.name == member.name)).map(|(_, member)| member);
    }
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one.name == other.name => Some(*other),
        _ => None,
    })
}

/// Where the reader is, for the path of an error; the names are joined only when there is one.
pub(super) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: PlaceName<'a>,
}

enum PlaceName<'a> {
    Root,
    Child(&'a str),
    Item(usize),
}

impl Place<'_> {
    pub(super) fn root() -> Self {
        Self { parent: None, name: PlaceName::Root }
    }

    pub(super) fn child<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), name: PlaceName::Child(name) }
    }

    pub(super) fn item(&self, index: usize) -> Place<'_> {
        Place { parent: Some(self), name: PlaceName::Item(index) }
    }

    fn path(&self) -> String {
        let mut path = self.parent.map(Place::path).unwrap_or_default();
        match self.name {
            PlaceName::Root => {}
            PlaceName::Child(name) if path.is_empty() => path.push_str(name),
            PlaceName::Child(name) => path.extend([".", name]),
            PlaceName::Item(index) => path.extend(["[", &index.to_string(), "]"]),
        }
        path
    }

    pub(super) fn refuse<T>(&self, node: &Node<'_>, message: String) -> Result<T, Refusal> {
        self.refuse_at(node.span, message)
    }

    pub(super) fn refuse_at<T>(&self, span: Span, message: String) -> Result<T, Refusal> {
        Err(Refusal { path: self.path(), offset: span.start, message })
    }

    /// The members of an object, none of them twice.
    pub(super) fn members<'a, 'b>(&self, node: &'a Node<'b>) -> Result<&'a [Member<'b>], Refusal> {
        let Value::Object(members) = &node.value else {
            return self.refuse(node, format!("expected an object, found {}", node.kind()));
        };
        if let Some(twice) = second_of_a_pair(members) {
            return self.refuse_at(twice.name_span, format!("`{}` stands twice in one object", twice.name));
        }
        Ok(members)
    }

    /// The members of an object that has only these names.
    pub(super) fn object<'a, 'b>(&self, node: &'a Node<'b>, names: &[&str]) -> Result<&'a [Member<'b>], Refusal> {
        let members = self.members(node)?;
        match members.iter().find(|member| !names.contains(&&*member.name)) {
            Some(member) => {
                self.refuse_at(member.name_span, format!("`{}` is not one of {}", member.name, names.join(", ")))
            }
            None => Ok(members),
        }
    }

    pub(super) fn one_of<'a, 'b>(
        &self,
        node: &Node<'_>,
        members: &'a [Member<'b>],
        name: &str,
        not: &str,
    ) -> Result<Option<(bool, &'a Member<'b>)>, Refusal> {
        match (find(members, name), find(members, not)) {
            (Some(_), Some(_)) => self.refuse(node, format!("the statement has both {name} and {not}")),
            (Some(member), None) => Ok(Some((false, member))),
            (None, Some(member)) => Ok(Some((true, member))),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn string<'a>(&self, node: &'a Node<'_>) -> Result<&'a str, Refusal> {
        match &node.value {
            Value::String(text) => Ok(text),
            _ => self.refuse(node, format!("expected a string, found {}", node.kind())),
        }
    }

    /// A string, or a list of at least one.
    pub(super) fn strings<'a>(&self, node: &'a Node<'_>) -> Result<Vec<(&'a str, Span)>, Refusal> {
        match &node.value {
            Value::Array(nodes) if nodes.is_empty() => self.refuse(node, "the list is empty".to_owned()),
            Value::Array(nodes) => {
                nodes.iter().enumerate().map(|(index, node)| Ok((self.item(index).string(node)?, node.span))).collect()
            }
            _ => Ok(vec![(self.string(node)?, node.span)]),
        }
    }
}

/// The member of this name.
pub(super) fn find<'a, 'b>(members: &'a [Member<'b>], name: &str) -> Option<&'a Member<'b>> {
    members.iter().find(|member| member.name == name)
}
