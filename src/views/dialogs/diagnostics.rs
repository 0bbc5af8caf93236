//! What the app asks of the service, when, and why; what was answered, what waits, and how this machine stands.
//!
//! Live as long as it is open, of what is known anyway. The report to copy has the same lines, with numbers for threads.

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;

use crate::components::{Dialog, Icon};
use crate::i18n::words;
use crate::store::Store;
use crate::sync::diagnostics::Diagnostics;
use crate::sync::plan::{Ask, Why};
use crate::views::conversation::trouble::every_second;
use crate::views::screen::Screen;
use crate::views::threads::say_connection;

/// So many lists a minute the service allows everybody in a thread together, and so many sends (reference `acs-chat.md` 4.5).
const LISTS_A_MINUTE: usize = 400;
const SENDS_A_MINUTE: usize = 30;

/// A part: its title, and lines of a name and a value.
type Part = (&'static str, Vec<(String, String)>);

/// The dialog.
#[component]
pub fn DiagnosticsDialog() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let second = every_second(|| true);
    let parts = move || {
        second.track();
        let seen = store.diagnostics();
        let topic = |thread: &ThreadId| store.topic(thread).unwrap_or_default();
        seen.map(|seen| parts(&seen, &topic).into_iter().map(part).collect::<Vec<_>>())
    };
    let copy = move |_| {
        if let Some(seen) = store.diagnostics() {
            screen.copy(report(&seen));
        }
    };
    view! {
        <Dialog node title=words().diagnostics() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body dialog__body--list" tabindex="0">{parts}</div>
            <footer class="dialog__foot">
                <p>{words().dia_copy_note()}</p>
                <button type="button" class="button" on:click=copy>
                    <Icon name="copy" small=true />
                    {words().dia_copy()}
                </button>
            </footer>
        </Dialog>
    }
}

fn part((title, lines): Part) -> AnyView {
    let line = |(name, value): (String, String)| {
        view! {
            <dt dir="auto">{name}</dt>
            <dd class="numeric">{value}</dd>
        }
    };
    view! {
        <section class="dialog__section">
            <h3 class="dialog__label">{title}</h3>
            <dl class="dialog__facts">{lines.into_iter().map(line).collect::<Vec<_>>()}</dl>
        </section>
    }
    .into_any()
}

/// The same as text, which says nothing of anybody: threads are numbered as they come.
fn report(seen: &Diagnostics) -> String {
    let known = std::cell::RefCell::new(Vec::<ThreadId>::new());
    let number = |thread: &ThreadId| {
        let mut known = known.borrow_mut();
        let place = known.iter().position(|known| known == thread).unwrap_or_else(|| {
            known.push(thread.clone());
            known.len() - 1
        });
        ["#", &(place + 1).to_string()].concat()
    };
    let mut report = String::from("Natter\n");
    for (title, lines) in parts(seen, &number) {
        report.push_str(&["\n", title, "\n"].concat());
        for (name, value) in lines {
            report.push_str(&["  ", &name, ": ", &value, "\n"].concat());
        }
    }
    report
}

fn parts(seen: &Diagnostics, topic: &dyn Fn(&ThreadId) -> String) -> Vec<Part> {
    let words = words();
    let line = |name: &str, value: String| (name.to_owned(), value);
    let yes = |yes: bool| if yes { words.dia_yes() } else { words.dia_no() }.to_owned();
    let of = |count: usize, limit: usize| words.dia_of().with(&[&count.to_string(), &limit.to_string()]);
    let last = seen.answered.last();
    let failed = seen.answered.iter().filter(|answered| !answered.well).count();
    let ago = |at_ms: i64| words.dia_ago().with(&[&length(seen.now_ms - at_ms)]);
    let mut connection = vec![
        line(words.dia_service(), seen.endpoint.clone()),
        line(words.dia_state(), say_connection(&seen.connection).to_owned()),
        line(words.dia_tells(), yes(seen.listening)),
    ];
    if let Some(last) = last {
        connection.push(line(words.dia_last(), ago(last.at_ms)));
        connection.push(line(words.dia_took(), length(last.took_ms)));
    }
    let mut budget = vec![
        line(words.dia_asked(), seen.answered.len().to_string()),
        line(words.dia_failed(), failed.to_string()),
    ];
    if seen.open.is_some() {
        budget.push(line(words.dia_reads(), of(seen.reads, LISTS_A_MINUTE)));
        budget.push(line(words.dia_sends(), of(seen.sends, SENDS_A_MINUTE)));
    }
    let mut outbox = vec![
        line(words.dia_waiting(), seen.waiting.to_string()),
        line(words.dia_refused(), seen.refused.to_string()),
    ];
    outbox.extend(seen.oldest_ms.map(|ms| line(words.dia_oldest(), ago(seen.now_ms - ms))));
    let mut here = Vec::new();
    here.extend(seen.token_ms.map(|ms| line(words.dia_token(), length(ms.max(0)))));
    here.push(line(words.dia_clock(), length(seen.ahead_ms.abs())));
    here.push(line(words.dia_storage(), yes(seen.storage_works)));
    here.push(line(words.dia_version(), env!("CARGO_PKG_VERSION").to_owned()));
    let mut plan: Vec<_> = seen
        .plan
        .iter()
        .map(|due| {
            let what = say_ask(&due.ask);
            let what = match due.ask.thread() {
                Some(thread) => [what, " · ", &topic(thread)].concat(),
                None => what.to_owned(),
            };
            let when = if due.at_ms <= seen.now_ms {
                words.dia_now().to_owned()
            } else {
                words.dia_in().with(&[&length(due.at_ms - seen.now_ms)])
            };
            (what, [when.as_str(), " · ", say_why(due.why)].concat())
        })
        .collect();
    if plan.is_empty() {
        plan.push(line(words.dia_nothing(), String::new()));
    }
    vec![
        (words.dia_connection(), connection),
        (words.dia_plan(), plan),
        (words.dia_budget(), budget),
        (words.dia_outbox(), outbox),
        (words.dia_here(), here),
    ]
}

