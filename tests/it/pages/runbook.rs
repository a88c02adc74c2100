//! The runbook's table of who does what: nothing that fails or stays open is nobody's.

use serde_json::Value;
use stc_check::render::json::render;

use super::read;
use crate::judge::fixture::all;

/// The ids of the table's first column, some with a star.
fn patterns() -> Vec<String> {
    let page = read("docs/runbook.md");
    let table = page.split_once("## Who does what").unwrap().1.split_once("\n## ").unwrap().0;
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn whatever_fails_or_stays_open_in_a_fixture_is_somebodys() {
    let patterns = patterns();
    assert!(patterns.len() > 10, "{patterns:?}");
    let somebodys = |id: &str| {
        patterns.iter().any(|pattern| pattern.strip_suffix('*').map_or(id == pattern, |start| id.starts_with(start)))
    };
    let mut seen = 0;
    for fixture in all() {
        let report = serde_json::from_str::<Value>(&render(&fixture.judge()).unwrap()).unwrap();
        let open =
            report["checks"].as_array().unwrap().iter().filter(|check| {
                check["status"] == "fail" || (check["status"] == "unknown" && check["required"] == true)
            });
        for check in open {
            seen += 1;
            let id = check["id"].as_str().unwrap();
            assert!(somebodys(id), "{}: {id} is nobody's in docs/runbook.md", fixture.name);
        }
    }
    assert!(seen > 100, "{seen}");
}
