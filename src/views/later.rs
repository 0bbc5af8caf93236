//! Parts of the screen whose code is not in the first load: dialogs, the panel at the right, and all of the assistant.
//!
//! A build for release puts what only `build` reaches into a file of its own (`cfg(split)`, see `xtask/src/app/code.rs`). It is
//! fetched once what was opened is on the screen, which the notice of a new version sees to, so that it is there before anybody asks
//! for it, also when the network then goes. In any other build it is a plain function.

use acs_chat::ThreadId;
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;

use super::assistant::{self, AssistantPanel, PostedAnswer};
use super::conversation::composer::Writing;
use super::details::Details;
use super::dialogs::dialog;
use super::dialogs::new_thread::NewThread;
use super::dictation::Dictation;
use super::emoji_picker::EmojiPicker;
use super::mood::MoodMark;
use super::operator::OperatorPage;
use super::reading;
use super::screen::{OpenDialog, Panel, Screen};
use super::translation::Asked;
use super::translation::shown::{TranslateThread, Translation};
use super::update::UpdateNotice;
use crate::components::effect;
use crate::i18n::say_error;
use crate::model::rows::ActionError;
use crate::place::{CurrentPlace, Place};
use crate::signal::State;
use crate::store::ClientMessageId;

/// What comes later.
#[derive(Clone, Debug)]
pub enum Part {
    /// The panel of a thread.
    Details(ThreadId),
    /// The assistant beside a thread.
    Assistant(ThreadId),
    /// The answer to a question that was asked in a thread.
    Answer(ClientMessageId),
    /// A dialog.
    Dialog(OpenDialog),
    /// The dialog of a new thread, before the thread that was open.
    NewThread(Option<ThreadId>),
    /// All emoji, for the field that is written in.
    Emoji(Box<Writing>),
    /// What a message that says this sounds like.
    Mood(String),
    /// The translation of a message.
    Translation(Box<Asked>),
    /// Whether a thread is translated as it comes.
    TranslateThread(ThreadId),
    /// Dictation into the field that is written in.
    Dictation(Box<Writing>),
    /// The operator's page.
    Operator,
    /// The notice of a new version, which nobody asked for.
    UpdateNotice,
}

/// A part, as soon as its code is here. When that cannot be fetched, a toast says so, and asking again tries again.
#[component]
pub fn Later(part: Part) -> impl IntoView {
    let (screen, place) = (Screen::expect(), CurrentPlace::expect());
    let built = StoredValue::new_local(None::<AnyView>);
    let ready = State::new(false);
    let asked = part.clone();
    let by_itself = matches!(part, Part::UpdateNotice | Part::Details(_) | Part::Assistant(_));
    let build = ScopedFuture::new_untracked(split::build(part));
    let mut load = Some(async move {
        let loaded = split::load().await.is_ok();
        // Closed again while it was fetched: then there is nothing to build it in.
        if ready.is_disposed() {
            return;
        }
        if !loaded {
            match asked {
                Part::Details(_) => screen.panel.set(Panel::Closed),
                Part::Assistant(_) => screen.asks.set(false),
                Part::Dialog(_) => screen.dialog.set(None),
                Part::NewThread(behind) => place.replace(behind.map_or(Place::Threads, Place::thread)),
                Part::Emoji(writing) => writing.close_picker(),
                Part::Dictation(writing) => writing.stop_dictation(),
                Part::Translation(asked) => screen.translations.forget(&asked),
                Part::UpdateNotice | Part::Answer(_) | Part::TranslateThread(_) | Part::Mood(_) => return,
                Part::Operator => place.replace(Place::Threads),
            }
            screen.toast(&say_error(&ActionError::NoConnection));
            return;
        }
        built.set_value(build.await.ok());
        ready.set(true);
    });
    effect(move || {
        let its_turn = !by_itself || screen.settled.get();
        if let Some(load) = its_turn.then(|| load.take()).flatten() {
            spawn_local(load);
        }
    });
    move || ready.get().then(|| built.try_update_value(Option::take).flatten()).flatten()
}

fn build(part: Part) -> AnyView {
    match part {
        Part::Details(thread) => view! { <Details thread /> }.into_any(),
        Part::Assistant(thread) => view! { <AssistantPanel thread /> }.into_any(),
        Part::Answer(asked) => view! { <PostedAnswer asked /> }.into_any(),
        Part::Dialog(open) => dialog(open),
        Part::NewThread(behind) => view! { <NewThread behind /> }.into_any(),
        Part::Emoji(writing) => view! { <EmojiPicker writing=*writing /> }.into_any(),
        Part::Mood(said) => view! { <MoodMark said /> }.into_any(),
        Part::Translation(asked) => view! { <Translation asked=*asked /> }.into_any(),
        Part::TranslateThread(thread) => view! { <TranslateThread thread /> }.into_any(),
        Part::Dictation(writing) => view! { <Dictation writing=*writing /> }.into_any(),
        Part::Operator => view! { <OperatorPage /> }.into_any(),
        Part::UpdateNotice => {
            assistant::serve();
            reading::serve();
            view! { <UpdateNotice /> }.into_any()
        }
    }
}

#[cfg(split)]
#[allow(unsafe_code, reason = "the macro links the two files, which no safe code can say")]
mod split {
    use leptos::prelude::AnyView;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::Part;

    #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible, preload(load))]
    pub(super) fn build(part: Part) -> Result<AnyView, SplitLoaderError> {
        Ok(super::build(part))
    }
}

#[cfg(not(split))]
mod split {
    use std::convert::Infallible;

    use leptos::prelude::AnyView;

    use super::Part;

    pub(super) async fn build(part: Part) -> Result<AnyView, Infallible> {
        Ok(super::build(part))
    }

    pub(super) async fn load() -> Result<(), Infallible> {
        Ok(())
    }
}
