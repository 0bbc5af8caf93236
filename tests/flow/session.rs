//! Signing in and out, tokens that end, and what stays on the machine.

use std::rc::Rc;

use acs_chat::ThreadId;
use natter::model::rows::{ActionError, Connection, InvalidInput, ServiceKind, Status};
use natter::platform::{PageEvent, Shelf};
use natter::sync::Core;

use crate::world::{Alone, App, Fault, Line, Machine, ORIGIN, World};

fn sign_in_with_token(
    world: &World,
    core: &Rc<Core>,
    endpoint: &str,
    token: &str,
) -> Result<(), ActionError> {
    let (core, endpoint, token) = (Rc::clone(core), endpoint.to_owned(), token.to_owned());
    world.wait(async move { core.sign_in_with_token(&endpoint, &token, "Ann").await })
}

#[test]
fn a_sign_in_survives_a_reload() {
    let Alone { world, line, ann, thread } = Alone::new();
    let me = ann.core.session().unwrap();
    assert_eq!((me.name.as_str(), me.service, me.endpoint.as_str()), ("Ann", ServiceKind::Natter, ORIGIN));
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    assert_eq!(ann.core.session().unwrap(), me, "at once");
    world.pass(2_000);
    assert_eq!(ann.core.model().rows()[0].id, thread);
}

#[test]
fn a_token_signs_in_and_is_tried_at_once() {
    let Alone { world, line, ann, thread } = Alone::new();
    let token = ann.token();
    let other = App::open(&world, &line, &Rc::default());
    let core = &other.core;
    let invalid = |input| Err(ActionError::Invalid(input));
    assert_eq!(sign_in_with_token(&world, core, "", &token), invalid(InvalidInput::EmptyEndpoint));
    assert_eq!(sign_in_with_token(&world, core, ORIGIN, " "), invalid(InvalidInput::EmptyToken));
    assert_eq!(sign_in_with_token(&world, core, ORIGIN, "a.b.c"), invalid(InvalidInput::BrokenToken));
    line.fault("GET", "/chat/threads", 1, Fault::Answer(401, vec![]));
    assert_eq!(sign_in_with_token(&world, core, ORIGIN, &token), Err(ActionError::LoginLost));
    line.fault("GET", "/chat/threads", 1, Fault::NotSent);
    assert_eq!(sign_in_with_token(&world, core, ORIGIN, &token), Err(ActionError::NoConnection));
    assert_eq!(core.session(), None);
    assert_eq!(sign_in_with_token(&world, core, &format!("{ORIGIN}/"), &token), Ok(()));
    let session = core.session().unwrap();
    assert_eq!((session.service, session.endpoint.as_str()), (ServiceKind::Acs, ORIGIN));
    assert_eq!(core.model().rows()[0].id, thread);
    assert!(!core.capabilities().people_by_name);
}

#[test]
fn an_expired_token_asks_to_sign_in_and_drafts_are_kept() {
    let Alone { world, line, ann, thread } = Alone::new();
    let token = ann.token();
    let machine: Rc<Machine> = Rc::default();
    let other = App::open(&world, &line, &machine);
    sign_in_with_token(&world, &other.core, ORIGIN, &token).unwrap();
    other.core.set_draft(&thread, "half a tho".into());
    world.pass(500);
    drop(other.crash());
    world.set_clock(world.now_ms() + 48 * 3_600_000);
    let other = App::open(&world, &line, &machine);
    world.pass(500);
    assert_eq!(other.core.connection(), Connection::LoginLost);
    assert_eq!(other.core.model().rows()[0].id, thread, "what was here can be read");
    machine.forget(Shelf::Replies);
    let bare = App::open(&world, &line, &machine);
    world.pass(500);
    assert_eq!(bare.core.connection(), Connection::LoginLost);
    assert_eq!(bare.core.session(), None, "with nothing to read there is nothing but to sign in");
    let token = App::of(&world, &line, "Ann").token();
    sign_in_with_token(&world, &other.core, ORIGIN, &token).unwrap();
    world.pass(500);
    assert_eq!(other.core.draft(&thread), "half a tho");
}

