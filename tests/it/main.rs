//! Every integration test, in one binary: the SDK is linked once.
//!
//! One module per room, in the order of the alphabet. Those that run shell scripts are for Unix alone.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, and its helpers may do so too"
)]

#[cfg(unix)]
mod action;
mod cli;
mod collect;
mod comparison;
mod config;
mod docs;
mod endurance;
mod environment;
mod explain_error;
mod fake_aws;
mod faults;
mod fix;
mod formats;
mod hardened;
mod judge;
mod links;
#[cfg(unix)]
mod localstack;
mod many;
mod organization;
mod own_hosts;
#[cfg(unix)]
mod pages;
mod pictures;
mod probe;
mod readme;
mod redact;
mod refused;
mod report;
mod sent;
mod shell;
mod supply;
mod terminal;
mod terraform;
mod tls_proxy;
mod voice;
mod watch;
