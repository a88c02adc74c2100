//! The strict reading of a document, element by element.

use super::place::{Place, Refusal};
use super::{Document, DocumentKind, Effect, PatternElement, PatternEntry, Statement};
use crate::policy::case::lower_case;
use crate::policy::condition::Condition;
use crate::policy::json::{Member, Node, Span, Value};
use crate::policy::operand::Operand;
use crate::policy::operator::Operator;
use crate::policy::pattern::{Pattern, PatternKind};
use crate::policy::principal::{Covers, PrincipalElement, PrincipalEntry};

/// Reads a whole document.
pub(super) fn read(node: &Node<'_>, kind: DocumentKind) -> Result<Document, Box<Refusal>> {
    let place = Place::Root;
    let [version, id, statement] = place.object(node, ["Version", "Id", "Statement"])?;
    let version = version.map(|member| read_version(&place.child("Version"), &member.value)).transpose()?;
    if let Some(id) = id {
        place.child("Id").string(&id.value)?;
    }
    let Some(statement) = statement else {
        return place.refuse(node, "the document has no Statement".to_owned());
    };
    let reader = StatementReader { kind, variables: version.as_deref() == Some("2012-10-17") };
    let place = place.child("Statement");
    let statements = match &statement.value.value {
        Value::Array(nodes) if nodes.is_empty() => {
            return place.refuse(&statement.value, "the list of statements is empty".to_owned());
        }
        Value::Array(nodes) => {
            let each = nodes.iter().enumerate();
            each.map(|(index, node)| reader.read(&place.item(index), node, index)).collect::<Result<_, _>>()?
        }
        _ => vec![reader.read(&place, &statement.value, 0)?],
    };
    Ok(Document { kind, version, statements })
}

fn read_version(place: &Place, node: &Node<'_>) -> Result<String, Box<Refusal>> {
    match place.string(node)? {
        version @ ("2012-10-17" | "2008-10-17") => Ok(version.to_owned()),
        other => {
            place.refuse(node, format!("`{other}` is not a version of the policy language: 2012-10-17 or 2008-10-17"))
        }
    }
}

/// What S3 answers to most statements that lack an element.
const MISSING: &str = "Statement is missing required element";

struct StatementReader {
    kind: DocumentKind,
    variables: bool,
}

impl StatementReader {
    fn read(&self, place: &Place, node: &Node<'_>, index: usize) -> Result<Statement, Box<Refusal>> {
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
        let [sid, effect, principal, not_principal, action, not_action, resource, not_resource, condition] =
            place.object(node, ELEMENTS)?;
        let sid = sid.map(|member| place.child("Sid").string(&member.value).map(str::to_owned)).transpose()?;
        let effect = self.effect(place, node, effect)?;
        let principal = self.principal(place, node, place.one_of(node, principal, not_principal)?)?;
        if principal.negated && effect == Effect::Allow {
            return place.child("NotPrincipal").refuse_at(
                principal.span,
                "NotPrincipal cannot be used in an Allow: it would let in everyone else".to_owned(),
            );
        }
        let patterns = |one, not, is_action: bool, neither: &str| match place.one_of(node, one, not)? {
            Some(element) => self.patterns(place, element, is_action),
            None if self.kind == DocumentKind::Key => {
                Ok(PatternElement { negated: false, entries: Vec::new(), span: node.span })
            }
            None => place.refuse(node, self.missing(neither, MISSING)),
        };
        let action = patterns(action, not_action, true, "neither Action nor NotAction")?;
        let resource = patterns(resource, not_resource, false, "neither Resource nor NotResource")?;
        let conditions =
            condition.map(|member| self.conditions(&place.child("Condition"), &member.value)).transpose()?;
        let conditions = conditions.unwrap_or_default();
        Ok(Statement { index, sid, effect, principal, action, resource, conditions, span: node.span })
    }

    /// What the service says of a statement that lacks an element it must have; S3's words were seen in public reports, as in
    /// <https://github.com/hashicorp/terraform/issues/28688>.
    fn missing(&self, what: &str, answer: &str) -> String {
        match self.kind {
            DocumentKind::Bucket => format!("the statement has {what}: S3 answers \"{answer}\""),
            DocumentKind::Key => format!("the statement has {what}"),
        }
    }

