//! Checks, end to end, that Sailthru Connect can write into an S3 bucket, and says what to fix when it cannot.
//!
//! Ask AWS once, keep the answers as plain data, judge the data with pure functions listed in one table, print the
//! judgement:
//!
//! ```text
//! argv ──cli──▶ Plan ──aws::gather───▶ Snapshot ──checks::judge──▶ Report ──render::<format>──▶ stdout
//!                         └──aws::probe───▶┘ (one more fact)                └──Report::exit───▶ process exit code
//!       shell: tokio, clap, AWS SDK               core: no async, no clock, no AWS types, no printing
//! ```

#[cfg(feature = "live")]
pub mod aws;
pub mod checks;
pub mod comparison;
pub mod fix;
pub mod names;
pub mod policy;
pub mod redact;
pub mod refusal;
pub mod render;
pub mod report;
pub mod schema;
pub mod snapshot;
pub mod terraform_plan;
pub mod text;
pub mod vendor;
