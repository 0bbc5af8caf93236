//! What each request does with its reply.

use std::rc::Rc;

use acs_chat::{ApiError, ChatMessage, Collection, SequenceId, ThreadId};

use super::backoff::{Trouble, pause_ms};
use super::changes::list_of;
use super::heard::{Listening, Told};
use super::plan::Ask;
use super::{Core, State};
use crate::backend::{self, Backend, From, Outgoing, Reply};
use crate::model::Event;
use crate::model::outbox::{Action, ClientMessageId, Hold, Signal, State as Entered};
use crate::model::rows::{Access, FailReason};
use crate::model::sorted::insert_once;
use crate::model::timeline::{self, Older};

/// The first page of the thread on screen: what a tall window shows, and a little more.
const FIRST_PAGE: u32 = 50;
/// The first page of another thread: a preview, and the unread ones.
const PREVIEW_PAGE: u32 = 20;
/// A page of what is new. Mostly it is empty but for the newest message that is known.
const NEW_PAGE: u32 = 20;
/// The largest page there is.
const LARGEST_PAGE: u32 = 200;
/// So many of the largest pages are read to close a gap; beyond, the thread begins anew with them.
const MOST_GAP_PAGES: usize = 5;
/// So many are searched for an entry that may have arrived.
const MOST_SEARCHED_PAGES: usize = 10;
/// So many pages are read to find a place in the history again whose link has expired.
const MOST_HISTORY_PAGES: usize = 50;
/// So many pages of threads, people or receipts; no end is in sight beyond.
const MOST_PAGES: usize = 50;
/// The list of threads is read to its end once in this time, otherwise its newest page does.
const WHOLE_LIST_MS: i64 = 5 * 60_000;
/// After an answer that makes no sense, or a refusal that names no reason.
const REFUSED_PAUSE_MS: i64 = 30_000;

impl Core {
    /// Carries out one request, or the few that belong together, and takes in what came of it.
    pub(super) async fn perform(self: Rc<Self>, ask: Ask, told: Option<Told>) {
        let asked_ms = self.steady_now_ms();
        let clock = self.state.borrow().clock;
        let Some(backend) = self.state.borrow().backend.clone() else { return };
        if let Some(told) = told {
            let result = self.ask(&Listening::only_to(backend.as_ref(), told.replies), &ask).await;
            return self.state.borrow_mut().heard(&ask, result.is_ok(), told.told_ms);
        }
        let line = Listening::to(backend.as_ref());
        let result = self.ask(&line, &ask).await;
        let asked_ms = self.by_this_clock(clock, asked_ms);
        let said = line.said();
        if result.is_ok() && ask.kind().is_some() && !said.is_empty() && !self.is_out_of_date(&ask) {
            self.pass_on(&ask, said, asked_ms);
        }
        self.finish(&ask, asked_ms, result);
        if !self.state.borrow().unsaved_replies.is_empty() {
            self.save_soon();
        }
        self.leave_if_nothing_is_left();
    }

    /// What was told is known to be so no more: somebody came or went while the list of people was under way. Other tabs may know that
    /// too, and would take the list for a new one.
    fn is_out_of_date(&self, ask: &Ask) -> bool {
        let Ask::People(thread) = ask else { return false };
        self.model().thread(thread).is_some_and(|known| known.people_stale)
    }

    /// Asks, and takes in the answer.
    pub(super) async fn ask(self: &Rc<Self>, backend: &dyn Backend, ask: &Ask) -> Result<(), ApiError> {
        match ask {
            Ask::Renew => self.renew().await,
            Ask::Listen => self.listen(backend).await,
            Ask::Threads => self.list_threads(backend).await,
            Ask::Messages(thread) => self.list_messages(backend, thread).await,
            Ask::Older(thread) => self.list_older(backend, thread).await,
            Ask::People(thread) => self.list_people(backend, thread).await,
            Ask::Properties(thread) => {
                let properties = backend.properties(thread.clone()).await;
                properties.map(|properties| self.apply(Event::Properties(properties)))
            }
            Ask::Receipts(thread) => {
                let receipts = self.all(|from| backend.list_receipts(thread.clone(), from)).await;
                receipts.map(|receipts| self.apply(Event::Receipts { thread: thread.clone(), receipts }))
            }
            Ask::TellRead(thread) => self.tell_read(backend, thread).await,
            Ask::Send(entry) => self.send_entry(backend, entry).await,
            Ask::Look(entry) => self.look_for_entry(backend, entry).await,
        }
    }

