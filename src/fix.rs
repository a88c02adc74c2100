//! What fixes a bucket: the changes, as documents and as commands to paste. Nothing here applies anything.

mod advice;
pub mod changes;
mod edit;
mod gain;
mod leftovers;
mod mend;
pub mod permissions;

mod respell;
pub mod settings;
pub mod setup;
pub mod terraform;
