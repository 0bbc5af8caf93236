//! Signing in and out, and the token and its renewal.

use std::rc::Rc;

use acs_chat::fields::Fields;
use acs_chat::{ApiError, Endpoint, RawId, Timestamp, TokenClaims};
use futures_util::future;
use serde::Serialize;

use super::backoff::Health;
use super::plan::{Poll, ThreadPolls};
use super::{Core, State};
use crate::backend::{self, From};
use crate::model::rows::{ActionError, Config, InvalidInput, ServiceKind, Session};
use crate::model::{Event, Model};

/// The longest name that a sign-in by name takes.
const NAME_CHARACTERS: usize = 64;
/// A token is renewed this long before it ends, so that nobody notices.
const RENEW_BEFORE_MS: i64 = 2 * 60_000;
/// Kept in the place of a sign-in from signing out until all else that is kept is gone: the page may end before.
const SIGNED_OUT: &str = "signed out";
/// A tab that has its turn and does nothing with it, frozen perhaps, is waited for this long.
const TURN_TIMEOUT_MS: u64 = 10_000;

/// What local storage holds under `natter.session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeptSession {
    endpoint: String,
    token: String,
    user_id: RawId,
    name: String,
    kind: ServiceKind,
}

impl KeptSession {
    /// What was kept, unless another version wrote it.
    fn read(text: &str) -> Option<Self> {
        let mut fields = Fields::parse(text.as_bytes());
        let kept = Self {
            endpoint: fields.text("endpoint"),
            token: fields.text("token"),
            user_id: RawId::new(fields.text("userId")),
            name: fields.text("name"),
            kind: ServiceKind::from_name(&fields.text("kind"))?,
        };
        fields.finish(kept).ok()
    }

    fn session(&self) -> Session {
        Session {
            me: self.user_id.clone(),
            name: self.name.clone(),
            service: self.kind,
            endpoint: self.endpoint.clone(),
        }
    }
}

impl Core {
    pub(super) async fn load_config(&self) {
        let config = self.services.config().await;
        let token_url = safe_token_url(&config.token_url, &self.services.origin());
        {
            let mut state = self.state.borrow_mut();
            (state.config, state.token_url) = (Some(config), token_url);
        }
        self.flush();
    }

    /// What is kept of a sign-in, as far as it can be read.
    fn kept_session(&self) -> Option<KeptSession> {
        KeptSession::read(&self.platform.session.get()?)
    }

    /// Takes up the sign-in that is kept. Whether its token has ended the service says: the clock of this machine may be wrong,
    /// a new token may be had, and what is kept here can be read all the same.
    pub(super) fn restore_session(self: &Rc<Self>) {
        if self.signed_out() {
            self.clear_storage();
        }
        if let Some(kept) = self.kept_session() {
            // Kept by an older version, or by somebody else: sign in again.
            drop(self.establish(&kept));
        }
    }

    /// Somebody is signed in from here on.
    fn establish(self: &Rc<Self>, kept: &KeptSession) -> Result<(), ApiError> {
        let backend = self.services.connect(kept.kind, &kept.endpoint, &kept.token)?;
        let same = {
            let mut state = self.state.borrow_mut();
            let session = kept.session();
            // Signed in again after a lost sign-in: what is here, drafts and outbox included, goes on.
            let same = state
                .session
                .as_ref()
                .is_some_and(|known| (&known.me, &known.endpoint) == (&session.me, &session.endpoint));
            if !same {
                state.forget(Model::new(session.me.clone(), session.name.clone()));
            }
            state.model.my_name.clone_from(&session.name);
            state.session = Some(session);
            state.backend = Some(backend);
            state.take_token(&kept.token);
            state.login_lost = false;
            state.renewal_untested = false;
            (state.health, state.list, state.renewal) = (Health::default(), Poll::default(), Poll::default());
            state.begin_polls_anew();
            same
        };
        self.generation.set(self.generation.get() + 1);
        if !same {
            let core = Rc::clone(self);
            self.spawn(async move { core.read_storage().await });
        }
        self.kick();
        Ok(())
    }