#[test]
fn a_sign_in_by_name_is_renewed_before_anybody_notices() {
    let Alone { world, line, ann, thread } = Alone::new();
    let before = ann.token();
    world.pass(30 * 3_600_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
    assert_ne!(ann.token(), before);
    let made = line.take_made();
    assert!(made.iter().all(|made| made.status != 401), "no request was refused");
    assert!(made.iter().filter(|made| made.path == "/natter/v1/sign-in").count() <= 2);
    ann.send(&thread, "still here");
    world.pass(3_000);
    assert_eq!(ann.messages(&thread)[0].status, Status::Accepted);
}

#[test]
fn a_refused_token_is_renewed_once_and_then_given_up() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.fault("GET", "/messages", 1, Fault::Answer(401, vec![]));
    world.pass(5_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate, "renewed");
    line.take_made();
    line.fault("", "/chat/", usize::MAX, Fault::Answer(401, vec![]));
    ann.core.set_draft(&thread, "draft".into());
    ann.send(&thread, "words");
    world.pass(60_000);
    assert_eq!(ann.core.connection(), Connection::LoginLost);
    assert!(line.take_made().iter().filter(|made| made.path == "/natter/v1/sign-in").count() <= 2);
    world.pass(600_000);
    assert_eq!(line.take_made(), [], "the loop has stopped");
    assert_eq!(ann.core.draft(&thread), "draft");
    assert_eq!(ann.texts(&thread), ["words"]);
    assert!(ann.core.session().is_some(), "what is here stays on screen");

    line.mend();
    let core = Rc::clone(&ann.core);
    world.wait(async move { core.sign_in_by_name("Ann").await }).unwrap();
    world.pass(5_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
    assert_eq!(ann.messages(&thread)[0].status, Status::Accepted, "and goes out after signing in again");
    assert_eq!(ann.core.draft(&thread), "draft");
}

const HOUR_MS: i64 = 3_600_000;

/// Ann, signed in on a machine of her own with a token, in so many tabs, and the thread that is open in all of them. What
/// `config.json` says of renewal is given; a token by name lives for a day.
struct ByToken {
    world: Rc<World>,
    line: Rc<Line>,
    thread: ThreadId,
    tabs: Vec<App>,
    machine: Rc<Machine>,
}

impl ByToken {
    fn new(token_url: &str, tabs: usize) -> Self {
        let Alone { world, line, ann, thread } = Alone::new();
        let config = format!(r#"{{"signInByName": false, "tokenUrl": "{token_url}"}}"#);
        line.fault("GET", "/config.json", usize::MAX, Fault::Says(config));
        let token = ann.token();
        let nobody = ann.crash();
        nobody.session.take();
        let machine: Rc<Machine> = Rc::default();
        let first = App::open(&world, &line, &machine);
        sign_in_with_token(&world, &first.core, ORIGIN, &token).unwrap();
        let others = (1..tabs).map(|_| App::open(&world, &line, &machine));
        let tabs: Vec<App> = std::iter::once(first).chain(others.collect::<Vec<_>>()).collect();
        for tab in &tabs {
            tab.core.show(Some(thread.clone()));
        }
        world.pass(3_000);
        Self { world, line, thread, tabs, machine }
    }

    /// A token for somebody that is good for a day from now.
    fn granted(&self, name: &str) -> String {
        let request = acs_chat::HttpRequest {
            method: acs_chat::Method::Post,
            url: format!("{ORIGIN}/natter/v1/sign-in"),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Some(format!(r#"{{"name": "{name}"}}"#).into_bytes()),
        };
        let reply = self.line.serve(request);
        serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap()["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The server of the deployment gives this token from now on.
    fn grant(&self, token: &str) {
        let says = format!(r#"{{"token": "{token}", "expiresOn": "2025-01-04T03:04:05Z"}}"#);
        self.line.fault("POST", "/renew", usize::MAX, Fault::Says(says));
    }

    fn kept_token(&self) -> String {
        self.tabs[0].token()
    }

    /// The machine sleeps until so long before the token ends, by the service's clock.
    fn sleep_until_before_end(&self, ms: i64) {
        let ends = acs_chat::TokenClaims::parse(&self.kept_token()).unwrap().expires_on;
        self.world.set_clock(ends.as_ms() - self.line.ahead_ms.get() - ms);
    }

    /// How often a new token was asked for since this was last called, and that nothing else was refused.
    fn asked(&self) -> usize {
        let made = self.line.take_made();
        assert!(made.iter().all(|made| made.status != 401), "no request was refused");
        made.iter().filter(|made| made.path == "/renew").count()
    }
}

#[test]
fn a_token_is_exchanged_once_for_all_tabs_two_minutes_before_it_ends() {
    let ann = ByToken::new("/renew", 5);
    ann.sleep_until_before_end(130_000);
    ann.world.pass(9_000);
    assert_eq!(ann.asked(), 0, "too early");
    let token = ann.granted("Ann");
    ann.grant(&token);
    ann.world.pass(20_000);
    assert_eq!(ann.asked(), 1, "one tab for all");
    assert_eq!(ann.kept_token(), token);
    ann.world.pass(300_000);
    assert_eq!(ann.asked(), 0, "and every tab goes on with it");
    for tab in &ann.tabs {
        assert_eq!(tab.core.connection(), Connection::UpToDate);
    }
}

#[test]
fn the_end_of_a_token_is_told_by_the_service_s_clock() {
    let ann = ByToken::new("/renew", 1);
    // This machine's clock is an hour slow from here on.
    ann.line.ahead_ms.set(HOUR_MS);
    ann.world.pass(5_000);
    ann.sleep_until_before_end(130_000);
    ann.world.pass(9_000);
    assert_eq!(ann.asked(), 0, "too early");
    let token = ann.granted("Ann");
    ann.grant(&token);
    ann.world.pass(20_000);
    assert_eq!(ann.asked(), 1);
    assert_eq!(ann.kept_token(), token);
}

#[test]
fn a_refused_token_is_exchanged_at_once_in_all_tabs_and_after_a_reload() {
    let ann = ByToken::new("/renew", 3);
    for tab in &ann.tabs {
        tab.tab.tell(PageEvent::Hidden);
    }
    // The machine sleeps over the end.
    ann.sleep_until_before_end(-HOUR_MS);
    let token = ann.granted("Ann");
    ann.grant(&token);
    ann.line.take_made();
    for tab in &ann.tabs {
        tab.tab.tell(PageEvent::Woken);
    }
    ann.world.pass(3_000);
    assert_eq!(ann.asked(), 1);
    for tab in &ann.tabs {
        assert_eq!(tab.core.connection(), Connection::UpToDate);
    }
    ann.sleep_until_before_end(-HOUR_MS);
    ann.line.mend();
    ann.grant(&ann.granted("Ann"));
    let config = r#"{"tokenUrl": "/renew"}"#;
    ann.line.fault("GET", "/config.json", usize::MAX, Fault::Says(config.to_owned()));
    let later = App::open(&ann.world, &ann.line, &ann.machine);
    ann.world.pass(1_000);
    assert_eq!(later.core.connection(), Connection::UpToDate, "where it is renewed is asked for first");
}

#[test]
fn a_server_that_renews_nothing_is_not_noticed_while_the_token_is_good() {
    let ann = ByToken::new("/renew", 1);
    ann.line.fault("POST", "/renew", 3, Fault::Answer(503, vec![]));
    ann.line.fault("POST", "/renew", 1, Fault::NotSent);
    let token = ann.granted("Ann");
    ann.grant(&token);
    ann.sleep_until_before_end(125_000);
    ann.line.take_made();
    let core = &ann.tabs[0].core;
    for _ in 0..250 {
        ann.world.pass(100);
        assert_eq!(core.connection(), Connection::UpToDate);
    }
    let made = ann.line.take_made();
    assert!(made.iter().any(|made| made.path == "/renew"), "it was tried");
    assert!(made.iter().any(|made| made.path.ends_with("/messages")), "the rest goes on meanwhile");
    ann.world.pass(90_000);
    assert_eq!(ann.kept_token(), token);
    assert_eq!(core.connection(), Connection::UpToDate);
}

#[test]
fn without_a_new_token_the_sign_in_lasts_to_its_end() {
    for answer in [Fault::Answer(403, vec![]), Fault::Answer(401, vec![]), Fault::Says("<html>".to_owned())] {
        let ann = ByToken::new("/renew", 1);
        ann.line.fault("POST", "/renew", usize::MAX, answer);
        ann.tabs[0].core.set_draft(&ann.thread, "half a tho".into());
        ann.sleep_until_before_end(130_000);
        ann.world.pass(120_000);
        assert_eq!(ann.tabs[0].core.connection(), Connection::UpToDate);
        ann.world.pass(60_000);
        assert_eq!(ann.tabs[0].core.connection(), Connection::LoginLost);
        assert!(ann.line.take_made().iter().filter(|made| made.path == "/renew").count() <= 4);
        ann.world.pass(300_000);
        assert_eq!(ann.line.take_made(), []);
        assert_eq!(ann.tabs[0].core.draft(&ann.thread), "half a tho");
    }
}

#[test]
fn somebody_else_s_token_is_not_taken() {
    let ann = ByToken::new("/renew", 1);
    let before = ann.kept_token();
    ann.sleep_until_before_end(130_000);
    ann.grant(&ann.granted("Bob"));
    ann.world.pass(60_000);
    assert_eq!(ann.asked(), 1);
    assert_eq!(ann.kept_token(), before);
}

#[test]
fn a_token_goes_to_no_address_that_is_not_encrypted() {
    for url in ["http://example.com/renew", "renew", ""] {
        let ann = ByToken::new(url, 1);
        ann.grant(&ann.granted("Ann"));
        ann.sleep_until_before_end(130_000);
        ann.world.pass(190_000);
        let made = ann.line.take_made();
        assert!(made.iter().all(|made| !made.path.contains("renew")), "{url}");
        assert_eq!(ann.tabs[0].core.connection(), Connection::LoginLost);
    }
}

#[test]
fn signing_out_leaves_nothing_behind_in_any_tab() {
    let Alone { world, line, ann, thread } = Alone::new();
    let second = App::open(&world, &line, &ann.machine);
    line.fault("POST", "/messages", usize::MAX, Fault::NotSent);
    ann.core.set_draft(&thread, "secret".into());
    ann.send(&thread, "words");
    world.pass(2_000);
    assert!(!ann.machine.shelf(Shelf::Drafts).is_empty() && !ann.machine.shelf(Shelf::Outbox).is_empty());
    second.core.set_draft(&thread, "typed a moment ago".into());
    ann.core.sign_out();
    second.tab.tell(PageEvent::SessionChanged);
    world.pass(60_000);
    for app in [&ann, &second] {
        assert_eq!(app.core.session(), None);
        assert_eq!(app.core.model().rows(), []);
        assert_eq!(app.core.draft(&thread), "");
    }
    assert_eq!(*ann.machine.session.borrow(), None);
    for shelf in Shelf::ALL {
        assert_eq!(ann.machine.shelf(shelf), [], "{shelf:?}");
    }
    line.take_made();
    world.pass(60_000);
    assert_eq!(line.take_made(), []);
}

#[test]
fn a_page_that_ends_while_it_signs_out_leaves_nothing_behind_either() {
    let Alone { world, line, ann, thread } = Alone::new();
    ann.core.set_draft(&thread, "secret".into());
    world.pass(2_000);
    ann.machine.storage_ms.set(50);
    ann.core.sign_out();
    let machine = ann.crash();
    assert!(!machine.shelf(Shelf::Replies).is_empty(), "too fast for the disk");
    let next = App::open(&world, &line, &machine);
    world.pass(2_000);
    assert_eq!(next.core.session(), None);
    assert_eq!(*machine.session.borrow(), None);
    for shelf in Shelf::ALL {
        assert_eq!(machine.shelf(shelf), [], "{shelf:?}");
    }
}

#[test]
fn nobody_else_s_words_are_sent_or_shown() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.fault("POST", "/messages", usize::MAX, Fault::NotSent);
    ann.core.set_draft(&thread, "ann's draft".into());
    ann.send(&thread, "ann's words");
    world.pass(2_000);
    let machine = ann.crash();
    // Ann's sign-in is gone, her words are not; now Bob sits down.
    machine.session.borrow_mut().take();
    line.mend();
    let app = App::open(&world, &line, &machine);
    let core = Rc::clone(&app.core);
    world.wait(async move { core.sign_in_by_name("Bob").await }).unwrap();
    app.core.show(Some(thread.clone()));
    world.pass(5_000);
    assert_eq!(app.core.draft(&thread), "");
    assert_eq!(app.texts(&thread), Vec::<String>::new());
    assert_eq!(machine.shelf(Shelf::Outbox).len(), 1, "kept for her");
}

#[test]
fn a_session_that_cannot_be_read_asks_to_sign_in() {
    let world = World::new();
    let line = Line::new(&world);
    for text in [
        "",
        "{",
        "null",
        r#"{"token":1}"#,
        r#"{"endpoint":"nonsense","token":"a b","userId":"8:acs:a","name":"A","kind":"Acs"}"#,
    ] {
        let machine: Rc<Machine> = Rc::default();
        *machine.session.borrow_mut() = Some(text.to_owned());
        let app = App::open(&world, &line, &machine);
        assert_eq!(app.core.session(), None, "{text}");
    }
}

#[test]
fn a_draft_comes_back_with_its_caret() {
    let Alone { world, line, ann, thread } = Alone::new();
    let other = ann.create("Another", &[]);
    ann.core.set_draft(&thread, "half a tho".into());
    ann.core.select_in_draft(&thread, (2, 2));
    ann.core.set_draft(&other, "else".into());
    world.pass(300);
    ann.core.select_in_draft(&thread, (5, 6));
    ann.core.show(Some(other.clone()));
    world.pass(300);
    assert_eq!(ann.core.draft_selection(&thread), Some((5, 6)), "another thread came and went");

    // Through a sign-in that ends, and a crash.
    line.cut(Fault::Answer(401, Vec::new()));
    world.pass(30_000);
    assert_eq!(ann.core.draft_selection(&thread), Some((5, 6)));
    line.mend();
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    world.pass(1_000);
    for (thread, draft, selection) in [(&thread, "half a tho", Some((5, 6))), (&other, "else", None)] {
        assert_eq!((ann.core.draft(thread).as_str(), ann.core.draft_selection(thread)), (draft, selection));
    }

    // A page that is hidden may not be given another 200 ms.
    ann.core.select_in_draft(&thread, (7, 7));
    ann.tab.tell(PageEvent::Hidden);
    world.settle();
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    world.pass(1_000);
    assert_eq!(ann.core.draft_selection(&thread), Some((7, 7)));
}

#[test]
fn drafts_are_written_down_within_300_ms() {
    let Alone { world, line, ann, thread } = Alone::new();
    ann.core.set_draft(&thread, "a".into());
    world.pass(100);
    ann.core.set_draft(&thread, "abc".into());
    world.pass(200);
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    world.pass(100);
    assert_eq!(ann.core.draft(&thread), "abc");
    assert!(ann.core.storage_read());
    world.pass(2_000);
    assert_eq!(ann.core.model().rows()[0].draft.as_deref(), Some("abc"));
    ann.core.set_draft(&thread, String::new());
    world.pass(300);
    assert_eq!(machine.shelf(Shelf::Drafts), []);
}

#[test]
fn before_a_page_ends_all_is_written_down() {
    let Alone { world, line, ann, thread } = Alone::new();
    // One that is on its way to the disk, one that is not yet.
    ann.core.set_draft(&thread, "a".into());
    world.pass(200);
    ann.core.set_draft(&thread, "abc".into());
    line.cut(Fault::NotSent);
    ann.send(&thread, "on its way");
    let core = Rc::clone(&ann.core);
    world.wait(async move { core.save_all().await });
    let machine = ann.crash();
    let drafts = machine.shelf(Shelf::Drafts);
    assert!(drafts.iter().any(|(_, text)| text == "abc"), "{drafts:?}");
    let outbox = machine.shelf(Shelf::Outbox);
    assert!(outbox.iter().any(|(_, text)| text.contains("on its way")), "{outbox:?}");
}
