mod pieces;

use super::*;
use crate::model::names::Names;
use crate::model::window::Splice;
use acs_chat::{ChatMessageReadReceipt, ChatParticipant, CommunicationIdentifier, ThreadId};

const START_MS: i64 = 1_735_787_045_678;
const MINUTE_MS: i64 = 60_000;

fn person(id: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::communication_user(id)
}

/// A message of Ann's, sent this long after the start, as the change with this number.
fn message(after_ms: i64, sequence: u64) -> ChatMessage {
    let id = (START_MS + after_ms).to_string();
    ChatMessage {
        message_type: ChatMessageType::Text,
        sequence_id: SequenceId::new(sequence.to_string()),
        version: Version::new(id.as_str()),
        content: Some(ChatMessageContent { message: Some(format!("m{sequence}")), ..Default::default() }),
        sender_display_name: Some("Ann".into()),
        created_on: Timestamp::from_ms(START_MS + after_ms).truncated_to_second(),
        sender_communication_identifier: Some(person("ann")),
        deleted_on: None,
        edited_on: None,
        metadata: None,
        id: MessageId::new(id),
    }
}

fn own(mut message: ChatMessage) -> ChatMessage {
    message.sender_communication_identifier = Some(person("me"));
    message
}

fn edited(mut message: ChatMessage, after_ms: i64, sequence: u64) -> ChatMessage {
    message.sequence_id = SequenceId::new(sequence.to_string());
    message.version = Version::new((START_MS + after_ms).to_string());
    message.edited_on = Some(Timestamp::from_ms(START_MS + after_ms));
    message.content.as_mut().unwrap().message = Some(format!("edited{sequence}"));
    message
}

fn deleted(message: ChatMessage, after_ms: i64, sequence: u64) -> ChatMessage {
    let mut message = edited(message, after_ms, sequence);
    message.edited_on = None;
    message.deleted_on = Some(Timestamp::from_ms(START_MS + after_ms));
    message.content = Some(ChatMessageContent { message: Some(String::new()), ..Default::default() });
    message.metadata = None;
    message
}

fn system(kind: ChatMessageType, after_ms: i64, sequence: u64, people: &[&str]) -> ChatMessage {
    let participant = |id: &&str| ChatParticipant {
        communication_identifier: person(id),
        display_name: None,
        share_history_time: None,
        metadata: None,
    };
    ChatMessage {
        message_type: kind,
        sender_communication_identifier: None,
        sender_display_name: None,
        content: Some(ChatMessageContent {
            participants: Some(people.iter().map(participant).collect()),
            initiator_communication_identifier: Some(person("ann")),
            topic: Some("Lunch".into()),
            ..Default::default()
        }),
        ..message(after_ms, sequence)
    }
}

/// Everything around a timeline.
struct Around {
    me: RawId,
    names: Names,
    marks: ReadMarks,
    outbox: Outbox,
    assistant: Assistant,
    thread: ThreadId,
}

impl Around {
    fn new() -> Self {
        let mut names = Names::default();
        names.give(&RawId::new("ann"), "Ann");
        Self {
            me: RawId::new("me"),
            names,
            marks: ReadMarks::default(),
            outbox: Outbox::default(),
            assistant: Assistant::default(),
            thread: ThreadId::new("t"),
        }
    }

    fn refresh(&self, timeline: &Timeline, items: &mut Vec<Item>, since: u64) -> Vec<Splice> {
        self.refresh_to(timeline, items, since, Earlier { lacked: false, more: true })
    }

    fn refresh_to(
        &self,
        timeline: &Timeline,
        items: &mut Vec<Item>,
        since: u64,
        earlier: Earlier,
    ) -> Vec<Splice> {
        let zone = |_| 60;
        let around = Surroundings {
            me: &self.me,
            names: &self.names,
            marks: &self.marks,
            outbox: &self.outbox,
            assistant: &self.assistant,
            thread: &self.thread,
            offline: false,
            zone_offset_minutes: &zone,
        };
        timeline.refresh(items, since, earlier, &around)
    }

    fn items(&self, timeline: &Timeline) -> Vec<Item> {
        let mut items = Vec::new();
        self.refresh(timeline, &mut items, 0);
        items
    }

