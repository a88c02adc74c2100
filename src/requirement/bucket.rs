//! stub
use super::{Explanation, Group, Requirement, Verdict, always};
use crate::report::Basis;
/// stub
pub static EXISTS: Requirement = Requirement {
    id: "bucket.exists",
    title: "the bucket answers",
    group: Group::Setup,
    needs: &["s3:HeadBucket"],
    required: always,
    check: |_| Ok(Verdict::pass(Basis::Read, "")),
    explain: Explanation { what: "", why: "", example: "", fix: "", sources: &[] },
};
