//! What fixes a bucket: the changes, as documents and as commands to paste. Nothing here applies anything.

mod applicable;
pub mod changes;
mod edit;
mod escalation;
mod fixes;
mod lists;
pub mod markdown;
mod no_fix;
mod normalize;
mod notes;
pub mod permissions;
mod placeholders;
mod plan;
mod saveable;
mod search;
pub mod settings;
pub mod setup;
pub mod terraform;
mod unfixable;