    fn apply(&self, event: Event) {
        self.state.borrow_mut().model.apply(event);
    }

    /// All pages of a list.
    pub(super) async fn all<'a, T>(
        &self,
        mut page: impl FnMut(From) -> Reply<'a, Collection<T>>,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut from = From::Start { page_size: LARGEST_PAGE };
        for _ in 0..MOST_PAGES {
            let reply = page(from).await?;
            items.extend(reply.value);
            match reply.next_link {
                Some(link) => from = From::Link(link),
                None => break,
            }
        }
        Ok(items)
    }

    async fn list_threads(&self, backend: &dyn Backend) -> Result<(), ApiError> {
        let now_ms = self.now_ms();
        let whole = {
            let state = self.state.borrow();
            state.listed_all_at_ms.is_none_or(|at| now_ms - at > WHOLE_LIST_MS || now_ms < at)
        };
        let first = backend.list_threads(From::Start { page_size: LARGEST_PAGE }).await?;
        let (mut items, mut link) = (first.value, first.next_link);
        let mut pages = 1;
        while let Some(next) = link.clone().filter(|_| whole && pages < MOST_PAGES) {
            let page = backend.list_threads(From::Link(next)).await?;
            items.extend(page.value);
            link = page.next_link;
            pages += 1;
        }
        let complete = link.is_none();
        let mut state = self.state.borrow_mut();
        if complete || whole {
            state.listed_all_at_ms = Some(now_ms);
        }
        state.model.apply(Event::Threads { items, complete });
        state.settle();
        Ok(())
    }

    async fn list_messages(&self, backend: &dyn Backend, thread: &ThreadId) -> Result<(), ApiError> {
        let (open, cursor, loaded) = {
            let state = self.state.borrow();
            let known = state.model.thread(thread);
            let cursor = known.and_then(|known| known.timeline.cursor().cloned());
            let loaded = known.is_some_and(|known| known.timeline.loaded());
            (state.model.open() == Some(thread), cursor, loaded)
        };
        let mut join = loaded;
        let (event, let_in) = loop {
            let page_size = match (join, open) {
                (true, _) => NEW_PAGE,
                (false, true) => FIRST_PAGE,
                (false, false) => PREVIEW_PAGE,
            };
            let event = newest(backend, thread, page_size, join.then_some(cursor.as_ref())).await?;
            let model = self.model();
            let closed = model.thread(thread).is_some_and(|known| known.access != Access::Open);
            let let_in = closed || model.lets_me_in(&event);
            if !let_in || !join {
                break (event, let_in);
            }
            // Whoever is let in again may see another part of the past than before: not all that is missing is new.
            join = false;
        };
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        if let_in {
            // What was refused to whoever was out is not refused any more.
            let polls = state.polls_mut(thread);
            polls.let_in_ms = now_ms;
            for poll in [&mut polls.receipts, &mut polls.people, &mut polls.properties] {
                poll.wanted = true;
                poll.refused_until_ms = 0;
            }
        }
        state.model.apply(event);
        let known = state.model.thread(thread).and_then(|known| known.timeline.cursor().cloned());
        if loaded && known != cursor {
            state.polls_mut(thread).active_ms = now_ms;
        }
        // The list of threads will tell of the same message: it is here already.
        let newest = state.model.thread(thread).and_then(|known| known.timeline.newest());
        let newest = newest.map(|newest| newest.created_on.truncated_to_second());
        let polls = state.polls_mut(thread);
        // Of its second, the list has not told yet.
        polls.unsettled |= polls.asked_for < newest;
        polls.asked_for = polls.asked_for.max(newest);
        state.want_a_screenful(thread);
        Ok(())
    }

    async fn list_people(&self, backend: &dyn Backend, thread: &ThreadId) -> Result<(), ApiError> {
        let stale = |stale| {
            let mut state = self.state.borrow_mut();
            std::mem::replace(&mut state.model.thread_mut(thread).people_stale, stale)
        };
        stale(false);
        let people = self.all(|from| backend.list_people(thread.clone(), from)).await;
        // Whoever came or went while the list was under way may be missing from it, or still be in it.
        let changed = stale(false);
        let result = people.map(|people| self.apply(Event::People { thread: thread.clone(), people }));
        stale(changed || result.is_err());
        result
    }

    async fn list_older(&self, backend: &dyn Backend, thread: &ThreadId) -> Result<(), ApiError> {
        let (older, few) = {
            let state = self.state.borrow();
            let known = state.model.thread(thread).map(|known| &known.timeline);
            let few = known.is_some_and(|known| known.count() < LARGEST_PAGE as usize);
            (known.map(|known| known.older().clone()), few)
        };
        let Some(Older::At(link)) = older else {
            self.state.borrow_mut().model.set_loading_older(thread, false);
            return Ok(());
        };
        let reply = |from| backend.list_messages(thread.clone(), from);
        let shown = || {
            let state = self.state.borrow();
            state.model.thread(thread).map_or(0, |known| known.timeline.shown_count())
        };
        let before = shown();
        let mut expected = Older::At(link.clone());
        // A link goes on in pages as small as the first one was. With few messages here the largest page has them all and brings most
        // of itself, and those after it are as large: the service counts requests, and somebody may want to go back far.
        let mut from = if few { From::Start { page_size: LARGEST_PAGE } } else { From::Link(link) };
        for page in 0..MOST_HISTORY_PAGES {
            let reply = match reply(from).await {
                Ok(reply) => reply,
                // The link has expired, or is not understood any more: find the place again from the newest page on.
                Err(error) if page == 0 && expired(&error) => {
                    reply(From::Start { page_size: LARGEST_PAGE }).await?
                }
                Err(error) => return Err(error),
            };
            {
                let state = self.state.borrow();
                let older = state.model.thread(thread).map(|known| known.timeline.older());
                // The thread began anew meanwhile: this page would hang below a gap.
                if older != Some(&expected) {
                    break;
                }
            }
            let next_link = reply.next_link.clone();
            expected = next_link.clone().map_or(Older::None, Older::At);
            let newest = {
                let state = self.state.borrow();
                state.model.thread(thread).and_then(|known| known.timeline.newest_listed().cloned())
            };
            // What is newer is brought by the list of what is new, which leaves nothing out between.
            let known = |message: &ChatMessage| newest.as_ref().is_none_or(|newest| message.id <= *newest);
            let page = reply.value.into_iter().filter(known).collect();
            self.apply(Event::OlderPage { thread: thread.clone(), page, next_link: reply.next_link });
            // A page may be empty, or hold nothing but what was edited since, and still not be the last.
            match next_link {
                Some(next) if shown() == before => from = From::Link(next),
                _ => break,
            }
        }
        self.state.borrow_mut().model.set_loading_older(thread, false);
        Ok(())
    }

    async fn tell_read(self: &Rc<Self>, backend: &dyn Backend, thread: &ThreadId) -> Result<(), ApiError> {
        let message = {
            let state = self.state.borrow();
            state.model.thread(thread).and_then(|known| known.marks.to_tell().cloned())
        };
        let Some(message) = message else { return Ok(()) };
        let result = backend.send_receipt(thread.clone(), message.clone()).await;
        let given_up = |error: &ApiError| !error.is_transient() && error.status() != Some(401);
        if result.as_ref().map_or_else(given_up, |()| true) {
            {
                let mut state = self.state.borrow_mut();
                state.model.thread_mut(thread).marks.told(&message);
                insert_once(&mut state.unsaved_marks, thread);
            }
            self.save_soon();
        }
        result
    }

    async fn send_entry(
        self: &Rc<Self>,
        backend: &dyn Backend,
        id: &ClientMessageId,
    ) -> Result<(), ApiError> {
        let entry = self.state.borrow().model.outbox.entry(id).cloned();
        let Some(entry) = entry else { return Ok(()) };
        // Before the first request, and with the state that tells a later reader that it may have arrived.
        self.store_entry(id).await;
        let my_name = self.state.borrow().model.my_name.clone();
        let thread = entry.thread.clone();
        let result = match entry.action.clone() {
            Action::Send { text, kind, priority } => {
                let (thread, client_id) = (thread.clone(), id.clone());
                let message = Outgoing { thread, client_id, text, kind, priority, my_name };
                let sent = backend.send_message(message).await;
                sent.map(|sent| self.apply(Event::Sent { entry: id.clone(), message: sent.id }))
            }
            Action::Edit { message, text } => {
                let changed = backend.update_message(thread.clone(), message, text).await;
                changed.map(|()| self.apply(Event::Changed { entry: id.clone() }))
            }
            Action::Delete { message } => {
                let changed = backend.delete_message(thread.clone(), message).await;
                changed.map(|()| self.apply(Event::Changed { entry: id.clone() }))
            }
            Action::Change(change) => self.send_change(backend, &entry, &change).await,
        };
        match result {
            Ok(()) => {
                // Seen in the list, it is fresh in every way: whoever else wrote meanwhile comes along.
                self.state.borrow_mut().polls_mut(&thread).messages.wanted = true;
                Ok(())
            }
            Err(error) => self.entry_failed(&thread, id, error).await,
        }
    }

    /// Searches for what was lost on its way, or its reply.
    async fn look_for_entry(
        self: &Rc<Self>,
        backend: &dyn Backend,
        id: &ClientMessageId,
    ) -> Result<(), ApiError> {
        let (entry, me) = {
            let state = self.state.borrow();
            (state.model.outbox.entry(id).cloned(), state.model.me.clone())
        };
        let Some(entry) = entry else { return Ok(()) };
        if let Action::Change(change) = &entry.action {
            match self.look_for_change(backend, &entry, change).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return self.entry_failed(&entry.thread, id, error).await,
            }
        } else {
            let mut from = From::Start { page_size: LARGEST_PAGE };
            for _ in 0..MOST_SEARCHED_PAGES {
                let page = match backend.list_messages(entry.thread.clone(), from).await {
                    Ok(page) => page,
                    Err(error) => return self.entry_failed(&entry.thread, id, error).await,
                };
                let found =
                    page.value.iter().find(|message| timeline::client_id(message, &me).as_ref() == Some(id));
                if let Some(found) = found {
                    self.apply(Event::Sent { entry: id.clone(), message: found.id.clone() });
                    return Ok(());
                }
                let past = entry.after.is_some() && reaches(&page.value, entry.after.as_ref());
                match page.next_link {
                    Some(link) if !past => from = From::Link(link),
                    _ => break,
                }
            }
        }
        self.signal_entry(id, Signal::Absent).await;
        Ok(())
    }

    /// Decides what a failure means for an entry. A failure that concerns more than the entry is handed on.
    pub(super) async fn entry_failed(
        &self,
        thread: &ThreadId,
        id: &ClientMessageId,
        error: ApiError,
    ) -> Result<(), ApiError> {
        let (entry, limit) = {
            let state = self.state.borrow();
            let limit = state.backend.as_ref().map_or(0, |backend| backend.capabilities().message_bytes);
            (state.model.outbox.entry(id).cloned(), limit)
        };
        let pause = error.retry_after_ms().and_then(|ms| i64::try_from(ms).ok());
        let (asked_to_wait, status) = (pause.is_some(), error.status());
        let tries = entry.as_ref().map_or(1, |entry| entry.tries.max(1));
        let pause = pause.unwrap_or_else(|| pause_ms(tries, self.platform.random.unit()));
        let until_ms = self.steady_now_ms().saturating_add(pause);
        // A search that could not be made changes nothing about what is unclear.
        let looking = entry.as_ref().is_some_and(|entry| entry.state == Entered::Looking);
        if asked_to_wait && status == Some(429) && !looking {
            // Also when its message was seen in a list meanwhile: the pause is everybody's.
            self.state.borrow_mut().model.outbox.hold(thread, until_ms);
        }
        let Some(entry) = entry else { return Ok(()) };
        let looked_for = entry.action.is_looked_for();
        let (signal, result) = match &error {
            // Surely not carried out: it waits for the new sign-in.
            ApiError::LoginLost { .. } => {
                (Signal::Later { until_ms: self.now_ms(), hold: Hold::Trouble }, Err(error))
            }
            ApiError::Refused { status: 429, .. } => {
                (Signal::Later { until_ms, hold: Hold::RateLimit }, Ok(()))
            }
            _ if error.is_unclear() && looked_for => (Signal::Lost { until_ms }, Err(error)),
            _ if error.is_transient() || error.is_unclear() => {
                (Signal::Later { until_ms, hold: Hold::Trouble }, Err(error))
            }
            _ => (Signal::Refused(refusal(&error, &entry.action, limit)), Ok(())),
        };
        if asked_to_wait && looking {
            // It was the thread's list that was asked for too often.
            self.state.borrow_mut().hold(&list_of(&entry), until_ms);
        }
        let signal = match signal {
            Signal::Later { until_ms, .. } if looking => Signal::Lost { until_ms },
            other => other,
        };
        self.signal_entry(id, signal).await;
        result
    }

    /// Hands a signal to an entry, shows it and writes it down.
    pub(super) async fn signal_entry(&self, id: &ClientMessageId, signal: Signal) {
        {
            let mut state = self.state.borrow_mut();
            let Some(entry) = state.model.outbox.signal(id, signal).cloned() else { return };
            state.model.outbox_changed(&entry.thread, entry.action.target());
            if matches!(entry.state, Entered::Failed { .. }) && state.model.outbox.is_outdated(id) {
                state.model.discard(id);
            }
        }
        self.store_entry(id).await;
    }

    /// Takes in what became of a request, whatever it was for.
    fn finish(&self, ask: &Ask, asked_ms: i64, result: Result<(), ApiError>) {
        let now_ms = self.steady_now_ms();
        let chance = self.platform.random.unit();
        let mut state = self.state.borrow_mut();
        state.note_answer(ask, asked_ms, now_ms, result.is_ok());
        let failures = match state.poll_mut(ask) {
            Some(poll) => {
                poll.in_flight = false;
                poll.failures = if result.is_ok() { 0 } else { poll.failures.saturating_add(1) };
                poll.failures
            }
            None => 1,
        };
        if *ask == Ask::Listen {
            state.stopped_listening(&result, asked_ms, now_ms, chance);
            // Streams end, and that says nothing of how the service is; of the sign-in it does.
            if !matches!(result, Err(ApiError::LoginLost { .. })) {
                return;
            }
        }
        let error = match result {
            Ok(()) => return state.succeeded(ask, asked_ms, now_ms),
            Err(error) => error,
        };
        let pause = error.retry_after_ms().and_then(|ms| i64::try_from(ms).ok());
        let own_pause_ms = pause_ms(failures, chance);
        // Whoever shares the limit with us comes back after the same pause.
        let limited = error.status() == Some(429);
        let pause_ms =
            pause.map_or(own_pause_ms, |pause| if limited { pause.max(own_pause_ms) } else { pause });
        if *ask == Ask::Renew {
            if !state.token_refused {
                return state.renew_later(&error, pause_ms, now_ms);
            }
            if !error.is_transient() {
                state.login_lost = true;
                return;
            }
        }
        match &error {
            ApiError::LoginLost { .. } => {
                state.login_refused(asked_ms, now_ms);
                // With the new token, at once.
                if let Some(poll) = state.poll_mut(ask) {
                    poll.wanted = true;
                }
            }
            ApiError::Refused { status: 429, .. } => {
                state.limited(ask, now_ms, now_ms.saturating_add(pause_ms))
            }
            _ if error.is_transient() => {
                let trouble = match &error {
                    ApiError::NoConnection { .. } => Trouble::Unreachable,
                    other => Trouble::Failing(backend::said(other)),
                };
                state.health.failed(trouble.clone(), asked_ms, now_ms, chance);
                // A service that says how long it will be busy knows better than chance.
                if let Some(pause) = pause {
                    let hold_ms = now_ms.saturating_add(pause);
                    state.hold(ask, hold_ms);
                    state.list.not_before_ms = state.list.not_before_ms.max(hold_ms);
                    state.health.busy_until(trouble, hold_ms, now_ms);
                }
                // Once more after the pause: what a person waits for must not wait for its regular turn.
                if let Some(poll) = state.poll_mut(ask) {
                    poll.wanted = true;
                }
                if state.health.failures() > 1 {
                    state.load_failed(ask, &error);
                }
            }
            _ => state.refused(ask, &error, asked_ms, now_ms, pause_ms.max(REFUSED_PAUSE_MS)),
        }
    }
}

