//! Resource control policies of files, to judge beside the policies of bucket and key.

use std::path::Path;

use serde_json::Value;
use stc_check::policy::{Document, DocumentKind};
use stc_check::text::not_json::not_json;
use stc_check::vendor::OrganizationPolicy;

use super::error::Error;
use super::file;

/// Reads a policy as it is attached, or as `aws organizations describe-policy` prints it.
///
/// # Errors
/// When it is no policy, or one without Principal, which is a service control policy and binds your own principals alone.
pub(crate) fn read(path: &Path) -> Result<OrganizationPolicy, Error> {
    let wrong = |wrong: String| {
        Error::on("read the resource control policy", path.display(), wrong)
            .help("give a resource control policy, or what `aws organizations describe-policy --policy-id p-…` prints")
    };
    let given = file::read(path)?;
    let value: Value = serde_json::from_str(&given).map_err(|error| wrong(not_json(&error)))?;
    let kind = value.pointer("/Policy/PolicySummary/Type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind != "RESOURCE_CONTROL_POLICY") {
        return Err(wrong(format!("it is a policy of the type {}", kind.unwrap_or_default())));
    }
    let text = value.pointer("/Policy/Content").and_then(Value::as_str).unwrap_or(&given).to_owned();
    let policy: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("its content is {}", not_json(&error))))?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => return Err(wrong("it has no Statement".to_owned())),
    };
    if statements.iter().any(|statement| statement.get("Principal").is_none()) {
        return Err(wrong(
            "a statement has no Principal, so it is a service control policy, which binds your own principals and not \
             Sailthru"
                .to_owned(),
        ));
    }
    Document::parse(&text, DocumentKind::Bucket).map_err(|error| wrong(error.to_string()))?;
    Ok(OrganizationPolicy { name: path.display().to_string(), text })
}
