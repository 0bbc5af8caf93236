//! What the parts of the screen share: nothing of it outlives the page.

use std::time::Duration;

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::i18n::words;
use crate::model::rows::Author;
use crate::model::sorted::SortedMap;
use crate::signal::State;
use crate::views::translation::Translations;

/// A dialog, with what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenDialog {
    /// Add people to a thread.
    AddPeople(ThreadId),
    /// Change a topic.
    Rename(ThreadId),
    /// Say this, which is Markdown, in another thread.
    Forward(String),
    /// Who has read a message?
    Readers(ThreadId, MessageId),
    /// Which day of a thread to go to; begins with that of this time.
    ToDate(ThreadId, Timestamp),
    /// How the app looks; sign out.
    Settings,
    /// The shortcuts.
    Keys,
    /// What is asked of the service, when, and why.
    Diagnostics,
    /// Delete a thread for everybody?
    DeleteThread(ThreadId),
    /// Give up a thread that is to be?
    DropThread(ThreadId),
    /// Leave a thread?
    Leave(ThreadId),
    /// Take somebody out?
    TakeOut(ThreadId, Author),
    /// Delete a message?
    DeleteMessage(ThreadId, MessageId),
}

/// Whether the panel at the right is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// Where there is room for it.
    #[default]
    WhenWide,
    /// Asked for: over the conversation where there is no room.
    Open,
    /// Closed by the person.
    Closed,
}

/// What was opened has the processor and the line for itself until it is on the screen, and no longer than this.
const ALONE: Duration = Duration::from_secs(1);

/// What the parts of the screen share.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// What was opened is on the screen: what nobody asked for may come.
    pub(super) settled: State<bool>,
    /// The dialog that is open.
    pub dialog: State<Option<OpenDialog>>,
    /// The panel at the right.
    pub panel: State<Panel>,
    /// The assistant is in the place of the panel.
    pub asks: State<bool>,
    /// It was just asked for, and takes the focus.
    asks_focus: StoredValue<bool>,
    /// One column: list or conversation.
    pub narrow: State<bool>,
    /// Three columns.
    pub wide: State<bool>,
    /// The composer writes Markdown.
    pub formatting: State<bool>,
    /// The sign-in was asked for although somebody is signed in: their sign-in has run out.
    pub sign_in_again: State<bool>,
    /// Where one was in each thread that one left further up than at its end: at which row, and how far below the top it began.
    pub places: State<SortedMap<ThreadId, (String, f64)>>,
    /// Somebody wants to see what was said in this thread from this time on.
    pub wanted: State<Option<(ThreadId, Timestamp)>>,
    /// What is to be read aloud.
    pub(super) to_read: State<Option<String>>,
    /// Which messages are translated.
    pub translations: Translations,
    toast: State<Option<String>>,
    announced: State<String>,
}

impl Screen {
    /// Begins to follow the width of the window.
    #[must_use]
    pub fn open() -> Self {
        let screen = Self {
            settled: State::new(false),
            dialog: State::new(None),
            panel: State::new(Panel::default()),
            asks: State::new(false),
            asks_focus: StoredValue::new(false),
            narrow: media("(width < 45rem)"),
            wide: media("(width >= 68.75rem)"),
            formatting: State::new(false),
            sign_in_again: State::new(false),
            places: State::new(SortedMap::default()),
            wanted: State::new(None),
            to_read: State::new(None),
            translations: Translations::open(),
            toast: State::new(None),
            announced: State::new(String::new()),
        };
        screen.opens();
        screen
    }

    /// Something is being opened, where there was nothing: what nobody asked for waits until that is on the screen.
    pub fn opens(self) {
        self.settled.set(false);
        set_timeout(
            move || {
                self.settled.try_set(true);
            },
            ALONE,
        );
    }

    /// What was opened is on the screen.
    #[must_use]
    pub fn is_settled(self) -> bool {
        self.settled.get()
    }

    /// The one from the context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// The panel is on the screen.
    #[must_use]
    pub fn panel_shown(self) -> bool {
        !self.asks.get() && self.panel_wanted()
    }

    fn panel_wanted(self) -> bool {
        match self.panel.get() {
            Panel::WhenWide => self.wide.get(),
            Panel::Open => true,
            Panel::Closed => false,
        }
    }

    /// Opens or closes the panel.
    pub fn toggle_panel(self) {
        let close = untrack(|| self.panel_shown());
        self.panel.set(if close { Panel::Closed } else { Panel::Open });
        self.asks.set_if_new(false);
    }

    /// Opens or closes the assistant.
    pub fn toggle_assistant(self) {
        let open = !self.asks.get_untracked();
        self.asks_focus.set_value(open);
        self.asks.set(open);
    }

    /// The assistant was just asked for; says so once.
    #[must_use]
    pub fn take_assistant_focus(self) -> bool {
        self.asks_focus.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Says shortly what was just done.
    pub fn toast(self, said: &str) {
        // As long as a short line takes to notice and read.
        const SHOWN: Duration = Duration::from_secs(4);
        self.toast.set(Some(said.to_owned()));
        let this = said.to_owned();
        set_timeout(
            move || {
                if self.toast.with_untracked(|shown| shown.as_deref() == Some(this.as_str())) {
                    self.toast.set(None);
                }
            },
            SHOWN,
        );
    }

    /// Says something to a screen reader, after what it is saying.
    pub fn announce(self, said: String) {
        // The same words twice are two messages; a change that nobody sees makes them two.
        let again = self.announced.with_untracked(|before| *before == said);
        self.announced.set(if again { said + "\u{a0}" } else { said });
    }

    /// Has something read aloud; asked for again while it is read, no more ([`super::reading`]).
    pub fn read_aloud(self, said: String) {
        self.to_read.set(Some(said));
    }

    /// Puts text on the clipboard and says so.
    pub fn copy(self, text: String) {
        leptos::task::spawn_local(async move {
            let done = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            self.toast(if done.is_ok() { words().copied() } else { words().copy_refused() });
        });
    }
}

/// What is said shortly, to the eye and to a screen reader.
#[component]
pub fn Notices() -> impl IntoView {
    let screen = Screen::expect();
    view! {
        <p class="unseen" role="log" aria-live="polite">{move || screen.announced.get()}</p>
        <div class="toast toast--floating" role="status" hidden=move || screen.toast.with(Option::is_none)>
            {move || screen.toast.get().unwrap_or_default()}
        </div>
    }
}

/// A signal that follows a media query. The queries are those of `style/layout.css`.
fn media(query: &str) -> State<bool> {
    let list = window().match_media(query).ok().flatten();
    let matches = State::new(list.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    if let Some(list) = list {
        // Any change of width is a resize; that event exists once and needs no closure kept alive per query.
        let handle = window_event_listener(leptos::ev::resize, move |_| {
            let now = list.matches();
            if matches.get_untracked() != now {
                matches.set(now);
            }
        });
        std::mem::forget(handle);
    }
    matches
}
