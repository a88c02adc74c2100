//! A look at the bucket's data: lists only what can show that data flows, within fixed bounds.
//!
//! Four rounds at most: the folders at the top; the days of each table (today, yesterday and two days back, in UTC); the
//! newest folders of each; what a full page of those hid. docs/design/evidence.md has the bounds and why they are so.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use futures_util::StreamExt as _;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::collect::Reader;
use super::object::{algorithm, timestamp};
use super::settings::Sought;
use crate::snapshot::look::{DataFile, Look, TableSeen};
use crate::snapshot::observations::Uploaded;
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;
use crate::vendor::folders::{Folder, day_folder};

/// The most lists of one look.
const MOST_LISTS: usize = 200;
/// The most pages of the top level, 1,000 names each.
const MOST_TOP_PAGES: usize = 10;
/// The days before today whose folders may still get files: mobile events lag by up to 48 hours.
const DAYS_BACK: i64 = 2;
/// How many lists are under way at a time.
const AT_A_TIME: usize = 16;
/// Lists of one table after those of its days.
const LISTS_OF_FOLDERS: usize = 2;

/// What one list is of.
#[derive(Debug, Clone)]
struct Listing {
    prefix: String,
    /// Only keys after this one.
    after: Option<String>,
    /// Whether folders are listed in place of what is in them.
    folders: bool,
}

/// What the lists of one look have shown so far.
struct Progress<'a> {
    reader: &'a Reader<'a>,
    s3: S3,
    lists: usize,
    tables: BTreeMap<String, TableSeen>,
    failures: Vec<ReadFailure>,
    bound: Option<String>,
}

impl Reader<'_> {
    /// Looks for data, and at how the newest file is encrypted.
    pub(super) async fn look(&self, region: &str, sought: &Sought) -> Look {
        let s3 = self.clients.s3(region);
        let mut progress =
            Progress { reader: self, s3, lists: 0, tables: BTreeMap::new(), failures: Vec::new(), bound: None };
        match sought {
            Sought::Tables => progress.tables().await,
            Sought::Below(path) => progress.below(path).await,
        }
        progress.finish().await
    }
}

