//! The file: what of `terraform show -json PLAN` is read, and what a file is that is none.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>, format version 1; properties that are not named here
//! are ignored, as that page asks. The formats before, of Terraform 0.12 to 1.0, say the same of what is read here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::InvalidPlan;
use super::file::{self, HOW};

/// The plan.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanFile {
    #[serde(default)]
    pub(super) format_version: String,
    pub(super) planned_values: Option<Values>,
    pub(super) resource_changes: Option<Vec<ResourceChange>>,
    /// What a later plan will hold, since something it is made of is not known yet.
    pub(super) deferred_changes: Option<Vec<Value>>,
    pub(super) prior_state: Option<State>,
    pub(super) configuration: Option<Configuration>,
    /// The variables of the root module, each with its `value`.
    pub(super) variables: Option<BTreeMap<String, Value>>,
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
    /// What it gives out, each with its `expression`.
    pub(super) outputs: Option<BTreeMap<String, Value>>,
    /// What it takes, each with its `default`.
    pub(super) variables: Option<BTreeMap<String, Value>>,
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
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) expressions: Value,
    #[serde(default)]
    pub(super) for_each_expression: Value,
    pub(super) module: Option<ConfigurationModule>,
}

/// Terraform's releases by the format of their plans, up to the first whose format is promised to stay:
/// <https://developer.hashicorp.com/terraform/internals/json-format#format-version>. What is read here says the same in all
/// of them; 0.1 marks nothing as sensitive.
const FORMATS: [&str; 2] = ["0.1", "0.2"];

impl PlanFile {
    /// Whether this format says which values are sensitive: Terraform 1.0 and newer.
    pub(super) fn marks_sensitive(&self) -> bool {
        self.format_version != "0.1"
    }
}

/// Reads the file.
///
/// # Errors
/// When it is no plan in this form: says what it is instead, where that is known.
pub(super) fn parse(text: &str) -> Result<PlanFile, InvalidPlan> {
    let document = file::json(text)?;
    if let Some(wrong) = other(&document) {
        return Err(wrong);
    }
    refuse_format(document.get("format_version").and_then(Value::as_str).unwrap_or_default())?;
    if document.get("errored") == Some(&Value::Bool(true)) {
        return Err(InvalidPlan::new(
            "planning failed (`errored`), so the plan is not complete",
            "fix what `terraform plan` complains about, and plan again",
        ));
    }
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = error.path().to_string();
        InvalidPlan::new(format!("{path}: {}", error.into_inner()), format!("make the file anew: `{HOW}`"))
    })
}

fn refuse_format(version: &str) -> Result<(), InvalidPlan> {
    let help = match version.split_once('.') {
        Some(("1", _)) => return Ok(()),
        Some(("0", _)) if FORMATS.contains(&version) => return Ok(()),
        Some(("0", _)) | None => "plan again with Terraform 1.1 or newer, whose format is stable",
        Some(_) => "plan with Terraform 1.x, or update stc-check: this version does not know the newer format",
    };
    Err(InvalidPlan::new(format!("format_version: expected `1.x`, found `{version}`"), help))
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
    if has("@level") {
        return Some(file::stream());
    }
    let state = has("values") || (has("lineage") && has("serial"));
    let what = match (state, has("format_version")) {
        (true, _) => "it is a state, not a plan",
        (_, true) => "it holds neither `planned_values` nor `resource_changes`, so no plan",
        _ => "it is not what `terraform show -json` prints of a plan",
    };
    Some(InvalidPlan::new(what, help))
}
