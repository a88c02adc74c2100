//! What fixes a bucket: the documents from scratch, the changes to what is in force, the least rights.

mod changes;
mod forms;
mod permissions;
mod saving;
mod setup;
#[cfg(unix)]
mod shells;