impl State {
    /// Another tab's reply was taken in; what this tab was told of pauses stands. What was missing in it is asked for in turn.
    fn heard(&mut self, ask: &Ask, whole: bool, told_ms: i64) {
        if *ask == Ask::Threads && whole {
            self.list_told_ms = told_ms;
        }
        if let Some(poll) = self.poll_mut(ask) {
            poll.in_flight = false;
            poll.wanted |= !whole;
        }
        self.catching_up.retain(|waiting| waiting != ask || !whole);
    }

    fn succeeded(&mut self, ask: &Ask, asked_ms: i64, now_ms: i64) {
        if *ask == Ask::Threads {
            self.list_told_ms = now_ms;
        }
        if self.health.answered(asked_ms, now_ms) {
            self.catch_up();
            self.wake(now_ms);
        }
        if *ask != Ask::Renew && asked_ms >= self.renewed_at_ms {
            self.renewal_untested = false;
        }
        self.catching_up.retain(|waiting| waiting != ask);
        if self.last_limit.as_ref().is_some_and(|(limited, _)| limited == ask) {
            self.last_limit = None;
        }
    }

    /// The list of threads has been here again: whatever was read of a second before is read once more.
    fn settle(&mut self) {
        for (id, polls) in self.polls.iter_mut() {
            let Some(thread) = self.model.thread(id).filter(|_| polls.unsettled) else { continue };
            if polls.asked_for == thread.last_received {
                polls.unsettled = false;
                // The thread on screen is asked all the time, unless it is closed.
                polls.settle = self.model.open() != Some(id) || thread.access != Access::Open;
            }
        }
    }