    fn keep(&self, kept: &KeptSession) {
        let text = serde_json::to_string(kept).unwrap_or_default();
        if !self.platform.session.set(&text) {
            self.note_storage(false);
        }
    }

    /// Signs in to the local service.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn sign_in_by_name(self: &Rc<Self>, name: &str) -> Result<(), ActionError> {
        let name = checked_name(name)?;
        let endpoint = self.service_endpoint().await;
        let request = self.services.sign_in_by_name(&endpoint, name);
        let granted = request.await.map_err(|error| backend::action_error(&error, 0))?;
        let kept = KeptSession {
            endpoint,
            token: granted.token,
            user_id: granted.id,
            name: granted.name,
            kind: ServiceKind::Natter,
        };
        self.sign_in(&kept)
    }

    /// The endpoint of `config.json`; by itself, the origin of the page.
    async fn service_endpoint(&self) -> String {
        if self.state.borrow().config.is_none() {
            self.load_config().await;
        }
        let Config { endpoint, .. } = self.config();
        let endpoint = if endpoint.trim().is_empty() { self.services.origin() } else { endpoint };
        endpoint.trim().trim_end_matches('/').to_owned()
    }

    fn sign_in(self: &Rc<Self>, kept: &KeptSession) -> Result<(), ActionError> {
        self.establish(kept).map_err(|error| backend::action_error(&error, 0))?;
        self.keep(kept);
        self.flush();
        Ok(())
    }

    /// Signs in with a user token made elsewhere; it is tried at once.
    ///
    /// # Errors
    /// What is wrong with the entry, what the service refuses, or that it cannot be reached.
    pub async fn sign_in_with_token(
        self: &Rc<Self>,
        endpoint: &str,
        token: &str,
        name: &str,
    ) -> Result<(), ActionError> {
        let endpoint = checked_endpoint(endpoint)?;
        let user_id = checked_token(token, self.now())?;
        let name = checked_name(name)?;
        let kept =
            KeptSession { endpoint, token: token.trim().to_owned(), user_id, name, kind: ServiceKind::Acs };
        let refused = |error: ApiError| backend::action_error(&error, 0);
        let backend = self.services.connect(kept.kind, &kept.endpoint, &kept.token).map_err(refused)?;
        let first = backend.list_threads(From::Start { page_size: 20 }).await.map_err(refused)?;
        self.establish(&kept).map_err(refused)?;
        {
            let mut state = self.state.borrow_mut();
            let complete = first.next_link.is_none();
            state.model.apply(Event::Threads { items: first.value, complete });
        }
        self.keep(&kept);
        self.flush();
        Ok(())
    }

    /// Signs out: the token and everything kept goes, here and in all tabs.
    pub fn sign_out(self: &Rc<Self>) {
        if !self.platform.session.set(SIGNED_OUT) {
            self.platform.session.remove();
        }
        self.clear_storage();
        self.leave_session();
    }

    /// Everything kept goes, after whatever this tab is writing down just now.
    fn clear_storage(self: &Rc<Self>) {
        let cleared = self.platform.storage.clear();
        let core = Rc::clone(self);
        self.spawn(async move {
            let gone = core.stored(cleared).await.is_some();
            if gone && core.signed_out() {
                core.platform.session.remove();
            }
        });
    }

    /// Somebody signed out, and what was kept may be there still.
    fn signed_out(&self) -> bool {
        self.platform.session.get().as_deref() == Some(SIGNED_OUT)
    }

    pub(super) fn leave_session(&self) {
        {
            let mut state = self.state.borrow_mut();
            state.forget(Model::new(RawId::new(""), String::new()));
            (state.session, state.backend, state.expires_on) = (None, None, None);
            state.token.clear();
            state.login_lost = false;
        }
        self.generation.set(self.generation.get() + 1);
        self.kick();
        self.flush();
    }

    /// Another tab signed out, in, or has a newer token.
    pub(super) fn session_changed(self: &Rc<Self>) {
        let Some(kept) = self.kept_session() else {
            // Once, for what is written down from now on may be somebody else's.
            if self.session().is_some() {
                // What this tab wrote down after the other had cleared everything goes as well.
                self.clear_storage();
                self.leave_session();
            }
            return;
        };
        let mut state = self.state.borrow_mut();
        let same = state.session.as_ref().is_some_and(|session| *session == kept.session());
        if same && !state.login_lost {
            state.take_token(&kept.token);
        } else {
            drop(state);
            drop(self.establish(&kept));
        }
    }

    /// A new token for the same person. Of all tabs one asks for it, and the others find it where the sign-in is kept.
    pub(super) async fn renew(&self) -> Result<(), ApiError> {
        let Some(session) = self.session() else { return Ok(()) };
        let turn = self.platform.page.turn();
        let sleep = self.platform.clock.sleep_ms(TURN_TIMEOUT_MS);
        // Held to the end.
        let _turn = future::select(turn, sleep).await;
        let ours = self.state.borrow().token.clone();
        let another = self.kept_session().filter(|kept| kept.token != ours && kept.session() == session);
        let token = match another {
            Some(kept) => kept.token,
            None => self.new_token(&session, ours).await?,
        };
        let mut state = self.state.borrow_mut();
        state.take_token(&token);
        state.renewed_at_ms = self.now_ms();
        state.renewal_untested = true;
        Ok(())
    }

    async fn new_token(&self, session: &Session, old: String) -> Result<String, ApiError> {
        let (token, user_id) = match session.service {
            // By the same name.
            ServiceKind::Natter => {
                let granted = self.services.sign_in_by_name(&session.endpoint, session.name.clone()).await?;
                (granted.token, Some(granted.id))
            }
            ServiceKind::Acs => {
                if self.state.borrow().config.is_none() {
                    self.load_config().await;
                }
                let nowhere = || ApiError::LoginLost { message: "no place to renew it".to_owned() };
                let url = self.state.borrow().token_url.clone().ok_or_else(nowhere)?;
                let granted = self.services.new_token(&url, &old).await?;
                let user_id = TokenClaims::parse(&granted.token).ok().and_then(|claims| claims.user_id);
                (granted.token, user_id)
            }
        };
        if user_id.as_ref() != Some(&session.me) {
            return Err(ApiError::LoginLost { message: "the new token is somebody else's".to_owned() });
        }
        self.keep(&KeptSession {
            endpoint: session.endpoint.clone(),
            token: token.clone(),
            user_id: session.me.clone(),
            name: session.name.clone(),
            kind: session.service,
        });
        Ok(token)
    }

    /// Without a sign-in and with nothing to read there is nothing but to sign in.
    pub(super) fn leave_if_nothing_is_left(&self) {
        let left = {
            let state = self.state.borrow();
            state.login_lost && state.storage_read && !state.model.threads_loaded
        };
        if left {
            self.leave_session();
            self.state.borrow_mut().login_lost = true;
            self.flush();
        }
    }
}

