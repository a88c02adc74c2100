//! What the README says of the program, held against the program.

use std::process::Command;

const README: &str = include_str!("../../README.md");

#[test]
fn the_table_of_formats_is_the_programs() {
    let help = Command::new(env!("CARGO_BIN_EXE_stc-check")).arg("--help").env("COLUMNS", "200").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let offered = help.split_once("--format").unwrap().1.split_once("possible values: ").unwrap().1;
    let mut offered: Vec<_> = offered.split_once(']').unwrap().0.split(',').map(str::trim).collect();
    let table = README.split_once("| `--format` | for |").unwrap().1.split_once("\n\n").unwrap().0;
    let mut shown: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    offered.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, offered);
}
