//! Dictation into the composer: what is being said stands above the field, and goes into it once the browser is sure of it. It ends
//! with Escape, with its button, and when the field is left for another thread.

use std::rc::Rc;

use leptos::prelude::*;

use super::conversation::composer::Writing;
use crate::components::{IconButton, effect};
use crate::i18n::{language, words};
use crate::platform::languages;
use crate::platform::speech::{self, Heard};
use crate::settings::{keep, kept};
use crate::signal::State;
use crate::views::keys::focus_first;

/// Somebody said yes to what a browser may do with the sound.
const AGREED_KEY: &str = "natter.dictation";
/// In which language somebody dictated last.
const LANGUAGE_KEY: &str = "natter.dictation-language";

/// Where it stands.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// Nobody was asked yet.
    Question,
    /// It listens; with what may still become other words.
    Listening(String),
    /// It does not, and why.
    Over(String),
}

/// The panel over the composer.
#[component]
pub fn Dictation(writing: Writing) -> impl IntoView {
    let stage = State::new(Stage::Question);
    let tag = State::new(kept(LANGUAGE_KEY).unwrap_or_else(|| spoken().swap_remove(0)));
    let running = StoredValue::new_local(None::<speech::Dictation>);
    let stop = move || drop(running.try_update_value(Option::take));
    let begin = move || {
        stop();
        stage.set(Stage::Listening(String::new()));
        let hear = move |heard: Heard| match heard {
            Heard::Interim(said) => drop(stage.try_set(Stage::Listening(said))),
            Heard::Final(said) => {
                // Between what is there and what is said; Chinese has none.
                let gap = if writing.needs_gap() { " " } else { "" };
                writing.insert([gap, said.trim()].concat());
            }
            Heard::Error(why) => drop(stage.try_set(Stage::Over(say(&why)))),
            Heard::Ended => {
                let listened = stage.try_with_untracked(|stage| matches!(stage, Stage::Listening(_)));
                if listened == Some(true) {
                    stage.set(Stage::Over(words().dictation_over().to_owned()));
                }
            }
        };
        let begun = speech::Dictation::begin(&tag.get_untracked(), Rc::new(hear));
        if begun.is_none() {
            stage.set(Stage::Over(words().no_dictation().to_owned()));
        }
        running.set_value(begun);
    };
    on_cleanup(stop);
    if kept(AGREED_KEY).is_some() {
        begin();
    }
    effect(move || {
        if stage.with(|stage| *stage == Stage::Question) {
            focus_first(".dictation .button");
        }
    });
    let agree = move |_| {
        keep(AGREED_KEY, "yes");
        begin();
        writing.focus();
    };
    let choose = move |event: leptos::ev::Event| {
        let chosen = event_target_value(&event);
        keep(LANGUAGE_KEY, &chosen);
        tag.set(chosen);
        begin();
    };
    let inside = move || {
        match stage.get() {
        Stage::Question => view! {
            <p>{words().dictation_question()}</p>
            <div class="dictation__ways">
                <button type="button" class="button button--primary" on:click=agree>{words().dictate()}</button>
                <button type="button" class="button" on:click=move |_| writing.stop_dictation()>{words().not_now()}</button>
            </div>
        }
        .into_any(),
        Stage::Listening(said) => {
            let said = if said.is_empty() { words().listening().to_owned() } else { said };
            view! { <p class="dictation__interim" dir="auto">{said}</p> }.into_any()
        }
        Stage::Over(why) => view! {
            <p role="alert">{why}</p>
            <div class="dictation__ways">
                <button type="button" class="button" on:click=move |_| begin()>{words().retry()}</button>
            </div>
        }
        .into_any(),
    }
    };
    let options = move || {
        let option = |known: String| {
            let name = languages::name(&known, language().tag());
            let chosen = known == tag.get_untracked();
            view! { <option value=known selected=chosen>{name}</option> }
        };
        spoken().into_iter().map(option).collect::<Vec<_>>()
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            writing.stop_dictation();
        }
    };
    view! {
        <div class="menu dictation" role="dialog" aria-label=words().dictate() on:keydown=key>
            <div class="dictation__head">
                <select class="field__input" aria-label=words().dictation_language() on:change=choose>{options}</select>
                <IconButton icon="close" label=words().stop_dictating() on_press=move || writing.stop_dictation() />
            </div>
            {inside}
        </div>
    }
}

/// What somebody may speak here: the language of the screen, those that the browser asks for, and those of the app.
fn spoken() -> Vec<String> {
    let page = match language().tag() {
        // As the engines call them.
        "zh-Hans" => "zh-CN",
        "zh-Hant" => "zh-TW",
        other => other,
    };
    let wished = window().navigator().languages();
    let wished = wished.iter().filter_map(|tag| tag.as_string());
    let mut tags: Vec<String> = Vec::new();
    for tag in kept(LANGUAGE_KEY).into_iter().chain([page.to_owned()]).chain(wished) {
        crate::model::sorted::insert_once(&mut tags, &tag);
    }
    for tag in ["en-US", "en-GB", "zh-CN", "zh-TW", "zh-HK"] {
        crate::model::sorted::insert_once(&mut tags, &tag.to_owned());
    }
    tags
}

fn say(why: &str) -> String {
    match why {
        "not-allowed" | "service-not-allowed" => words().no_microphone().to_owned(),
        "audio-capture" => words().no_sound().to_owned(),
        "network" => words().fail_unreachable().to_owned(),
        "no-speech" => words().nothing_heard().to_owned(),
        other => words().dictation_failed().with(&[other]),
    }
}
