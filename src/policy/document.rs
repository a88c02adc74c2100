//! A policy document, read as strictly as the service reads it, with the place of everything in its text.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>. Where it is not known what
//! the service does with a deviation (names in another case, duplicate names), the document is invalid.

use super::condition::Condition;
use super::json::{self, Member, Node, Span, Value, line_and_column};
use super::operator::{Operand, Operator};
use super::pattern::{Pattern, Style};
use super::principal::{Covers, PrincipalElement, PrincipalEntry};

/// Documents longer than this, in bytes, are not read: S3 takes 20 KB and KMS 32 KB.
pub const SIZE_LIMIT: usize = 1 << 20;

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A bucket policy: every statement names resources.
    Bucket,
    /// A key policy: a statement without Resource is accepted and has no effect
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>).
    Key,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is attached to.
    pub kind: DocumentKind,
    /// The Version element; missing means 2008-10-17, under which `${…}` is plain text.
    pub version: Option<String>,
    /// In the order of the document; never empty.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// From 0.
    pub index: usize,
    /// As written.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whom it is about.
    pub principal: PrincipalElement,
    /// What they may or may not do.
    pub action: PatternElement,
    /// On what; only a key policy's statement may lack it.
    pub resource: Option<PatternElement>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Where the statement stands in the text.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It lets through.
    Allow,
    /// It refuses, whatever else allows.
    Deny,
}

impl Effect {
    /// As documents spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// An Action, `NotAction`, Resource or `NotResource` element.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternElement {
    /// Whether it is the Not form.
    pub negated: bool,
    /// Its patterns.
    pub entries: Vec<PatternEntry>,
    /// Where it stands.
    pub span: Span,
}

/// One pattern of an element.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternEntry {
    /// As written.
    pub text: String,
    /// Ready to match.
    pub pattern: Pattern,
    /// Where it stands.
    pub span: Span,
}

/// Why the service would refuse a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}line {line}, column {column}: {message}", if path.is_empty() { String::new() } else { format!("{path}, ") })]
pub struct InvalidDocument {
    /// `Statement[0].Condition.Bool`; empty for the document itself.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// Whether the text is not even JSON.
    pub not_json: bool,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Says where the service would refuse it and why.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, InvalidDocument> {
        let locate = |offset: usize, path: String, message: String, not_json: bool| {
            let (line, column) = line_and_column(text, offset);
            InvalidDocument { path, line, column, message, not_json }
        };
        if text.len() > SIZE_LIMIT {
            let message = format!("the document has {} bytes; S3 takes 20,480 and KMS 32,768", text.len());
            return Err(locate(0, String::new(), message, false));
        }
        let node = json::parse(text)
            .map_err(|error| locate(error.offset, String::new(), format!("not JSON: {}", error.message), true))?;
        Self::from_node(&node, kind).map_err(|Refusal { path, offset, message }| locate(offset, path, message, false))
    }

    /// Reads a document that stands inside a larger JSON text.
    pub(crate) fn from_node(node: &Node<'_>, kind: DocumentKind) -> Result<Self, Refusal> {
        let place = Place::root();
        let members = place.object(node, &["Version", "Id", "Statement"])?;
        let version = match find(members, "Version") {
            Some(member) => {
                let place = place.child("Version");
                let version = place.string(&member.value)?;
                if !matches!(version, "2012-10-17" | "2008-10-17") {
                    return place.refuse(
                        &member.value,
                        format!("`{version}` is not a version of the policy language: 2012-10-17 or 2008-10-17"),
                    );
                }
                Some(version.to_owned())
            }
            None => None,
        };
        if let Some(id) = find(members, "Id") {
            place.child("Id").string(&id.value)?;
        }
        let Some(statement) = find(members, "Statement") else {
            return place.refuse(node, "the document has no Statement".to_owned());
        };
        let reader = StatementReader { kind, variables: version.as_deref() == Some("2012-10-17") };
        let place = place.child("Statement");
        let statements = match &statement.value.value {
            Value::Array(nodes) if nodes.is_empty() => {
                return place.refuse(&statement.value, "the list of statements is empty".to_owned());
            }
            Value::Array(nodes) => nodes
                .iter()
                .enumerate()
                .map(|(index, node)| reader.read(&place.item(index), node, index))
                .collect::<Result<_, _>>()?,
            _ => vec![reader.read(&place, &statement.value, 0)?],
        };
        Ok(Self { kind, version, statements })
    }

    /// Whether `${…}` stands for a variable.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.version.as_deref() == Some("2012-10-17")
    }
}

