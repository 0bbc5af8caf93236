//! The operator's page: what happens in the service, for whoever has its access key. The key is sent once, for the token of a
//! session; both are forgotten with the tab.

mod chart;
mod panels;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use crate::backend::operator::{Asked, Refused, ask};
use crate::components::{TextField, effect};
use crate::i18n::words;
use crate::place::{CurrentPlace, Place};
use crate::signal::State;
use crate::store::Store;

/// What the page knows.
#[derive(Clone, Copy)]
pub(super) struct Page {
    store: Store,
    token: State<String>,
    figures: State<Value>,
    alerts: State<Value>,
    error: State<Option<Refused>>,
}

impl Page {
    /// Asks the service; a session that is over leads back to the key.
    pub(super) async fn ask(self, asked: Asked) -> Option<Value> {
        let endpoint = self.store.config().with_untracked(|config| config.endpoint.clone());
        let answer = ask(&asked, &endpoint, &self.token.get_untracked()).await;
        if self.error.is_disposed() {
            return None;
        }
        self.error.set(answer.as_ref().err().copied());
        if answer == Err(Refused::Unauthorized) {
            self.token.set(String::new());
        }
        answer.ok()
    }

    /// Asks for everything that is shown.
    pub(super) fn refresh(self) {
        spawn_local(async move {
            let (Some(figures), Some(alerts)) =
                (self.ask(Asked::Figures).await, self.ask(Asked::Alerts).await)
            else {
                return;
            };
            self.figures.set(figures);
            self.alerts.set(alerts);
        });
    }
}

/// The page.
#[component]
pub fn OperatorPage() -> impl IntoView {
    let place = CurrentPlace::expect();
    let page = Page {
        store: Store::expect(),
        token: State::new(String::new()),
        figures: State::new(Value::Null),
        alerts: State::new(Value::Null),
        error: State::new(None),
    };
    document().set_title(&[words().operator(), " · Natter"].concat());
    let buttons = move || {
        (!page.token.with(String::is_empty)).then(|| {
            view! { <button type="button" class="button" on:click=move |_| page.refresh()>{words().op_refresh()}</button> }
                .into_any()
        })
    };
    let body = move || {
        if page.token.with(String::is_empty) {
            view! { <Key page /> }.into_any()
        } else {
            panels::panels(page)
        }
    };
    view! {
        <main class="operator">
            <header class="operator__head">
                <h1 class="operator__title">{words().operator()}</h1>
                {buttons}
                <button type="button" class="button" on:click=move |_| place.replace(Place::Threads)>{words().op_leave()}</button>
            </header>
            {body}
        </main>
    }
}

/// Asks for the key.
#[component]
fn Key(page: Page) -> impl IntoView {
    let key = State::new(String::new());
    let form = NodeRef::<html::Form>::new();
    let error = crate::signal::Value::derived(move || {
        page.error.get().map(|refused| match refused {
            Refused::Unauthorized if page.figures.with(Value::is_null) => words().op_wrong_key().to_owned(),
            Refused::Unauthorized => words().op_ended().to_owned(),
            Refused::TooOften => words().op_too_often().to_owned(),
            Refused::Invalid | Refused::Unreachable => words().op_unreachable().to_owned(),
        })
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        page.figures.set(Value::Null);
        spawn_local(async move {
            let opened = page.ask(Asked::Session(key.get_untracked().trim().to_owned())).await;
            if let Some(token) = opened.as_ref().and_then(|opened| opened["token"].as_str()) {
                key.set(String::new());
                page.token.set(token.to_owned());
                page.refresh();
            }
        });
    };
    effect(move || {
        if let Some(form) = form.get() {
            let field = form.query_selector("input").ok().flatten();
            panels::focus(field);
        }
    });
    view! {
        <p class="operator__lead">{words().op_lead()}</p>
        <form class="operator__form" novalidate on:submit=submit node_ref=form>
            <TextField id="operator-key" label=words().op_key() value=key error hint=words().op_key_hint() kind="password" />
            <button class="button button--primary">{words().op_open()}</button>
        </form>
    }
}
