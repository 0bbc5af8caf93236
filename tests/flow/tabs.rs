//! Several tabs of one person: they ask together as much as one, and show the same.

use std::rc::Rc;

use natter::platform::PageEvent;

use crate::world::{Alone, App, Line, Machine, Pair};

/// So many further tabs, with the same thread open.
fn more_tabs(alone: &Alone, count: usize) -> Vec<App> {
    let open = |_| {
        let tab = App::open(&alone.world, &alone.line, &alone.ann.machine);
        tab.core.show(Some(alone.thread.clone()));
        tab
    };
    (0..count).map(open).collect()
}

/// How many requests so many tabs make in four minutes in which somebody writes in two threads.
fn requests(tabs: usize, shown: PageEvent) -> usize {
    let alone = Alone::new();
    let bob = App::of(&alone.world, &alone.line, "Bob");
    let another = bob.create("Another", &["Ann"]);
    let token = bob.token();
    // Who has a thread open has read it, and says so; here only what is asked is looked at.
    bob.core.sign_out();
    let others = more_tabs(&alone, tabs - 1);
    for tab in &others {
        tab.tab.tell(shown);
    }
    alone.world.pass(20_000);
    alone.line.take_made();
    for round in 0..12 {
        alone.line.say(&token, &alone.thread, &format!("words {round}"));
        alone.world.pass(13_000);
        alone.line.say(&token, &another, &format!("other words {round}"));
        alone.world.pass(7_000);
    }
    for tab in &others {
        for thread in [&alone.thread, &another] {
            assert_eq!(tab.texts(thread), alone.ann.texts(thread));
            assert_eq!(tab.texts(thread).len(), 12);
        }
        assert_eq!(tab.core.model().rows(), alone.ann.core.model().rows());
    }
    alone.line.take_made().len()
}

#[test]
fn five_tabs_ask_as_much_as_one() {
    let one = requests(1, PageEvent::Woken);
    for shown in [PageEvent::Woken, PageEvent::Hidden] {
        let five = requests(5, shown);
        assert!(five.abs_diff(one) * 10 <= one, "{one} requests of one tab, {five} of five, {shown:?}");
    }
}

#[test]
fn when_the_tab_that_asks_is_gone_another_asks_within_two_seconds() {
    for gone in 0..3 {
        let Alone { world, line, ann, thread } = Alone::new();
        let alone = Alone { world: Rc::clone(&world), line: Rc::clone(&line), ann, thread: thread.clone() };
        let mut tabs = more_tabs(&alone, 2);
        tabs.push(alone.ann);
        world.pass(10_000);
        drop(tabs.remove(gone).crash());
        line.take_made();
        let from_ms = world.now_ms();
        world.pass(3_000);
        let asked = line.take_made().into_iter().find(|made| made.path.ends_with("/messages")).unwrap();
        assert!(asked.at_ms - from_ms <= 2_000, "after {} ms", asked.at_ms - from_ms);
    }
}

#[test]
fn what_is_read_in_one_tab_is_read_in_all() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let second = App::open(&world, &line, &ann.machine);
    ann.core.show(None);
    world.pass(5_000);
    bob.send(&thread, "read me");
    world.pass(10_000);
    let unread = |app: &App| app.core.model().rows()[0].unread;
    assert_eq!((unread(&ann), unread(&second)), (1, 1));
    ann.core.show(Some(thread.clone()));
    let message = ann.messages(&thread).last().unwrap().id.clone().unwrap();
    ann.core.seen(&thread, &message);
    world.pass(100);
    assert_eq!((unread(&ann), unread(&second)), (0, 0));
    line.take_made();
    world.pass(10_000);
    let told = line.take_made().into_iter().filter(|made| made.method == "POST").count();
    assert!(told <= 1, "the service is told once");
}

