//! A look at the bucket's data: lists only what can show that data flows, within fixed bounds.
//!
//! Four rounds at most: the folders at the top; the days of each table (today, yesterday and two days back, in UTC); the
//! newest folders of each; what a full page of those hid. docs/design/evidence.md has the bounds and why they are so.

use std::collections::BTreeMap;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use futures_util::StreamExt as _;

mod tables;

use super::object::{timestamp, uploaded};
use super::reader::Reader;
use super::settings::Sought;
use crate::snapshot::observations::{DataFile, Look, TableSeen, Uploaded};
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

/// The most lists of one look.
const MOST_LISTS: usize = 200;
/// How many lists are under way at a time.
const AT_A_TIME: usize = 16;

/// What one list is of.
#[derive(Debug, Clone)]
struct Listing {
    prefix: String,
    /// Only keys after this one.
    after: Option<String>,
    /// Whether folders are listed in place of what is in them.
    folders: bool,
}

impl Listing {
    fn files(prefix: String) -> Self {
        Self { prefix, after: None, folders: false }
    }

    fn folders(prefix: String) -> Self {
        Self { prefix, after: None, folders: true }
    }
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
    /// Looks for data.
    pub(super) async fn look(&self, region: &str, sought: &Sought) -> Look {
        let s3 = self.clients.s3(region);
        let mut progress =
            Progress { reader: self, s3, lists: 0, tables: BTreeMap::new(), failures: Vec::new(), bound: None };
        match sought {
            Sought::Tables => progress.tables().await,
            Sought::Below(path) => progress.below(path).await,
        }
        progress.finish()
    }

    /// How the newest file of a look is encrypted, where there is one.
    pub(super) async fn newest_encryption(&self, region: &str, look: &Look) -> Option<Result<Uploaded, ReadFailure>> {
        let newest = look.newest()?;
        let head = self.clients.s3(region).head_object().bucket(self.bucket()).key(&newest.key);
        let answer = self.session.ask(Operation::HeadObject, head.set_expected_bucket_owner(self.owner()).send()).await;
        Some(answer.map(|head| uploaded!(head)))
    }
}

impl Progress<'_> {
    fn finish(self) -> Look {
        let at = self.reader.clients.now();
        let tables = self.tables.into_values().filter(|table| table.newest.is_some() || !table.hours.is_empty());
        Look { at, tables: tables.collect(), failures: self.failures, bound: self.bound, newest_encryption: None }
    }

    /// Every page below a path, as far as the bound goes.
    async fn below(&mut self, path: &str) {
        let keep = |this: &mut Self, page: &ListObjectsV2Output| {
            for file in files(page).filter(|file| file.key != PROBE_KEY && !file.key.ends_with('/')) {
                this.keep(path, file);
            }
        };
        if !self.each_page(&Listing::files(path.to_owned()), MOST_LISTS, keep).await {
            self.reached(format!("the first {MOST_LISTS} pages below `{path}`"));
        }
    }

    /// Lists page after page; false where there are more pages than so many.
    async fn each_page(
        &mut self,
        listing: &Listing,
        most: usize,
        mut keep: impl FnMut(&mut Self, &ListObjectsV2Output),
    ) -> bool {
        let mut token = None;
        for _ in 0..most {
            self.lists += 1;
            let page = match self.list(listing, token).await {
                Ok(page) => page,
                Err(failure) => {
                    self.failures.push(failure);
                    return true;
                }
            };
            keep(self, &page);
            match page.next_continuation_token {
                Some(next) if page.is_truncated == Some(true) => token = Some(next),
                _ => return true,
            }
        }
        false
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

fn files(page: &ListObjectsV2Output) -> impl Iterator<Item = DataFile> {
    page.contents.iter().flatten().filter_map(|object| {
        Some(DataFile {
            key: object.key.clone()?,
            modified: object.last_modified.and_then(timestamp)?,
            size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        })
    })
}