/// A refusal before its place is turned into line and column.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) path: String,
    pub(crate) offset: usize,
    pub(crate) message: String,
}

struct StatementReader {
    kind: DocumentKind,
    variables: bool,
}

impl StatementReader {
    fn read(&self, place: &Place, node: &Node<'_>, index: usize) -> Result<Statement, Refusal> {
        const ELEMENTS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let members = place.object(node, &ELEMENTS)?;
        let sid = match find(members, "Sid") {
            Some(member) => Some(place.child("Sid").string(&member.value)?.to_owned()),
            None => None,
        };
        let effect = Self::effect(place, node, members)?;
        let principal = Self::principal(place, node, members)?;
        if principal.negated && effect == Effect::Allow {
            return place.child("NotPrincipal").refuse_at(
                principal.span,
                "NotPrincipal cannot stand in an Allow: it would let in everyone else".to_owned(),
            );
        }
        let Some(action) = self.patterns(place, node, members, "Action", "NotAction")? else {
            return place.refuse(node, "the statement has neither Action nor NotAction".to_owned());
        };
        let resource = self.patterns(place, node, members, "Resource", "NotResource")?;
        if resource.is_none() && self.kind == DocumentKind::Bucket {
            return place.refuse(node, "the statement has neither Resource nor NotResource".to_owned());
        }
        let conditions = match find(members, "Condition") {
            Some(member) => self.conditions(&place.child("Condition"), &member.value)?,
            None => Vec::new(),
        };
        Ok(Statement { index, sid, effect, principal, action, resource, conditions, span: node.span })
    }

    fn effect(place: &Place, node: &Node<'_>, members: &[Member<'_>]) -> Result<Effect, Refusal> {
        let Some(member) = find(members, "Effect") else {
            return place.refuse(node, "the statement has no Effect".to_owned());
        };
        let place = place.child("Effect");
        match place.string(&member.value)? {
            "Allow" => Ok(Effect::Allow),
            "Deny" => Ok(Effect::Deny),
            other => place.refuse(&member.value, format!("`{other}` is not an effect: exactly `Allow` or `Deny`")),
        }
    }

    fn principal(place: &Place, node: &Node<'_>, members: &[Member<'_>]) -> Result<PrincipalElement, Refusal> {
        let Some((negated, member)) = place.one_of(node, members, "Principal", "NotPrincipal")? else {
            return place.refuse(node, "the statement has neither Principal nor NotPrincipal".to_owned());
        };
        let place = place.child(&member.name);
        let span = member.value.span;
        let everyone = || PrincipalEntry { text: "*".to_owned(), covers: Covers::Everyone, span };
        let entries = match &member.value.value {
            Value::String(text) if text == "*" => vec![everyone()],
            Value::String(text) => {
                return place.refuse(
                    &member.value,
                    format!("`{text}` stands alone: only `*` may; write {{\"AWS\": \"{text}\"}}"),
                );
            }
            Value::Object(_) => Self::principal_map(&place, &member.value)?,
            _ => {
                return place
                    .refuse(&member.value, format!("expected `*` or an object, found {}", member.value.kind()));
            }
        };
        Ok(PrincipalElement { negated, entries, span })
    }

    fn principal_map(place: &Place, node: &Node<'_>) -> Result<Vec<PrincipalEntry>, Refusal> {
        let members = place.object(node, &["AWS", "Service", "Federated", "CanonicalUser"])?;
        if members.is_empty() {
            return place.refuse(node, "the element names nobody".to_owned());
        }
        let mut entries = Vec::new();
        for member in members {
            let place = place.child(&member.name);
            for (text, span) in place.strings(&member.value)? {
                let covers = match &*member.name {
                    "AWS" => Covers::parse_aws(text),
                    // A star under another kind is everyone only where it is AWS.
                    "Service" => Covers::Service,
                    "Federated" => Covers::Federated,
                    _ => Covers::CanonicalUser,
                };
                entries.push(PrincipalEntry { text: text.to_owned(), covers, span });
            }
        }
        Ok(entries)
    }

    fn patterns(
        &self,
        place: &Place,
        node: &Node<'_>,
        members: &[Member<'_>],
        name: &str,
        not: &str,
    ) -> Result<Option<PatternElement>, Refusal> {
        let Some((negated, member)) = place.one_of(node, members, name, not)? else { return Ok(None) };
        let place = place.child(&member.name);
        let is_action = name == "Action";
        let style = if is_action {
            Style::ACTION
        } else {
            Style { wildcards: true, variables: self.variables, fold_case: false }
        };
        let mut entries = Vec::new();
        for (text, span) in place.strings(&member.value)? {
            if is_action && text != "*" && !text.contains(':') {
                return place
                    .refuse_at(span, format!("`{text}` names no service: an action looks like `s3:PutObject`"));
            }
            if !is_action && text != "*" && !text.starts_with("arn:") {
                return place.refuse_at(span, format!("`{text}` is neither `*` nor an ARN"));
            }
            let pattern = Pattern::parse(text, style).or_else(|message| place.refuse_at(span, message))?;
            entries.push(PatternEntry { text: text.to_owned(), pattern, span });
        }
        Ok(Some(PatternElement { negated, entries, span: member.value.span }))
    }

    fn conditions(&self, place: &Place, node: &Node<'_>) -> Result<Vec<Condition>, Refusal> {
        let mut conditions = Vec::new();
        for block in place.members(node)? {
            let place = place.child(&block.name);
            let Some(operator) = Operator::parse(&block.name) else {
                return place.refuse_at(block.name_span, format!("`{}` is not a condition operator", block.name));
            };
            for member in place.members(&block.value)? {
                let place = place.child(&member.name);
                if !member.name.contains(':') {
                    return place.refuse_at(
                        member.name_span,
                        format!("`{}` names no service: a condition key looks like `aws:SourceIp`", member.name),
                    );
                }
                conditions.push(Condition {
                    operator_name: block.name.clone().into_owned(),
                    key_name: member.name.clone().into_owned(),
                    operator,
                    key: member.name.to_lowercase(),
                    operands: self.operands(&place, &member.value, operator)?,
                    span: Span { start: member.name_span.start, end: member.value.span.end },
                });
            }
        }
        Ok(conditions)
    }

    fn operands(&self, place: &Place, node: &Node<'_>, operator: Operator) -> Result<Vec<Operand>, Refusal> {
        let nodes = match &node.value {
            Value::Array(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        nodes
            .iter()
            .map(|node| {
                let text = match &node.value {
                    Value::String(text) => text,
                    Value::Number(text) => *text,
                    Value::Bool(true) => "true",
                    Value::Bool(false) => "false",
                    _ => {
                        return place
                            .refuse(node, format!("expected a string, number or boolean, found {}", node.kind()));
                    }
                };
                Operand::parse(text, operator.family, self.variables).or_else(|message| place.refuse(node, message))
            })
            .collect()
    }
}

fn find<'a, 'b>(members: &'a [Member<'b>], name: &str) -> Option<&'a Member<'b>> {
    members.iter().find(|member| member.name == name)
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
    let twice = sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one.name == other.name => Some(*other),
        _ => None,
    });
    twice
}

