//! Values of options: one function each, text to meaning, with an error that says how to fix it.

use std::time::Duration;

use clap::CommandFactory;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use stc_check::names::{Arn, BucketName, check_endpoint, is_region};

use stc_check::report::waiver::Waiver;
use stc_check::report::{CheckId, FailOn};
use stc_check::text::sanitise;
use stc_check::text::shell::Shell;
use stc_check::vendor::{Variant, Writer};

pub(crate) fn variant() -> impl TypedValueParser<Value = Variant> {
    PossibleValuesParser::new(Variant::ALL.map(Variant::as_str))
        .map(|name| Variant::ALL.into_iter().find(|variant| variant.as_str() == name).unwrap_or_default())
}

pub(crate) fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(["fail", "warn"]).map(|name| if name == "warn" { FailOn::Warn } else { FailOn::Fail })
}

/// `ID=REASON`.
pub(crate) fn waiver(text: &str) -> Result<Waiver, String> {
    let (id, reason) = text.split_once('=').unwrap_or((text, ""));
    let id = CheckId::parse(id)?;
    if reason.trim().is_empty() {
        return Err(format!("no reason given: write `{id}=REASON`; the report shows the reason"));
    }
    Ok(Waiver::new(id, reason.trim()))
}

/// A bucket without an option's name before it. What looks like a mistyped command is none: a request to somebody else's
/// bucket would be a strange answer to it.
pub(crate) fn bucket(text: &str) -> Result<BucketName, String> {
    let command = super::Cli::command();
    let near = |name: &&str| strsim::osa_distance(name, text) <= 2;
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).chain(["help", "check"]).collect();
    match names.into_iter().filter(near).min_by_key(|name| strsim::osa_distance(name, text)) {
        Some("check") => Err(format!("the check itself needs no command. If it is a bucket: `--bucket {text}`")),
        Some(name) => Err(format!("did you mean the command `stc-check {name}`? If it is a bucket: `--bucket {text}`")),
        None => BucketName::parse(text).map_err(|error| error.to_string()),
    }
}

/// A path inside the bucket, ending in `/`.
pub(crate) fn export_path(text: &str) -> Result<String, String> {
    if let Some(rest) = text.strip_prefix("s3://") {
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let example = if path.is_empty() { "reports/sailthru/" } else { path };
        return Err(format!("give the path inside the bucket alone, like `{example}`"));
    }
    let path = text.trim_end_matches('/');
    if path.is_empty() {
        return Err("an empty path is the whole bucket: leave the option out".to_owned());
    }
    if path.starts_with('/') {
        return Err(format!("keys in S3 do not begin with a slash: give `{}/`", path.trim_start_matches('/')));
    }
    if path.contains("//") {
        return Err("the path has an empty folder in it (`//`): write one slash".to_owned());
    }
    if sanitise::visible(path) != path {
        return Err("the path has a control or invisible character in it: type it anew".to_owned());
    }
    if path.len() > 1_000 {
        return Err(format!("the path has {} bytes; a key in S3 has at most 1,024", path.len()));
    }
    Ok(format!("{path}/"))
}

/// The ARN of a role that can be assumed.
pub(crate) fn role(text: &str) -> Result<Arn, String> {
    match Writer::parse(text).map_err(|error| error.to_string())? {
        Writer::Role(arn) => Ok(arn),
        other => Err(format!("`{other}` is not a role: give one like `arn:aws:iam::111122223333:role/outsider`")),
    }
}

/// What a role's trust policy may ask for: 2 to 1,224 characters of `A-Za-z0-9_+=,.@:/-`, by
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
pub(crate) fn external_id(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if (2..=1_224).contains(&text.len()) && text.chars().all(allowed) {
        return Ok(text.to_owned());
    }
    Err("an external id has 2 to 1,224 letters, digits and characters of `_+=,.@:/-`".to_owned())
}

/// How many buckets to check at a time.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=64).contains(number));
    number.ok_or_else(|| "give a number from 1 to 64".to_owned())
}

/// How much to say of what is done, as a variable has it: a number, or yes or no.
pub(crate) fn verbosity(text: &str) -> Result<u8, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" => Ok(1),
        "false" | "no" | "off" | "n" | "f" => Ok(0),
        number => number.parse().map_err(|_| "write 0, 1 or 2, or true or false".to_owned()),
    }
}

/// A region's name.
pub(crate) fn region(text: &str) -> Result<String, String> {
    if is_region(text) { Ok(text.to_owned()) } else { Err("a Region is named like `us-east-1`".to_owned()) }
}

/// A profile's name, which the commands that are printed carry on. The AWS CLI reads what begins with a dash as an option.
pub(crate) fn profile(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('-') {
        return Err("a profile's name is not empty and does not begin with `-`".to_owned());
    }
    if sanitise::visible(text) != text || text.contains('\n') {
        return Err("a profile's name has no control or invisible characters".to_owned());
    }
    Ok(text.to_owned())
}

/// The shell that commands are printed for.
pub(crate) fn shell() -> impl TypedValueParser<Value = Shell> {
    PossibleValuesParser::new(["posix", "powershell"])
        .map(|name| if name == "powershell" { Shell::PowerShell } else { Shell::Posix })
}

/// Where requests go instead of AWS.
pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    check_endpoint(text).map(|()| text.to_owned()).map_err(str::to_owned)
}

/// The longest time span that an option takes: a week.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// A time span: `90s`, `10m`, `1h 30m`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "a time span is written like `90s`, `10m` or `1h30m`, and is longer than 0".to_owned();
    let span = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|span| Duration::try_from(span).ok())
            .ok_or_else(wanted)?,
    };
    if span.is_zero() {
        return Err(wanted());
    }
    if span > LONGEST { Err("a time span is at most a week".to_owned()) } else { Ok(span) }
}

/// How often to look: at least every half minute, since each look costs requests.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    if interval < Duration::from_secs(30) { Err("the shortest is 30s".to_owned()) } else { Ok(interval) }
}

/// A time as RFC 3339 writes it, or how long ago.
pub(crate) fn since(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let ago = duration(text).map_err(|_| "a time is written like `2026-11-26T07:00Z`, or how long ago like `90m`")?;
    let ago = jiff::SignedDuration::try_from(ago).map_err(|error| error.to_string())?;
    jiff::Timestamp::now().checked_sub(ago).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_path_ends_in_a_slash() {
        assert_eq!(export_path("a/b").as_deref(), Ok("a/b/"));
        assert_eq!(export_path("a/b//").as_deref(), Ok("a/b/"));
        for (wrong, hint) in [
            ("/a", "`a/`"),
            ("s3://acme-exports/a/b", "`a/b`"),
            ("", "leave the option out"),
            ("a//b", "`//`"),
            ("a\nb", "control"),
            ("a\u{202e}b", "invisible"),
        ] {
            let error = export_path(wrong).unwrap_err();
            assert!(error.contains(hint), "{wrong}: {error}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "0", "0s", "-5s", "soon", "99999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endpoints_carry_no_credentials() {
        for right in ["http://127.0.0.1:4566", "https://s3.example.com/path/", "http://[::1]:4566", "http://my_host"] {
            assert!(endpoint(right).is_ok(), "{right}");
        }
        for wrong in [
            "127.0.0.1:4566",
            "ftp://x",
            "http://",
            "https://user:secret@host",
            "http://a b",
            "http://::",
            "http://x:99999",
            "http://x/?a=b",
            "http://x/\u{1b}",
        ] {
            let error = endpoint(wrong).unwrap_err();
            assert!(!error.contains("secret"), "{wrong}: {error}");
        }
    }
}