    /// The items in short: `day`, `unread2`, `system`, or the text with `+` for what continues a run.
    fn short(&self, timeline: &Timeline) -> Vec<String> {
        let short = |item: Item| match item.kind {
            ItemKind::Day(_) => "day".to_owned(),
            ItemKind::Change { .. } => "change".into(),
            ItemKind::Unread { count } => format!("unread{count}"),
            ItemKind::System { note, .. } => match note {
                SystemNote::Created { .. } => "created".to_owned(),
                SystemNote::Added { .. } => "added".to_owned(),
                SystemNote::Left { .. } => "left".to_owned(),
                SystemNote::Removed { .. } => "removed".to_owned(),
                SystemNote::TopicChanged { topic, .. } => topic,
                SystemNote::Other { kind } => kind,
            },
            ItemKind::Message(row) => {
                let text = match row.body {
                    Body::Text(text) | Body::Html(text) | Body::Markdown(text) => text,
                    Body::Answering(_) => "…".to_owned(),
                    Body::Deleted => "deleted".to_owned(),
                };
                if row.first { text } else { format!("+{text}") }
            }
        };
        self.items(timeline).into_iter().map(short).collect()
    }

    fn entry(&self, id: &str, action: Action) -> Entry {
        Entry {
            id: ClientMessageId::new(id),
            owner: self.me.clone(),
            tab: String::new(),
            thread: self.thread.clone(),
            action,
            written_at: Timestamp::from_ms(START_MS + 9_000),
            place: 0,
            after: None,
            tries: 0,
            state: State::Queued,
        }
    }
}

fn me() -> RawId {
    RawId::new("me")
}

/// Small and seeded: xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

#[test]
fn pages_in_any_order_and_any_number_give_the_same_list() {
    for seed in 1..=300 {
        let mut chance = Chance(seed * 7_919);
        // A history with edits and deletions, each change at the front of the list.
        let mut history: Vec<ChatMessage> = Vec::new();
        let mut changes: Vec<ChatMessage> = Vec::new();
        for sequence in 1..=40 {
            let at = i64::try_from(sequence).unwrap() * 1_000;
            let change = match chance.below(4) {
                0 if !history.is_empty() => {
                    let place = chance.below(history.len());
                    let old = history[place].clone();
                    let new = if chance.below(3) == 0 {
                        deleted(old, at, sequence)
                    } else {
                        edited(old, at, sequence)
                    };
                    history[place] = new.clone();
                    new
                }
                _ => {
                    let new = message(at, sequence);
                    history.push(new.clone());
                    new
                }
            };
            changes.push(change);
        }
        let around = Around::new();
        let mut expected = Timeline::default();
        expected.begin(changes.clone(), None, &me());

        let mut timeline = Timeline::default();
        timeline.begin(vec![changes[39].clone()], None, &me());
        for _ in 0..200 {
            let from = chance.below(changes.len());
            let page = changes[from..(from + 5).min(changes.len())].iter().rev().cloned().collect();
            timeline.catch_up(page, &me());
        }
        // Last of all the oldest page, late: it must not undo anything.
        timeline.catch_up(changes.into_iter().rev().collect(), &me());
        assert_eq!(around.items(&timeline), around.items(&expected), "seed {seed}");
        assert_eq!(timeline.cursor(), Some(&SequenceId::new("40")));
    }
}

