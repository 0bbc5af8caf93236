//! What an operator sees: charts, webhooks, alerts.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use wasm_bindgen::JsCast as _;

use super::Page;
use super::chart::{Series, chart, round, whole};
use crate::backend::operator::{Asked, Refused};
use crate::components::TextField;
use crate::i18n::words;
use crate::signal::State;
use crate::views::screen::Screen;

/// What an alert can watch, as the service names it.
const MEASURES: [&str; 5] = ["errors", "requests", "limited", "p99Ms", "failedWebhooks"];

fn say_measure(measure: &str) -> &'static str {
    match measure {
        "errors" => words().op_errors(),
        "requests" => words().op_requests(),
        "limited" => words().op_limited(),
        "p99Ms" => words().op_slowest(),
        _ => words().op_failed_webhooks(),
    }
}

/// Gives something the focus.
pub(super) fn focus(element: Option<web_sys::Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(element.focus());
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// All of it.
pub(super) fn panels(page: Page) -> AnyView {
    let charts = move || page.figures.with(|figures| (!figures.is_null()).then(|| charts(figures)));
    view! {
        {charts}
        <div class="operator__grid">
            <Webhooks page />
            <Alerts page />
        </div>
    }
    .into_any()
}

fn charts(figures: &Value) -> AnyView {
    let words = words();
    let mut minutes = list(&figures["minutes"]);
    minutes.push(figures["current"].clone());
    let now_ms = whole(&figures["current"]["atMs"]);
    let mut days = list(&figures["days"]);
    // What is not yet counted to its day.
    days.push(figures["current"].clone());
    let day = |names: &[&str], highest| Series::day(&minutes, names, highest, now_ms);
    let number = |name: &str| round(figures[name].as_f64().unwrap_or(0.0));
    let now = words.op_now().with(&[
        &number("people"),
        &number("threads"),
        &number("eventStreams"),
        &number("writesWaiting"),
    ]);
    view! {
        <p class="operator__lead" role="status">{now}</p>
        <div class="operator__grid">
            {chart(words.op_requests(), vec![words.op_requests(), words.op_errors(), words.op_limited()], day(&["requests", "errors", "limited"], false))}
            {chart(words.op_latency(), vec!["p50", "p95", "p99"], day(&["p50Ms", "p95Ms", "p99Ms"], true))}
            {chart(words.op_messages(), vec![words.op_messages()], Series::month(&days, &["messages"], now_ms))}
            {chart(words.op_webhooks(), vec![words.op_delivered(), words.op_errors(), words.op_given_up()], day(&["delivered", "failed", "givenUp"], false))}
        </div>
    }
    .into_any()
}

/// Who is told of events, and what they could not be told.
#[component]
fn Webhooks(page: Page) -> impl IntoView {
    let screen = Screen::expect();
    let replay = move |id: String| {
        spawn_local(async move {
            if let Some(answer) = page.ask(Asked::Replay(id)).await {
                screen.toast(&words().op_replayed().with(&[&whole(&answer["replayed"]).to_string()]));
                page.refresh();
            }
        });
    };
    let row = move |webhook: Value| {
        let (id, url) = (text(&webhook["id"]), text(&webhook["url"]));
        let dead = whole(&webhook["deadLetters"]);
        let line =
            words().op_webhook_line().with(&[&whole(&webhook["waiting"]).to_string(), &dead.to_string()]);
        let label = [words().op_replay(), words().colon(), &url].concat();
        let button = (dead > 0).then(|| {
            view! {
                <button type="button" class="button" aria-label=label on:click=move |_| replay(id.clone())>
                    {words().op_replay()}
                </button>
            }
            .into_any()
        });
        view! { <li><span class="operator__item"><bdi>{url}</bdi><small>{line}</small></span>{button}</li> }
            .into_any()
    };
    let rows = move || {
        let webhooks = page.figures.with(|figures| list(&figures["webhooks"]));
        if webhooks.is_empty() {
            return view! { <p class="operator__summary">{words().op_no_webhooks()}</p> }.into_any();
        }
        view! { <ul class="operator__list">{webhooks.into_iter().map(row).collect::<Vec<_>>()}</ul> }
            .into_any()
    };
    view! {
        <section class="operator__card">
            <h2 class="operator__name">{words().op_subscriptions()}</h2>
            {rows}
        </section>
    }
}

/// Who is told when a figure is too high.
#[component]
fn Alerts(page: Page) -> impl IntoView {
    let measure = State::new(0_usize);
    let (above, url) = (State::new("10".to_owned()), State::new(String::new()));
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let asked = Asked::AddAlert {
            measure: MEASURES[measure.get_untracked().min(MEASURES.len() - 1)],
            above: above.get_untracked().trim().parse().unwrap_or_default(),
            url: url.get_untracked().trim().to_owned(),
        };
        spawn_local(async move {
            if page.ask(asked).await.is_some() {
                url.set(String::new());
                page.refresh();
            }
        });
    };
    let remove = move |id: String| {
        spawn_local(async move {
            if page.ask(Asked::RemoveAlert(id)).await.is_some() {
                page.refresh();
            }
        });
    };
    let row = move |alert: Value| {
        let (id, url) = (text(&alert["id"]), text(&alert["url"]));
        let above = whole(&alert["above"]).to_string();
        let line = words().op_alert_line().with(&[say_measure(&text(&alert["measure"])), &above]);
        let label = [words().op_remove(), words().colon(), &line].concat();
        view! {
            <li>
                <span class="operator__item">{line}<small dir="auto">{url}</small></span>
                <button type="button" class="button" aria-label=label on:click=move |_| remove(id.clone())>{words().op_remove()}</button>
            </li>
        }
        .into_any()
    };
    let rows =
        move || page.alerts.with(|alerts| list(&alerts["value"])).into_iter().map(row).collect::<Vec<_>>();
    let refused = crate::signal::Value::derived(move || match page.error.get() {
        Some(Refused::Invalid) => Some(words().op_refused().to_owned()),
        Some(_) => Some(words().op_unreachable().to_owned()),
        None => None,
    });
    let no_error = crate::signal::Value::fixed(None::<String>);
    let options = MEASURES.map(|name| view! { <option>{say_measure(name)}</option> }.into_any());
    let choose = move |event: web_sys::Event| {
        let said = event_target_value(&event);
        measure.set(MEASURES.iter().position(|name| say_measure(name) == said).unwrap_or(0));
    };
    view! {
        <section class="operator__card">
            <h2 class="operator__name">{words().op_alerts()}</h2>
            <ul class="operator__list">{rows}</ul>
            <form class="operator__form" novalidate on:submit=add>
                <div class="field">
                    <label class="field__label" for="alert-measure">{words().op_measure()}</label>
                    <select class="field__input" id="alert-measure" on:change=choose>{options.into_iter().collect::<Vec<_>>()}</select>
                </div>
                <TextField id="alert-above" label=words().op_above() value=above error=no_error />
                <TextField id="alert-url" label=words().op_tell() value=url error=refused kind="url" />
                <button class="button">{words().op_add_alert()}</button>
            </form>
        </section>
    }
}
