//! One side of a comparison: a report of this run, or one that was kept as JSON.

use serde::Deserialize;
use serde_json::Value;

use crate::report::{Baseline, CheckResult, Earlier, Report, Status};

/// A judgement, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The bucket.
    pub bucket: String,
    /// What the configuration calls the connection, where it does.
    pub name: Option<String>,
    /// `joint`, `event-stream` or `data-exporter`.
    pub variant: String,
    /// When it was made, in RFC 3339, where it says so.
    pub at: Option<String>,
    /// Its checks, in its own order.
    pub checks: Vec<StoredCheck>,
}

/// A check of a report that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredCheck {
    /// Its id, which this version may not know.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether the verdict needed it.
    pub required: bool,
    /// Its status.
    pub status: Status,
    /// What it said.
    pub message: String,
}

/// Why a file is not a report, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidReport(String);

#[derive(Deserialize)]
struct Stored {
    schema: String,
    subject: StoredSubject,
    run: Option<StoredRun>,
    checks: Vec<StoredCheck>,
}

#[derive(Deserialize)]
struct StoredSubject {
    bucket: String,
    name: Option<String>,
    variant: String,
}

#[derive(Deserialize)]
struct StoredRun {
    at: Option<String>,
}

impl Side {
    /// The side of a report of this run.
    pub(crate) fn of_report(report: &Report) -> Self {
        let check = |check: &CheckResult| StoredCheck {
            id: check.id.to_string(),
            title: check.title.clone(),
            required: check.required,
            status: check.status,
            message: check.message.clone(),
        };
        Self {
            bucket: report.subject.bucket.clone(),
            name: report.subject.name.clone(),
            variant: report.subject.variant.to_owned(),
            at: None,
            checks: report.checks.iter().map(check).collect(),
        }
    }

    /// Reads what `--format json` printed: the report of one bucket (`stc-check/report/1`), or of several
    /// (`stc-check/reports/1`).
    ///
    /// # Errors
    /// Names the path of the first field that is not as those forms have it.
    pub fn read(document: &Value) -> Result<Vec<Self>, InvalidReport> {
        match document.get("schema").and_then(Value::as_str) {
            Some("stc-check/report/1") => Ok(vec![Self::read_one(document, "")?]),
            Some("stc-check/reports/1") => {
                let reports = document.get("reports").and_then(Value::as_array);
                let reports = reports.ok_or_else(|| InvalidReport("reports: expected a list of reports".to_owned()))?;
                let numbered = reports.iter().enumerate();
                numbered.map(|(index, report)| Self::read_one(report, &format!("reports[{index}]."))).collect()
            }
            Some(other) => Err(InvalidReport(format!("schema: `{other}` is not a report of stc-check"))),
            None => Err(InvalidReport("schema: is missing".to_owned())),
        }
    }

    fn read_one(document: &Value, place: &str) -> Result<Self, InvalidReport> {
        let stored: Stored = serde_path_to_error::deserialize(document)
            .map_err(|error| InvalidReport(format!("{place}{}: {}", error.path(), error.inner())))?;
        if stored.schema != "stc-check/report/1" {
            return Err(InvalidReport(format!("{place}schema: `{}` is not `stc-check/report/1`", stored.schema)));
        }
        let StoredSubject { bucket, name, variant } = stored.subject;
        Ok(Self { bucket, name, variant, at: stored.run.and_then(|run| run.at), checks: stored.checks })
    }

    /// The report, with what this side says of each check: its exit code is then about what became worse.
    #[must_use]
    pub fn as_baseline_of(&self, mut report: Report) -> Report {
        for check in &mut report.checks {
            check.baseline = Some(Earlier { status: self.check(check.id.as_str()).map(|earlier| earlier.status) });
        }
        report.baseline = Some(Baseline { at: self.at.as_ref().and_then(|at| at.parse().ok()) });
        report
    }

    /// A check by its id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&StoredCheck> {
        self.checks.iter().find(|check| check.id == id)
    }
}