/// A length of time, as exactly as it is of use.
fn length(ms: i64) -> String {
    let words = words();
    match ms {
        ms if ms < 1_000 => words.dia_ms().with(&[&ms.to_string()]),
        ms if ms < 10_000 => {
            words.dia_s().with(&[&[&(ms / 1_000).to_string(), ".", &(ms % 1_000 / 100).to_string()].concat()])
        }
        ms if ms < 120_000 => words.dia_s().with(&[&(ms / 1_000).to_string()]),
        ms if ms < 2 * 3_600_000 => words.dia_min().with(&[&(ms / 60_000).to_string()]),
        ms => words.dia_h().with(&[&(ms / 3_600_000).to_string()]),
    }
}

fn say_ask(ask: &Ask) -> &'static str {
    match ask {
        Ask::Renew => words().ask_renew(),
        Ask::Listen => words().ask_listen(),
        Ask::Messages(_) => words().ask_messages(),
        Ask::Threads => words().ask_threads(),
        Ask::Send(_) => words().ask_send(),
        Ask::Look(_) => words().ask_look(),
        Ask::Older(_) => words().ask_older(),
        Ask::People(_) => words().ask_people(),
        Ask::Properties(_) => words().ask_properties(),
        Ask::Receipts(_) => words().ask_receipts(),
        Ask::TellRead(_) => words().ask_tell_read(),
    }
}

fn say_why(why: Why) -> &'static str {
    match why {
        Why::Wanted => words().why_wanted(),
        Why::Missing => words().why_missing(),
        Why::Regular => words().why_regular(),
        Why::Quiet => words().why_quiet(),
        Why::Hidden => words().why_hidden(),
        Why::Moved => words().why_moved(),
        Why::Told => words().why_told(),
        Why::Read => words().why_read(),
        Why::Outbox => words().why_outbox(),
        Why::Token => words().why_token(),
        Why::Paused => words().why_paused(),
        Why::Trouble => words().why_trouble(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outbox::ClientMessageId;
    use crate::model::rows::Connection;
    use crate::sync::diagnostics::Answered;
    use crate::sync::plan::Due;

    fn seen() -> Diagnostics {
        let thread = ThreadId::new("19:secret@thread.v2");
        let due = |at_ms, ask, why| Due { at_ms, ask, why };
        Diagnostics {
            now_ms: 100_000,
            endpoint: "http://localhost:8080".to_owned(),
            connection: Connection::UpToDate,
            listening: true,
            answered: vec![Answered { ask: Ask::Threads, at_ms: 98_000, took_ms: 38, well: false }],
            plan: vec![
                due(i64::MIN, Ask::Send(ClientMessageId::new("a")), Why::Outbox),
                due(101_200, Ask::Messages(thread.clone()), Why::Regular),
                due(104_000, Ask::Receipts(thread.clone()), Why::Paused),
            ],
            open: Some(thread),
            reads: 61,
            sends: 2,
            waiting: 1,
            refused: 0,
            oldest_ms: Some(4_000),
            token_ms: Some(23 * 3_600_000 + 11 * 60_000),
            ahead_ms: -300,
            storage_works: true,
        }
    }

    #[test]
    fn the_report_says_what_is_asked_when_and_why_and_nothing_of_anybody() {
        let report = report(&seen());
        for line in [
            "  Send: now · waits to be sent\n",
            "  Messages · #1: in 1.2 s · its turn\n",
            "  Who has read · #1: in 4.0 s · the service asked for a pause\n",
            "  Last answer: 2.0 s ago\n",
            "  Round trip: 38 ms\n",
            "  Of them without success: 1\n",
            "  Reads in this thread: 61 of 400\n",
            "  Oldest: 4.0 s ago\n",
            "  Token is good for: 23 h\n",
            "  Clock differs by: 300 ms\n",
        ] {
            assert!(report.contains(line), "{line:?} in {report}");
        }
        assert!(!report.contains("secret"), "{report}");
    }

    #[test]
    fn lengths_are_as_exact_as_they_are_of_use() {
        let said = [0, 999, 1_250, 9_999, 61_000, 150_000, 8_000_000].map(length);
        assert_eq!(said, ["0 ms", "999 ms", "1.2 s", "9.9 s", "61 s", "2 min", "2 h"]);
    }
}
