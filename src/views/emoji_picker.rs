//! All emoji: searched by their names, kind by kind, in a skin tone. The focus moves through the grid with the arrows; Enter takes one,
//! Escape goes back to the field.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::conversation::composer::Writing;
use super::emoji;
use crate::components::{by_touch, effect};
use crate::i18n::words;
use crate::model::emoji::{Emoji, EmojiList, in_tone};
use crate::signal::State;

/// The kinds, each by one of it: those used last, and the groups of Unicode.
const KINDS: [(&str, Option<u8>); 10] = [
    ("🕘", None),
    ("🙂", Some(0)),
    ("👋", Some(1)),
    ("🌿", Some(3)),
    ("🍜", Some(4)),
    ("🚃", Some(5)),
    ("⚽", Some(6)),
    ("💡", Some(7)),
    ("🔣", Some(8)),
    ("🏁", Some(9)),
];

/// As many as stand in a line, as the style has it.
const ACROSS: usize = 8;

/// What a search shows at most.
const FOUND: usize = 64;

/// The picker.
#[component]
pub fn EmojiPicker(writing: Writing) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let (listed, failed) = (State::new(emoji::list().is_some()), State::new(false));
    let kind = State::new(usize::from(emoji::list().is_none_or(|list| emoji::recent(list).is_empty())));
    let typed = State::new(String::new());
    let tone = State::new(emoji::tone());
    let marked = State::new(None::<Emoji>);
    spawn_local(async move {
        let came = emoji::load().await;
        // Closed again meanwhile.
        if !listed.is_disposed() {
            listed.set(came);
            failed.set(!came);
        }
    });
    effect(move || {
        if node.get().is_some() && !by_touch() {
            focus(node, "input");
        }
    });
    // A press anywhere else closes it.
    let elsewhere = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let inside = target.is_some_and(|target| {
            target.closest(".emoji-picker, .composer__tools").is_ok_and(|found| found.is_some())
        });
        if !inside {
            writing.close_picker();
        }
    });
    on_cleanup(move || elsewhere.remove());
    let take = move |emoji: Emoji| {
        writing.close_picker();
        writing.insert(emoji::used(&emoji));
    };
    let shown = move || {
        let _ = listed.get();
        let Some(list) = emoji::list() else { return Vec::new() };
        let typed = typed.get();
        if typed.trim().is_empty() { of_kind(list, KINDS[kind.get()].1) } else { list.like(&typed, FOUND) }
    };
    let button = move |(at, emoji): (usize, Emoji)| {
        let mark = move || marked.set(Some(emoji));
        view! {
            <button
                type="button"
                aria-label=emoji.name
                tabindex=if at == 0 { "0" } else { "-1" }
                on:focus=move |_| mark()
                on:pointerenter=move |_| mark()
                on:click=move |_| take(emoji)
            >
                {emoji.in_tone(tone.get_untracked())}
            </button>
        }
        .into_any()
    };
    let grid = move || {
        let _ = tone.get();
        let shown = shown();
        if shown.is_empty() {
            let note = match (failed.get(), typed.with(String::is_empty)) {
                (true, _) => words().emoji_failed(),
                (false, false) if listed.get() => words().emoji_none(),
                _ => "",
            };
            return view! { <p class="emoji-picker__note">{note}</p> }.into_any();
        }
        let buttons: Vec<_> = shown.into_iter().enumerate().map(button).collect();
        view! { <div class="emoji-picker__grid">{buttons}</div> }.into_any()
    };
    let heading = move || {
        if typed.with(|typed| typed.trim().is_empty()) {
            of_list(words().emoji_group_names(), kind.get())
        } else {
            words().emoji_found()
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        let in_search = focused_in(".emoji-picker__search");
        match event.key().as_str() {
            "Escape" => writing.close_picker(),
            "Enter" if in_search => {
                if let Some(first) = untrack(shown).first() {
                    take(*first);
                }
            }
            "ArrowDown" if in_search => focus(node, ".emoji-picker__grid button"),
            "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" if !in_search => {
                if !step(&event.key()) {
                    return;
                }
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let tab = move |(at, (sign, _)): (usize, (&'static str, Option<u8>))| {
        view! {
            <button
                type="button"
                role="tab"
                aria-label=of_list(words().emoji_group_names(), at)
                title=of_list(words().emoji_group_names(), at)
                aria-selected=move || if kind.get() == at { "true" } else { "false" }
                aria-controls="emoji-grid"
                tabindex=move || if kind.get() == at { "0" } else { "-1" }
                on:click=move |_| {
                    typed.set(String::new());
                    kind.set(at);
                }
            >
                {sign}
            </button>
        }
        .into_any()
    };
    let tones = move |at: u8| {
        view! {
            <button
                type="button"
                role="radio"
                aria-label=of_list(words().emoji_tones(), usize::from(at))
                title=of_list(words().emoji_tones(), usize::from(at))
                aria-checked=move || if tone.get() == at { "true" } else { "false" }
                tabindex=move || if tone.get() == at { "0" } else { "-1" }
                on:click=move |_| {
                    emoji::set_tone(at);
                    tone.set(at);
                }
            >
                {in_tone("✋", at)}
            </button>
        }
        .into_any()
    };
    let name =
        move || marked.get().map(|emoji| [emoji.name, " :", emoji.short, ":"].concat()).unwrap_or_default();
    view! {
        <div class="menu emoji-picker" role="dialog" aria-label=words().emoji() node_ref=node on:keydown=key>
            <div class="emoji-picker__search">
                <input
                    class="field__input"
                    type="search"
                    dir="auto"
                    autocomplete="off"
                    placeholder=words().emoji_search()
                    aria-label=words().emoji_search()
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
            </div>
            <div class="emoji-picker__kinds" role="tablist" aria-label=words().emoji_kinds()>
                {KINDS.into_iter().enumerate().map(tab).collect::<Vec<_>>()}
            </div>
            <div class="emoji-picker__scroll" role="tabpanel" id="emoji-grid" aria-label=heading>
                <h2 class="emoji-picker__label">{heading}</h2>
                {grid}
            </div>
            <div class="emoji-picker__foot">
                <span class="emoji-picker__name" dir="auto">{name}</span>
                <span class="emoji-picker__tones" role="radiogroup" aria-label=words().emoji_tone()>
                    {(0..=5).map(tones).collect::<Vec<_>>()}
                </span>
            </div>
        </div>
    }
}

/// One of several names in a row.
fn of_list(names: &'static str, at: usize) -> &'static str {
    names.split('/').nth(at).unwrap_or_default()
}

fn of_kind(list: EmojiList, group: Option<u8>) -> Vec<Emoji> {
    match group {
        Some(group) => list.iter().filter(|emoji| emoji.group == group).collect(),
        None => emoji::recent(list),
    }
}

fn focus(node: NodeRef<html::Div>, selector: &str) {
    let found = node.get_untracked().and_then(|node| node.query_selector(selector).ok().flatten());
    if let Some(found) = found {
        let _ = found.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}

fn focused_in(selector: &str) -> bool {
    document()
        .active_element()
        .is_some_and(|focused| focused.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Moves the focus among the buttons of the part that has it. Up from the first line leads to the search.
fn step(key: &str) -> bool {
    let Some(focused) = document().active_element() else { return false };
    let Some(part) = focused.parent_element() else { return false };
    let buttons = part.children();
    let count = buttons.length() as usize;
    let in_grid = part.class_name() == "emoji-picker__grid";
    let Some(at) =
        (0..count).find(|at| buttons.item(u32::try_from(*at).unwrap_or_default()).as_ref() == Some(&focused))
    else {
        return false;
    };
    let next = match key {
        "ArrowRight" => at + 1,
        "ArrowLeft" => at.wrapping_sub(1),
        "ArrowDown" if in_grid => at + ACROSS,
        "ArrowUp" if in_grid && at < ACROSS => {
            crate::views::keys::focus_first(".emoji-picker__search input");
            return true;
        }
        "ArrowUp" if in_grid => at - ACROSS,
        _ => return false,
    };
    if let Some(next) = u32::try_from(next).ok().and_then(|next| buttons.item(next)) {
        let next = next.unchecked_into::<web_sys::HtmlElement>();
        let _ = next.focus();
        // A tab or a tone is chosen with the focus.
        if !in_grid {
            next.click();
        }
    }
    true
}
