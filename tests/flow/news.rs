//! What others do is told to the page once, and nothing of what was there before.

use std::cell::RefCell;
use std::rc::Rc;

use natter::model::news::News;
use natter::model::priority::Priority;
use natter::model::rows::SendKind;

use crate::world::{App, Fault, Line, Machine, Pair, Wire, World};

/// A tab, and what it told its page.
struct Heard {
    app: App,
    news: Rc<RefCell<Vec<News>>>,
}

impl Heard {
    fn open(world: &Rc<World>, line: &Rc<Line>, machine: &Rc<Machine>) -> Self {
        let news = Rc::new(RefCell::new(Vec::new()));
        let put = Rc::clone(&news);
        let on_change = Rc::new(move |changes: &natter::model::Changes| {
            put.borrow_mut().extend(changes.news.iter().cloned());
        });
        let app = App::open_over(world, Wire(Rc::clone(line)), machine, world.group(), on_change);
        Self { app, news }
    }

    /// What was told since this was last asked, in short.
    fn take(&self) -> Vec<String> {
        let short = |news: &News| {
            let detail = &news.detail;
            let said = detail.text.as_deref().or(detail.what).or(detail.topic.as_deref());
            let said = said.or(detail.typing.map(|typing| if typing { "typing" } else { "still" }));
            let name = detail.sender_name.as_deref().unwrap_or("-");
            let mark = if detail.important == Some(true) { "!" } else { "" };
            format!("{} {name}: {mark}{}", news.kind.name(), said.unwrap_or("-"))
        };
        self.news.take().iter().map(short).collect()
    }
}

/// Sends, and gives the message's id as others see it.
fn say(pair: &Pair, text: &str) -> acs_chat::MessageId {
    pair.bob.send(&pair.thread, text);
    pair.world.pass(3_000);
    pair.bob.messages(&pair.thread).last().unwrap().id.clone().unwrap()
}

/// Two tabs of Ann's, opened when something had been said already, which is no news.
fn two_tabs(pair: &Pair) -> [Heard; 2] {
    let tabs = [0, 1].map(|_| Heard::open(&pair.world, &pair.line, &pair.ann.machine));
    pair.world.pass(40_000);
    assert_eq!(take(&tabs), both(&[]), "what was there before");
    tabs
}

fn take(tabs: &[Heard; 2]) -> [Vec<String>; 2] {
    tabs.each_ref().map(Heard::take)
}

fn both(told: &[&str]) -> [Vec<String>; 2] {
    [0, 1].map(|_| told.iter().map(|told| (*told).to_owned()).collect())
}

fn each_thing_is_told_once(streaming: bool) {
    let pair = Pair::new();
    let Pair { world, line, ann, bob, thread } = &pair;
    line.streaming.set(streaming);
    let before = say(&pair, "before");
    world.pass(40_000);
    let tabs = two_tabs(&pair);

    let said = say(&pair, "said");
    assert_eq!(take(&tabs), both(&["natter:message Bob: said"]));
    bob.core.edit(thread, &said, "said better".to_owned());
    world.pass(3_000);
    bob.core.edit(thread, &before, "before, too".to_owned());
    world.pass(3_000);
    assert_eq!(take(&tabs), both(&["natter:edited Bob: said better", "natter:edited Bob: before, too"]));
    bob.send_important(thread, "now");
    world.pass(3_000);
    assert_eq!(take(&tabs), both(&["natter:message Bob: !now"]));
    bob.core.delete(thread, &said);
    world.pass(3_000);
    assert_eq!(take(&tabs), both(&["natter:deleted Bob: -"]));

    ann.send(thread, "mine");
    tabs[0].app.send(thread, "mine too");
    world.pass(3_000);
    assert_eq!(take(&tabs), both(&[]), "what she did herself");
    let newest = bob.messages(thread).last().unwrap().id.clone().unwrap();
    bob.core.seen(thread, &newest);
    world.pass(70_000);
    assert_eq!(take(&tabs), both(&["natter:read Bob: -"]));

    let (core, renamed) = (Rc::clone(&bob.core), thread.clone());
    world.wait(async move { core.rename(&renamed, "Another").await }).unwrap();
    world.pass(5_000);
    assert_eq!(take(&tabs), both(&["natter:thread Bob: topic"]));
    let second = bob.create("Second", &["Ann"]);
    world.pass(70_000);
    assert_eq!(take(&tabs), both(&["natter:thread -: added"]));
    bob.core.send(&second, "there".to_owned(), SendKind::Text, Priority::Normal);
    world.pass(70_000);
    assert_eq!(take(&tabs), both(&["natter:message Bob: there"]), "in a thread that is not on screen");
    let (core, me) = (Rc::clone(&bob.core), ann.core.session().unwrap().me);
    world.wait(async move { core.remove_person(&second, &me).await }).unwrap();
    world.pass(70_000);
    assert_eq!(take(&tabs), both(&["natter:thread -: removed"]));
    world.pass(600_000);
    assert_eq!(take(&tabs), both(&[]), "nothing twice");
}