#[test]
fn an_item_list_that_is_brought_up_to_date_equals_one_made_anew() {
    for seed in 1..=200 {
        let mut chance = Chance(seed * 104_729);
        let mut around = Around::new();
        let mut timeline = Timeline::default();
        let (mut items, mut since) = (Vec::new(), 0);
        let mut sequence = 2_000;
        let mut history: Vec<ChatMessage> = Vec::new();
        // Half of the threads have a past, which comes page by page; some of it was changed lately, and is kept back for long.
        let mut past: Vec<ChatMessage> = (1..=30_i64)
            .map(|back| {
                let message = message(back * -90_000, 1_000 - u64::try_from(back).unwrap());
                if chance.below(5) == 0 { own(message) } else { message }
            })
            .collect();
        if seed % 2 == 0 {
            past.clear();
            timeline.begin(Vec::new(), None, &me());
        } else {
            let late = edited(past.remove(7), 0, 1_001);
            timeline.begin(vec![late, message(0, 1_000)], Some("link".to_owned()), &me());
        }
        for step in 0..60_i64 {
            sequence += 1;
            let at = step * 2 * MINUTE_MS;
            match chance.below(8) {
                7 if !past.is_empty() => {
                    let page: Vec<ChatMessage> = past.drain(..past.len().min(4)).collect();
                    timeline.extend(page, (!past.is_empty()).then(|| "link".to_owned()), &me());
                }
                0 if !history.is_empty() => {
                    let place = chance.below(history.len());
                    history[place] = edited(history[place].clone(), at, sequence);
                    timeline.catch_up(vec![history[place].clone()], &me());
                }
                1 => {
                    let id = format!("c{step}");
                    let send =
                        Action::Send { text: id.clone(), kind: SendKind::Text, priority: Priority::Normal };
                    around.outbox.push(around.entry(&id, send));
                    timeline.outbox_changed(None);
                }
                2 => {
                    let first = around.outbox.iter().next().map(|entry| entry.id.clone());
                    if let Some(entry) = first.and_then(|id| around.outbox.remove(&id)) {
                        timeline.sent(MessageId::new((START_MS + at).to_string()), &entry, &me(), "Me");
                    }
                }
                3 if !history.is_empty() => {
                    let place = chance.below(history.len());
                    let receipt = ChatMessageReadReceipt {
                        sender_communication_identifier: person("ann"),
                        chat_message_id: history[place].id.clone(),
                        read_on: Timestamp::EPOCH,
                    };
                    let moved = around.marks.set_receipts(&[receipt], &me());
                    timeline.marks_moved(&moved);
                }
                kind => {
                    let new = message(at, sequence);
                    let new = if kind == 4 { own(new) } else { new };
                    history.push(new.clone());
                    timeline.catch_up(vec![new], &me());
                }
            }
            if chance.below(3) > 0 {
                let mut keys: Vec<Option<String>> =
                    items.iter().map(|item: &Item| Some(item.key.clone())).collect();
                let splices = around.refresh(&timeline, &mut items, since);
                since = timeline.revision();
                assert_eq!(items, around.items(&timeline), "seed {seed} step {step}");
                // Whoever only hears of what came and went knows which row is which.
                for Splice { at, removed, inserted } in splices {
                    keys.splice(at..at + removed, vec![None; inserted]);
                }
                assert_eq!(keys.len(), items.len(), "seed {seed} step {step}");
                let known =
                    keys.iter().zip(&items).filter_map(|(key, item)| Some((key.as_ref()?, &item.key)));
                assert!(known.clone().all(|(key, item)| key == item), "seed {seed} step {step}");
            }
        }
    }
}

#[test]
fn what_was_edited_lately_is_held_back_until_everything_after_it_is_here() {
    let around = Around::new();
    let all: Vec<ChatMessage> =
        (1..=9_u32).map(|number| message(i64::from(number) * 1_000, number.into())).collect();
    let old = edited(all[0].clone(), 20_000, 10);
    let mut timeline = Timeline::default();
    // The newest three changes: the edit of the very first message, and the two newest messages.
    timeline.begin(vec![old, all[8].clone(), all[7].clone()], Some("link".into()), &me());
    assert_eq!(around.short(&timeline), ["day", "m8", "+m9"]);
    timeline.extend(vec![all[6].clone(), all[5].clone()], Some("link 2".into()), &me());
    assert_eq!(around.short(&timeline), ["day", "m6", "+m7", "+m8", "+m9"]);
    timeline.extend(all[1..5].iter().rev().cloned().collect(), None, &me());
    assert_eq!(around.short(&timeline)[..3], ["day", "edited10", "+m2"]);
    assert_eq!(around.items(&timeline).len(), 10);
}

#[test]
fn an_older_page_does_not_move_the_cursor() {
    let mut timeline = Timeline::default();
    timeline.begin(vec![message(2_000, 2)], Some("link".into()), &me());
    // While the page was under way somebody changed a message of it; something else may have happened before that.
    let changed = edited(message(1_000, 1), 9_000, 7);
    timeline.extend(vec![changed], None, &me());
    assert_eq!(timeline.cursor(), Some(&SequenceId::new("2")));
}

#[test]
fn a_thread_that_begins_anew_shows_no_hole() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    timeline.begin(vec![message(1_000, 1)], None, &me());
    timeline.begin(vec![message(90_000, 90)], Some("link".into()), &me());
    assert_eq!(around.short(&timeline), ["day", "m90"]);
}

