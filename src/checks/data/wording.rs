//! Numbers and lists as people say them.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::Offset;

use crate::snapshot::observations::Look;
use crate::text::list::count;

/// How many names of tables a sentence holds.
const MOST_NAMES: usize = 6;

/// `12 minutes`, `5 hours`, `3 days`.
pub(super) fn duration(time: SignedDuration) -> String {
    if time < SignedDuration::from_mins(1) {
        return "less than a minute".to_owned();
    }
    match time.as_mins() {
        minutes @ ..=119 => count(minutes, "minute"),
        minutes @ 120..=2_879 => count(minutes / 60, "hour"),
        minutes => count(minutes / 1_440, "day"),
    }
}

/// `812 bytes`, `4.2 MB`.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(super) fn size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

/// Which tables were seen, as a sentence.
pub(super) fn tables(look: &Look) -> String {
    let names: Vec<&str> = look.tables.iter().map(|table| table.name.trim_end_matches('/')).collect();
    let shown = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("Data was seen in {shown}."),
        count @ ..=MOST_NAMES => format!("Data was seen in {count} tables: {shown}."),
        count => format!("Data was seen in {count} tables: {shown} and {} more.", count - MOST_NAMES),
    }
}

/// The hours of the last 24 for which a lookup table has no folder, as a sentence. Hours before the first one that was
/// seen are left out: the connection may be younger; so are the last two, which may still come.
pub(super) fn hours_missing(look: &Look) -> Option<String> {
    let hour = |back: i64| {
        let time = look.at.checked_sub(SignedDuration::from_hours(back)).ok()?;
        let time = Offset::UTC.to_datetime(time);
        Some((time.date(), time.hour()))
    };
    let mut missing = BTreeSet::new();
    for table in look.tables.iter().filter(|table| !table.hours.is_empty()) {
        let expected = (2..24).filter_map(hour).filter(|hour| table.hours.first() <= Some(hour));
        missing.extend(expected.filter(|hour| !table.hours.contains(hour)));
    }
    let hours: Vec<String> = missing.iter().map(|(date, hour)| format!("{date} {hour:02}:00")).collect();
    let many = match hours.len() {
        0 => return None,
        1 => "One hour of the last 24 is".to_owned(),
        more => format!("{more} hours of the last 24 are"),
    };
    Some(format!("{many} missing from the lookup tables: {} UTC.", hours.join(", ")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::snapshot::observations::TableSeen;

    #[test]
    fn times_and_sizes_are_said_in_one_unit() {
        let said = |minutes| duration(SignedDuration::from_mins(minutes));
        assert_eq!(
            [said(0), said(1), said(119), said(120), said(60 * 47), said(60 * 72)],
            ["less than a minute", "1 minute", "119 minutes", "2 hours", "47 hours", "3 days"]
        );
        assert_eq!([size(812), size(4_200_000)], ["812 bytes", "4.2 MB"]);
    }

    #[test]
    fn missing_hours_are_those_between_the_first_seen_and_two_hours_ago() {
        let hours = [9, 10, 12, 13].map(|hour| (date(2026, 11, 26), hour)).into();
        let table = TableSeen { name: "campaign".to_owned(), newest: None, hours };
        let look = Look {
            at: "2026-11-26T14:30:00Z".parse().unwrap(),
            tables: vec![table],
            failures: Vec::new(),
            bound: None,
            newest_encryption: None,
        };
        let said = hours_missing(&look).unwrap();
        assert_eq!(said, "One hour of the last 24 is missing from the lookup tables: 2026-11-26 11:00 UTC.");
    }
}
