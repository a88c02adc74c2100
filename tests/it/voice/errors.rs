//! What is said of command lines and files that cannot be used: in the voice, with the value once, and with a way on.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use super::expect_the_voice;
use crate::judge::fixture::named;

/// Files that are not what an option wants.
const FILES: [(&str, &str); 8] = [
    ("empty.json", ""),
    ("cut.json", r#"{"a":"#),
    ("list.json", "[]"),
    (
        "wrong.json",
        r#"{"schema":"stc-check/snapshot/1","taken_at":"2026-11-23T18:00:00Z","bucket":"acme-exports","operations":{"s3:GetBucketPolicy":{"Policy":5}}}"#,
    ),
    ("later.json", r#"{"schema":"stc-check/snapshot/2"}"#),
    ("scp.json", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#),
    ("key.toml", "[[connection]]\nbuckt = \"x\"\n"),
    ("waiver.toml", "[[connection]]\nbucket = \"acme-exports\"\n[[waiver]]\ncheck = \"policy.put\"\nreason = \"x\"\n"),
];

/// Command lines that are refused, and what the answer says.
const REFUSED: [(&str, &[&str]); 92] = [
    ("", &["no bucket given", "`--bucket acme-exports`"]),
    ("polcy", &["`stc-check policy`", "`--bucket polcy`"]),
    ("expalin policy.put-object", &["`stc-check explain`"]),
    ("acme-exports acme-events", &["`acme-events` comes after the bucket `acme-exports`", "with `--bucket`"]),
    ("Acme", &["`Acme`", "lower-case"]),
    ("acme_exports", &["not `_`"]),
    ("arn:aws:s3:::acme-exports/*", &["the ARN of an object", "give the bucket's"]),
    ("s3://acme-exports/path", &["give the bucket alone: `acme-exports`"]),
    ("--bucket 192.168.1.1", &["never looks like an IP address"]),
    ("--bucket xn--abc", &["S3 reserves names"]),
    ("acme-exports --bucket other", &["cannot be used with"]),
    ("--bukcet x", &["'--bucket'"]),
    ("acme-exports --no-prob", &["'--no-probe'"]),
    ("acme-exports --variant jont", &["'joint'"]),
    ("acme-exports --kms-key abc", &["`arn:aws:kms:REGION:ACCOUNT:key/ID`"]),
    ("acme-exports --kms-key arn:aws:kms:us-east-1:111122223333:alias/x", &["the ARN of an alias"]),
    ("acme-exports --principal bob", &["an ARN has six parts"]),
    ("acme-exports --expected-bucket-owner 99647660399", &["leading zero"]),
    ("acme-exports --endpoint-url ftp://x", &["`http://127.0.0.1:4566`"]),
    ("acme-exports --endpoint-url https://u:p@x", &["leave the user name and the password out"]),
    ("acme-exports --region us_east", &["`us-east-1`"]),
    ("acme-exports --timeout soon", &["`90s`"]),
    ("acme-exports --wait 1000h", &["at most a week"]),
    ("acme-exports --jobs 0", &["from 1 to 64"]),
    ("acme-exports --variant data-exporter --export-path /x", &["give `x/`"]),
    ("acme-exports --variant data-exporter --export-path a//b", &["write one slash"]),
    ("acme-exports --variant event-stream --export-path x", &["Event Stream writes anywhere in the bucket"]),
    ("acme-exports --probe-role-arn arn:aws:iam::111122223333:user/x", &["is not a role"]),
    ("acme-exports --external-id abc", &["`--probe-role-arn`"]),
    ("acme-exports --no-probe --probe-multipart", &["leave one of them out"]),
    ("acme-exports --redact", &["`--save-snapshot FILE`"]),
    ("acme-exports -v -q", &["cannot be used with"]),
    ("acme-exports --format pdf", &["possible values"]),
    ("acme-exports --fail-on error", &["possible values"]),
    ("--snapshot good.json --only policy.putobject", &["did you mean `policy.put-object`?"]),
    ("--snapshot good.json --only kmss", &["did you mean `kms`?"]),
    ("--snapshot good.json --only xyz", &["`stc-check explain` lists them all"]),
    ("--snapshot good.json --skip policy.put-object", &["`policy.put-object=REASON`"]),
    ("--snapshot good.json --skip kms=x", &["a group of checks", "`kms.key-usable`"]),
    ("--snapshot nothing.json", &["cannot read `nothing.json`", "name a file"]),
    ("--snapshot empty.json", &["it is empty", "--save-snapshot"]),
    ("--snapshot cut.json", &["it ends too early", "--save-snapshot"]),
    ("--snapshot list.json", &["expected an object"]),
    ("--snapshot wrong.json", &["s3:GetBucketPolicy"]),
    ("--snapshot later.json", &["stc-check/snapshot/1"]),
    ("--snapshot good.json --bucket other", &["leave `--bucket` out"]),
    ("--snapshot good.json --terraform-plan good.json", &["leave one of them out"]),
    ("--snapshot good.json --wait 1m", &["a stored snapshot does not change"]),
    ("--snapshot good.json --bucket-policy cut.json", &["not JSON", "give the policy document"]),
    ("--snapshot good.json --key-policy empty.json", &["it is empty"]),
    ("--snapshot good.json --organization-policy scp.json", &["service control policy"]),
    ("--snapshot good.json --organization-policy cut.json", &["describe-policy"]),
    ("--snapshot good.json --output nowhere/x.html", &["its directory does not exist"]),
    ("--snapshot good.json --output a.html --output a.html", &["name two files"]),
    ("--snapshot good.json --format json --format text", &["give all but one a file"]),
    ("--snapshot good.json --baseline good.json", &["is not a report of stc-check"]),
    ("--snapshot good.json --baseline cut.json", &["it ends too early"]),
    ("--terraform-plan good.json", &["it is a snapshot of stc-check", "give it with --snapshot"]),
    ("--terraform-plan empty.json", &["terraform show -json"]),
    ("--config key.toml", &["did you mean `bucket`?"]),
    ("--config waiver.toml", &["did you mean `policy.put-object`?"]),
    ("--config empty.json", &["lists no connection"]),
    ("--config cut.json", &["not TOML"]),
    ("watch", &["no bucket given", "`stc-check watch acme-exports`"]),
    ("watch acme-exports --every 5s", &["30s"]),
    ("watch acme-exports --since yesterday", &["`90m`"]),
    ("watch acme-exports --once --for 1h", &["leave one of them out"]),
    ("watch acme-exports --snapshot good.json", &["leave one of them out"]),
    ("explain policy.putobject", &["did you mean `policy.put-object`?"]),
    ("explain kms", &["a group of checks"]),
    ("explain --error ", &["`--error` is empty"]),
    ("diff", &["<OLD>"]),
    ("diff good.json nothing.json", &["cannot read `nothing.json`"]),
    ("diff good.json list.json", &["neither a snapshot nor a report"]),
    ("diff good.json other.json", &["of one bucket"]),
    ("simulate", &["--policy"]),
    ("simulate --policy good.json --principal x --action s3:PutObject --resource arn:aws:s3:::a/b", &["six parts"]),
    (
        "simulate --policy good.json --principal arn:aws:iam::111122223333:role/x --action PutObject --resource arn:aws:s3:::a/b",
        &["`s3:PutObject`"],
    ),
    (
        "simulate --policy good.json --principal arn:aws:iam::111122223333:role/x --action s3:PutObject --resource arn:aws:s3:::a/b --context k",
        &["aws:SecureTransport=true"],
    ),
    ("simulate --batch nothing.jsonl", &["cannot read `nothing.jsonl`"]),
    ("schema snapshots", &["'snapshot'"]),
    ("completions tcsh", &["possible values"]),
    ("policy acme-exports --encryption sse-kms", &["`--kms-key ARN`"]),
    (
        "policy acme-exports --encryption sse-s3 --kms-key arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        &["leave one of them out"],
    ),
    ("policy acme-exports --region cn-north-1", &["commercial Region"]),
    (
        "policy acme-exports --region eu-west-1 --kms-key arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        &["in the bucket's Region"],
    ),
    ("fix", &["no bucket given"]),
    ("fix --snapshot good.json --output good.json", &["it is a file", "name a directory"]),
    ("fix --snapshot good.json --output ~x", &["name another directory"]),
    (
        "permissions acme-exports --no-probe --probe-role-arn arn:aws:iam::111122223333:role/x",
        &["leave one of them out"],
    ),
    ("aws_s3_bucket.exports", &["an address of Terraform's", "`--terraform-plan FILE`"]),
    ("--bucket acme-exports", &["no AWS credentials were found", "`aws login`"]),
];

fn refused(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(line.split(' ').filter(|word| !line.is_empty() || !word.is_empty()))
        .env_clear()
        .envs([("HOME", "/nonexistent"), ("LC_ALL", "C.UTF-8"), ("AWS_EC2_METADATA_DISABLED", "true")])
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn what_cannot_be_used_is_refused_in_the_voice_with_a_way_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for (name, text) in FILES {
        write(name, text);
    }
    let good = named("joint").document;
    write("good.json", &good.to_string());
    write("other.json", &good.to_string().replace("\"acme-exports\"", "\"acme-events\""));
    let mut wrong = String::new();
    for (line, wanted) in REFUSED {
        let output = refused(folder.path(), line);
        let said = String::from_utf8(output.stderr).unwrap();
        expect_the_voice(line, &said);
        let complete = output.status.code() == Some(2)
            && output.stdout.is_empty()
            && said.starts_with("error: ")
            && wanted.iter().all(|words| said.contains(words));
        // A file is named, and so is what is wrong in it; a value is named once.
        let value = line
            .split(' ')
            .next_back()
            .filter(|value| value.len() > 6 && !value.contains(".json") && !value.starts_with("--"));
        let repeated = value.is_some_and(|value| said.matches(&format!("`{value}`")).count() > 1);
        if !complete || repeated {
            let code = output.status.code();
            writeln!(wrong, "$ stc-check {line}  [{code:?}], wanted {wanted:?}\n{said}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
