//! A person's initial on a quiet tint.

use leptos::prelude::*;

/// An avatar: the initial and the hue (1 to 7) that the model gives a person. The name is always beside it, so it is hidden from
/// screen readers.
#[component]
pub fn Avatar(initial: String, hue: u8, #[prop(optional)] small: bool) -> impl IntoView {
    const CLASSES: [&str; 7] = [
        "avatar avatar--1",
        "avatar avatar--2",
        "avatar avatar--3",
        "avatar avatar--4",
        "avatar avatar--5",
        "avatar avatar--6",
        "avatar avatar--7",
    ];
    let class = CLASSES[usize::from(hue.clamp(1, 7)) - 1];
    view! { <span class=class class:avatar--small=small aria-hidden="true">{initial}</span> }
}
