//! A newer version of the app: said where it is in nobody's way, and begun when the person asks for it.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::Banner;
use crate::i18n::words;
use crate::platform::updates::{self, Update};
use crate::signal::{State, Value};
use crate::store::Store;

/// The notice, while a newer version waits.
#[component]
pub fn UpdateNotice() -> impl IntoView {
    let store = Store::expect();
    let ready = State::new(false);
    updates::watch(Rc::new(move |update| match update {
        // Signed out meanwhile, there is no notice; whoever signs in gets one of their own.
        Update::Ready => drop(ready.try_set(true)),
        // In another tab, perhaps: what was typed in this one goes on as well.
        Update::TakenOver => spawn_local(async move {
            store.save().await;
            let _ = window().location().reload();
        }),
    }));
    let banner = move || {
        ready.get().then(|| {
            view! {
                <Banner
                    icon="retry"
                    title=Value::fixed(words().update_title().to_owned())
                    words=Value::fixed(String::new())
                    action=Some((words().reload(), Callback::new(|()| updates::take_over())))
                />
            }
            .into_any()
        })
    };
    // There before it has words: a screen reader speaks what changes.
    view! {
        <div class="layout__notice" role="status">
            {banner}
        </div>
    }
}