#[test]
fn pages_from_before_all_that_is_shown_make_no_hole() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    timeline.begin(vec![message(1_000, 1)], None, &me());
    timeline.begin(vec![message(92_000, 92), message(91_000, 91)], Some("link".into()), &me());
    // A request that hung since then, perhaps another tab's. 90 was sent in between.
    timeline.catch_up(vec![message(2_000, 2), message(1_000, 1)], &me());
    assert_eq!(around.short(&timeline), ["day", "m91", "+m92"]);
    // What goes further back than what is shown, and up to it, is shown.
    let all = [(91_000, 91), (90_000, 90), (2_000, 2), (1_000, 1)];
    timeline.catch_up(all.map(|(after_ms, sequence)| message(after_ms, sequence)).to_vec(), &me());
    assert_eq!(around.short(&timeline), ["day", "m1", "+m2", "+m90", "+m91", "+m92"]);
    // Where all has been changed since, a page has to be as new as the last change.
    let mut timeline = Timeline::default();
    timeline.begin(vec![edited(message(92_000, 92), 95_000, 95)], Some("link".into()), &me());
    timeline.catch_up(vec![message(2_000, 2), message(1_000, 1)], &me());
    assert_eq!(around.short(&timeline), <[&str; 0]>::default());
}

#[test]
fn what_only_a_reply_told_of_is_not_shown_above_a_gap() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    timeline.begin(vec![message(1_000, 1)], Some("link".into()), &me());
    let entry = around.entry(
        "client",
        Action::Send { text: "hi".into(), kind: SendKind::Text, priority: Priority::Normal },
    );
    timeline.sent(MessageId::new((START_MS + 2_000).to_string()), &entry, &me(), "Me");
    let later = around.entry(
        "later",
        Action::Send { text: "later".into(), kind: SendKind::Text, priority: Priority::Normal },
    );
    timeline.sent(MessageId::new((START_MS + 95_000).to_string()), &later, &me(), "Me");
    timeline.begin(vec![message(90_000, 90)], Some("link".into()), &me());
    assert_eq!(around.short(&timeline), ["day", "m90", "later"]);
    // Found by a search of the list.
    let found = around.entry(
        "found",
        Action::Send { text: "found".into(), kind: SendKind::Text, priority: Priority::Normal },
    );
    timeline.sent(MessageId::new((START_MS + 3_000).to_string()), &found, &me(), "Me");
    assert_eq!(around.short(&timeline), ["day", "m90", "later"]);
}

#[test]
fn what_is_important_is_so_between_its_reply_and_the_list() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    timeline.begin(Vec::new(), None, &me());
    let action = Action::Send { text: "hi".into(), kind: SendKind::Text, priority: Priority::High };
    let sent = MessageId::new((START_MS + 2_000).to_string());
    timeline.sent(sent, &around.entry("client", action), &me(), "Me");
    let items = around.items(&timeline);
    let row = items.iter().find_map(|item| match &item.kind {
        ItemKind::Message(row) => Some(row),
        _ => None,
    });
    assert_eq!(row.map(|row| row.priority), Some(Priority::High));
}

#[test]
fn the_key_of_a_send_survives_reply_list_and_deletion() {
    let mut around = Around::new();
    let mut timeline = Timeline::default();
    timeline.begin(Vec::new(), None, &me());
    let entry = around.entry(
        "client",
        Action::Send { text: "hi".into(), kind: SendKind::Text, priority: Priority::Normal },
    );
    around.outbox.push(entry.clone());
    let only = |timeline: &Timeline, around: &Around| {
        let items = around.items(timeline);
        assert_eq!(items.len(), 2, "one day, one message");
        let ItemKind::Message(row) = items[1].kind.clone() else { panic!("a message") };
        (items[1].key.clone(), row)
    };
    let (key, row) = only(&timeline, &around);
    assert_eq!((key.as_str(), row.id, row.status), ("client", None, Status::Sending));
    assert_eq!(row.source.as_deref(), Some("hi"));

    around.outbox.remove(&entry.id);
    let id = MessageId::new((START_MS + 9_500).to_string());
    timeline.sent(id.clone(), &entry, &me(), "Me");
    let (key, row) = only(&timeline, &around);
    assert_eq!((key.as_str(), row.id, row.status), ("client", Some(id.clone()), Status::Accepted));

    let mut listed = own(message(9_500, 1));
    listed.metadata = Some([(CLIENT_ID_KEY.to_owned(), "client".to_owned())].into());
    let merged = timeline.catch_up(vec![listed.clone()], &me());
    assert_eq!(merged.seen, std::slice::from_ref(&entry.id));
    assert_eq!(only(&timeline, &around).0, "client");

    timeline.catch_up(vec![deleted(listed, 10_000, 2)], &me());
    let (key, row) = only(&timeline, &around);
    assert_eq!((key.as_str(), row.body, row.source), ("client", Body::Deleted, None));
}

