//! What the program is built from and released by: pinned, licensed, listed, and nothing released without an address.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(project()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let workflows = fs::read_dir(project().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for path in workflows.chain([project().join("action.yml")]) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let (commit, version) =
                action.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")).unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{}: `{action}` has no commit and version", path.display());
            count += 1;
        }
    }
    assert!(count > 10, "only {count} actions were found");
}

#[test]
fn every_image_is_pinned_by_its_digest() {
    let images: Vec<String> = [("Dockerfile", "FROM "), ("docker-compose.yml", "    image: ")]
        .iter()
        .flat_map(|(file, key)| {
            read(file).lines().filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(images.len(), 3);
    for image in images {
        let digest = image.split_once("@sha256:").map(|(_, digest)| digest.split(' ').next().unwrap().len());
        assert_eq!(digest, Some(64), "{image}");
    }
}

#[test]
fn every_python_package_is_pinned_by_its_hashes() {
    for file in [
        "localstack/requirements-python-3.11.txt",
        "localstack/requirements-python-3.12.txt",
        "packaging/requirements.txt",
        "tests/site/requirements.txt",
        "tests/smt/requirements.txt",
        "tests/terraform/requirements.txt",
    ] {
        let text = read(file);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        for pair in lines.windows(2) {
            if !pair[0].starts_with(' ') {
                assert!(pair[0].contains("=="), "{file}: `{}` has no version", pair[0]);
                assert!(pair[1].starts_with("    --hash=sha256:"), "{file}: `{}` has no hash", pair[0]);
            }
        }
        assert!(lines.last().unwrap().starts_with("    --hash="), "{file}");
    }
}

/// As `cargo deny check licenses sources` says, which not every machine has.
#[test]
fn every_crate_has_a_permissive_licence_and_comes_from_the_registry() {
    let rules = read("deny.toml");
    let (_, allowed) = rules.split_once("\nallow = [").unwrap();
    let allowed: BTreeSet<&str> = allowed.split(']').next().unwrap().split('"').skip(1).step_by(2).collect();
    let tree = ["tree", "--locked", "--offline", "--edges=normal,build", "--prefix=none", "--format={p}|{l}"];
    let tree = cargo(&tree);
    let crates: BTreeSet<(&str, &str)> =
        tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')).collect();
    for (package, licence) in &crates {
        let allows = |name: &str| allowed.contains(name.trim_matches(['(', ')', ' ']));
        let mut choices = licence.split(" OR ").flat_map(|choice| choice.split('/'));
        let mut names = licence.split([' ', '/']).filter(|word| !["", "OR", "AND"].contains(word));
        // A choice whose every part is allowed; or, with brackets, every name that there is.
        let fits = choices.any(|choice| choice.split(" AND ").all(allows)) || names.all(allows);
        assert!(fits, "{package}: {licence}");
        let place = package.trim_end_matches(" (proc-macro)").split_once(" (");
        assert!(place.is_none() || package.starts_with("stc-check "), "{package} is not from the registry");
    }
    assert!(crates.len() > 100, "only {} crates were found", crates.len());
}

#[test]
fn the_package_holds_what_it_is_built_from_and_nothing_else() {
    let listed = cargo(&["package", "--list", "--allow-dirty", "--locked", "--offline"]);
    let listed: BTreeSet<&str> = listed.lines().collect();
    let others: Vec<&str> = listed.iter().copied().filter(|path| !path.starts_with("src/")).collect();
    assert_eq!(
        others,
        [
            ".cargo_vcs_info.json",
            "CHANGELOG.md",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "docs/config.md",
            "pyproject.toml",
            "schema/report-1.json",
            "schema/reports-1.json",
            "schema/snapshot-1.json",
        ]
    );
    let mut included = 0;
    for file in listed.iter().filter(|path| Path::new(path).extension().is_some_and(|ending| ending == "rs")) {
        let text = read(file);
        for macro_name in ["include_str!(\"", "include_bytes!(\""] {
            for rest in text.split(macro_name).skip(1) {
                let path = Path::new(file).parent().unwrap().join(rest.split('"').next().unwrap());
                let path = fs::canonicalize(project().join(path)).unwrap();
                let path =
                    path.strip_prefix(fs::canonicalize(project()).unwrap()).unwrap().to_str().unwrap().to_owned();
                assert!(listed.contains(path.as_str()), "{file} includes {path}");
                included += 1;
            }
        }
    }
    assert!(included > 3, "only {included} included files were found");
}

/// A copy of what a release looks at, changed; and what `packaging/release.py` says of it.
fn release(tag: &str, change: impl Fn(&str, String) -> String) -> Output {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("packaging")).unwrap();
    for file in ["Cargo.toml", "CHANGELOG.md", "packaging/release.py"] {
        fs::write(folder.path().join(file), change(file, read(file))).unwrap();
    }
    let script: PathBuf = folder.path().join("packaging/release.py");
    Command::new("python3").arg(script).args(["check", tag]).output().unwrap()
}

#[test]
fn nothing_is_released_before_its_address_and_changes_are_written_down() {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let named = |file: &str, text: String| match file {
        "Cargo.toml" => text
            .lines()
            .map(|line| match line.split(" = ").next() {
                Some(key @ ("homepage" | "repository")) => format!("{key} = \"https://example.com/acme/stc-check\"\n"),
                _ => format!("{line}\n"),
            })
            .collect(),
        "CHANGELOG.md" => {
            format!("# Changelog\n\n## {VERSION}, 2026-11-30\n\n- News.\n\n## 0.0.1, 2026-01-01\n\n- Old.\n")
        }
        _ => text,
    };
    let tag = format!("v{VERSION}");
    let ready = release(&tag, named);
    assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));

    let without = |key: &'static str| {
        move |file: &str, text: String| {
            let address = format!("{key} = \"https://example.com/acme/stc-check\"");
            named(file, text).replace(&address, &format!("{key} = \"\""))
        }
    };
    let unreleased = |file: &str, text: String| named(file, text).replace("2026-11-30", "unreleased");
    let silent = |file: &str, text: String| named(file, text).replace("- News.\n", "");
    for (refused, why) in [
        (release(&tag, without("homepage")), "`homepage` must be the public address"),
        (release(&tag, without("repository")), "`repository` must be the public address"),
        (release("v9.9.9", named), "the tag is `v9.9.9`, but Cargo.toml says version"),
        (release(&tag, unreleased), "with what changed below it, is missing"),
        (release(&tag, silent), "with what changed below it, is missing"),
    ] {
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn the_changelog_begins_with_this_version() {
    let text = read("CHANGELOG.md");
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let (version, date) = headings.first().and_then(|heading| heading.split_once(", ")).unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    let is_date = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    assert!(is_date || date == "unreleased", "{date}");
}
