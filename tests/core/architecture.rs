//! The house keeps its floors: a room uses the rooms below it, never one above or beside it.
//!
//! docs/design/architecture.md says what each room holds.

use std::path::{Path, PathBuf};

/// The rooms of the library from the ground up. Rooms on one floor do not use each other.
const FLOORS: &[&[&str]] = &[
    &["names", "text"],
    &["policy"],
    &["snapshot"],
    &["vendor"],
    &["report"],
    &["refusal"],
    &["checks"],
    &["fix"],
    &["comparison"],
    &["redact", "render", "terraform_plan"],
    &["aws"],
];

/// What only the outer rooms may mention: AWS types, the async runtime, arguments, the environment, clocks, printing.
const SHELL_ONLY: &[&str] = &[
    "aws_config",
    "aws_credential_types",
    "aws_runtime",
    "aws_sdk",
    "aws_smithy",
    "aws_types",
    "tokio",
    "async fn",
    "clap::",
    "tracing::",
    "std::env",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "println!",
    "eprintln!",
    "std::fs",
    "TcpStream",
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every file: the room that it is in, its path below `src`, its text without its tests.
pub(crate) fn sources() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    rust_files(&folder, &mut found);
    let mut files: Vec<_> = found
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            let room = below.split(['/', '.']).next().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
            (room, below, code)
        })
        .collect();
    files.sort();
    files
}

/// The files of the library, which have floors.
fn library() -> Vec<(String, String, String)> {
    sources().into_iter().filter(|(room, ..)| !["main", "lib", "cli", "schema"].contains(&room.as_str())).collect()
}

/// The lines that are code, with their numbers.
fn code_lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn every_room_stands_on_a_floor() {
    for (room, file, _) in library() {
        assert!(floor(&room).is_some(), "src/{file}: the room `{room}` is on no floor: add it to FLOORS");
    }
}

#[test]
fn no_room_uses_one_above_or_beside_it() {
    let mut broken = Vec::new();
    for (room, file, code) in library() {
        for (number, line) in code_lines(&code) {
            for used in line.split("crate::").skip(1) {
                let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                let Some(other) = floor(used) else { continue };
                if used != room && Some(other) >= floor(&room) {
                    broken.push(format!("src/{file}:{number}: `{room}` uses `{used}`, which is not below it"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_core_knows_no_shell() {
    let mut broken = Vec::new();
    for (room, file, code) in library() {
        for (number, line) in code_lines(&code).filter(|_| room != "aws") {
            for word in SHELL_ONLY.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("src/{file}:{number}: `{word}` belongs to the shell (src/aws, src/cli)"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
