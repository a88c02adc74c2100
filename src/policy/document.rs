//! A policy document, read as strictly as the service reads it, with the place of everything in its text.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>. Where it is not known what
//! the service does with a deviation (names in another case, duplicate names), the document is invalid.

use super::condition::Condition;
use super::json::{self, Node, Span, line_and_column};
use super::pattern::Pattern;
use super::principal::PrincipalElement;

mod place;
mod reader;

pub(crate) use place::Refusal;

/// Documents longer than this, in bytes, are not read: S3 takes 20 KB and KMS 32 KB.
pub(crate) const SIZE_LIMIT: usize = 1 << 20;

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A bucket policy: every statement names resources.
    Bucket,
    /// A key policy: a statement without Resource or without Action is accepted and has no effect
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>,
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>); a Resource that is no ARN matches nothing.
    Key,
}

impl DocumentKind {
    /// The service that stores the policy.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Bucket => "S3",
            Self::Key => "KMS",
        }
    }

    /// As people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket policy",
            Self::Key => "key policy",
        }
    }

    /// How many bytes of it the service takes
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>,
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>).
    pub(crate) const fn size_limit(self) -> usize {
        match self {
            Self::Bucket => 20_480,
            Self::Key => 32_768,
        }
    }
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
    /// On what. A key policy's statement may lack Action or Resource, and has an empty one in its place.
    pub resource: PatternElement,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Where the statement is in the text.
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
    /// Where it is in the text.
    pub span: Span,
}

impl Statement {
    /// The names of its elements that are empty lists, which leave it without effect.
    pub(crate) fn empty_elements(&self) -> Vec<&'static str> {
        let is_empty = |element: &PatternElement| !element.negated && element.entries.is_empty();
        [
            ("Principal", !self.principal.negated && self.principal.entries.is_empty()),
            ("Action", is_empty(&self.action)),
            ("Resource", is_empty(&self.resource)),
        ]
        .into_iter()
        .filter_map(|(name, is_empty)| is_empty.then_some(name))
        .collect()
    }

    /// The patterns of its Resource and of its conditions, in which variables may be.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let resources = self.resource.entries.iter().map(|entry| &entry.pattern);
        resources.chain(self.conditions.iter().flat_map(Condition::patterns))
    }
}

/// One pattern of an element.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternEntry {
    /// As written.
    pub text: String,
    /// Ready to match.
    pub pattern: Pattern,
    /// Where it is in the text.
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
    /// The value, name or character that it is about.
    pub(crate) span: Span,
    /// Whether the text is not even JSON.
    pub(crate) not_json: bool,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Says where the service would refuse it and why.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, InvalidDocument> {
        let refuse = |refusal: Refusal, not_json: bool| {
            let Refusal { path, span, message } = refusal;
            let (line, column) = line_and_column(text, span.start);
            InvalidDocument { path, line, column, message, span, not_json }
        };
        let one_character = |at: usize| Span { start: at, end: text.len().min(at + 1) };
        if text.len() > SIZE_LIMIT {
            let message = format!("the document is {} bytes long; S3 takes 20,480 and KMS 32,768", text.len());
            return Err(refuse(Refusal { path: String::new(), span: one_character(0), message }, false));
        }
        let node = json::parse(text).map_err(|error| {
            let (span, message) = (one_character(error.offset), format!("not JSON: {}", error.message));
            refuse(Refusal { path: String::new(), span, message }, true)
        })?;
        Self::from_node(&node, kind).map_err(|refusal| refuse(*refusal, false))
    }

    /// Reads a document inside a larger JSON text.
    pub(crate) fn from_node(node: &Node<'_>, kind: DocumentKind) -> Result<Self, Box<Refusal>> {
        reader::read(node, kind)
    }

    /// The statements with these indexes.
    pub(crate) fn statements_at(&self, indexes: &[usize]) -> impl Iterator<Item = &Statement> {
        indexes.iter().filter_map(|index| self.statements.get(*index))
    }

    /// The conditions of all statements.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.statements.iter().flat_map(|statement| &statement.conditions)
    }

    /// Whether `${…}` stands for a variable.
    pub(crate) fn has_variables(&self) -> bool {
        self.version.as_deref() == Some("2012-10-17")
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
            ("\"Principal\"", "\"NotPrincipal\"", "Statement[0].NotPrincipal", "cannot be used in an Allow"),
            (
                "{\"AWS\": [\"099647660399\"], \"Service\": \"x\"}",
                "\"099647660399\"",
                "Statement[0].Principal",
                "has no type",
            ),
            ("\"AWS\"", "\"Aws\"", "Statement[0].Principal", "`Aws` is not one of"),
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
            ("\"Sid\": \"bucket permissions\"", "\"Effect\": \"Allow\"", "Statement[0]", "`Effect` appears twice"),
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
    fn an_empty_list_leaves_a_statement_without_effect() {
        for (from, to, element) in [
            ("{\"AWS\": [\"099647660399\"], \"Service\": \"x\"}", "{\"AWS\": []}", "Principal"),
            ("\"s3:*\"", "[]", "Action"),
            ("\"arn:aws:s3:::b\"", "[]", "Resource"),
        ] {
            let text = with_statement(GOOD).replacen(from, to, 1);
            let document = Document::parse(&text, DocumentKind::Bucket).unwrap();
            assert_eq!(document.statements[0].empty_elements(), [element]);
        }
    }

    #[test]
    fn only_a_key_policy_may_leave_out_the_resource() {
        let text = with_statement(GOOD).replace(r#""Resource": "arn:aws:s3:::b","#, "");
        assert!(Document::parse(&text, DocumentKind::Bucket).is_err());
        let document = Document::parse(&text, DocumentKind::Key).unwrap();
        assert!(document.statements[0].resource.entries.is_empty());
    }
}
