//! What an expression of the configuration refers to, where its value is known only after apply.
//!
//! The plan holds of an expression its constant value or the names in it, not its text. An expression with exactly one
//! unknown name in it is taken to be that name: `bucket = aws_s3_bucket.exports.id`; one with a resource and `each.key` to
//! be the instance with the same key. Local values and `dynamic` blocks are not in the plan: what goes through one may be
//! made of anything that its module is given or holds.

mod modules;

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::address::{Address, Key, Step, steps};
use super::format::{ConfigurationResource, PlanFile};
use super::resource::{Resource, Resources};

/// How many names are followed for one value, so that no plan keeps us busy for long.
const PATIENCE: usize = 10_000;

/// How many resources are looked at, in all, for what the plan does not hold.
const MOST_GATHERED: usize = 1_000_000;

/// How long a chain of variables and outputs is followed.
const LONGEST_CHAIN: usize = 32;

/// An attribute of a resource whose value is known only after apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) address: Address,
    /// Empty where the plan does not say which.
    pub(super) attribute: String,
}

/// What an unknown value may be made of.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What its expression names.
    pub(super) origins: BTreeSet<Origin>,
    /// What else it may be made of, where it goes through what the plan does not hold: more than it is.
    pub(super) others: BTreeSet<Origin>,
    /// Whether the plan does not tell all of it.
    pub(super) incomplete: bool,
    /// Whether it was too much to follow, so that it may be made of anything.
    pub(super) endless: bool,
    /// The modules of which everything was taken already.
    taken: BTreeSet<Vec<Step>>,
}

/// Follows references.
#[derive(Debug)]
pub(super) struct References<'a> {
    plan: &'a PlanFile,
    resources: &'a Resources<'a>,
    followed: Cell<usize>,
    gathered: Cell<usize>,
}

/// Where an expression is: its module, and the key and `for_each` of what it belongs to.
#[derive(Debug, Clone, Copy)]
struct Place<'p> {
    module: &'p [Step],
    key: Option<&'p Key>,
    for_each: &'p Value,
    depth: usize,
}

impl<'a> References<'a> {
    pub(super) fn new(plan: &'a PlanFile, resources: &'a Resources<'a>) -> Self {
        Self { plan, resources, followed: Cell::new(0), gathered: Cell::new(0) }
    }

