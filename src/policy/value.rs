//! Numbers, booleans and dates as policies and requests write them.

use jiff::Timestamp;

/// A number, written as JSON would or nearly so.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.trim().parse().ok().filter(|_| plain)
}

/// Whether a number has more digits than its reading tells apart.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() > 15
}

/// `true` or `false`, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// A date in the W3C profile of ISO 8601, with or without a time, or seconds since 1970.
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    if let Some(seconds) = number(text) {
        return Timestamp::from_nanosecond(decimal_nanoseconds(seconds)?).ok();
    }
    let midnight = match text.bytes().filter(|byte| *byte == b'-').count() {
        1 => format!("{text}-01T00:00:00Z"),
        _ if text.contains('T') => with_seconds(text)?,
        _ => format!("{text}T00:00:00Z"),
    };
    midnight.parse().ok()
}

/// The profile allows `hh:mm` before the zone, which the parser of full time stamps does not take.
fn with_seconds(text: &str) -> Option<String> {
    let (day, time) = text.split_once('T')?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    (clock.len() == 5).then(|| format!("{day}T{clock}:00{zone}"))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn decimal_nanoseconds(seconds: f64) -> Option<i128> {
    let in_range = seconds.is_finite() && seconds.abs() < 1e12;
    in_range.then(|| (seconds * 1e9).round() as i128)
}