impl Progress<'_> {
    async fn finish(self) -> Look {
        let at = self.reader.clients.now();
        let tables = self.tables.into_values().filter(|table| table.newest.is_some() || !table.hours.is_empty());
        let mut look =
            Look { at, tables: tables.collect(), failures: self.failures, bound: self.bound, newest_encryption: None };
        if let Some(newest) = look.newest() {
            let head = self.s3.head_object().bucket(self.reader.bucket()).key(&newest.key);
            let call = head.set_expected_bucket_owner(self.reader.owner()).send();
            let answer = self.reader.session.ask(Operation::HeadObject, call).await;
            look.newest_encryption = Some(answer.map(|head| Uploaded {
                etag: head.e_tag,
                version_id: head.version_id,
                algorithm: algorithm(head.server_side_encryption),
                kms_key: head.ssekms_key_id,
                bucket_key: head.bucket_key_enabled,
            }));
        }
        look
    }

    /// Every page below a path, as far as the bound goes.
    async fn below(&mut self, path: &str) {
        let listing = Listing { prefix: path.to_owned(), after: None, folders: false };
        let mut token = None;
        loop {
            if self.lists == MOST_LISTS {
                self.reached(format!("the first {MOST_LISTS} pages below `{path}`"));
                return;
            }
            self.lists += 1;
            let page = match self.list(&listing, token).await {
                Ok(page) => page,
                Err(failure) => return self.failures.push(failure),
            };
            for file in files(&page).filter(|file| file.key != PROBE_KEY && !file.key.ends_with('/')) {
                self.keep(path, file);
            }
            match page.next_continuation_token {
                Some(next) if page.is_truncated == Some(true) => token = Some(next),
                _ => return,
            }
        }
    }

    /// The tables of Event Stream.
    async fn tables(&mut self) {
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
        let listing = Listing { prefix: String::new(), after: None, folders: true };
        let (mut names, mut token) = (Vec::new(), None);
        for _ in 0..MOST_TOP_PAGES {
            self.lists += 1;
            let page = match self.list(&listing, token).await {
                Ok(page) => page,
                Err(failure) => {
                    self.failures.push(failure);
                    return names;
                }
            };
            names.extend(prefixes(&page).map(|prefix| prefix.trim_end_matches('/').to_owned()));
            match page.next_continuation_token {
                Some(next) if page.is_truncated == Some(true) => token = Some(next),
                _ => return names,
            }
        }
        self.reached(format!("the first {MOST_TOP_PAGES} pages of the bucket's top level"));
        names
    }

    /// What lies in the days of each table: hours, or clients.
    async fn days(&mut self, names: &[String], days: &[Date]) -> BTreeMap<String, BTreeSet<Option<(Date, i8)>>> {
        // Newest days first, so that a bound cuts off the oldest; some lists are kept for the folders themselves.
        let listings: Vec<Listing> = days
            .iter()
            .flat_map(|day| names.iter().map(move |name| format!("{name}/{}", day_folder(*day))))
            .map(|prefix| Listing { prefix, after: None, folders: true })
            .collect();
        let kept = LISTS_OF_FOLDERS * names.len().min(MOST_LISTS / 8);
        let mut folders: BTreeMap<String, BTreeSet<Option<(Date, i8)>>> = BTreeMap::new();
        for (_, page) in self.list_all(listings, kept).await {
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
            let newest = hours.iter().next_back().copied().flatten().map(|(date, hour)| Listing {
                prefix: format!("{table}/{}hr={hour:02}/", day_folder(date)),
                after: None,
                folders: false,
            });
            let events = hours.contains(&None).then(|| Listing {
                prefix: format!("{table}/dt="),
                after: Some(format!("{table}/{}", day_folder(oldest))),
                folders: false,
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

    /// A full page shows the first keys, not the newest files: today's folder of those tables is looked at by itself.
    async fn hidden(&mut self, full: &[Listing], today: Date) {
        let (events, others): (Vec<_>, Vec<_>) = full.iter().partition(|listing| listing.after.is_some());
        let again = events.into_iter().map(|listing| {
            let table = listing.prefix.split('/').next().unwrap_or_default();
            Listing { prefix: format!("{table}/{}", day_folder(today)), after: None, folders: false }
        });
        for (listing, page) in self.list_all(again.collect(), 0).await {
            self.keep_all(&page);
            if page.is_truncated == Some(true) {
                self.reached(format!("the first 1,000 files of `{}`", listing.prefix));
            }
        }
        if let Some(listing) = others.first() {
            self.reached(format!("the first 1,000 files of `{}`", listing.prefix));
        }
    }

    /// Makes lists side by side, as many as there are left but for `kept`; the pages that were answered.
    async fn list_all(&mut self, mut listings: Vec<Listing>, kept: usize) -> Vec<(Listing, ListObjectsV2Output)> {
        let left = MOST_LISTS.saturating_sub(self.lists).saturating_sub(kept);
        if listings.len() > left {
            listings.truncate(left);
            self.reached(format!("the most lists of one look, {MOST_LISTS}"));
        }
        self.lists += listings.len();
        let this = &*self;
        let asked = futures_util::stream::iter(listings)
            .map(|listing| async move {
                let page = this.list(&listing, None).await;
                (listing, page)
            })
            .buffered(AT_A_TIME);
        let answers: Vec<_> = asked.collect().await;
        let mut pages = Vec::new();
        for (listing, answer) in answers {
            match answer {
                Ok(page) => pages.push((listing, page)),
                Err(failure) => self.failures.push(failure),
            }
        }
        pages
    }

    async fn list(&self, listing: &Listing, token: Option<String>) -> Result<ListObjectsV2Output, ReadFailure> {
        let call = self
            .s3
            .list_objects_v2()
            .bucket(self.reader.bucket())
            .prefix(&listing.prefix)
            .set_delimiter(listing.folders.then(|| "/".to_owned()))
            .set_start_after(listing.after.clone())
            .set_continuation_token(token)
            .set_expected_bucket_owner(self.reader.owner());
        self.reader.session.ask(Operation::ListObjectsV2, call.send()).await
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

    fn keep(&mut self, table: &str, file: DataFile) {
        let newest = &mut self.table(table).newest;
        if newest.as_ref().is_none_or(|known| known.modified < file.modified) {
            *newest = Some(file);
        }
    }

    fn table(&mut self, name: &str) -> &mut TableSeen {
        self.tables
            .entry(name.to_owned())
            .or_insert_with(|| TableSeen { name: name.to_owned(), ..TableSeen::default() })
    }

    fn reached(&mut self, bound: String) {
        self.bound.get_or_insert(bound);
    }
}

fn prefixes(page: &ListObjectsV2Output) -> impl Iterator<Item = &str> {
    page.common_prefixes.iter().flatten().filter_map(|prefix| prefix.prefix.as_deref())
}

fn files(page: &ListObjectsV2Output) -> impl Iterator<Item = DataFile> {
    page.contents.iter().flatten().filter_map(|object| {
        Some(DataFile {
            key: object.key.clone()?,
            modified: object.last_modified.and_then(timestamp)?,
            size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        })
    })
}