#[test]
fn what_is_shown_keeps_its_key_when_its_former_self_or_the_reply_to_its_send_comes_late() {
    let around = Around::new();
    let mut said = own(message(9_500, 1));
    said.metadata = Some([(CLIENT_ID_KEY.to_owned(), "client".to_owned())].into());
    let send = Action::Send { text: "hi".into(), kind: SendKind::Text, priority: Priority::Normal };
    let entry = around.entry("client", send);
    for listed in [true, false] {
        let mut timeline = Timeline::default();
        // It does not tell any more that it was sent here.
        timeline.begin(vec![message(90_000, 3), deleted(said.clone(), 10_000, 2)], None, &me());
        let mut items = around.items(&timeline);
        let before = timeline.revision();
        if listed {
            timeline.catch_up(vec![said.clone()], &me());
        } else {
            timeline.sent(said.id.clone(), &entry, &me(), "Me");
        }
        around.refresh(&timeline, &mut items, before);
        assert_eq!(items, around.items(&timeline), "made anew it is what it is brought up to date");
    }
}

#[test]
fn a_client_id_in_somebody_else_s_message_is_not_believed() {
    let mut timeline = Timeline::default();
    let mut forged = message(1_000, 1);
    forged.metadata = Some([(CLIENT_ID_KEY.to_owned(), "mine".to_owned())].into());
    assert_eq!(timeline.begin(vec![forged], None, &me()).seen, []);
}

#[test]
fn two_messages_with_one_client_id_have_two_keys() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    let mark = |mut message: ChatMessage| {
        message.metadata = Some([(CLIENT_ID_KEY.to_owned(), "same".to_owned())].into());
        own(message)
    };
    timeline.begin(vec![mark(message(2_000, 2)), mark(message(1_000, 1))], None, &me());
    let keys: Vec<String> = around.items(&timeline).into_iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), 3);
    assert_ne!(keys[1], keys[2]);
}

#[test]
fn an_edit_is_shown_until_the_list_has_it_and_a_refused_one_keeps_its_words() {
    let mut around = Around::new();
    let mut timeline = Timeline::default();
    let mine = own(message(1_000, 1));
    timeline.begin(vec![mine.clone()], None, &me());
    let row = |timeline: &Timeline, around: &Around| match around.items(timeline).remove(1).kind {
        ItemKind::Message(row) => row,
        other => panic!("{other:?}"),
    };
    let entry = around.entry("edit", Action::Edit { message: mine.id.clone(), text: "better".into() });
    around.outbox.push(entry.clone());
    let shown = row(&timeline, &around);
    assert_eq!(
        (shown.body, shown.edited, shown.status),
        (Body::Text("better".into()), true, Status::Sending)
    );

    around.outbox.signal(&entry.id, crate::model::outbox::Signal::Start);
    let why = crate::model::rows::FailReason::NotMember;
    around.outbox.signal(&entry.id, crate::model::outbox::Signal::Refused(why.clone()));
    let shown = row(&timeline, &around);
    assert_eq!((shown.body, shown.status), (Body::Text("better".into()), Status::Failed { why }));
    assert_eq!(shown.client_id, Some(entry.id.clone()));

    around.outbox.remove(&entry.id);
    assert_eq!(row(&timeline, &around).body, Body::Text("m1".into()), "discarded: as it was");

    timeline.changed(&entry);
    assert_eq!(row(&timeline, &around).body, Body::Text("better".into()));
    // A list from before the change is no news.
    timeline.catch_up(vec![mine.clone()], &me());
    assert_eq!(row(&timeline, &around).body, Body::Text("better".into()));
    timeline.catch_up(vec![edited(mine, 5_000, 2)], &me());
    assert_eq!(row(&timeline, &around).body, Body::Text("edited2".into()));
}