#[test]
fn a_tab_of_somebody_else_hears_nothing() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let secret = ann.create("Secret", &[]);
    // Two people on one machine, as when one signs in while the other's tab still stands.
    let machine: Rc<Machine> = Rc::clone(&bob.machine);
    let stranger = App::open(&world, &Rc::<Line>::clone(&line), &machine);
    *machine.session.borrow_mut() = ann.machine.session.borrow().clone();
    stranger.tab.tell(PageEvent::SessionChanged);
    world.pass(10_000);
    assert_eq!(stranger.core.session(), ann.core.session());
    assert!(stranger.core.model().thread(&secret).is_some());
    assert!(bob.core.model().thread(&secret).is_none());
    assert!(bob.core.model().thread(&thread).is_some());
}

#[test]
fn what_is_marked_unread_is_so_in_all_tabs_and_after_a_reload_until_it_is_read_again() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    for text in ["one", "two", "three"] {
        bob.send(&thread, text);
        world.pass(3_000);
    }
    let ids: Vec<_> = ann.messages(&thread).into_iter().map(|row| row.id.unwrap()).collect();
    ann.core.seen(&thread, &ids[2]);
    world.pass(5_000);
    ann.core.show(None);
    world.pass(1_000);
    let second = App::open(&world, &line, &ann.machine);
    world.pass(10_000);
    let unread = |app: &App| {
        let (rows, total) = (app.core.model().rows(), app.core.model().unread_total());
        assert_eq!(rows[0].unread, total);
        total
    };
    assert_eq!((unread(&ann), unread(&second)), (0, 0));

    line.take_made();
    ann.core.mark_unread(&thread, None);
    world.pass(100);
    assert_eq!((unread(&ann), unread(&second)), (1, 1), "the newest");
    second.core.mark_unread(&thread, Some(&ids[1]));
    world.pass(10_000);
    assert_eq!((unread(&ann), unread(&second)), (2, 2));
    assert!(line.take_made().iter().all(|made| made.method == "GET"), "the service cannot be told");
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    world.pass(10_000);
    assert_eq!(unread(&ann), 2);

    // Read again, as far as one gets.
    ann.core.show(Some(thread.clone()));
    let marks_line = |app: &App| {
        let counts = app.timeline(&thread).items.into_iter().filter_map(|item| match item.kind {
            natter::model::rows::ItemKind::Unread { count } => Some(count),
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    assert_eq!(marks_line(&ann), [2]);
    ann.core.seen(&thread, &ids[1]);
    world.pass(100);
    assert_eq!((unread(&ann), unread(&second)), (1, 1));
    ann.core.seen(&thread, &ids[2]);
    world.pass(100);
    assert_eq!((unread(&ann), unread(&second)), (0, 0));
}

#[test]
fn what_is_marked_unread_on_screen_is_not_read_by_lying_there() {
    let Pair { world, ann, bob, thread, .. } = Pair::new();
    bob.send(&thread, "one");
    world.pass(3_000);
    let newest = || ann.messages(&thread).into_iter().filter_map(|row| row.id).next_back().unwrap();
    let unread = || ann.core.model().unread_total();
    let one = newest();
    ann.core.seen(&thread, &one);
    ann.core.mark_unread(&thread, Some(&one));
    ann.core.seen(&thread, &one);
    bob.send(&thread, "two");
    world.pass(3_000);
    ann.core.seen(&thread, &newest());
    assert_eq!(unread(), 2);
    // Somebody who moves through it, writes in it or comes back to it reads.
    for go_on in 0..3 {
        ann.core.mark_unread(&thread, Some(&one));
        ann.core.seen(&thread, &newest());
        assert_eq!(unread(), 2, "{go_on}");
        match go_on {
            0 => ann.core.read_on(&thread),
            1 => ann.send(&thread, "three"),
            _ => {
                ann.core.show(None);
                ann.core.show(Some(thread.clone()));
            }
        }
        ann.core.seen(&thread, &newest());
        assert_eq!(unread(), 0, "{go_on}");
        world.pass(3_000);
    }
}