impl State {
    fn forget(&mut self, model: Model) {
        let open = self.model.open().cloned();
        self.model = model;
        // The address on screen is the same whoever is signed in.
        self.model.show(open);
        self.polls.clear();
        self.catching_up.clear();
        self.unsaved_marks.clear();
        self.heard.clear();
        self.kept.clear();
        self.unsaved_replies.clear();
        self.answered.clear();
        self.typed_at_ms.clear();
        self.listed_all_at_ms = None;
        self.last_limit = None;
        self.storage_read = false;
        (self.health, self.list, self.renewal) = (Health::default(), Poll::default(), Poll::default());
        (self.listening, self.told_until_ms, self.last_event) = (Poll::default(), i64::MIN, None);
    }

    /// What was under way will not be answered any more.
    fn begin_polls_anew(&mut self) {
        (self.listening, self.told_until_ms) = (Poll::default(), i64::MIN);
        for (id, polls) in self.polls.iter_mut() {
            let loading_older = self.model.thread(id).is_some_and(|thread| thread.loading_older);
            let older = Poll { wanted: loading_older, ..Poll::default() };
            let unanswered = polls.messages.in_flight || polls.messages.wanted;
            let messages = Poll { wanted: unanswered, ..Poll::default() };
            let unanswered = polls.people.in_flight || polls.people.wanted;
            let people = Poll { wanted: unanswered, ..Poll::default() };
            let (asked_for, active_ms) = (polls.asked_for, polls.active_ms);
            *polls = ThreadPolls { messages, older, people, asked_for, active_ms, ..ThreadPolls::default() };
        }
        self.model.outbox.interrupted();
        self.model.outbox.wake();
    }

