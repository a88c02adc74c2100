//! What the printed commands hand to the AWS CLI, in every shell that people paste them into.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::settings::Delivery;
use stc_check::fix::setup::{CommandStyle, Setup, setup};
use stc_check::names::{BucketName, KeyArn};
use stc_check::snapshot::Snapshot;
use stc_check::text::shell::{Shell, words};
use stc_check::vendor::documents::{Encryption, KeyReference};
use stc_check::vendor::{Connection, Variant};
use tempfile::TempDir;

use crate::judge::fixture::{self, Fixture};

const SHELLS: [&str; 5] = ["bash", "dash", "zsh", "fish", "busybox"];
const PROFILE: &str = "it's \\ `x` $HOME";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// What somebody may have planted where the commands take words from.
const HOSTILE: [&str; 6] = [
    "'; touch planted; '",
    "$'\\x27; touch planted #'",
    "\\'; touch planted #",
    "a\nb\u{1b}[31m\u{202e}\"\\",
    "$(touch planted)`touch planted`",
    "!! %s ; (touch planted)",
];

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    let options = ["--profile", PROFILE];
    plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline).with_options(&options)
}

/// What a policy may hold that somebody planted there.
fn hostile() -> Fixture {
    let base = fixture::named("joint");
    let text = base.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
    let mut policy: Value = serde_json::from_str(text).unwrap();
    for (index, sid) in HOSTILE.into_iter().enumerate() {
        policy["Statement"].as_array_mut().unwrap().push(json!({"Sid": sid, "Effect": "Deny",
            "Principal": "*", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::acme-exports/{sid}/*"),
            "Condition": {"StringNotEquals": {"aws:SourceVpce": format!("vpce-{index}")}}}));
    }
    policy["Statement"][1]["Action"] = json!(["s3:PutObject"]);
    base.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": format!("{policy:#}")})))
}

/// What `policy` prints for paths and principals that are hard to quote.
fn setups(shell: Shell) -> Vec<Setup> {
    let snapshot = Snapshot::new("acme-exports", Some("eu-west-1"), jiff::Timestamp::UNIX_EPOCH);
    let paths = ["it's/$HOME `id`/", "a|b&c\\1\\n/", "-x/", "file:///etc/passwd/", "ü ‘x’ “y” %{z} !!/"];
    let with_path = |path: &str| {
        let mut connection = Connection::new(BucketName::parse("acme-exports").unwrap());
        connection.variant = Variant::DataExporter;
        connection.export_path = Some(path.to_owned());
        let encryption = Encryption::Kms(KeyReference::Arn(KeyArn::parse(KEY).unwrap()));
        let style = CommandStyle { shell, options: &["--profile", PROFILE] };
        setup(&Case::new(&connection, &snapshot, None), &encryption, style)
    };
    paths.into_iter().map(with_path).collect()
}

/// One call of the AWS CLI: its arguments, and what came in where it was to read that.
#[derive(Debug, PartialEq)]
struct Call {
    words: Vec<String>,
    input: Option<String>,
}

/// Runs lines in a shell where `aws` is a program that writes down its arguments, and what comes in where `file:///dev/stdin` is
/// one. `get-key-policy` prints a policy.
fn recorded(shell: &str, lines: &[String], key_policy: &str, folder: &Path) -> Option<Vec<Call>> {
    let record = folder.join("record");
    let _ = fs::remove_dir_all(&record);
    fs::create_dir(&record).unwrap();
    fs::write(folder.join("key-policy.json"), key_policy).unwrap();
    let stub = folder.join("bin/aws");
    fs::create_dir_all(stub.parent().unwrap()).unwrap();
    let script = r#"#!/bin/bash
cd "$(dirname "$0")/.."
[ "$2" = get-key-policy ] && cat key-policy.json
call="record/$(date +%s%N)-$$-$2"
for word; do if [ "$word" = file:///dev/stdin ]; then cat > "$call.in"; fi; done
printf '%s\0' "$@" > "$call"
"#;
    fs::write(&stub, script).unwrap();
    fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(shell);
    command.args((shell == "busybox").then_some("sh")).args(["-c", &lines.join("\n")]);
    let output = command.current_dir(folder).env("PATH", path).env("HOME", folder).output().ok()?;
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{shell}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut files: Vec<_> = fs::read_dir(&record).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none_or(|ending| ending != "in"));
    files.sort();
    let call = |file: &std::path::PathBuf| Call {
        words: fs::read_to_string(file).unwrap().split_terminator('\0').map(str::to_owned).collect(),
        input: fs::read_to_string(file.with_extension("in")).ok(),
    };
    Some(files.iter().map(call).collect())
}

#[test]
fn every_shell_hands_on_the_same_bytes_and_runs_nothing_else() {
    let folder = TempDir::new().unwrap();
    let hostile = hostile();
    let plans: Vec<Plan> = fixture::all().iter().chain([&hostile]).map(planned).collect();
    let changes = || plans.iter().flat_map(|plan| &plan.changes);
    assert!(
        planned(&hostile).changes.iter().any(|change| change.document.as_str() == "bucket-policy"),
        "{:#?}",
        planned(&hostile).unfixable
    );
    let mut lines: Vec<String> =
        changes().flat_map(|change| change.commands.iter().chain(&change.rollback)).cloned().collect();
    lines.extend(setups(Shell::Posix).into_iter().flat_map(|setup| setup.commands.into_iter().skip(1)));
    lines.sort();
    lines.dedup();
    assert!(lines.len() > 100, "{}", lines.len());
    let meant: Vec<Vec<String>> = lines.iter().map(|line| words(line).split_off(1)).collect();
    let mut tried = 0;
    for shell in SHELLS {
        // One script a hundred commands: a command line has its limits.
        for (lines, meant) in lines.chunks(100).zip(meant.chunks(100)) {
            let Some(calls) = recorded(shell, lines, "", folder.path()) else { continue };
            assert_eq!(calls.len(), lines.len(), "{shell}");
            for ((line, call), meant) in lines.iter().zip(&calls).zip(meant) {
                assert_eq!(call.words, *meant, "{shell}: {line}");
                assert!(call.words.iter().any(|word| word == PROFILE), "{line}");
            }
            tried += 1;
        }
        assert!(!folder.path().join("planted").exists(), "{shell} ran what a policy holds");
    }
    assert!(tried > 0, "there is no shell");
    // The policy that arrives is the policy that was shown.
    for change in changes().filter(|change| change.document.as_str().ends_with("-policy")) {
        let words = words(&change.commands[0]);
        let at = words.iter().position(|word| word == "--policy").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&words[at + 1]).unwrap(), change.after);
    }
}

/// Key policies as KMS may give them, and whether a statement can be added to their list.
const KEY_POLICIES: [(&str, bool); 3] = [
    (r#"{"Version":"2012-10-17","Id":"a&b|c","Statement":[{"Sid":"Owner | \\1 & co"}]}"#, true),
    ("{\n  \"Statement\" : [ {\n    \"Sid\" : \"Owner $1 $$ '’\"\n  } ]\n}", true),
    (r#"{"Statement":{"Sid":"Owner"}}"#, false),
];

/// The policy in force with the statement before the others.
fn merged(in_force: &str, setup: &Setup) -> Value {
    let mut policy: Value = serde_json::from_str(in_force).unwrap();
    policy["Statement"].as_array_mut().unwrap().insert(0, setup.key_policy_statement.clone().unwrap());
    policy
}

#[test]
fn every_shell_adds_the_statement_to_the_key_policy_in_force() {
    let folder = TempDir::new().unwrap();
    let mut tried = 0;
    for setup in setups(Shell::Posix) {
        for shell in SHELLS {
            for (in_force, has_list) in KEY_POLICIES {
                let Some(calls) = recorded(shell, &setup.commands[..1], in_force, folder.path()) else { continue };
                let put = calls.iter().find(|call| call.words[1] == "put-key-policy").unwrap();
                assert_eq!((calls.len(), put.words[2..4].join(" ")), (2, format!("--key-id {KEY}")), "{shell}");
                assert!(calls.iter().all(|call| call.words.iter().any(|word| word == PROFILE)), "{calls:?}");
                let sent = put.input.as_deref().unwrap();
                if has_list {
                    assert_eq!(serde_json::from_str::<Value>(sent).unwrap(), merged(in_force, &setup), "{shell}");
                } else {
                    assert_eq!(sent, "", "nothing is found, and the AWS CLI takes no empty policy");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 0, "there is no shell");
}

/// Takes a word off a line as PowerShell reads the arguments of a program: a bare word means itself as long as it has nothing
/// that PowerShell gives a meaning to, and a quote of any form ends what one began, unless it is there twice.
/// <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing>
fn powershell_word(line: &str) -> (String, &str) {
    const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
    let Some(quoted) = line.strip_prefix('\'') else {
        let (word, rest) = line.split_at(line.find([' ', ')']).unwrap_or(line.len()));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+".contains(c);
        assert!(!word.is_empty() && word.chars().all(plain), "{word}");
        assert!(!word.starts_with('-') || !word.contains(['.', ':']), "`{word}` would be split");
        return (word.to_owned(), rest);
    };
    let mut word = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        if !QUOTES.contains(&character) {
            word.push(character);
            continue;
        }
        let rest = &quoted[at + character.len_utf8()..];
        match rest.chars().next().filter(|next| QUOTES.contains(next)) {
            Some(_) => {
                word.push(character);
                characters.next();
            }
            None => return (word, rest),
        }
    }
    panic!("a quote is open: {line}")
}

fn powershell_words(line: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), line);
    while !rest.is_empty() {
        let (word, after) = powershell_word(rest);
        words.push(word);
        rest = after.strip_prefix(' ').unwrap_or_else(|| {
            assert!(after.is_empty(), "{after}");
            after
        });
    }
    words
}

#[test]
fn powershell_reads_the_same_words() {
    let hostile = hostile();
    for fixture in fixture::all().iter().chain([&hostile]) {
        let posix = planned(fixture);
        for (one, other) in posix.changes.iter().zip(&posix.clone().for_shell(Shell::PowerShell).changes) {
            for (one, other) in
                one.commands.iter().chain(&one.rollback).zip(other.commands.iter().chain(&other.rollback))
            {
                assert_eq!(powershell_words(other), words(one), "{}", fixture.name);
            }
        }
    }
    for (posix, powershell) in setups(Shell::Posix).iter().zip(setups(Shell::PowerShell)) {
        for (one, other) in posix.commands.iter().zip(&powershell.commands).skip(1) {
            assert_eq!(powershell_words(other), words(one));
        }
    }
}

/// There is no PowerShell to run here: what it does with the line is done by hand.
#[test]
fn powershell_adds_the_statement_to_the_key_policy_in_force() {
    for setup in setups(Shell::PowerShell) {
        let line = setup.commands[0].strip_prefix("$policy = (").unwrap();
        let (get, rest) = line.split_once(") -join ' '; if ($policy -cmatch ").unwrap();
        let (pattern, rest) = powershell_word(rest);
        let (put, rest) = rest.strip_prefix(") { ").unwrap().split_once(" --policy ($policy -creplace ").unwrap();
        let (same, rest) = powershell_word(rest);
        let (replacement, rest) = powershell_word(rest.strip_prefix(", ").unwrap());
        assert!(rest.starts_with(") } else { throw '") && rest.ends_with("' }"), "{rest}");
        assert_eq!(
            (powershell_words(get)[2].as_str(), &powershell_words(put)[3..5]),
            ("get-key-policy", &["--key-id".to_owned(), KEY.to_owned()][..])
        );
        // The expression as .NET reads it: the list's beginning is its only group.
        assert_eq!((pattern.as_str(), &pattern), (r#"("Statement"\s*:\s*\[)"#, &same));
        for (in_force, has_list) in KEY_POLICIES {
            let joined = in_force.lines().collect::<Vec<_>>().join(" ");
            let list = [r#""Statement":["#, r#""Statement" : ["#].into_iter().find(|list| joined.contains(list));
            assert_eq!(list.is_some(), has_list);
            let Some(list) = list else { continue };
            let addition = replacement.strip_prefix("$1").unwrap().replace("$$", "$");
            assert!(!replacement[2..].replace("$$", "").contains('$'), "{replacement}");
            let sent: Value = serde_json::from_str(&joined.replacen(list, &format!("{list}{addition}"), 1)).unwrap();
            assert_eq!(sent, merged(in_force, &setup));
        }
    }
}
