//! The renderers: one form of the report a file. None decides anything; what they print is in [`crate::report`].

pub mod combined;
mod excerpt;
pub mod explanation;
pub mod html;
pub mod json;
pub mod junit;
mod layout;
pub mod markdown;
mod particulars;
pub mod sarif;
mod sheet;
pub mod text;
mod words;
