//! A long thread comes into view piece by piece.

use super::*;

const MESSAGES: u64 = 9_600;

/// A message every ten seconds, the newest first.
fn long() -> Timeline {
    let mut timeline = Timeline::default();
    let all = (1..=MESSAGES).rev().map(|number| message(i64::try_from(number).unwrap() * 10_000, number));
    timeline.begin(all.collect(), None, &me());
    timeline
}

/// All that there is, at once.
fn whole(around: &Around, timeline: &Timeline) -> Vec<Item> {
    let mut items = around.items(timeline);
    around.refresh(timeline, &mut items, 0);
    items
}

fn messages(items: &[Item]) -> usize {
    items.iter().filter(|item| matches!(item.kind, ItemKind::Message(_))).count()
}

#[test]
fn the_newest_messages_come_first_and_the_others_bit_by_bit() {
    let (around, mut timeline) = (Around::new(), long());
    let mut items = around.items(&timeline);
    assert_eq!((messages(&items), timeline.lacks(&items)), (500, true));

    // What happens goes before what is further up.
    let since = timeline.revision();
    timeline.catch_up(vec![message(200_000_000, MESSAGES + 1)], &me());
    let splices = around.refresh(&timeline, &mut items, since);
    assert!(splices.iter().all(|splice| splice.at > 500), "{splices:?}");
    assert_eq!(messages(&items), 501);

    let mut here = Vec::new();
    while timeline.lacks(&items) {
        let newest = items.last().cloned();
        let splices = around.refresh(&timeline, &mut items, timeline.revision());
        assert!(splices.iter().all(|splice| splice.at <= 4_001), "{splices:?}");
        assert_eq!(items.last().cloned(), newest);
        here.push(messages(&items));
    }
    assert_eq!(here, [4_501, 8_501, 9_601]);
    assert_eq!(items, whole(&around, &timeline));
    assert_eq!(around.refresh(&timeline, &mut items, timeline.revision()), []);
}

#[test]
fn what_is_further_up_comes_only_when_somebody_asks() {
    const NOT_NOW: Earlier = Earlier { lacked: true, more: false };
    let (around, mut timeline) = (Around::new(), Timeline::default());
    let of = |numbers: std::ops::RangeInclusive<u64>| {
        numbers
            .rev()
            .map(|number| message(i64::try_from(number).unwrap() * 10_000, number))
            .collect::<Vec<_>>()
    };
    timeline.begin(of(1_001..=MESSAGES), Some("older".to_owned()), &me());
    let mut items = around.items(&timeline);
    let shown = items.clone();
    assert_eq!(timeline.oldest().map(|oldest| &oldest.id), Some(&message(10_010_000, 1_001).id));
    assert_eq!(around.refresh_to(&timeline, &mut items, timeline.revision(), NOT_NOW), []);
    // The service's own past hangs below what has no row yet.
    let since = timeline.revision();
    timeline.extend(of(901..=1_000), None, &me());
    assert_eq!(around.refresh_to(&timeline, &mut items, since, NOT_NOW), []);
    assert_eq!((&items, timeline.lacks(&items)), (&shown, true));
    assert_eq!(timeline.oldest().map(|oldest| &oldest.id), Some(&message(9_010_000, 901).id));
    while timeline.lacks(&items) {
        around.refresh(&timeline, &mut items, timeline.revision());
    }
    assert_eq!(items, whole(&around, &timeline));
    assert_eq!(messages(&items), 8_700);
}

#[test]
fn what_is_not_read_is_in_view_from_the_beginning() {
    let (mut around, mut timeline) = (Around::new(), long());
    around.marks.read_here(&message(1_000_000, 100).id, &me());
    timeline.open(&around.marks);
    timeline.fix_unread_line(&around.marks, &me());
    let items = around.items(&timeline);
    assert!(items.iter().any(|item| matches!(item.kind, ItemKind::Unread { count: 9_500 })));
    assert_eq!((messages(&items), timeline.lacks(&items)), (9_500, true));
}
