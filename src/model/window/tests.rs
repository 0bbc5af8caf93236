use proptest::prelude::*;

use super::*;

/// The same with a plain list: each row has a number of its own, so that rows can be told apart.
#[derive(Clone, Debug, Default)]
struct Plain {
    rows: Vec<(u32, f64)>,
}

impl Plain {
    fn above(&self, row: usize) -> f64 {
        self.rows[..row].iter().map(|(_, height)| height).sum()
    }

    fn total(&self) -> f64 {
        self.above(self.rows.len())
    }

    fn at(&self, offset: f64) -> usize {
        let mut end = 0.0;
        let found = self.rows.iter().position(|(_, height)| {
            end += height;
            offset < end
        });
        found.unwrap_or_else(|| self.rows.len().saturating_sub(1))
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Where, how many go, and the heights of those that come.
    Splice(usize, usize, Vec<u16>),
    Measure(usize, u16),
    Scroll(u16),
    Resize(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (any::<usize>(), 0..4_usize, prop::collection::vec(20..200_u16, 0..4))
            .prop_map(|(at, removed, heights)| Step::Splice(at, removed, heights)),
        // A page of older messages, or a list that begins anew.
        1 => (0..2_usize, 0..3_usize, prop::collection::vec(20..200_u16, 0..700))
            .prop_map(|(at, removed, heights)| Step::Splice(at, removed, heights)),
        1 => (any::<usize>(), 0..900_usize, prop::collection::vec(20..200_u16, 0..9))
            .prop_map(|(at, removed, heights)| Step::Splice(at, removed, heights)),
        4 => (any::<usize>(), 10..900_u16).prop_map(|(row, height)| Step::Measure(row, height)),
        2 => any::<u16>().prop_map(Step::Scroll),
        1 => (200..2_000_u16).prop_map(Step::Resize),
    ];
    prop::collection::vec(step, 1..40)
}

const NEAR: f64 = 1e-6;

proptest! {
    #[test]
    fn it_counts_like_a_plain_list_and_keeps_what_is_read_where_it_is(steps in steps()) {
        let (mut window, mut plain) = (Window::default(), Plain::default());
        let mut named = 0;
        window.resize(600.0, 16.0);
        for step in steps {
            // Which row is read, and where it is.
            let before = match window.place() {
                Place::End => None,
                Place::Row { row, top } => Some((plain.rows[row].0, top)),
            };
            let mut holds = true;
            match step {
                Step::Splice(at, removed, heights) => {
                    let at = at % (plain.rows.len() + 1);
                    let removed = removed.min(plain.rows.len() - at);
                    let came: Vec<(u32, f64)> = heights.iter().map(|height| {
                        named += 1;
                        (named, f64::from(*height))
                    }).collect();
                    let splice = Splice { at, removed, inserted: came.len() };
                    window.splice(splice, came.iter().map(|(_, height)| *height));
                    let went: Vec<_> = plain.rows.splice(at..at + removed, came).collect();
                    holds = before.is_none_or(|(name, _)| went.iter().all(|(gone, _)| *gone != name));
                }
                Step::Measure(row, height) => if !plain.rows.is_empty() {
                    let row = row % plain.rows.len();
                    let height = f64::from(height);
                    prop_assert_eq!(window.measured(row, height), plain.rows[row].1 != height);
                    plain.rows[row].1 = height;
                },
                Step::Scroll(distance) => {
                    let most = (plain.total() + 16.0 - window.seen()).max(0.0);
                    let distance = f64::from(distance).min(most);
                    window.scrolled_to(distance);
                    if distance > AT_END {
                        prop_assert!((window.distance() - distance).abs() < NEAR, "{} is not {distance}", window.distance());
                    }
                    holds = false;
                }
                Step::Resize(seen) => window.resize(f64::from(seen), 16.0),
            }
            prop_assert_eq!(window.heights().count(), plain.rows.len());
            prop_assert!((window.heights().total() - plain.total()).abs() < NEAR);
            for row in [0, plain.rows.len() / 3, plain.rows.len()] {
                prop_assert!((window.heights().above(row) - plain.above(row)).abs() < NEAR);
            }
            for offset in [0.0, plain.total() / 3.0, plain.total() - 0.5, plain.total() + 5.0] {
                prop_assert_eq!(window.heights().at(offset), plain.at(offset), "at {}", offset);
            }
            // What was read is read, unless it went or somebody scrolled.
            let after = match window.place() {
                Place::End => None,
                Place::Row { row, top } => Some((plain.rows[row].0, top)),
            };
            if holds {
                prop_assert_eq!(before, after);
            }
            // And it is where it was on the screen: the end as far below as the plain list says.
            if let Place::Row { row, top } = window.place() {
                let on_screen = plain.above(row) - (plain.total() + 16.0 - window.distance() - window.seen());
                prop_assert!(window.distance() == 0.0 || (on_screen - top).abs() < NEAR);
            }
            // All that is seen is drawn.
            let drawn = window.rows(300.0);
            prop_assert!(drawn.len() <= MOST_ROWS);
            let (top, bottom) = (window.top(), window.top() + window.seen());
            let mut start = 0.0;
            for (row, (_, height)) in plain.rows.iter().enumerate() {
                if start + height > top && start < bottom {
                    prop_assert!(drawn.contains(&row), "{row} is seen and not in {drawn:?}");
                }
                start += height;
            }
            let room = window.room(0..drawn.start) + window.room(drawn.clone()) + window.room(drawn.end..plain.rows.len());
            prop_assert!((room - plain.total()).abs() < NEAR);
        }
    }
}

#[test]
fn at_the_end_it_stays_at_the_end() {
    let mut window = Window::default();
    window.resize(600.0, 16.0);
    window.splice(Splice { at: 0, removed: 0, inserted: 100 }, [60.0; 100]);
    assert!(window.follows());
    assert_eq!(window.rows(0.0), 90..100);
    window.splice(Splice { at: 100, removed: 0, inserted: 1 }, [60.0]);
    assert_eq!((window.distance(), window.rows(0.0)), (0.0, 91..101));
    window.scrolled_to(3.0);
    assert!(window.follows(), "a fraction of a line is no reading further up");
    window.scrolled_to(300.0);
    assert!(!window.follows());
    window.splice(Splice { at: 101, removed: 0, inserted: 1 }, [60.0]);
    assert_eq!(window.distance(), 360.0);
}

#[test]
fn many_small_rows_are_never_all_drawn() {
    let mut window = Window::default();
    window.resize(2_000.0, 0.0);
    window.splice(Splice { at: 0, removed: 0, inserted: 100_000 }, std::iter::repeat_n(4.0, 100_000));
    window.scrolled_to(200_000.0);
    assert!(window.rows(800.0).len() <= MOST_ROWS);
    assert!(window.rows(800.0).contains(&window.heights().at(window.top())));
}

#[test]
fn a_hundred_thousand_rows_cost_little() {
    let mut window = Window::default();
    window.resize(900.0, 16.0);
    window.splice(
        Splice { at: 0, removed: 0, inserted: 100_000 },
        (0..100_000).map(|row| f64::from(row % 90 + 30)),
    );
    window.scrolled_to(3_000_000.0);
    let blocks = window.heights.blocks.len();
    assert!(blocks <= 100_000 / BLOCK + 1, "{blocks} blocks");
    for row in 0..1_000 {
        // One at a time, everywhere: blocks are split, and do not grow without end.
        window.splice(Splice { at: row * 90, removed: 0, inserted: 1 }, [50.0]);
    }
    assert!(window.heights.blocks.iter().all(|block| block.heights.len() <= 2 * BLOCK));
}
