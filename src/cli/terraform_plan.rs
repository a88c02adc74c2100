//! `--terraform-plan`: a plan's file, and which buckets of it are meant.

use std::borrow::Cow;
use std::path::Path;

use jiff::Timestamp;
use stc_check::names::BucketName;
use stc_check::terraform_plan::{self, InvalidPlan, PlanContext, Planned};

use super::error::Error;
use super::file;
use super::plan::{Source, Stored};
use super::previews::Previews;

/// The longest plan that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// The bucket that is named, or the only one in the plan. The region is that of the bucket where the plan does not tell it.
///
/// # Errors
/// When the file is no plan, or does not hold the bucket.
pub(crate) fn one(
    path: &Path,
    named: Option<&BucketName>,
    region: Option<&str>,
) -> Result<(BucketName, Stored), Error> {
    within(path, &text(path)?, named, region)
}

/// Several buckets of the plan.
///
/// # Errors
/// When the file is no plan, or does not hold one of them.
pub(crate) fn several(
    path: &Path,
    named: Vec<BucketName>,
    region: Option<&str>,
) -> Result<Vec<(BucketName, Source)>, Error> {
    let text = text(path)?;
    let of = |bucket: BucketName| {
        let (bucket, stored) = within(path, &text, Some(&bucket), region)?;
        Ok((bucket, Source::Stored(Box::new(stored))))
    };
    named.into_iter().map(of).collect()
}

/// Refuses an address without a Terraform plan, which alone can resolve it.
///
/// # Errors
/// When the bucket is named by an address.
pub(crate) fn refuse_address(bucket: &BucketName) -> Result<(), Error> {
    if !bucket.is_address() {
        return Ok(());
    }
    Err(Error::new(format!("`{bucket}` is an address of Terraform's, not the name of a bucket"))
        .help("give the plan that has it with `--terraform-plan FILE`, or the bucket's name"))
}

/// Refuses documents about a bucket whose name Terraform learns only when it applies the plan.
///
/// # Errors
/// When the bucket has no name yet.
pub(crate) fn refuse_nameless(bucket: &BucketName, help: &str) -> Result<(), Error> {
    if !bucket.is_address() {
        return Ok(());
    }
    Err(Error::new(format!("the name of `{bucket}` is known only after apply")).help(help))
}

/// Refuses to show or keep whole what the plan marks as sensitive, where no preview replaces it.
///
/// # Errors
/// When there is such a document.
pub(crate) fn refuse_sensitive(
    plan_context: &PlanContext,
    previews: &Previews,
    option: &str,
    does: &str,
) -> Result<(), Error> {
    let names: Vec<&str> =
        plan_context.sensitive().filter(|(document, _)| !previews.replace(*document)).map(|(_, name)| name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(" and ");
    Err(Error::new(format!("`{option}` would {does} what the plan marks as sensitive: {names}"))
        .help("unmark it in the configuration with `nonsensitive`, where it may be seen"))
}

fn text(path: &Path) -> Result<String, Error> {
    let bytes = file::bytes(path, LONGEST + 1)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(Error::on("read the Terraform plan", path.display(), "it is longer than 256 MiB")
            .help("plan the bucket's part alone, with `terraform plan -target`"));
    }
    terraform_plan::text(&bytes).map(Cow::into_owned).map_err(|invalid| unusable(path, invalid))
}

fn within(
    path: &Path,
    text: &str,
    named: Option<&BucketName>,
    region: Option<&str>,
) -> Result<(BucketName, Stored), Error> {
    let planned = terraform_plan::read(text, named, region, Timestamp::now());
    let Planned { bucket, snapshot, context: plan_context } = planned.map_err(|invalid| unusable(path, invalid))?;
    Ok((bucket, Stored { snapshot, plan_context }))
}

fn unusable(path: &Path, invalid: InvalidPlan) -> Error {
    Error::on("read the Terraform plan", path.display(), invalid.message).help(invalid.help)
}
