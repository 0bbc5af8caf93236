//! The app as a whole: what all its parts share, and the frame of three columns.

use acs_chat::ThreadId;
use leptos::prelude::*;

use crate::components::effect;
use crate::model::creation::is_to_be;
use crate::model::rows::TimelineState;
use crate::place::{CurrentPlace, Place};
use crate::settings::Settings;
use crate::signal::Value;
use crate::store::Store;
use crate::views::conversation::Conversation;
use crate::views::dialogs::Dialogs;
use crate::views::keys;
use crate::views::later::{Later, Part};
use crate::views::nothing::Nothing;
use crate::views::screen::{Notices, Panel, Screen};
use crate::views::sign_in::SignIn;
use crate::views::threads::Threads;

/// The app.
#[component]
pub fn App(
    /// How it looks.
    settings: Settings,
) -> impl IntoView {
    let store = Store::open();
    let screen = Screen::open();
    provide_context(settings);
    provide_context(store);
    provide_context(screen);
    provide_context(CurrentPlace::follow());
    let signed_in =
        Value::derived(move || store.session().with(Option::is_some) && !screen.sign_in_again.get());
    // Built anew when the language changes: then no label has to listen for it (i18n.rs).
    let place = CurrentPlace::expect();
    let operates = Value::derived(move || place.get() == Place::Operator);
    let page = move || {
        let _ = settings.language();
        if operates.get() {
            view! { <Later part=Part::Operator /> }.into_any()
        } else if signed_in.get() {
            view! { <Frame /> }.into_any()
        } else {
            view! { <SignIn /> }.into_any()
        }
    };
    effect(move || {
        if screen.is_settled() {
            let first = document().query_selector(".layout--over").ok().flatten();
            first.inspect(web_sys::Element::remove);
        }
    });
    view! {
        {page}
        <Notices />
    }
}

/// Threads, conversation, details.
#[component]
fn Frame() -> impl IntoView {
    let (store, screen, place) = (Store::expect(), Screen::expect(), CurrentPlace::expect());
    // Behind the dialog of a new thread the open one stays.
    let mut before = None;
    let open = Value::derived(move || {
        match place.get() {
            Place::Thread { thread, .. } => before = Some(thread),
            Place::New | Place::Operator => {}
            Place::Threads => before = None,
        }
        before.clone()
    });
    keys::listen(store, place, screen, open);
    let mut shown = None;
    effect(move || {
        let thread = open.get();
        if shown.replace(thread.is_some()) == Some(false) && thread.is_some() {
            screen.opens();
        }
        // Over the conversation the panel was asked for in that one only.
        if !screen.wide.get_untracked() && screen.panel.get_untracked() == Panel::Open {
            screen.panel.set(Panel::WhenWide);
        }
        if !screen.wide.get_untracked() {
            screen.asks.set_if_new(false);
        }
        store.show(thread);
    });
    effect(move || {
        let made = open.get().and_then(|thread| store.made_of(&thread));
        if let Some(made) = made {
            place.replace(Place::thread(made));
        }
    });
    keep_focus(open, screen);
    effect(move || document().set_title(&title(open.get(), store)));
    let assistant =
        Value::derived(move || screen.asks.get() && store.capabilities().with(|can| can.assistant));
    let panel = Value::derived(move || {
        open.get().filter(|thread| {
            let state = store.timeline_state(thread.clone());
            let refused = state.with(|state| matches!(state, TimelineState::NoAccess { .. }));
            !refused && !is_to_be(thread) && (assistant.get() || screen.panel_shown())
        })
    });
    let details = move || {
        panel.with(Option::is_some).then(|| {
            if assistant.get() || screen.panel.get() == Panel::Open { "open" } else { "wide" }.to_owned()
        })
    };
    let conversation = move || match open.get() {
        Some(thread) => view! { <Conversation thread /> }.into_any(),
        None => view! { <Nothing /> }.into_any(),
    };
    let aside = move || {
        let part = if assistant.get() { Part::Assistant } else { Part::Details };
        panel.get().map(|thread| view! { <Later part=part(thread) /> }.into_any())
    };
    view! {
        <div
            class="layout"
            data-place=move || if open.with(Option::is_some) { "conversation" } else { "threads" }.to_owned()
            data-details=details
        >
            <Threads open is_main=Value::derived(move || screen.narrow.get() && open.with(Option::is_none)) />
            <Later part=Part::UpdateNotice />
            <main class="layout__conversation">{conversation}</main>
            {aside}
        </div>
        <Dialogs open />
    }
}

/// On a phone the place with the focus goes when another comes: the focus goes along, but not into a field, which would raise the
/// keyboard. With more columns nothing goes.
fn keep_focus(open: Value<Option<ThreadId>>, screen: Screen) {
    let mut before = None;
    effect(move || {
        let now = open.get();
        if let Some(before) = before.replace(now.clone()).filter(|_| screen.narrow.get_untracked()) {
            let to = match (&now, before) {
                (Some(_), _) => ".thread-header__back".to_owned(),
                (None, Some(left)) => {
                    [".thread-row[href=\"", &Place::thread(left).fragment(), "\"]"].concat()
                }
                (None, None) => return,
            };
            request_animation_frame(move || keys::focus_first(&to));
        }
    });
}

/// `(3) Line 7 map · Natter`.
fn title(open: Option<ThreadId>, store: Store) -> String {
    let unread = store.unread_total().get();
    let count = if unread > 0 { ["(", &unread.to_string(), ") "].concat() } else { String::new() };
    let topic = open.map(|thread| store.details(thread).with(|details| details.topic.clone()));
    match topic.filter(|topic| !topic.is_empty()) {
        Some(topic) => [&count, &topic, " · Natter"].concat(),
        None => [&count, "Natter"].concat(),
    }
}
