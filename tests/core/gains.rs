//! Nobody else gains by what `fix` proposes, and by edits that open something somebody does: a few of the random changes that
//! `tests/smt/run` puts to an SMT solver.

#[path = "../smt/pairs.rs"]
mod pairs;

use pairs::{Change, changes};

#[test]
fn fixes_give_nobody_else_anything_and_edits_do() {
    let (fixes, edits): (Vec<Change>, Vec<Change>) = (0..60).flat_map(changes).partition(|change| change.is_fix);
    for fix in &fixes {
        assert!(fix.gain.is_none(), "{}", fix.line());
    }
    assert!(fixes.len() >= 40, "{}", fixes.len());
    let gained: Vec<&Change> = edits.iter().filter(|edit| edit.gain.is_some()).collect();
    assert!((6..40).contains(&gained.len()), "{} of {}", gained.len(), edits.len());
    let doubtful = |change: &&&Change| change.gain.as_ref().is_some_and(|gain| gain.doubt.is_some());
    let doubtful: Vec<_> = gained.iter().filter(doubtful).map(|change| change.line()).collect();
    assert!(doubtful.is_empty(), "{doubtful:?}");
}