    /// This is the token from now on.
    fn take_token(&mut self, token: &str) {
        if let Some(backend) = &self.backend {
            backend.replace_token(token);
        }
        token.clone_into(&mut self.token);
        self.expires_on = TokenClaims::parse(token).ok().map(|claims| claims.expires_on);
        self.token_refused = false;
    }

    /// When the token ends, on this machine's clock.
    pub(super) fn token_ends_ms(&self) -> Option<i64> {
        let ahead_ms = self.backend.as_ref()?.ahead_ms();
        Some(self.expires_on?.as_ms().saturating_sub(ahead_ms))
    }

    /// Nothing is asked with the token any more. The service's word is certain; the clock is believed until a renewal fails.
    pub(super) fn token_ended(&self, now_ms: i64) -> bool {
        let past = || self.token_ends_ms().is_some_and(|ends_ms| ends_ms <= now_ms);
        self.token_refused || (self.renewal.failures == 0 && past())
    }

    /// Whether a new token can be had without asking the person.
    fn renewable(&self) -> bool {
        let by_name = |session: &Session| session.service == ServiceKind::Natter;
        self.token_url.is_some() || self.session.as_ref().is_some_and(by_name)
    }

    /// The token is about to end: a new one, before anybody notices.
    pub(super) fn notice_expiry(&mut self, now_ms: i64) {
        let Some(ends_ms) = self.token_ends_ms() else { return };
        // Once: a clock that is wrong by a day must not make every request a renewal. The 401 tells for sure.
        let due = ends_ms - now_ms < RENEW_BEFORE_MS && !self.renewal_untested;
        let recently = (0..RENEW_BEFORE_MS).contains(&(now_ms - self.renewed_at_ms));
        if due && self.renewable() && !recently && !self.renewal.in_flight {
            self.renewal.wanted = true;
        }
    }

    /// No new token was had; the old one is good until the service says otherwise.
    pub(super) fn renew_later(&mut self, error: &ApiError, pause_ms: i64, now_ms: i64) {
        let pause_ms = if error.is_transient() { pause_ms } else { RENEW_BEFORE_MS };
        self.renewal.wanted = true;
        self.renewal.not_before_ms = now_ms.saturating_add(pause_ms);
    }

    /// 401 to a request that went out at `asked_ms`.
    pub(super) fn login_refused(&mut self, asked_ms: i64, now_ms: i64) {
        if asked_ms < self.renewed_at_ms {
            // It went out with the old token.
            return;
        }
        // Until `config.json` is here, there may be a place where tokens are renewed.
        if (self.renewable() || self.config.is_none()) && !self.renewal_untested {
            self.token_refused = true;
            self.renewal.wanted = true;
            self.renewal.not_before_ms = self.renewal.not_before_ms.min(now_ms);
        } else {
            self.login_lost = true;
        }
    }
}

fn checked_name(name: &str) -> Result<String, ActionError> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(ActionError::Invalid(InvalidInput::EmptyName)),
        count if count > NAME_CHARACTERS => Err(ActionError::Invalid(InvalidInput::NameTooLong)),
        _ => Ok(name.to_owned()),
    }
}

