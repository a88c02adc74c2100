//! A row of the table of S3's actions.

/// One action.
#[derive(Debug)]
pub(super) struct Action {
    /// With its prefix, in lower case.
    pub(super) name: &'static str,
    pub(super) applies: Applies,
    /// The keys of S3 that it takes beside the universal ones.
    pub(super) keys: &'static [&'static str],
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applies {
    Bucket,
    Object,
    /// Something that is no part of a bucket: the account, an access point, a job.
    Nothing,
}

pub(super) const fn action(name: &'static str, applies: Applies, keys: &'static [&'static str]) -> Action {
    Action { name, applies, keys }
}
