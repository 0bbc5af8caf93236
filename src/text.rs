//! What people wrote, from text to elements: never an HTML string into the page.
//!
//! [`links`] finds addresses in plain text; [`markdown`] turns what the composer's "Aa" offers into HTML for the service;
//! [`sanitise`] decides what of other people's HTML may be shown; [`render`] makes elements of both, and is the only part
//! that knows the browser.

pub mod links;
pub mod markdown;
pub mod render;
pub mod sanitise;
