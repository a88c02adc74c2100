//! The tables of Event Stream, from the top of the bucket to the newest folders.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Listing, MOST_LISTS, Progress, files};
use crate::vendor::folders::{Folder, day_folder};

/// The most pages of the top level, 1,000 names each.
const MOST_TOP_PAGES: usize = 10;
/// The days before today whose folders may still get files: mobile events lag by up to 48 hours.
const DAYS_BACK: i64 = 2;
/// Lists of one table after those of its days.
const LISTS_OF_FOLDERS: usize = 2;

impl Progress<'_> {
    /// The tables of Event Stream.
    pub(super) async fn tables(&mut self) {
        let names = self.top_level().await;
        let today = Offset::UTC.to_datetime(self.reader.clients.now()).date();
        let days: Vec<Date> =
            (0..=DAYS_BACK).filter_map(|back| today.checked_sub(Span::new().days(back)).ok()).collect();
        let folders = self.days(&names, &days).await;
        let oldest = days.last().copied().unwrap_or(today);
        let full = self.newest_folders(&folders, oldest).await;
        self.hidden(&full, today).await;
    }

    /// The folders at the top of the bucket.
    async fn top_level(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        let keep = |_: &mut Self, page: &ListObjectsV2Output| {
            names.extend(prefixes(page).map(|prefix| prefix.trim_end_matches('/').to_owned()));
        };
        if !self.each_page(&Listing::folders(String::new()), MOST_TOP_PAGES, keep).await {
            self.reached(format!("the first {MOST_TOP_PAGES} pages of the bucket's top level"));
        }
        names
    }

    /// What lies in the days of each table: hours, or clients.
    async fn days(&mut self, names: &[String], days: &[Date]) -> BTreeMap<String, BTreeSet<Option<(Date, i8)>>> {
        // Newest days first, so that a bound cuts off the oldest; some lists are kept for the folders themselves.
        let listings: Vec<Listing> = days
            .iter()
            .flat_map(|day| names.iter().map(move |name| format!("{name}/{}", day_folder(*day))))
            .map(Listing::folders)
            .collect();
        let kept = LISTS_OF_FOLDERS * names.len().min(MOST_LISTS / 8);
        let mut folders: BTreeMap<String, BTreeSet<Option<(Date, i8)>>> = BTreeMap::new();
        for (listing, page) in self.list_all(listings, kept).await {
            if page.is_truncated == Some(true) {
                self.reached(format!("the first 1,000 names in `{}`", listing.prefix));
            }
            for prefix in prefixes(&page) {
                let prefix = prefix.trim_end_matches('/');
                let (above, last) = prefix.rsplit_once('/').unwrap_or((prefix, ""));
                let folder =
                    if last.starts_with("client_id=") { Folder::of_prefix(above) } else { Folder::of_prefix(prefix) };
                if let Some(folder) = folder {
                    let hour = folder.hour.map(|hour| (folder.date, hour));
                    folders.entry(folder.table.to_owned()).or_default().insert(hour);
                    self.table(folder.table).hours.extend(hour);
                }
            }
        }
        folders
    }

    /// The files of the newest hour of each lookup table, and of the last days of every other. Says which pages were full.
    async fn newest_folders(
        &mut self,
        folders: &BTreeMap<String, BTreeSet<Option<(Date, i8)>>>,
        oldest: Date,
    ) -> Vec<Listing> {
        let listings = folders.iter().flat_map(|(table, hours)| {
            let newest = hours.iter().next_back().copied().flatten();
            let newest =
                newest.map(|(date, hour)| Listing::files(format!("{table}/{}hr={hour:02}/", day_folder(date))));
            let events = hours.contains(&None).then(|| Listing {
                after: Some(format!("{table}/{}", day_folder(oldest))),
                ..Listing::files(format!("{table}/dt="))
            });
            [newest, events].into_iter().flatten()
        });
        let mut full = Vec::new();
        for (listing, page) in self.list_all(listings.collect(), 0).await {
            self.keep_all(&page);
            if page.is_truncated == Some(true) {
                full.push(listing);
            }
        }
        full
    }

    /// A full page shows the first keys, not the newest files: today's folder of the event tables is looked at by itself.
    /// Whatever is not new there may still be so in what no page showed.
    async fn hidden(&mut self, full: &[Listing], today: Date) {
        let events = full.iter().filter(|listing| listing.after.is_some());
        let again = events.map(|listing| {
            let table = listing.prefix.split('/').next().unwrap_or_default();
            Listing::files(format!("{table}/{}", day_folder(today)))
        });
        for (_, page) in self.list_all(again.collect(), 0).await {
            self.keep_all(&page);
        }
        if let Some(listing) = full.first() {
            self.reached(format!("the first 1,000 files of `{}`", listing.prefix));
        }
    }

    fn keep_all(&mut self, page: &ListObjectsV2Output) {
        for file in files(page) {
            if let Some(folder) = Folder::of_object(&file.key) {
                let (table, hour) = (folder.table.to_owned(), folder.hour.map(|hour| (folder.date, hour)));
                self.table(&table).hours.extend(hour);
                self.keep(&table, file);
            }
        }
    }
}

fn prefixes(page: &ListObjectsV2Output) -> impl Iterator<Item = &str> {
    page.common_prefixes.iter().flatten().filter_map(|prefix| prefix.prefix.as_deref())
}