/// Reads an endpoint as people paste it. Without encryption the token would be for everybody on the way, so `http` is for
/// this machine only.
fn checked_endpoint(endpoint: &str) -> Result<String, ActionError> {
    let invalid = |input| Err(ActionError::Invalid(input));
    let endpoint = endpoint.trim();
    if endpoint.is_empty() {
        return invalid(InvalidInput::EmptyEndpoint);
    }
    // A connection string: its key opens the whole resource, and has no business in a browser.
    if endpoint.to_ascii_lowercase().contains("accesskey=") {
        return invalid(InvalidInput::BadEndpoint);
    }
    let Ok(parsed) = Endpoint::parse(endpoint) else { return invalid(InvalidInput::BadEndpoint) };
    let host = parsed.host().rsplit_once(':').map_or(parsed.host(), |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { parsed.host() }
    });
    let loopback =
        matches!(host, "localhost" | "[::1]") || host.ends_with(".localhost") || host.starts_with("127.");
    if !loopback && parsed.origin().starts_with("http:") {
        return invalid(InvalidInput::InsecureEndpoint);
    }
    Ok(parsed.url(""))
}

/// Where `config.json` says that tokens are renewed: an address that is safe to send one to, or a path on the page's own origin.
fn safe_token_url(url: &str, origin: &str) -> Option<String> {
    let url = url.trim();
    if url.starts_with('/') {
        return Some([origin, url].concat());
    }
    checked_endpoint(url).is_ok().then(|| url.to_owned())
}

fn checked_token(token: &str, now: Timestamp) -> Result<RawId, ActionError> {
    let invalid = |input| Err(ActionError::Invalid(input));
    if token.trim().is_empty() {
        return invalid(InvalidInput::EmptyToken);
    }
    let Ok(claims) = TokenClaims::parse(token) else { return invalid(InvalidInput::BrokenToken) };
    if claims.expires_within(now, 0) {
        return invalid(InvalidInput::ExpiredToken { at: claims.expires_on });
    }
    // No scopes at all is a token of another make; the service decides.
    if !claims.scopes.is_empty() && !claims.scopes.iter().any(acs_chat::TokenScope::allows_chat) {
        return invalid(InvalidInput::TokenWithoutChatScope);
    }
    claims.user_id.ok_or(ActionError::Invalid(InvalidInput::TokenWithoutUser))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_as_people_paste_them() {
        let invalid = |input| Err(ActionError::Invalid(input));
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(
            checked_endpoint(" https://A.communication.azure.com/ "),
            ok("https://a.communication.azure.com")
        );
        assert_eq!(checked_endpoint("http://localhost:8080/"), ok("http://localhost:8080"));
        assert_eq!(checked_endpoint("http://127.0.0.1:8080"), ok("http://127.0.0.1:8080"));
        assert_eq!(checked_endpoint("http://[::1]:8080"), ok("http://[::1]:8080"));
        assert_eq!(checked_endpoint("http://[::1]"), ok("http://[::1]"));
        assert_eq!(checked_endpoint("http://example.com"), invalid(InvalidInput::InsecureEndpoint));
        assert_eq!(checked_endpoint("http://localhost.example.com"), invalid(InvalidInput::InsecureEndpoint));
        assert_eq!(checked_endpoint(""), invalid(InvalidInput::EmptyEndpoint));
        assert_eq!(checked_endpoint("example.com"), invalid(InvalidInput::BadEndpoint));
        assert_eq!(
            checked_endpoint("endpoint=https://a.communication.azure.com/;AccessKey=abc="),
            invalid(InvalidInput::BadEndpoint)
        );
    }

    #[test]
    fn names_have_a_length() {
        assert_eq!(checked_name(" Ann "), Ok("Ann".to_owned()));
        assert_eq!(checked_name(" "), Err(ActionError::Invalid(InvalidInput::EmptyName)));
        assert_eq!(checked_name(&"好".repeat(65)), Err(ActionError::Invalid(InvalidInput::NameTooLong)));
    }
}
