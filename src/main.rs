//! The command `stc-check`.

fn main() {}
