//! Tests that need the pure core alone: `cargo test --no-default-features --test core` builds no AWS SDK.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, and its helpers may do so too"
)]

mod architecture;
mod circles;
mod evaluator;
mod gains;
mod oracle;
mod pasted;
mod refusal;
mod save_time;