    /// A thread that was loaded for its preview comes on screen: the rest of a screenful.
    pub(super) fn want_a_screenful(&mut self, thread: &ThreadId) {
        let Some(known) = self.model.thread(thread).filter(|_| self.model.open() == Some(thread)) else {
            return;
        };
        let timeline = &known.timeline;
        let wanted = timeline.loaded()
            && matches!(timeline.older(), Older::At(_))
            && timeline.shown_count_up_to(PREVIEW_PAGE as usize + 1) <= PREVIEW_PAGE as usize;
        self.polls_mut(thread).older.wanted |= wanted;
    }

    fn hold(&mut self, ask: &Ask, until_ms: i64) {
        if let Some(poll) = self.poll_mut(ask) {
            poll.not_before_ms = poll.not_before_ms.max(until_ms);
        }
    }

    /// 429: this resource rests; when two do, everything does.
    fn limited(&mut self, ask: &Ask, now_ms: i64, until_ms: i64) {
        self.hold(ask, until_ms);
        let another = self.last_limit.as_ref().is_some_and(|(other, until)| other != ask && *until > now_ms);
        if another || self.health.trouble() == Some(&Trouble::Limited) {
            self.health.limited(until_ms, now_ms);
        }
        // Of what is only worth a word when somebody waits for it, none is: receipts and the like come later.
        let noticed = matches!(ask, Ask::Threads | Ask::Renew) || ask.thread() == self.model.open();
        if noticed || another {
            self.last_limit = Some((ask.clone(), until_ms));
        }
        if let Some(poll) = self.poll_mut(ask) {
            poll.wanted = true;
        }
    }

