//! What the README says of the program, held against the program.

use std::fmt::Write;

use stc_check::checks::{ALL, Group};

const README: &str = include_str!("../../README.md");

#[test]
fn the_table_of_checks_is_the_programs() {
    let mut table = String::from("| check | FAQ | passes when |\n| --- | --- | --- |\n");
    for requirement in ALL {
        let faq = match requirement.group {
            Group::Faq(number) => number.to_string(),
            Group::Setup | Group::Delivery | Group::Probe => String::new(),
        };
        writeln!(table, "| `{}` | {faq} | {} |", requirement.id, requirement.title).unwrap();
    }
    assert!(README.contains(&table), "the README's table of checks ought to be\n{table}");
}
