//! The banner: how we stand with the service, when it is not as it should be. One at a time.

use std::time::Duration;

use acs_chat::Timestamp;
use leptos::prelude::*;

use crate::components::Banner;
use crate::i18n::words;
use crate::model::rows::Connection;
use crate::platform::locale;
use crate::store::Store;
use crate::views::screen::Screen;

/// A banner, or nothing.
#[component]
pub fn Trouble() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    // Its own memo, so that a second counted down does not build the banner of another state anew.
    let connection = store.connection();
    let storage_works = store.storage_works();
    let retry = Callback::new(move |()| store.retry_now());
    let sign_in = Callback::new(move |()| screen.sign_in_again.set(true));
    let second = every_second(move || until(&connection.get()).is_some());
    let next = move |at: Option<Timestamp>| {
        second.track();
        at.map(|at| (words().next_try)(locale::seconds_until(at))).unwrap_or_default()
    };
    let banner = move || {
        let banner = match connection.get() {
            Connection::Opening | Connection::UpToDate if storage_works.get() => return None,
            Connection::Opening | Connection::UpToDate => view! {
                <Banner icon="warning" title=words().storage_title.to_owned() words=words().storage_words.to_owned() />
            }
            .into_any(),
            Connection::CatchingUp => view! {
                <Banner icon="retry" title=words().catching_title.to_owned() words=words().catching_words.to_owned() />
            }
            .into_any(),
            Connection::Offline { retry_at } => view! {
                <Banner
                    icon="offline"
                    title=words().offline_title.to_owned()
                    words=[words().offline_words, &next(retry_at)].concat()
                    action=Some((words().try_now, retry))
                />
            }
            .into_any(),
            Connection::RateLimited { until } => {
                second.track();
                let title = (words().rate_title)(locale::seconds_until(until));
                view! { <Banner icon="clock" title words=words().rate_words.to_owned() /> }.into_any()
            }
            Connection::ServiceError { said, retry_at } => view! {
                <Banner
                    icon="warning"
                    title=words().trouble_title.to_owned()
                    words=[(words().service_said)(&said), next(retry_at)].concat()
                    action=Some((words().try_now, retry))
                />
            }
            .into_any(),
            Connection::LoginLost => view! {
                <Banner
                    icon="lock"
                    danger=true
                    title=words().login_title.to_owned()
                    words=words().login_words.to_owned()
                    action=Some((words().sign_in_again, sign_in))
                />
            }
            .into_any(),
        };
        Some(banner)
    };
    view! { <div role="status">{banner}</div> }
}

fn until(connection: &Connection) -> Option<Timestamp> {
    match connection {
        Connection::Offline { retry_at } | Connection::ServiceError { retry_at, .. } => *retry_at,
        Connection::RateLimited { until } => Some(*until),
        _ => None,
    }
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
    Effect::new(move || {
        stop();
        if wanted() {
            timer.set_value(set_interval_with_handle(move || second.notify(), Duration::from_secs(1)).ok());
        }
    });
    on_cleanup(stop);
    second
}
