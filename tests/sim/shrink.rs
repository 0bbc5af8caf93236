//! A shorter story with the same end: deeds are left out while the same promise is still broken.

use crate::promises::Broken;
use crate::script::Script;
use crate::simulation::{Outcome, live};

/// So many lives at the most are spent on making a story shorter.
const TRIES: usize = 150;

/// Tells how a promise was broken, as shortly as it can be told.
pub(crate) fn story(script: &Script, broken: &Broken) -> String {
    let mut tries = 0;
    let mut same = |script: &Script| {
        tries += 1;
        let outcome = live(script, false);
        outcome.broken.is_some_and(|other| other.promise == broken.promise)
    };
    let mut shortest = script.clone();
    let mut size = (shortest.acts.len() / 2).max(1);
    let mut left = TRIES;
    while left > 0 {
        let before = shortest.acts.len();
        let mut place = 0;
        while place < shortest.acts.len() && left > 0 {
            let mut shorter = shortest.clone();
            let end = (place + size).min(shorter.acts.len());
            shorter.acts.drain(place..end);
            left -= 1;
            if same(&shorter) {
                shortest = shorter;
            } else {
                place += size;
            }
        }
        if size > 1 {
            size /= 2;
        } else if shortest.acts.len() == before {
            break;
        }
    }
    let Outcome { story, .. } = live(&shortest, true);
    let left_out = script.acts.len() - shortest.acts.len();
    format!("{}\n({left_out} of {} deeds left out, {tries} tries)", story.join("\n"), script.acts.len())
}
