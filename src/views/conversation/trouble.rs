//! The banner: how we stand with the service, when it is not as it should be. One at a time.

use std::time::Duration;

use acs_chat::Timestamp;
use leptos::prelude::*;

use crate::components::{Banner, effect};
use crate::i18n::words;
use crate::model::rows::Connection;
use crate::platform::locale;
use crate::signal::{self, Value};
use crate::store::Store;
use crate::views::screen::Screen;

/// Catching up for less than this is not worth a word: a banner that comes and goes moves what is below it.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

/// A banner, or nothing.
#[component]
pub fn Trouble() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let (connection, storage_works) = (store.connection(), store.storage_works());
    let second = every_second(move || until(&connection.get()).is_some());
    let long = lasts(move || connection.with(|connection| *connection == Connection::CatchingUp));
    let state = Value::derived(move || {
        let state = State::of(&connection.get(), storage_works.get());
        state.filter(|state| *state != State::CatchingUp || long.get())
    });
    // Said once for each trouble, and not with every second of it.
    effect(move || {
        if let Some(state) = state.get() {
            let (title, words) = untrack(|| said(&connection.get(), state));
            screen.announce([&title, " ", &words].concat());
        }
    });
    let banner = move || {
        state.get().map(|state| {
            let said = Value::derived(move || {
                second.track();
                said(&connection.get(), state)
            });
            view! {
                <Banner
                    icon=state.icon()
                    danger=state == State::LoginLost
                    title=Value::derived(move || said.get().0)
                    words=Value::derived(move || said.get().1)
                    action=state.action(store, screen)
                />
            }
            .into_any()
        })
    };
    view! { {banner} }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    CatchingUp,
    Offline,
    RateLimited,
    ServiceError,
    LoginLost,
    NoStorage,
}

impl State {
    fn of(connection: &Connection, storage_works: bool) -> Option<Self> {
        match connection {
            Connection::Opening | Connection::UpToDate => (!storage_works).then_some(Self::NoStorage),
            Connection::CatchingUp => Some(Self::CatchingUp),
            Connection::Offline { .. } => Some(Self::Offline),
            Connection::RateLimited { .. } => Some(Self::RateLimited),
            Connection::ServiceError { .. } => Some(Self::ServiceError),
            Connection::LoginLost => Some(Self::LoginLost),
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::CatchingUp => "retry",
            Self::Offline => "offline",
            Self::RateLimited => "clock",
            Self::LoginLost => "lock",
            Self::ServiceError | Self::NoStorage => "warning",
        }
    }

    /// What to do: its words, and the doing.
    fn action(self, store: Store, screen: Screen) -> Option<(&'static str, Callback<()>)> {
        match self {
            Self::Offline | Self::ServiceError => {
                Some((words().try_now(), Callback::new(move |()| store.retry_now())))
            }
            Self::LoginLost => {
                Some((words().sign_in_again(), Callback::new(move |()| screen.sign_in_again.set(true))))
            }
            _ => None,
        }
    }
}

/// Title and words of a trouble, with the seconds as they are now.
fn said(connection: &Connection, state: State) -> (String, String) {
    let words = words();
    let next = |at: &Option<Timestamp>| {
        at.map(|at| words.next_try().count(locale::seconds_until(at), &[])).unwrap_or_default()
    };
    match (state, connection) {
        (_, Connection::Offline { retry_at }) => {
            (words.offline_title().to_owned(), [words.offline_words(), &next(retry_at)].concat())
        }
        (_, Connection::RateLimited { until }) => {
            (words.rate_title().count(locale::seconds_until(*until), &[]), words.rate_words().to_owned())
        }
        (_, Connection::ServiceError { said, retry_at }) => {
            (words.trouble_title().to_owned(), [words.service_said().with(&[said]), next(retry_at)].concat())
        }
        (State::NoStorage, _) => (words.storage_title().to_owned(), words.storage_words().to_owned()),
        (State::LoginLost, _) => (words.login_title().to_owned(), words.login_words().to_owned()),
        _ => (words.catching_title().to_owned(), words.catching_words().to_owned()),
    }
}

fn until(connection: &Connection) -> Option<Timestamp> {
    match connection {
        Connection::Offline { retry_at } | Connection::ServiceError { retry_at, .. } => *retry_at,
        Connection::RateLimited { until } => Some(*until),
        _ => None,
    }
}

/// Something has been so for [`WORTH_A_WORD`].
fn lasts(so: impl Fn() -> bool + 'static) -> signal::State<bool> {
    let long = signal::State::new(false);
    effect(move || {
        long.set_if_new(false);
        if so() {
            let timer = set_timeout_with_handle(move || long.set(true), WORTH_A_WORD).ok();
            on_cleanup(move || timer.iter().for_each(TimeoutHandle::clear));
        }
    });
    long
}

/// Fires every second while it is asked to, and costs nothing otherwise.
pub(crate) fn every_second(wanted: impl Fn() -> bool + 'static) -> Trigger {
    let second = Trigger::new();
    let timer = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    effect(move || {
        stop();
        if wanted() {
            timer.set_value(set_interval_with_handle(move || second.notify(), Duration::from_secs(1)).ok());
        }
    });
    on_cleanup(stop);
    second
}