    fn load_failed(&mut self, ask: &Ask, error: &ApiError) {
        if let Ask::Messages(thread) = ask
            && self.model.thread(thread).is_none_or(|known| !known.timeline.loaded())
        {
            let error = backend::action_error(error, 0);
            self.model.apply(Event::LoadFailed { thread: thread.clone(), error });
        }
    }

    /// A refusal that stands: 403 and 404 close the thread, and the others go on.
    fn refused(&mut self, ask: &Ask, error: &ApiError, asked_ms: i64, now_ms: i64, pause_ms: i64) {
        let until_ms = now_ms.saturating_add(pause_ms);
        if let Ask::Older(thread) = ask {
            self.model.set_loading_older(thread, false);
        }
        let access = match error.status() {
            Some(403) => Some(Access::Removed),
            Some(404) => Some(Access::Gone),
            _ => None,
        };
        // Asked before I was let in again, it says nothing of how things are.
        let polls = ask.thread().and_then(|thread| self.polls.get(thread));
        if access.is_some() && polls.is_some_and(|polls| asked_ms < polls.let_in_ms) {
            if let Some(poll) = self.poll_mut(ask) {
                poll.wanted = true;
            }
            return;
        }
        match (ask, access) {
            (Ask::Messages(thread) | Ask::Older(thread) | Ask::People(thread), Some(access)) => {
                let said = backend::said(error);
                self.model.apply(Event::NoAccess { thread: thread.clone(), access, said });
                insert_once(&mut self.unsaved_replies, &Ask::Messages(thread.clone()));
                self.catching_up.retain(|waiting| waiting.thread() != Some(thread));
            }
            (Ask::Threads, _) => {
                self.hold(ask, until_ms);
                self.health.failed(Trouble::Failing(backend::said(error)), now_ms, now_ms, 1.0);
            }
            _ => {
                if let Some(poll) = self.poll_mut(ask) {
                    poll.refused_until_ms = until_ms;
                }
                self.load_failed(ask, error);
            }
        }
    }
}

