//! Reading a policy document: any text either parses or is refused with a message, and reading it again says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stc_check::policy::{Document, DocumentKind};

fuzz_target!(|text: &str| {
    for kind in [DocumentKind::Bucket, DocumentKind::Key] {
        let read = Document::parse(text, kind);
        if let Err(refusal) = &read {
            assert!(!refusal.to_string().is_empty());
        }
        assert_eq!(read, Document::parse(text, kind));
    }
});
