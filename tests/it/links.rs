//! The links of our pages, and those from code and tests to them: each leads to a page and a heading that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of the repository with one of these endings, without what tools leave there.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    const LEFT_OUT: [&str; 4] = ["target", "node_modules", ".git", ".localstack"];
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

/// The anchors of a page: its headings as GitHub and `MkDocs` name them, and ids of its own.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut code = false;
    for line in page.lines() {
        code ^= line.trim_start().starts_with("```");
        if let Some(heading) = line.strip_prefix('#').filter(|_| !code) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
            anchors.insert(heading.chars().filter(kept).collect::<String>().replace(' ', "-"));
        }
        anchors.extend(line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    anchors
}

/// A page's own links in Markdown, without its code.
fn links(page: &str) -> Vec<&str> {
    let mut code = false;
    let lines = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    lines.flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split(')').next()).collect()
}

/// What is wrong with the link from a file of `folder` to `target`, if anything is.
fn broken(folder: &Path, own: &Path, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let page = if path.is_empty() { own.to_owned() } else { folder.join(path) };
    if !page.exists() {
        return Some(format!("{}: there is no {target}", own.display()));
    }
    if anchor.is_empty() || anchors(&std::fs::read_to_string(page).ok()?).contains(anchor) {
        return None;
    }
    Some(format!("{}: {target} has no such heading", own.display()))
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut wrong = Vec::new();
    let pages = files(&[".md"]);
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let own = links(&text).into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        wrong.extend(own.filter_map(|link| broken(page.parent().unwrap(), &page, link)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn code_and_tests_cite_headings_that_exist() {
    let mut wrong = Vec::new();
    let mut cited = BTreeMap::new();
    for file in files(&[".rs", ".jsonl", ".py", ".yml", ".toml", ".sh"]) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("docs/design/") {
            let letter = |letter: char| !letter.is_ascii_alphanumeric() && !"/.#-_".contains(letter);
            let target = text[at..].split(letter).next().unwrap().trim_end_matches('.');
            if target.contains(".md") {
                *cited.entry(target.to_owned()).or_insert(0) += 1;
                wrong.extend(broken(root(), &file, target).filter(|_| !file.ends_with("links.rs")));
            }
        }
    }
    assert!(cited.len() > 10, "{cited:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files outside the repository, which a reader could not look up.
#[test]
fn nothing_is_cited_that_a_reader_does_not_have() {
    let pages =
        ["evaluation", "aws-facts", "connection", "voice", "evidence", "architecture", "interfaces", "refusals"];
    let mut wrong = Vec::new();
    for file in files(&[".rs", ".jsonl", ".py", ".yml", ".toml", ".sh", ".md", ".json"]) {
        let text = std::fs::read_to_string(&file).unwrap();
        let design = file.starts_with(root().join("docs/design")) || file.ends_with("tests/it/links.rs");
        let cites = |line: &str| {
            let page =
                |page: &&str| line.contains(&format!("{page}.md")) && !line.contains(&format!("design/{page}.md"));
            line.contains("contracts.md") || line.contains("fact sheet") || pages.iter().any(page)
        };
        wrong.extend(
            text.lines().filter(|line| !design && cites(line)).map(|line| format!("{}: {line}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that docs/design/voice.md replaces.
#[test]
fn the_pages_keep_the_voice() {
    let words =
        ["the writer", "whoever runs the check", " mend", "the vendor may", "come to be", "bear on", "from this side"];
    // docs/checks.md is made from the program's own words, and docs/config.md shows its output.
    let apart = ["docs/checks.md", "docs/config.md", "docs/design/voice.md", "CHANGELOG.md"];
    let mut wrong = Vec::new();
    for page in files(&[".md"]).iter().filter(|page| !apart.iter().any(|name| page.ends_with(name))) {
        let text = std::fs::read_to_string(page).unwrap();
        let said = text.lines().filter(|line| words.iter().any(|word| line.to_lowercase().contains(word)));
        wrong.extend(said.map(|line| format!("{}: {line}", page.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
