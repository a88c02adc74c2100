//! Every resource of the plan as it will be: of `planned_values`, of `resource_changes`, and of the state before.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address::Address;
use super::attribute::{Attribute, NOTHING, any};
use super::format::{Change, Module, PlanFile, StateResource, Values};

/// What becomes of a resource when the plan is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is made, or made anew.
    Created,
    /// It is there before and afterwards, changed or not.
    Kept,
    /// Terraform forgets it, and leaves it as it was.
    Forgotten,
    /// It is deleted; its values are those of before.
    Deleted,
}

/// One instance of a resource.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    pub(super) address: Address,
    /// The address as the plan spells it.
    pub(super) label: &'a str,
    pub(super) fate: Fate,
    before: &'a Value,
    values: &'a Value,
    unknown: &'a Value,
    sensitive: &'a Value,
}

/// All of them.
pub(super) type Resources<'a> = BTreeMap<Address, Resource<'a>>;

impl<'a> Resource<'a> {
    /// One of its attributes or blocks.
    pub(super) fn attribute(&'a self, name: &str) -> Attribute<'a> {
        let Self { label: of, values: value, unknown, sensitive, .. } = *self;
        Attribute { of, path: String::new(), value, unknown, sensitive }.get(name)
    }

    /// A text attribute, where it is known.
    pub(super) fn known(&'a self, name: &str) -> Option<&'a str> {
        self.attribute(name).text().ok().flatten()
    }

    /// Whether anything of it is known only after apply.
    pub(super) fn is_open(&self) -> bool {
        any(self.unknown)
    }

    /// Its values, less its name for the provider and what it belongs to: what it says.
    pub(super) fn says(&self) -> (Value, Value) {
        let without = |value: &Value| {
            let mut value = value.clone();
            if let Some(members) = value.as_object_mut() {
                members.retain(|name, _| !matches!(name.as_str(), "id" | "bucket" | "key_id"));
            }
            value
        };
        (without(self.values), without(self.unknown))
    }

    /// Whether applying the plan writes an attribute: it makes the resource, or changes the value.
    pub(super) fn writes(&self, name: &str) -> bool {
        self.fate == Fate::Created || self.before.get(name) != self.values.get(name)
    }

    /// Whether it is of this type, and managed.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.address.kind == kind && !self.address.data
    }

    /// Whether it is a data source of this type.
    pub(super) fn is_data(&self, kind: &str) -> bool {
        self.address.kind == kind && self.address.data
    }
}

/// Gathers them. A resource that no part of the plan touches stays as the state before has it.
pub(super) fn resources(plan: &PlanFile) -> Resources<'_> {
    let mut resources = Resources::new();
    let planned = instances(plan.planned_values.as_ref());
    let before = instances(plan.prior_state.as_ref().and_then(|state| state.values.as_ref()));
    for (address, resource) in &before {
        resources.insert(address.clone(), of_state(address, resource, Fate::Kept));
    }
    for (address, resource) in &planned {
        let exists = before.contains_key(address) || resource.values.get("id").is_some_and(Value::is_string);
        let fate = if exists { Fate::Kept } else { Fate::Created };
        resources.insert(address.clone(), of_state(address, resource, fate));
    }
    for change in plan.resource_changes.iter().flatten().filter(|change| change.deposed.is_none()) {
        let Some(address) = address(&change.address) else { continue };
        let fate = fate(&change.change);
        let Change { before, before_sensitive, after, after_unknown, after_sensitive, .. } = &change.change;
        let [values, unknown, sensitive] = if matches!(fate, Fate::Deleted | Fate::Forgotten) {
            [before, &NOTHING, before_sensitive]
        } else {
            let values = planned.get(&address).map(|resource| &resource.values).filter(|values| values.is_object());
            [values.unwrap_or(after), after_unknown, after_sensitive]
        };
        resources.insert(
            address.clone(),
            Resource { address, label: &change.address, fate, before, values, unknown, sensitive },
        );
    }
    resources
}

fn fate(change: &Change) -> Fate {
    let has = |wanted: &str| change.actions.iter().any(|action| action == wanted);
    match (has("create"), has("delete"), has("forget")) {
        (true, ..) => Fate::Created,
        (false, true, _) => Fate::Deleted,
        (false, false, true) => Fate::Forgotten,
        (false, false, false) => Fate::Kept,
    }
}

fn of_state<'a>(address: &Address, resource: &'a StateResource, fate: Fate) -> Resource<'a> {
    let StateResource { address: label, values, sensitive_values } = resource;
    let (address, sensitive) = (address.clone(), sensitive_values);
    Resource { address, label, fate, before: values, values, unknown: &NOTHING, sensitive }
}

fn instances(values: Option<&Values>) -> BTreeMap<Address, &StateResource> {
    let mut found = BTreeMap::new();
    let mut modules: Vec<&Module> = values.and_then(|values| values.root_module.as_ref()).into_iter().collect();
    while let Some(module) = modules.pop() {
        modules.extend(module.child_modules.iter().flatten());
        for resource in module.resources.iter().flatten() {
            if let Some(address) = address(&resource.address) {
                found.insert(address, resource);
            }
        }
    }
    found
}

fn address(text: &str) -> Option<Address> {
    Address::parse(text).and_then(|(address, attribute)| attribute.is_empty().then_some(address))
}
