//! Many people at once: together they stay within what the service allows, and come back one after another.

use std::rc::Rc;

use acs_chat::{ChatParticipant, CommunicationIdentifier, ThreadId};

use crate::world::{App, Fault, Line, Machine, World};

/// So many people, signed in, none of them with anything open yet.
fn crowd(world: &Rc<World>, line: &Rc<Line>, count: usize) -> Vec<App> {
    let apps: Vec<App> = (0..count).map(|_| App::open(world, line, &Rc::<Machine>::default())).collect();
    for (number, app) in apps.iter().enumerate() {
        app.begin_sign_in(&format!("Person {number}"));
    }
    world.pass(2_000);
    apps
}

/// A thread of all of them, made by the first.
fn gather(line: &Line, apps: &[App]) -> ThreadId {
    let person = |app: &App| ChatParticipant {
        communication_identifier: CommunicationIdentifier::from_raw_id(
            app.core.session().unwrap().me.as_str(),
        ),
        display_name: Some(app.core.session().unwrap().name),
        share_history_time: None,
        metadata: None,
    };
    let token = apps[0].token();
    let create = acs_chat::CreateChatThreadRequest { topic: "All of us".to_owned(), ..Default::default() };
    let created = line.ask(&token, &acs_chat::requests::create_chat_thread(&create, Some("once")).unwrap());
    let thread =
        serde_json::from_slice::<serde_json::Value>(&created.body).unwrap()["chatThread"]["id"].clone();
    let thread = ThreadId::new(thread.as_str().unwrap());
    for some in apps[1..].chunks(100) {
        let add = acs_chat::AddChatParticipantsRequest { participants: some.iter().map(person).collect() };
        line.ask(&token, &acs_chat::requests::add_participants(&thread, &add).unwrap());
    }
    thread
}

#[test]
fn two_hundred_and_fifty_people_in_one_thread_list_it_less_than_400_times_a_minute() {
    let world = World::new();
    let line = Line::new(&world);
    let apps = crowd(&world, &line, 250);
    let thread = gather(&line, &apps);
    // Half of them look at it, the others have it in their list.
    for app in apps.iter().step_by(2) {
        app.core.show(Some(thread.clone()));
    }
    world.pass(120_000);
    line.take_made();
    let (token, other) = (apps[0].token(), apps[1].token());
    for round in 0..12 {
        line.say(if round % 2 == 0 { &token } else { &other }, &thread, &format!("words {round}"));
        world.pass(5_000);
    }
    let made = line.take_made();
    let lists = made.iter().filter(|made| made.method == "GET" && made.path.ends_with("/messages")).count();
    note("crowd", &format!(r#"{{"listsAMinute": {lists}}}"#));
    assert!((100..400).contains(&lists), "{lists} lists in a minute");
    assert!(made.iter().all(|made| made.status != 429));
    world.pass(60_000);
    for app in &apps {
        assert_eq!(app.texts(&thread).len(), 12, "and everybody has read everything");
    }
}

#[test]
fn after_an_outage_people_come_back_one_after_another() {
    let world = World::new();
    let line = Line::new(&world);
    let apps = crowd(&world, &line, 500);
    world.pass(20_000);
    line.take_made();
    world.pass(20_000);
    let steady = line.take_made().len() as f64 / 20.0;
    line.cut(Fault::NotSent);
    world.pass(60_000);
    line.mend();
    line.take_made();
    let back_ms = world.now_ms();
    world.pass(30_000);
    let mut seconds = [0_u32; 30];
    for made in line.take_made() {
        let second = usize::try_from((made.at_ms - back_ms) / 1_000).unwrap().min(29);
        seconds[second] += 1;
    }
    let peak = f64::from(*seconds.iter().max().unwrap());
    note("outage", &format!(r#"{{"peakToSteady": {}}}"#, peak / steady));
    assert!(peak <= steady * 1.5, "{peak} requests in the worst second, {steady} before: {seconds:?}");
    assert_eq!(apps.len(), 500);
}

/// Keeps a figure for `cargo xtask bench`, when it asks for one.
fn note(name: &str, figures: &str) {
    if let Some(folder) = std::env::var_os("NATTER_FIGURES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.json")), figures).unwrap();
    }
}
