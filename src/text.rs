//! Text from outside, made safe to look at and safe to paste: the ground floor that every other room builds on.

pub mod aws_cli;
pub(crate) mod diff;
pub mod encoding;
pub(crate) mod list;
pub mod not_json;
pub mod sanitise;
pub mod shell;