#[test]
fn what_others_do_is_told_once_in_each_tab_when_it_is_polled_for() {
    each_thing_is_told_once(false);
}

#[test]
fn what_others_do_is_told_once_in_each_tab_when_it_is_pushed() {
    each_thing_is_told_once(true);
}

#[test]
fn what_came_while_the_page_was_closed_is_no_news() {
    let pair = Pair::new();
    let tab = Heard::open(&pair.world, &pair.line, &pair.ann.machine);
    pair.world.pass(40_000);
    say(&pair, "heard");
    assert_eq!(tab.take(), ["natter:message Bob: heard"]);
    let Pair { world, line, ann, bob, thread } = pair;
    let kept = tab.app.crash();
    drop(ann.crash());
    bob.send(&thread, "while she was away");
    world.pass(5_000);
    let tab = Heard::open(&world, &line, &kept);
    world.pass(70_000);
    assert_eq!(tab.app.texts(&thread).last().map(String::as_str), Some("while she was away"));
    assert_eq!(tab.take(), [""; 0]);
    bob.send(&thread, "now");
    world.pass(70_000);
    assert_eq!(tab.take(), ["natter:message Bob: now"]);
}

#[test]
fn a_night_without_a_network_is_told_in_the_morning() {
    let pair = Pair::new();
    let Pair { world, line, ann, bob, thread } = &pair;
    world.pass(40_000);
    let tab = Heard::open(world, line, &ann.machine);
    world.pass(40_000);
    let token = bob.token();
    line.cut(Fault::NotSent);
    world.pass(3_600_000);
    // Said by another machine of his, which has a network.
    for number in 0..60 {
        line.say(&token, thread, &number.to_string());
        world.pass(2_500);
    }
    line.mend();
    world.pass(120_000);
    let told: Vec<String> = (0..60).map(|number| format!("natter:message Bob: {number}")).collect();
    assert_eq!(tab.take(), told);
}

#[test]
fn whoever_types_is_told_of_when_they_begin_and_when_they_stop() {
    let pair = Pair::new();
    let Pair { world, line, ann, bob, thread } = &pair;
    line.streaming.set(true);
    world.pass(40_000);
    let tabs = two_tabs(&pair);
    bob.core.typed(thread);
    world.pass(9_000);
    bob.core.typed(thread);
    world.pass(1_000);
    assert_eq!(take(&tabs), both(&["natter:typing Bob: typing"]), "once, however long it goes on");
    bob.send(thread, "done");
    world.pass(3_000);
    assert_eq!(take(&tabs), both(&["natter:message Bob: done", "natter:typing Bob: still"]));
    ann.core.typed(thread);
    world.pass(20_000);
    assert_eq!(take(&tabs), both(&[]), "her own typing");
}
