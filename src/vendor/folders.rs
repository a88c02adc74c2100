//! The folders that Event Stream fills, by their shape: `TABLE/dt=YYYYMMDD/client_id=N/FILE` for the events of a day, and
//! `TABLE/dt=YYYYMMDD/hr=HH/client_id=N/FILE` for lookup tables, which are written whole every hour. Dates are UTC.
//!
//! Only the folders count, never a file's name. Source: the vendor's pages on Event Stream and its data sets
//! (<https://getstarted.sailthru.com/analytics/stc/event-stream/>).

use jiff::civil::Date;

/// A folder of Event Stream's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder<'a> {
    /// The table: `campaign_send`.
    pub table: &'a str,
    /// The day that its `dt=` names: of the events, or of the lookup.
    pub date: Date,
    /// The hour that its `hr=` names; only lookup tables have one.
    pub hour: Option<i8>,
}

impl<'a> Folder<'a> {
    /// The folder that an object lies in; none where its key does not have the shape of Event Stream's.
    #[must_use]
    pub fn of_object(key: &'a str) -> Option<Self> {
        let (folders, file) = key.rsplit_once('/')?;
        let (above, client) = folders.rsplit_once('/')?;
        let client = client.strip_prefix("client_id=")?;
        let is_number = !client.is_empty() && client.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !file.is_empty()).then(|| Self::of_prefix(above)).flatten()
    }

    /// The folder that a prefix names without the client's: `campaign/dt=20261123/hr=18` or `campaign_send/dt=20261123`.
    #[must_use]
    pub fn of_prefix(prefix: &'a str) -> Option<Self> {
        let mut parts = prefix.split('/');
        let table = parts.next().filter(|table| !table.is_empty())?;
        let date = date(parts.next()?.strip_prefix("dt=")?)?;
        let hour = match parts.next() {
            Some(part) => Some(hour(part.strip_prefix("hr=")?)?),
            None => None,
        };
        parts.next().is_none().then_some(Self { table, date, hour })
    }
}

/// `dt=20261123/`, as the folder of a day is called.
#[must_use]
pub fn day_folder(date: Date) -> String {
    date.strftime("dt=%Y%m%d/").to_string()
}

fn date(digits: &str) -> Option<Date> {
    let plain = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    Date::strptime("%Y%m%d", digits).ok().filter(|_| plain)
}

fn hour(digits: &str) -> Option<i8> {
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.filter(|hour| digits.len() == 2 && *hour < 24)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_two_shapes_are_known_by_their_folders() {
        let events = Folder::of_object("campaign_send/dt=20261123/client_id=3386/anything at all").unwrap();
        assert_eq!(events, Folder { table: "campaign_send", date: date(2026, 11, 23), hour: None });
        let lookup = Folder::of_object("campaign/dt=20261123/hr=08/client_id=3386/x.csv").unwrap();
        assert_eq!(lookup, Folder { table: "campaign", date: date(2026, 11, 23), hour: Some(8) });
        assert_eq!(Folder::of_prefix("campaign/dt=20261123/hr=08"), Some(lookup));
    }

    #[test]
    fn what_has_another_shape_is_not_the_vendors() {
        for key in [
            "_ACCESS_CONFIRMATION",
            "campaign/dt=20261123/hour=18/client_id=3386/x.csv",
            "campaign/dt=20261123/client_id=3386/",
            "campaign/dt=20261123/x.csv",
            "campaign/dt=20261123/hr=18/x.csv",
            "campaign/dt=20261323/client_id=3386/x.csv",
            "campaign/dt=2026112/client_id=3386/x.csv",
            "campaign/dt=20261123/hr=24/client_id=3386/x.csv",
            "campaign/dt=20261123/hr=8/client_id=3386/x.csv",
            "campaign/dt=20261123/client_id=abc/x.csv",
            "campaign/dt=20261123/client_id=/x.csv",
            "a/campaign/dt=20261123/client_id=1/x.csv",
            "campaign/dt=20261123/client_id=1/sub/x.csv",
            "/dt=20261123/client_id=1/x.csv",
        ] {
            assert_eq!(Folder::of_object(key), None, "{key}");
        }
    }

    #[test]
    fn the_folder_of_a_day_has_leading_zeros() {
        assert_eq!(day_folder(date(2026, 1, 2)), "dt=20260102/");
    }
}
