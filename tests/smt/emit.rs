//! Writes changes of policies for `gains.py`: `gains FILE POLICIES`, of so many random policies.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test's helper")]

// By its path, as `tests/core` has it, so that its own module is beside it.
#[path = "pairs.rs"]
mod pairs;

use std::collections::HashSet;
use std::io::Write as _;

/// The changes of policies until as many different ones were fixed as are wanted.
fn main() {
    let mut arguments = std::env::args().skip(1);
    let (path, wanted) = (arguments.next().expect("a file"), arguments.next().expect("a number"));
    let wanted: usize = wanted.parse().expect("a number");
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file to write"));
    let mut fixed = HashSet::new();
    // Of the edits every fifth is enough: they show that the solver and the answers can also say yes.
    for first in (0_u64..).step_by(200) {
        let halves = std::thread::scope(|scope| {
            let half = |odd: u64| {
                scope.spawn(move || {
                    (first..first + 200)
                        .filter(|seed| seed % 2 == odd)
                        .map(|seed| (seed, pairs::changes(seed)))
                        .collect::<Vec<_>>()
                })
            };
            [half(0), half(1)].map(|half| half.join().expect("no panic"))
        });
        for (seed, change) in
            halves.into_iter().flatten().flat_map(|(seed, all)| all.into_iter().map(move |one| (seed, one)))
        {
            if change.is_fix {
                assert!(change.gain.is_none(), "seed {seed}: fix gives others something: {}", change.line());
                fixed.insert(change.before.to_string());
            }
            if change.is_fix || seed % 5 == 0 {
                writeln!(file, "{}", change.line()).expect("a line is written");
            }
        }
        if fixed.len() >= wanted {
            break;
        }
    }
    println!("{} policies were fixed", fixed.len());
}