/// Where the reader is, for the path of an error; the names are joined only when there is one.
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: PlaceName<'a>,
}

enum PlaceName<'a> {
    Root,
    Child(&'a str),
    Item(usize),
}

impl Place<'_> {
    fn root() -> Self {
        Self { parent: None, name: PlaceName::Root }
    }

    fn child<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), name: PlaceName::Child(name) }
    }

    fn item(&self, index: usize) -> Place<'_> {
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

    fn refuse<T>(&self, node: &Node<'_>, message: String) -> Result<T, Refusal> {
        self.refuse_at(node.span, message)
    }

    fn refuse_at<T>(&self, span: Span, message: String) -> Result<T, Refusal> {
        Err(Refusal { path: self.path(), offset: span.start, message })
    }

    /// The members of an object, none of them twice.
    fn members<'a, 'b>(&self, node: &'a Node<'b>) -> Result<&'a [Member<'b>], Refusal> {
        let Value::Object(members) = &node.value else {
            return self.refuse(node, format!("expected an object, found {}", node.kind()));
        };
        if let Some(twice) = second_of_a_pair(members) {
            return self.refuse_at(twice.name_span, format!("`{}` stands twice in one object", twice.name));
        }
        Ok(members)
    }

    /// The members of an object that has only these names.
    fn object<'a, 'b>(&self, node: &'a Node<'b>, names: &[&str]) -> Result<&'a [Member<'b>], Refusal> {
        let members = self.members(node)?;
        match members.iter().find(|member| !names.contains(&&*member.name)) {
            Some(member) => {
                self.refuse_at(member.name_span, format!("`{}` is not one of {}", member.name, names.join(", ")))
            }
            None => Ok(members),
        }
    }

    fn one_of<'a, 'b>(
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

    fn string<'a>(&self, node: &'a Node<'_>) -> Result<&'a str, Refusal> {
        match &node.value {
            Value::String(text) => Ok(text),
            _ => self.refuse(node, format!("expected a string, found {}", node.kind())),
        }
    }

    /// A string, or a list of at least one.
    fn strings<'a>(&self, node: &'a Node<'_>) -> Result<Vec<(&'a str, Span)>, Refusal> {
        match &node.value {
            Value::Array(nodes) if nodes.is_empty() => self.refuse(node, "the list is empty".to_owned()),
            Value::Array(nodes) => {
                nodes.iter().enumerate().map(|(index, node)| Ok((self.item(index).string(node)?, node.span))).collect()
            }
            _ => Ok(vec![(self.string(node)?, node.span)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_statement(statement: &str) -> String {
        format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)
    }

    const GOOD: &str = r#"{"Sid": "bucket permissions", "Effect": "Allow", "Principal": {"AWS": ["099647660399"], "Service": "x"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b", "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:TlsVersion": 1.2}}}"#;

    #[test]
    fn reads_single_and_list_forms() {
        let document = Document::parse(&with_statement(GOOD), DocumentKind::Bucket).unwrap();
        let [statement] = document.statements.as_slice() else { panic!("one statement") };
        assert_eq!(statement.sid.as_deref(), Some("bucket permissions"));
        assert_eq!(statement.conditions[1].values().collect::<Vec<_>>(), ["1.2"]);
        let single = format!(r#"{{"Statement": {GOOD}}}"#);
        assert!(!Document::parse(&single, DocumentKind::Bucket).unwrap().has_variables());
    }

    #[test]
    fn refuses_what_the_service_refuses_and_says_where() {
        for (from, to, path, message) in [
            ("\"Allow\"", "\"allow\"", "Statement[0].Effect", "`allow` is not an effect"),
            ("\"Effect\": \"Allow\",", "", "Statement[0]", "has no Effect"),
            ("\"Principal\"", "\"NotPrincipal\"", "Statement[0].NotPrincipal", "cannot stand in an Allow"),
            (
                "{\"AWS\": [\"099647660399\"], \"Service\": \"x\"}",
                "\"099647660399\"",
                "Statement[0].Principal",
                "stands alone",
            ),
            ("\"AWS\"", "\"Aws\"", "Statement[0].Principal", "`Aws` is not one of"),
            ("\"s3:*\"", "[]", "Statement[0].Action", "the list is empty"),
            ("\"s3:*\"", "\"PutObject\"", "Statement[0].Action", "names no service"),
            ("\"s3:*\"", "[7]", "Statement[0].Action[0]", "expected a string, found a number"),
            ("\"arn:aws:s3:::b\"", "\"b/*\"", "Statement[0].Resource", "neither `*` nor an ARN"),
            ("\"arn:aws:s3:::b\"", "\"arn:aws:s3:::${x\"", "Statement[0].Resource", "never closed"),
            ("\"Bool\"", "\"Boolean\"", "Statement[0].Condition.Boolean", "is not a condition operator"),
            ("true", "null", "Statement[0].Condition.Bool.aws:SecureTransport", "found null"),
            (
                "\"aws:SecureTransport\"",
                "\"SecureTransport\"",
                "Statement[0].Condition.Bool.SecureTransport",
                "names no service",
            ),
            ("\"Sid\"", "\"Name\"", "Statement[0]", "`Name` is not one of"),
            ("\"Sid\": \"bucket permissions\"", "\"Effect\": \"Allow\"", "Statement[0]", "`Effect` stands twice"),
            ("2012-10-17", "2012-10-18", "Version", "is not a version"),
        ] {
            let text = with_statement(GOOD).replacen(from, to, 1);
            let error = Document::parse(&text, DocumentKind::Bucket).unwrap_err();
            assert_eq!(error.path, path, "{text}");
            assert!(error.message.contains(message), "{}", error.message);
            assert!(!error.not_json);
        }
        for text in ["{", "[]", "{}", r#"{"Statement": []}"#, "null", "\u{feff}{}"] {
            assert!(Document::parse(text, DocumentKind::Bucket).is_err(), "{text}");
        }
        assert_eq!(
            Document::parse("{\n \"Statement\": x}", DocumentKind::Bucket).unwrap_err().to_string(),
            "line 2, column 15: not JSON: expected a value, found `x`"
        );
    }

    #[test]
    fn only_a_key_policy_may_leave_out_the_resource() {
        let text = with_statement(GOOD).replace(r#""Resource": "arn:aws:s3:::b","#, "");
        assert!(Document::parse(&text, DocumentKind::Bucket).is_err());
        assert_eq!(Document::parse(&text, DocumentKind::Key).unwrap().statements[0].resource, None);
    }
}
