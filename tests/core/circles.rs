//! No files use each other in a circle: each can be read and changed with those that it uses, and no others.
//!
//! A room's head file and the files below it belong together: what these name of it does not count, and what they use, it
//! uses.

use std::collections::{BTreeMap, BTreeSet};

use super::architecture::sources;

/// The paths of a `use` line, without its braces: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        paths.push(format!("{prefix}{}", tree.split(" as ").next().unwrap()));
        return;
    };
    let (mut depth, mut start) = (0, 0);
    let Some(end) = rest.rfind('}') else { return };
    let inner = &rest[..end];
    for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    expand(&format!("{prefix}{head}"), &inner[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Every path that a file names: in its `use` lines, and in its code behind `crate::` and `super::`.
fn paths(code: &str) -> Vec<String> {
    let code: String = code.lines().map(|line| line.split("//").next().unwrap().trim()).collect::<Vec<_>>().join(" ");
    let mut paths = Vec::new();
    for used in code.split("use ").skip(1) {
        expand("", used.split(';').next().unwrap(), &mut paths);
    }
    for word in code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
        if ["crate::", "super::", "stc_check::"].iter().any(|root| word.starts_with(root) && !word.ends_with("::")) {
            paths.push(word.to_owned());
        }
    }
    paths
}

/// The file that a path leads to, as a module: `crate::policy::decide::decide` is of `policy::decide`.
fn target(module: &str, path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut place: Vec<&str> = module.split("::").collect();
    let mut steps = path.split("::").peekable();
    match steps.next()? {
        "crate" | "stc_check" => place.clear(),
        "super" => {
            place.pop();
            while steps.next_if_eq(&"super").is_some() {
                place.pop();
            }
        }
        "self" => {}
        child => place.push(child),
    }
    place.extend(steps);
    (1..=place.len()).rev().map(|length| place[..length].join("::")).find(|module| modules.contains(module))
}

/// Which file uses which; what a file names of its own head is left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<(String, String)> =
        sources().into_iter().map(|(_, file, code)| (file.trim_end_matches(".rs").replace('/', "::"), code)).collect();
    let modules: BTreeSet<String> = files.iter().map(|(module, _)| module.clone()).collect();
    let related = |one: &str, other: &str| one == other || other.starts_with(&format!("{one}::"));
    files
        .iter()
        .map(|(module, code)| {
            let used = paths(code).iter().filter_map(|path| target(module, path, &modules)).collect::<Vec<_>>();
            let used = used.into_iter().filter(|used| !related(used, module)).collect();
            (module.clone(), used)
        })
        .collect()
}

/// All files that a file needs, directly or not.
fn reach<'a>(from: &'a str, arrows: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        let used = arrows.get(module).into_iter().flatten().map(String::as_str);
        open.extend(used.filter(|used| reached.insert(*used)).collect::<Vec<_>>());
    }
    reached
}

/// The circles: files each of which needs all the others.
fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|module| (module.as_str(), reach(module, arrows))).collect();
    let mutual = |one: &str, other: &str| reached[one].contains(other) && reached[other].contains(one);
    let of = |module: &&str| reached.keys().copied().filter(|other| mutual(module, other)).collect::<Vec<_>>();
    reached.keys().map(of).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let arrows = arrows();
    let told: Vec<String> = circles(&arrows)
        .into_iter()
        .flat_map(|circle| {
            let line = |module: &str| {
                let within = arrows[module].iter().filter(|used| circle.contains(&used.as_str()));
                format!("{module} uses {}", within.cloned().collect::<Vec<_>>().join(" and "))
            };
            std::iter::once("in a circle:".to_owned())
                .chain(circle.iter().map(|module| line(module)).collect::<Vec<_>>())
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let arrows = [("a::x", "a::y"), ("a::y", "a::x"), ("b", "c::d"), ("c::d", "e"), ("e", "b"), ("f", "b")];
    let arrows: BTreeMap<String, BTreeSet<String>> =
        arrows.iter().map(|(one, other)| ((*one).to_owned(), BTreeSet::from([(*other).to_owned()]))).collect();
    let found: Vec<Vec<&str>> = circles(&arrows).into_iter().collect();
    assert_eq!(found, [vec!["a::x", "a::y"], vec!["b", "c::d", "e"]]);
}

#[test]
fn the_paths_of_a_file_are_found_in_use_trees_and_in_code() {
    let code = "use super::{a, b::{c, d as e}};\npub use x::y;\nfn f() { crate::g::h(); } // crate::not::this\n";
    assert_eq!(paths(code), ["super::a", "super::b::c", "super::b::d", "x::y", "crate::g::h"]);
}
