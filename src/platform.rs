//! The browser underneath: the only place for clock, timers, random ids, storage and visibility, for the address and for how
//! times are said.

pub mod address;
pub mod locale;
