//! The modules of the configuration: which is called where, and what is in it.

use std::collections::BTreeSet;

use super::References;
use crate::terraform_plan::address::Step;
use crate::terraform_plan::format::{Configuration, ConfigurationModule, ConfigurationResource, ModuleCall};

impl<'a> References<'a> {
    /// The instance of a module that is called by this name, with its key or as the only one.
    pub(super) fn module_instance(&self, parent: &[Step], called: &Step) -> Option<Vec<Step>> {
        let with = |step: Step| parent.iter().cloned().chain([step]).collect::<Vec<_>>();
        let mut instances = BTreeSet::new();
        for address in self.resources.keys() {
            let (Some(path), Some(step)) = (address.module.get(..parent.len()), address.module.get(parent.len()))
            else {
                continue;
            };
            if path == parent && step.name == called.name && (called.key.is_none() || step.key == called.key) {
                instances.insert(step.clone());
            }
        }
        let only = instances.pop_first().filter(|_| instances.is_empty());
        only.map(with)
    }

    /// Where a module comes from, as its call says.
    pub(in crate::terraform_plan) fn source(&self, module: &[Step]) -> Option<&'a str> {
        if module.is_empty() { None } else { self.call(module)?.source.as_deref() }
    }

    fn root(&self) -> Option<&'a ConfigurationModule> {
        self.plan.configuration.as_ref().and_then(|Configuration { root_module, .. }| root_module.as_ref())
    }

    /// The addresses that the configuration of a module has.
    pub(in crate::terraform_plan) fn addresses(&self, module: &[Step]) -> Vec<String> {
        let resources = self.module(module).and_then(|module| module.resources.as_ref());
        resources.into_iter().flatten().map(|resource| resource.address.clone()).collect()
    }

    /// Whether the configuration has a managed resource of this type of which the plan has no instance.
    pub(in crate::terraform_plan) fn leaves_out(&self, kind: &str) -> bool {
        let mut modules: Vec<(Vec<&str>, &ConfigurationModule)> =
            self.root().map(|root| (Vec::new(), root)).into_iter().collect();
        while let Some((path, module)) = modules.pop() {
            let is_there = |own: &ConfigurationResource| {
                self.resources.keys().any(|address| {
                    address.in_configuration() == own.address
                        && address.module.iter().map(|step| step.name.as_str()).eq(path.iter().copied())
                })
            };
            let of_kind = |own: &&ConfigurationResource| own.address.split('.').next() == Some(kind);
            if module.resources.iter().flatten().filter(of_kind).any(|own| !is_there(own)) {
                return true;
            }
            for (name, call) in module.module_calls.iter().flatten() {
                let inner = [path.as_slice(), &[name.as_str()]].concat();
                modules.extend(call.module.as_ref().map(|module| (inner, module)));
            }
        }
        false
    }

    pub(super) fn module(&self, path: &[Step]) -> Option<&'a ConfigurationModule> {
        match path {
            [] => self.root(),
            _ => self.call(path)?.module.as_ref(),
        }
    }

    /// The call of a module, by the path of one of its instances.
    pub(super) fn call(&self, path: &[Step]) -> Option<&'a ModuleCall> {
        let mut module = self.root()?;
        let mut called = None;
        for step in path {
            let call = module.module_calls.as_ref()?.get(&step.name)?;
            called = Some(call);
            match &call.module {
                Some(inner) => module = inner,
                None => return called.filter(|_| path.last() == Some(step)),
            }
        }
        called
    }
}
