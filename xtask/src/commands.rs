//! One file a command.

pub(crate) mod bench;
pub(crate) mod dev;
pub(crate) mod page;
pub(crate) mod serve;
pub(crate) mod test;
