//! One file a command.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod dev;
pub(crate) mod emoji;
pub(crate) mod moods;
pub(crate) mod serve;
pub(crate) mod sim;
pub(crate) mod test;