#[test]
fn runs_days_and_system_messages() {
    let around = Around::new();
    let mut timeline = Timeline::default();
    // 03:04 UTC, an hour later here: the next local day begins at 23:00 UTC.
    let day = 20 * 60 * MINUTE_MS;
    timeline.begin(
        vec![
            system(ChatMessageType::ParticipantAdded, 0, 1, &["me", "ann"]),
            system(ChatMessageType::TopicUpdated, 1, 2, &[]),
            message(1_000, 3),
            message(1_000 + 5 * MINUTE_MS, 4),
            message(3_000 + 10 * MINUTE_MS, 5),
            own(message(4_000 + 10 * MINUTE_MS, 6)),
            message(5_000 + 10 * MINUTE_MS, 7),
            system(ChatMessageType::ParticipantAdded, 6_000 + 10 * MINUTE_MS, 8, &["bob"]),
            message(7_000 + 10 * MINUTE_MS, 9),
            message(day - 1_000, 10),
            message(day, 11),
            system(ChatMessageType::ParticipantRemoved, day + 1, 12, &["bob"]),
            system(ChatMessageType::ParticipantRemoved, day + 2, 13, &["ann"]),
            system(ChatMessageType::Other("poll".into()), day + 3, 14, &[]),
            system(ChatMessageType::TopicUpdated, day + 4, 15, &[]),
        ],
        None,
        &me(),
    );
    assert_eq!(
        around.short(&timeline),
        [
            "day", "created", "m3", "+m4", "m5", "m6", "m7", "added", "m9", "day", "m10", "+m11", "removed",
            "left", "poll", "Lunch"
        ]
    );
}

#[test]
fn the_unread_line_stands_where_it_was_when_the_thread_was_opened() {
    let mut around = Around::new();
    let mut timeline = Timeline::default();
    let messages = vec![message(4_000, 4), message(3_000, 3), own(message(2_000, 2)), message(1_000, 1)];
    timeline.begin(messages.clone(), None, &me());
    assert_eq!(timeline.unread_count(&around.marks, &me()), 0, "nothing counts before the mark is known");
    around.marks.read_here(&messages[3].id, &me());
    assert_eq!(timeline.unread_count(&around.marks, &me()), 2);
    timeline.open(&around.marks);
    timeline.fix_unread_line(&around.marks, &me());
    assert_eq!(around.short(&timeline), ["day", "m1", "m2", "unread2", "m3", "+m4"]);
    // Reading on does not move it, and what arrives does not count into it.
    around.marks.read_here(&messages[0].id, &me());
    timeline.catch_up(vec![message(5_000, 5)], &me());
    timeline.fix_unread_line(&around.marks, &me());
    assert_eq!(around.short(&timeline), ["day", "m1", "m2", "unread2", "m3", "+m4", "+m5"]);
    assert_eq!(timeline.unread_count(&around.marks, &me()), 1);
    timeline.close();
    assert_eq!(around.short(&timeline), ["day", "m1", "m2", "m3", "+m4", "+m5"]);
}

#[test]
fn people_are_shown_at_the_newest_message_of_mine_that_they_have_read() {
    let mut around = Around::new();
    let mut timeline = Timeline::default();
    let (first, second) = (own(message(1_000, 1)), own(message(2_000, 2)));
    timeline.begin(vec![message(3_000, 3), second, first.clone()], None, &me());
    let seen = |timeline: &Timeline, around: &Around| -> Vec<usize> {
        let count = |item: Item| match item.kind {
            ItemKind::Message(row) => row.seen_by.len(),
            _ => 0,
        };
        around.items(timeline).into_iter().map(count).collect()
    };
    let receipt = |message: &MessageId| ChatMessageReadReceipt {
        sender_communication_identifier: person("ann"),
        chat_message_id: message.clone(),
        read_on: Timestamp::EPOCH,
    };
    around.marks.set_receipts(&[receipt(&first.id)], &me());
    assert_eq!(seen(&timeline, &around), [0, 1, 0, 0]);
    around.marks.set_receipts(&[receipt(&MessageId::new((START_MS + 3_000).to_string()))], &me());
    assert_eq!(seen(&timeline, &around), [0, 0, 1, 0]);
    // Somebody has read what comes from another tab of mine, and is heard of before the message is: their mark moves on.
    let third = own(message(4_000, 4));
    let moved = around.marks.set_receipts(&[receipt(&third.id)], &me());
    timeline.marks_moved(&moved);
    let (mut items, revision) = (around.items(&timeline), timeline.revision());
    timeline.catch_up(vec![third], &me());
    around.refresh(&timeline, &mut items, revision);
    assert_eq!(items, around.items(&timeline));
}