    fn effect(&self, place: &Place, node: &Node<'_>, member: Option<&Member<'_>>) -> Result<Effect, Box<Refusal>> {
        let Some(member) = member else {
            return place.refuse(node, self.missing("no Effect", MISSING));
        };
        let place = place.child("Effect");
        match place.string(&member.value)? {
            "Allow" => Ok(Effect::Allow),
            "Deny" => Ok(Effect::Deny),
            other => place.refuse(&member.value, format!("`{other}` is not an effect: exactly `Allow` or `Deny`")),
        }
    }

    fn principal(
        &self,
        place: &Place,
        node: &Node<'_>,
        member: Option<(bool, &Member<'_>)>,
    ) -> Result<PrincipalElement, Box<Refusal>> {
        let Some((negated, member)) = member else {
            return place
                .refuse(node, self.missing("neither Principal nor NotPrincipal", "Missing required field Principal"));
        };
        let place = place.child(&member.name);
        let span = member.value.span;
        let entries = match &member.value.value {
            Value::String(text) if text == "*" => {
                vec![PrincipalEntry { text: text.clone().into_owned(), covers: Covers::Everyone, span }]
            }
            Value::String(text) => {
                return place.refuse(
                    &member.value,
                    format!("`{text}` has no type, and only `*` needs none; write {{\"AWS\": \"{text}\"}}"),
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

    fn principal_map(place: &Place, node: &Node<'_>) -> Result<Vec<PrincipalEntry>, Box<Refusal>> {
        place.object(node, ["AWS", "Service", "Federated", "CanonicalUser"])?;
        let mut entries = Vec::new();
        for member in place.members(node)? {
            for (text, span) in place.child(&member.name).strings(&member.value)? {
                let covers = match member.name.as_ref() {
                    "AWS" => Covers::parse_aws(text),
                    // A star under another kind is everyone only where it is AWS.
                    "Service" => Covers::Service,
                    "Federated" => Covers::Federated,
                    _ => Covers::CanonicalUser,
                };
                entries.push(PrincipalEntry { text: text.into(), covers, span });
            }
        }
        Ok(entries)
    }

    fn patterns(
        &self,
        place: &Place,
        (negated, member): (bool, &Member<'_>),
        is_action: bool,
    ) -> Result<PatternElement, Box<Refusal>> {
        let place = place.child(&member.name);
        let kind = match (is_action, self.kind) {
            (true, _) => PatternKind::Action,
            (false, DocumentKind::Bucket) => PatternKind::Resource,
            (false, DocumentKind::Key) => PatternKind::KeyResource,
        };
        let entry = |(text, span): (&str, Span)| {
            if is_action && text != "*" && !text.contains(':') {
                return place
                    .refuse_at(span, format!("`{text}` names no service: an action looks like `s3:PutObject`"));
            }
            if kind == PatternKind::Resource && text != "*" && !text.starts_with("arn:") {
                return place.refuse_at(span, format!("`{text}` is neither `*` nor an ARN"));
            }
            let pattern = Pattern::parse(text, kind, self.variables);
            let pattern = pattern.or_else(|message| place.refuse_at(span, message))?;
            Ok(PatternEntry { text: text.to_owned(), pattern, span })
        };
        let entries = place.strings(&member.value)?.map(entry).collect::<Result<_, _>>()?;
        Ok(PatternElement { negated, entries, span: member.value.span })
    }

    fn conditions(&self, place: &Place, node: &Node<'_>) -> Result<Vec<Condition>, Box<Refusal>> {
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
                    key: lower_case(&member.name),
                    operands: self.operands(&place, &member.value, operator)?,
                    span: Span { start: member.name_span.start, end: member.value.span.end },
                });
            }
        }
        Ok(conditions)
    }

    fn operands(&self, place: &Place, node: &Node<'_>, operator: Operator) -> Result<Vec<Operand>, Box<Refusal>> {
        let operand = |node: &Node<'_>| {
            let text = match &node.value {
                Value::String(text) => text.as_ref(),
                Value::Number(text) => text,
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                _ => {
                    return place.refuse(node, format!("expected a string, number or boolean, found {}", node.kind()));
                }
            };
            Operand::parse(text, operator.family, self.variables).or_else(|message| place.refuse(node, message))
        };
        node.items().iter().map(operand).collect()
    }
}