    /// The configuration of a resource.
    pub(super) fn configuration(&self, address: &Address) -> Option<&'a ConfigurationResource> {
        let wanted = address.in_configuration();
        self.module(&address.module)?.resources.iter().flatten().find(|resource| resource.address == wanted)
    }

    /// The expression of an attribute; of nested blocks each is the first: `["rule", "kms_master_key_id"]`.
    pub(super) fn expression(&self, resource: &Resource<'_>, path: &[&str]) -> Option<&'a Value> {
        nested(&self.configuration(&resource.address)?.expressions, path)
    }

    /// What an attribute of a resource is made of, as far as its value is known only after apply.
    pub(super) fn reach(&self, resource: &Resource<'_>, path: &[&str]) -> Reach {
        let Address { module, instance, .. } = &resource.address;
        self.followed.set(0);
        let mut reach = Reach::default();
        match self.expression(resource, path) {
            Some(expression) => {
                let for_each =
                    self.configuration(&resource.address).map_or(&Value::Null, |own| &own.for_each_expression);
                let place = Place { module, key: instance.key.as_ref(), for_each, depth: 0 };
                reach.origins = self.follow(expression, place, &mut reach);
            }
            // A `dynamic` block, whose content the plan does not hold.
            None => self.everything(module, 0, &mut reach),
        }
        reach
    }

    /// The one unknown value that an attribute is, where that is sure.
    pub(super) fn origin(&self, resource: &Resource<'_>, path: &[&str]) -> Option<Origin> {
        let Reach { origins, incomplete, .. } = self.reach(resource, path);
        let mut origins = origins.into_iter();
        origins.next().filter(|_| !incomplete && origins.next().is_none())
    }

    /// The constant that is nested in these expressions of a module: its own, or that of the one variable in it.
    pub(super) fn constant(&self, module: &[Step], expressions: &'a Value, path: &[&str]) -> Option<&'a Value> {
        self.constant_within(module, nested(expressions, path)?, 0)
    }

    fn constant_within(&self, module: &[Step], expression: &'a Value, depth: usize) -> Option<&'a Value> {
        if let Some(constant) = expression.get("constant_value") {
            return Some(constant);
        }
        let names = names(expression);
        let [only] = names.as_slice() else { return None };
        let variable = only.strip_prefix("var.").filter(|_| depth < LONGEST_CHAIN)?;
        match module.split_last() {
            None => {
                let given = self.plan.variables.as_ref().and_then(|variables| variables.get(variable));
                given?.get("value")
            }
            Some((_, parent)) => match self.call(module)?.expressions.get(variable) {
                Some(expression) => self.constant_within(parent, expression, depth + 1),
                None => self.module(module)?.variables.as_ref()?.get(variable)?.get("default"),
            },
        }
    }

    /// All that a local value, or anything else that the plan does not hold, may be made of: what the module is given, and
    /// what is in it.
    fn everything(&self, module: &[Step], depth: usize, reach: &mut Reach) {
        reach.incomplete = true;
        self.gathered.set(self.gathered.get() + self.resources.len());
        if depth > LONGEST_CHAIN || self.gathered.get() > MOST_GATHERED {
            reach.endless = true;
            return;
        }
        if !reach.taken.insert(module.to_vec()) {
            return;
        }
        let inside = self.resources.values().filter(|resource| resource.address.module.starts_with(module));
        let open = inside.filter(|resource| resource.is_open()).map(|resource| resource.address.clone());
        reach.others.extend(open.map(|address| Origin { address, attribute: String::new() }));
        if let Some((instance, parent)) = module.split_last()
            && let Some(call) = self.call(module)
        {
            let (key, for_each) = (instance.key.as_ref(), &call.for_each_expression);
            let place = Place { module: parent, key, for_each, depth: depth + 1 };
            let given = call.expressions.as_object().into_iter().flatten();
            for (_, expression) in given.filter(|(variable, _)| !self.is_known(module, variable)) {
                let found = self.follow(expression, place, reach);
                reach.others.extend(found);
            }
        }
    }

    /// Whether the value of a module's variable shows in an attribute of one of its resources, and is known.
    fn is_known(&self, module: &[Step], variable: &str) -> bool {
        let alone = json!([format!("var.{variable}")]);
        let inside = self.resources.values().filter(|resource| resource.address.module == module);
        inside.filter_map(|resource| Some((resource, self.configuration(&resource.address)?))).any(|(resource, own)| {
            let expressions = own.expressions.as_object().into_iter().flatten();
            let mut named = expressions.filter(|(_, expression)| expression.get("references") == Some(&alone));
            named.any(|(attribute, _)| resource.known(attribute).is_some())
        })
    }

    /// What an expression names, by way of variables and outputs too.
    fn follow(&self, expression: &'a Value, place: Place<'_>, reach: &mut Reach) -> BTreeSet<Origin> {
        let mut found = BTreeSet::new();
        if expression.get("constant_value").is_some() {
            return found;
        }
        let names = names(expression);
        let keyed = names.iter().any(|name| matches!(*name, "each.key" | "count.index"));
        for name in names {
            self.followed.set(self.followed.get() + 1);
            if self.followed.get() > PATIENCE || place.depth > LONGEST_CHAIN {
                (reach.incomplete, reach.endless) = (true, true);
                break;
            }
            match self.follow_name(name, keyed, place, reach) {
                Some(origins) => found.extend(origins),
                None => self.everything(place.module, place.depth, reach),
            }
        }
        found
    }

    /// `None` where it leads to what the plan does not hold.
    fn follow_name(&self, name: &str, keyed: bool, place: Place<'_>, reach: &mut Reach) -> Option<BTreeSet<Origin>> {
        let parts = steps(name)?;
        let (first, rest) = parts.split_first()?;
        let depth = place.depth + 1;
        let nothing = Some(BTreeSet::new());
        let (origins, attribute) = match first.name.as_str() {
            "each" if rest.first().is_some_and(|step| step.name == "value") => {
                (self.each(place)?, rest.get(1..).unwrap_or_default())
            }
            "each" | "count" | "path" | "terraform" | "self" => return nothing,
            "local" => return None,
            "var" => {
                let (variable, attribute) = rest.split_first()?;
                let Some((instance, parent)) = place.module.split_last() else { return nothing };
                let call = self.call(place.module)?;
                let Some(expression) = call.expressions.get(&variable.name) else { return nothing };
                let key = instance.key.as_ref();
                let above = Place { module: parent, key, for_each: &call.for_each_expression, depth };
                (self.follow(expression, above, reach), attribute)
            }
            "module" => {
                let (called, attribute) = rest.split_first()?;
                let (output, attribute) = attribute.split_first()?;
                let module = self.module_instance(place.module, called)?;
                let expression = self.module(&module)?.outputs.as_ref()?.get(&output.name)?.get("expression")?;
                let within = Place { module: &module, key: None, for_each: &Value::Null, depth };
                (self.follow(expression, within, reach), attribute)
            }
            _ => {
                let (mut address, attribute) = Address::parse(name)?;
                address.module = place.module.to_vec();
                return self.resource(&address, &attribute, place.key.filter(|_| keyed));
            }
        };
        Some(with_attribute(origins, attribute))
    }

    /// What `each.value` is, where `for_each` goes over the instances of a resource: the one with the same key.
    fn each(&self, place: Place<'_>) -> Option<BTreeSet<Origin>> {
        let names = names(place.for_each);
        let [only] = names.as_slice() else {
            return place.for_each.get("constant_value").map(|_| BTreeSet::new());
        };
        let (mut address, attribute) = Address::parse(only)?;
        (address.instance.key.is_none() && attribute.is_empty()).then_some(())?;
        address.module = place.module.to_vec();
        self.resource(&address, &[], Some(place.key?))
    }

    /// An attribute of a resource: nothing where its value is known already.
    fn resource(&self, address: &Address, attribute: &[Step], key: Option<&Key>) -> Option<BTreeSet<Origin>> {
        let mut instances: Vec<&Resource<'_>> = match &address.instance.key {
            Some(_) => self.resources.get(address).into_iter().collect(),
            None => self.resources.values().filter(|resource| resource.address.is_instance_of(address)).collect(),
        };
        if let (Some(key), [_, _, ..]) = (key, instances.as_slice()) {
            instances.retain(|resource| resource.address.instance.key.as_ref() == Some(key));
        }
        let resource = match instances.as_slice() {
            // An instance that is not made, as in `try(aws_kms_key.own[0].arn, …)`, gives nothing.
            [] => return address.instance.key.is_some().then(BTreeSet::new),
            [only] => *only,
            _ => return None,
        };
        let attribute = attribute.iter().map(Step::to_string).collect::<Vec<_>>().join(".");
        let known = !attribute.is_empty() && resource.known(&attribute).is_some();
        Some((!known).then(|| Origin { address: resource.address.clone(), attribute }).into_iter().collect())
    }
}

/// The expression of an attribute; of nested blocks each is the first.
fn nested<'v>(expressions: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(expressions, |within, name| match within {
        Value::Array(blocks) => blocks.first()?.get(name),
        block => block.get(name),
    })
}

/// Where a reference was to a whole resource, what follows is its attribute.
fn with_attribute(origins: BTreeSet<Origin>, attribute: &[Step]) -> BTreeSet<Origin> {
    let attribute = attribute.iter().map(Step::to_string).collect::<Vec<_>>().join(".");
    let add = |origin: Origin| match origin.attribute.as_str() {
        "" => Origin { attribute: attribute.clone(), ..origin },
        _ => origin,
    };
    origins.into_iter().map(add).collect()
}

/// The names in an expression in full: the plan lists after each its own beginnings too.
fn names(expression: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let references = expression.get("references").and_then(Value::as_array);
    for name in references.into_iter().flatten().filter_map(Value::as_str) {
        let is_beginning = names.iter().any(|longer| {
            longer.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !is_beginning {
            names.push(name);
        }
    }
    names
}
