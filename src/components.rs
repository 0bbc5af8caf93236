//! Small pieces: values in, callbacks out. They know neither the store nor the place.

#![allow(missing_docs, reason = "a prop says by its name what it is; what it does not say is said at it")]

pub mod avatar;
pub mod banner;
pub mod button;
pub mod dialog;
pub mod effect;
pub mod field;
pub mod icon;
pub mod keyboard;
pub mod menu;

pub use avatar::Avatar;
pub use banner::Banner;
pub use button::IconButton;
pub use dialog::{Dialog, by_touch, close_dialog};
pub use effect::effect;
pub use field::{Field, Segments, TextField};
pub use icon::{Brand, Icon};
pub use keyboard::command_key;
pub use menu::{Menu, MenuItem, pixels};
