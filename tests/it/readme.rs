//! What the README says of the program, held against the program.

use std::fmt::Write;

use stc_check::checks::{Group, all};

const README: &str = include_str!("../../README.md");

#[test]
fn the_table_of_checks_is_the_programs() {
    let mut table = String::from("| check | FAQ | passes when |\n| --- | --- | --- |\n");
    for check in all() {
        let faq = match check.group {
            Group::Faq(number) => number.to_string(),
            Group::Setup | Group::Delivery | Group::Probe => String::new(),
        };
        writeln!(table, "| `{}` | {faq} | {} |", check.id, check.title).unwrap();
    }
    assert!(README.contains(&table), "the README's table of checks ought to be\n{table}");
}
