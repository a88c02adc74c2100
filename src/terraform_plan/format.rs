//! The file: what of `terraform show -json PLAN` is read, and what a file is that is none.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>, format version 1; properties that are not named here
//! are ignored, as that page asks.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::InvalidPlan;

/// The plan.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanFile {
    pub(super) planned_values: Option<Values>,
    pub(super) resource_changes: Option<Vec<ResourceChange>>,
    pub(super) prior_state: Option<State>,
    pub(super) configuration: Option<Configuration>,
    pub(super) variables: Option<BTreeMap<String, Variable>>,
    pub(super) timestamp: Option<String>,
    /// False where resources were left out, by `-target` or because they are deferred.
    pub(super) complete: Option<bool>,
}

/// A state: of before, or as planned.
#[derive(Debug, Deserialize)]
pub(super) struct State {
    pub(super) values: Option<Values>,
}

/// The values of a state.
#[derive(Debug, Deserialize)]
pub(super) struct Values {
    pub(super) root_module: Option<Module>,
}

/// The resources of one instance of a module.
#[derive(Debug, Deserialize)]
pub(super) struct Module {
    pub(super) resources: Option<Vec<StateResource>>,
    pub(super) child_modules: Option<Vec<Module>>,
}

/// One instance of a resource in a state.
#[derive(Debug, Deserialize)]
pub(super) struct StateResource {
    pub(super) address: String,
    #[serde(default)]
    pub(super) values: Value,
    #[serde(default)]
    pub(super) sensitive_values: Value,
}

/// What is to become of one instance of a resource.
#[derive(Debug, Deserialize)]
pub(super) struct ResourceChange {
    pub(super) address: String,
    /// Set on what is left of an instance that was replaced: it only waits to be deleted.
    pub(super) deposed: Option<String>,
    pub(super) change: Change,
}

/// Before and after.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    pub(super) actions: Vec<String>,
    #[serde(default)]
    pub(super) before: Value,
    #[serde(default)]
    pub(super) before_sensitive: Value,
    #[serde(default)]
    pub(super) after: Value,
    #[serde(default)]
    pub(super) after_unknown: Value,
    #[serde(default)]
    pub(super) after_sensitive: Value,
}

/// The configuration that the plan was made from: what its expressions refer to.
#[derive(Debug, Deserialize)]
pub(super) struct Configuration {
    pub(super) provider_config: Option<BTreeMap<String, Provider>>,
    pub(super) root_module: Option<ConfigurationModule>,
}

/// One provider.
#[derive(Debug, Deserialize)]
pub(super) struct Provider {
    pub(super) name: Option<String>,
    pub(super) module_address: Option<String>,
    #[serde(default)]
    pub(super) expressions: Value,
}

/// One module, before it is multiplied.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigurationModule {
    pub(super) resources: Option<Vec<ConfigurationResource>>,
    pub(super) module_calls: Option<BTreeMap<String, ModuleCall>>,
    pub(super) outputs: Option<BTreeMap<String, Output>>,
    pub(super) variables: Option<BTreeMap<String, VariableDeclaration>>,
}

/// One resource, before it is multiplied.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigurationResource {
    pub(super) address: String,
    pub(super) provider_config_key: Option<String>,
    #[serde(default)]
    pub(super) expressions: Value,
    #[serde(default)]
    pub(super) for_each_expression: Value,
}

/// The call of a module.
#[derive(Debug, Deserialize)]
pub(super) struct ModuleCall {
    #[serde(default)]
    pub(super) expressions: Value,
    #[serde(default)]
    pub(super) for_each_expression: Value,
    pub(super) module: Option<ConfigurationModule>,
}

/// What a module gives out.
#[derive(Debug, Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) expression: Value,
}

/// A variable of the root module.
#[derive(Debug, Deserialize)]
pub(super) struct Variable {
    #[serde(default)]
    pub(super) value: Value,
}

/// The declaration of a variable.
#[derive(Debug, Deserialize)]
pub(super) struct VariableDeclaration {
    #[serde(default)]
    pub(super) default: Value,
}

/// How a plan is made into a file that can be read here.
const HOW: &str = "terraform plan -out=tfplan && terraform show -json tfplan > plan.json";

/// Reads the file.
///
/// # Errors
/// When it is no plan in this form: says what it is instead, where that is known.
pub(super) fn parse(text: &str) -> Result<PlanFile, InvalidPlan> {
    let document: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    if let Some(wrong) = other(&document) {
        return Err(wrong);
    }
    let version = document.get("format_version").and_then(Value::as_str).unwrap_or_default();
    if version.split('.').next() != Some("1") {
        return Err(InvalidPlan::new(
            format!("format_version: expected `1.x`, found `{version}`"),
            "print the plan with a Terraform whose JSON has format version 1 (1.1 or newer)",
        ));
    }
    if document.get("errored") == Some(&Value::Bool(true)) {
        return Err(InvalidPlan::new(
            "planning failed (`errored`), so it holds a part of what was to be planned",
            "mend what `terraform plan` complains about, and plan again",
        ));
    }
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = error.path().to_string();
        InvalidPlan::new(format!("{path}: {}", error.into_inner()), format!("make the file anew: `{HOW}`"))
    })
}

fn not_json(text: &str, error: &serde_json::Error) -> InvalidPlan {
    if text.starts_with("PK") {
        return binary();
    }
    let help = format!("give the plan as JSON: `{HOW}`");
    let first = text.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok());
    if first.is_some_and(|line| line.get("@level").is_some()) {
        return InvalidPlan::new("it is the log of `terraform plan -json`, which does not hold the plan", help);
    }
    let what = if error.is_eof() { "JSON that ends too early" } else { "not JSON" };
    InvalidPlan::new(format!("{what}: {error}"), help)
}

/// The binary plan file: a ZIP archive.
pub(super) fn binary() -> InvalidPlan {
    InvalidPlan::new(
        "it is the plan as `terraform plan -out` writes it, which only Terraform reads",
        "have Terraform print it: `terraform show -json PLAN > plan.json`",
    )
}

/// What a JSON document is that holds no plan.
fn other(document: &Value) -> Option<InvalidPlan> {
    let has = |name: &str| document.get(name).is_some();
    let help = format!("give the plan: `{HOW}`");
    if !document.is_object() {
        return Some(InvalidPlan::new("expected an object", help));
    }
    if document.get("schema").and_then(Value::as_str).is_some_and(|schema| schema.starts_with("stc-check/snapshot/")) {
        return Some(InvalidPlan::new("it is a snapshot of stc-check", "give it with --snapshot"));
    }
    if has("planned_values") || has("resource_changes") {
        return None;
    }
    let state = has("values") || (has("lineage") && has("serial"));
    let what = match (state, has("@level"), has("format_version")) {
        (true, ..) => "it is a state, not a plan",
        (_, true, _) => "it is the log of `terraform plan -json`, which does not hold the plan",
        (.., true) => "it holds neither `planned_values` nor `resource_changes`, so no plan",
        _ => "it is not what `terraform show -json` prints of a plan",
    };
    Some(InvalidPlan::new(what, help))
}
