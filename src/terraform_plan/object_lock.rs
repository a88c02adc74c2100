//! Object Lock: its own resource, or what the bucket's says.

use super::attribute::{Attribute, PlanResult};
use super::graph::Holder;
use super::kinds::OBJECT_LOCK;
use super::setting::Settings;
use crate::snapshot::{DefaultRetention, ObjectLockAnswer, ObjectLockConfiguration, ObjectLockRule};

impl Settings<'_, '_> {
    /// Object Lock.
    pub(super) fn object_lock(&self) -> PlanResult<Option<ObjectLockAnswer>> {
        let without_rule = || answer_of_lock(None);
        match self.holder(OBJECT_LOCK)? {
            Holder::Planned(resource) => Ok(Some(answer_of_lock(lock_rule(&resource.attribute("rule"))?))),
            Holder::Deleted(_) => Ok(Some(without_rule())),
            Holder::None => {
                if let Some(configuration) = self.inline("object_lock_configuration")? {
                    let rule = configuration.required_block()?.get("rule");
                    return Ok(Some(answer_of_lock(lock_rule(&rule)?)));
                }
                let enabled = self.inline("object_lock_enabled")?.map(|part| part.flag()).transpose()?.flatten();
                match enabled {
                    // On the buckets that are there already, no rule was read either.
                    Some(true) => Ok(Some(without_rule())),
                    Some(false) => Ok(None),
                    None if self.read_back_empty("object_lock_configuration") => Ok(None),
                    None => self.untouched(OBJECT_LOCK, None),
                }
            }
        }
    }
}

fn lock_rule(part: &Attribute<'_>) -> PlanResult<Option<ObjectLockRule>> {
    let Some(rule) = part.block()? else { return Ok(None) };
    let Some(retention) = rule.get("default_retention").block()? else { return Ok(None) };
    let length = |name: &str| retention.get(name).number().map(|number| number.filter(|number| *number > 0));
    Ok(Some(ObjectLockRule {
        default_retention: Some(DefaultRetention {
            mode: retention.get("mode").text()?.map(str::to_owned),
            days: length("days")?,
            years: length("years")?,
            ..DefaultRetention::default()
        }),
    }))
}

fn answer_of_lock(rule: Option<ObjectLockRule>) -> ObjectLockAnswer {
    ObjectLockAnswer {
        object_lock_configuration: ObjectLockConfiguration { object_lock_enabled: Some("Enabled".to_owned()), rule },
    }
}
