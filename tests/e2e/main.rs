//! Whole journeys: the app as it is served, the service as it is run, a browser a person.
//!
//! `cargo xtask test --only e2e` builds what is needed and says where it is. Reading order: [`journey`] tells
//! the story, [`first_sight`] looks at its beginning on every screen, [`together`] at what is seen at once, [`trouble`] at what goes
//! wrong, [`offline`] at what there is without a network and at new versions, [`elsewhere`] at other hosts, [`official_sdk`] at
//! other clients, [`skeleton`] at the first moment; [`pages`] knows where things are on the screen, [`support`] starts and watches everything.

mod elsewhere;
mod first_sight;
mod journey;
mod official_sdk;
mod offline;
mod pages;
mod skeleton;
mod support;
mod together;
mod trouble;
