//! Whole journeys: the app as it is served, the service as it is run, a browser a person.
//!
//! `cargo xtask test --only e2e` builds what is needed and says where it is. Reading order: [`journey`] tells
//! the story, [`first_sight`] looks at its beginning on every screen, [`skeleton`] at the first moment, [`together`] at what is
//! seen at once, [`writing`] at what can be done with words, [`typing`] at input methods, [`hostile`] at words that mean harm,
//! [`trouble`] at what goes wrong, [`torture`] at what goes wrong again and again, [`appearance`] at every way to draw it, [`by_keyboard`] at what there is without a mouse,
//! [`important`] at what is marked as important,
//! [`assistant`] at what is asked and answered, [`language`] at translation and speech, [`in_the_page`] at what the page around the app hears,
//! [`offline`] at what there is without a network and at new versions, [`polite`] at how much is asked, [`elsewhere`] at other
//! hosts, [`official_sdk`] at other clients; [`measured`] is for `cargo xtask bench`; [`pages`] knows where things are on the
//! screen, [`support`] starts and watches everything.

mod appearance;
mod assistant;
mod by_keyboard;
mod elsewhere;
mod first_sight;
mod hostile;
mod important;
mod in_the_page;
mod journey;
mod language;
mod measured;
mod official_sdk;
mod offline;
mod operator;
mod pages;
mod polite;
mod skeleton;
mod support;
mod together;
mod torture;
mod trouble;
mod typing;
mod writing;