/// Asks for the newest messages of a thread: a page of them, or down to the cursor of what is known if they are to be joined to that.
async fn newest(
    backend: &dyn Backend,
    thread: &ThreadId,
    page_size: u32,
    join: Option<Option<&SequenceId>>,
) -> Result<Event, ApiError> {
    let reply = |from| backend.list_messages(thread.clone(), from);
    let mut first = reply(From::Start { page_size }).await?;
    if let Some(cursor) = join {
        if first.next_link.is_some() && !reaches(&first.value, cursor) {
            // Much is new: in large pages, for the service counts requests.
            first = reply(From::Start { page_size: LARGEST_PAGE }).await?;
        }
        let mut joined = reaches(&first.value, cursor);
        for _ in 1..MOST_GAP_PAGES {
            let Some(next) = first.next_link.take().filter(|_| !joined) else { break };
            let page = reply(From::Link(next)).await?;
            joined = reaches(&page.value, cursor);
            first.value.extend(page.value);
            first.next_link = page.next_link;
        }
        if joined || first.next_link.is_none() {
            return Ok(Event::NewMessages { thread: thread.clone(), messages: first.value });
        }
        // Too much happened to read it all: begin anew.
    }
    Ok(Event::FirstPage { thread: thread.clone(), page: first.value, next_link: first.next_link })
}

