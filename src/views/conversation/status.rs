//! The line under a message of mine: on its way, not sent and why, seen by whom.

use leptos::prelude::*;

use super::row_actions::Action;
use super::trouble::every_second;
use crate::components::{Avatar, Icon};
use crate::i18n::{say_fail_reason, say_people, words};
use crate::model::rows::{Author, FailReason, Status, WaitReason};
use crate::platform::locale;

/// The line, or nothing when there is nothing to say.
pub(crate) fn status_line(status: &Status, seen_by: &[Author], act: Callback<Action>) -> Option<AnyView> {
    match status {
        Status::Accepted if seen_by.is_empty() => None,
        Status::Accepted => Some(seen(seen_by).into_any()),
        // The style shows it after 600 ms: most messages are through before, and then nothing moves.
        Status::Sending => Some(
            view! { <p class="message-row__status message-row__status--late">{words().sending()}</p> }
                .into_any(),
        ),
        Status::Waiting { why } => Some(waiting(why.clone()).into_any()),
        Status::Failed { why } => Some(failed(why, act).into_any()),
    }
}

pub(super) fn waiting(why: WaitReason) -> impl IntoView {
    let counts = matches!(why, WaitReason::RateLimited { .. });
    let second = every_second(move || counts);
    let said = move || match &why {
        WaitReason::Queued => words().wait_queued().to_owned(),
        WaitReason::Offline => words().wait_offline().to_owned(),
        WaitReason::RateLimited { until } => {
            second.track();
            words().wait_rate().count(locale::seconds_until(*until), &[])
        }
    };
    view! {
        <p class="message-row__status">
            <span class="message-row__why"><Icon name="clock" small=true /><span>{said}</span></span>
        </p>
    }
}

fn failed(why: &FailReason, act: Callback<Action>) -> impl IntoView + use<> {
    let way = move |words, action| {
        view! { <button type="button" class="button button--text" on:click=move |_| act.run(action)>{words}</button> }
    };
    view! {
        <p class="message-row__status">
            <span class="message-row__why">
                <Icon name="warning" small=true />
                <span>{words().not_sent_why().with(&[&say_fail_reason(why)])}</span>
            </span>
            " "
            <span class="message-row__ways">
                {way(words().retry(), Action::Retry)} {way(words().edit(), Action::EditUnsent)}
                {way(words().discard(), Action::Discard)}
            </span>
        </p>
    }
}

/// Faces of those who have read up to here; the words are in the tip and for screen readers.
fn seen(seen_by: &[Author]) -> impl IntoView + use<> {
    let said = words().seen_by().with(&[&say_people(seen_by)]);
    let tip = said.clone();
    let faces: Vec<_> = seen_by
        .iter()
        .take(8)
        .map(|who| view! { <Avatar initial=who.initial.clone() hue=who.hue small=true /> }.into_any())
        .collect();
    view! {
        <p class="message-row__status message-row__seen" title=tip>
            <span class="unseen">{said}</span>
            {faces}
        </p>
    }
}
