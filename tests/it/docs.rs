//! The pages under docs/: as the table of checks has them, every link and id in place.

use std::fmt::Write as _;
use std::path::Path;

use stc_check::checks::{Check, all};

fn read(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Our own sentences in Markdown: names between backticks stay as they are.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    for (number, piece) in text.split('`').enumerate() {
        if number > 0 {
            prose.push('`');
        }
        if number % 2 == 0 {
            prose.push_str(&piece.replace('*', "\\*").replace('_', "\\_").replace('<', "&lt;"));
        } else {
            prose.push_str(piece);
        }
    }
    prose
}

fn section(check: &Check) -> String {
    let Check { id, explain, .. } = check;
    let title = &check.title();
    let faq = check.faq().map_or_else(String::new, |number| format!(" (FAQ {number})"));
    let mut text = format!("<a id=\"{id}\"></a>\n\n## `{id}`{faq}\n\n{}.\n\n", prose(title));
    let parts = [("What it checks", explain.what), ("Why", explain.why)];
    for (heading, body) in parts {
        writeln!(text, "**{heading}.** {}\n", prose(body)).unwrap();
    }
    writeln!(text, "**How it fails.**\n\n```text\n{}\n```\n", explain.example).unwrap();
    writeln!(text, "**How to fix it.** {}\n", prose(explain.fix)).unwrap();
    let sources: Vec<_> = explain.sources.iter().map(|source| format!("<{source}>")).collect();
    writeln!(text, "Sources: {}\n", sources.join(", ")).unwrap();
    text
}

#[test]
fn the_page_of_checks_is_what_explain_says() {
    let mut page = "# The checks\n\nWhat each check of `stc-check` means, why Sailthru needs it, how it fails and how to fix it: what `stc-check explain ID` prints.\nA test keeps this page as the program has it.\n\n".to_owned();
    for check in all() {
        writeln!(page, "- [`{id}`](#{id}): {}", prose(&check.title()), id = check.id).unwrap();
    }
    page.push('\n');
    page.extend(all().map(section));
    let page = page.trim_end().to_owned() + "\n";
    if read("docs/checks.md") != page {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks.md");
        std::fs::write(&path, page).unwrap();
        panic!("docs/checks.md is not what the table says: copy {} over it", path.display());
    }
}

#[test]
fn the_crosswalk_names_our_checks_and_relations_that_it_explains() {
    let page = read("docs/crosswalk.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 10);
    for row in rows {
        let [check, hub, config, prowler, relation, _] = row.as_slice() else { panic!("{row:?}") };
        let id = check.trim_matches('`');
        assert!(all().any(|check| check.id.as_str() == id), "there is no check {id}");
        assert!(["agrees", "complains", "breaks"].contains(relation), "{relation}");
        assert!(page.contains(&format!("`{relation}`: ")), "{relation} is explained");
        assert!(hub.is_empty() || hub.starts_with("S3.") || hub.starts_with("KMS."), "{hub}");
        assert!(config.is_empty() || config.starts_with("`s3-") || config.starts_with("`kms-"), "{config}");
        assert!(
            prowler.is_empty()
                || ["`s3_", "`kms_", "`accessanalyzer_"].iter().any(|service| prowler.starts_with(service)),
            "{prowler}"
        );
        assert!(![hub, config, prowler].iter().all(|other| other.is_empty()), "{id} is compared with nothing");
    }
}

#[test]
fn the_action_gives_only_options_that_there_are() {
    let action = read("action.yml");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_stc-check")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let variables: Vec<&str> = action.split("STC_CHECK_").skip(1).map(|rest| rest.split(':').next().unwrap()).collect();
    assert!(variables.len() > 5);
    for variable in variables {
        let option = variable.to_lowercase().replace('_', "-");
        assert!(help.contains(&format!("--{option} ")) || help.contains(&format!("--{option}\n")), "--{option}");
        assert!(action.contains(&format!("${{{{ inputs.{option} }}}}")), "{option} is an input");
    }
    // Only the script's own text runs: nothing of an input is pasted into it.
    let scripts = action.split("run: ").skip(1);
    assert!(
        scripts.map(|script| script.split("    - name:").next().unwrap()).all(|script| !script.contains("inputs."))
    );
}

/// What the image is built from is all that the program needs.
#[test]
fn the_image_is_built_from_what_there_is() {
    let dockerfile = read("Dockerfile");
    let ignored = read(".dockerignore");
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--"))
    {
        let (sources, _) = line.rsplit_once(' ').unwrap();
        for source in sources.split(' ') {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(source).exists(), "{source}");
            assert!(ignored.contains(&format!("!{source}\n")), "{source} is sent to the builder");
        }
    }
    assert!(dockerfile.contains("USER nonroot"));
}
