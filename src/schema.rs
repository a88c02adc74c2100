//! The JSON Schemas of what the tool writes and reads, for programs on the other side.
//!
//! They are generated from the types; a test keeps the files equal to them.

/// Of `--format json`: `stc-check/report/1`.
pub const REPORT: &str = include_str!("../schema/report-1.json");

/// Of `--format json` for several buckets: `stc-check/reports/1`.
pub const REPORTS: &str = include_str!("../schema/reports-1.json");

/// Of `--save-snapshot` and `--snapshot`: `stc-check/snapshot/1`.
pub const SNAPSHOT: &str = include_str!("../schema/snapshot-1.json");

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// On a difference the new schema is left beside the build, to be looked at and copied.
    fn is_kept(kept: &str, name: &str, generated: &Value) {
        let generated = format!("{generated:#}\n");
        if kept != generated {
            let path = format!("{}/target/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::create_dir_all(format!("{}/target", env!("CARGO_MANIFEST_DIR"))).unwrap();
            std::fs::write(&path, generated).unwrap();
            panic!("schema/{name} is not what the types say: see {path}");
        }
    }

    #[test]
    fn the_report_s_schema_is_that_of_its_types() {
        is_kept(REPORT, "report-1.json", &crate::render::json::schema());
    }

    #[test]
    fn the_schema_of_several_reports_is_that_of_their_types() {
        is_kept(REPORTS, "reports-1.json", &crate::render::json::schema_of_several());
    }

    #[test]
    fn the_snapshot_s_schema_is_that_of_its_types() {
        is_kept(SNAPSHOT, "snapshot-1.json", &crate::snapshot::schema());
    }
}
