//! Where the reader of a document is, and what it may find there.

use std::collections::HashSet;

use crate::policy::json::{Member, Node, Span, Value};

/// A refusal before its place is turned into line and column.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) path: String,
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// A member whose name came before it already.
fn second_of_a_pair<'n, 'a>(members: &'n [Member<'a>]) -> Option<&'n Member<'a>> {
    let mut names = HashSet::new();
    members.iter().find(|member| !names.insert(&member.name))
}

/// Where the reader is, for the path of an error; the names are joined only when there is one.
pub(super) enum Place<'a> {
    Root,
    Child(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    pub(super) fn child<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place::Child(self, name)
    }

    pub(super) fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }

    fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Child(Place::Root, name) => (*name).to_owned(),
            Self::Child(parent, name) => format!("{}.{name}", parent.path()),
            Self::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }

    pub(super) fn refuse<T>(&self, node: &Node<'_>, message: String) -> Result<T, Box<Refusal>> {
        self.refuse_at(node.span, message)
    }

    pub(super) fn refuse_at<T>(&self, span: Span, message: String) -> Result<T, Box<Refusal>> {
        Err(Box::new(Refusal { path: self.path(), span, message }))
    }

    fn list<'n, 'a>(&self, node: &'n Node<'a>) -> Result<&'n [Member<'a>], Box<Refusal>> {
        match &node.value {
            Value::Object(members) => Ok(members),
            _ => self.refuse(node, format!("expected an object, found {}", node.kind())),
        }
    }

    /// The members of an object, none of them twice.
    pub(super) fn members<'n, 'a>(&self, node: &'n Node<'a>) -> Result<&'n [Member<'a>], Box<Refusal>> {
        let members = self.list(node)?;
        if let Some(twice) = second_of_a_pair(members) {
            return self.refuse_at(twice.name_span, format!("`{}` appears twice in one object", twice.name));
        }
        Ok(members)
    }

    /// The members of an object that has only these names, each in the place of its name.
    pub(super) fn object<'n, 'a, const N: usize>(
        &self,
        node: &'n Node<'a>,
        names: [&str; N],
    ) -> Result<[Option<&'n Member<'a>>; N], Box<Refusal>> {
        let mut found = [None; N];
        for member in self.list(node)? {
            let place = names.iter().position(|name| *name == member.name).and_then(|at| found.get_mut(at));
            let Some(place) = place else {
                self.members(node)?;
                let message = format!("`{}` is not one of {}", member.name, names.join(", "));
                return self.refuse_at(member.name_span, message);
            };
            if place.replace(member).is_some() {
                self.members(node)?;
            }
        }
        Ok(found)
    }

    /// The one of two members that exclude each other, and whether it is the second.
    pub(super) fn one_of<'n, 'a>(
        &self,
        node: &Node<'_>,
        one: Option<&'n Member<'a>>,
        not: Option<&'n Member<'a>>,
    ) -> Result<Option<(bool, &'n Member<'a>)>, Box<Refusal>> {
        match (one, not) {
            (Some(one), Some(not)) => {
                self.refuse(node, format!("the statement has both {} and {}", one.name, not.name))
            }
            (Some(member), None) => Ok(Some((false, member))),
            (None, Some(member)) => Ok(Some((true, member))),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn string<'a>(&self, node: &'a Node<'_>) -> Result<&'a str, Box<Refusal>> {
        match node.string() {
            Some(text) => Ok(text),
            None => self.refuse(node, format!("expected a string, found {}", node.kind())),
        }
    }

    /// A string, or a list of them; an empty one too, which leaves the statement without effect.
    pub(super) fn strings<'a>(
        &self,
        node: &'a Node<'_>,
    ) -> Result<impl Iterator<Item = (&'a str, Span)>, Box<Refusal>> {
        let is_list = matches!(node.value, Value::Array(_));
        for (index, item) in node.items().iter().enumerate() {
            if is_list {
                self.item(index).string(item)?
            } else {
                self.string(item)?
            };
        }
        Ok(node.items().iter().map(|node| (node.string().unwrap_or_default(), node.span)))
    }
}