/// A page goes down to what is known.
fn reaches(messages: &[ChatMessage], cursor: Option<&SequenceId>) -> bool {
    cursor.is_some_and(|cursor| messages.iter().any(|message| message.sequence_id <= *cursor))
}

/// What a link that is too old may be answered with.
fn expired(error: &ApiError) -> bool {
    matches!(error, ApiError::BrokenReply { .. } | ApiError::InvalidRequest { .. })
        || matches!(error.status(), Some(400 | 404 | 410 | 412))
}

/// Why an entry was refused for good.
fn refusal(error: &ApiError, action: &Action, limit: usize) -> FailReason {
    let text = match action {
        Action::Send { text, .. } | Action::Edit { text, .. } => text.as_str(),
        Action::Delete { .. } | Action::Change(_) => "",
    };
    match error {
        ApiError::Refused { status: 403, .. } if !action.is_creation() => FailReason::NotMember,
        ApiError::Refused { status: 404, .. } if !action.is_creation() => FailReason::ThreadGone,
        ApiError::Refused { status: 413, .. } => FailReason::TooLong { bytes: text.len(), limit },
        ApiError::Refused { code, message, .. } => {
            FailReason::Refused { message: if message.is_empty() { code } else { message }.clone() }
        }
        _ => FailReason::Unknown,
    }
}
