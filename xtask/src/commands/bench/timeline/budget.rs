//! The figures held against what they may be: the budgets of the design, react-virtuoso, and twice the list of plain JavaScript.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{FIGURES, shown};
use crate::progress::{result, thousands};

/// The app at a length (none: at every one), a figure, and the most that it may be.
const BUDGETS: [(Option<u64>, &str, f64); 13] = [
    (None, "rows", 300.0),
    (Some(10_000), "openedMs", 60.0),
    (Some(10_000), "memoryMb", 90.0),
    (Some(10_000), "arrivalP50Ms", 6.0),
    (Some(10_000), "arrivalP95Ms", 20.0),
    (Some(10_000), "blockedMs", 0.0),
    (Some(10_000), "hiddenCpuMs", 50.0),
    (Some(100_000), "blockedMs", 0.0),
    (Some(100_000), "keyP95Ms", 16.0),
    (Some(10_000), "visitPaintedMs", 300.0),
    (Some(10_000), "slowFirstPaintMs", 700.0),
    (Some(10_000), "slowPaintedMs", 3_000.0),
    (Some(10_000), "slowKeptPaintedMs", 1_000.0),
];

/// After the first minute, in which what is looked at for the first time is kept, neither the heap of the scripts nor the memory of the
/// process, the wasm's in it, may grow by more than this in any minute's end.
const MOST_GROWTH: f64 = 1.1;

/// Says of each what it may be and whether it is; gives whether all are.
pub(super) fn tell(lists: &[Value]) -> bool {
    let mut held = true;
    result(&format!("\n{:<10}{:<16}{:<26}{:>10}{:>10}", "messages", "the app", "", "measured", "at most"));
    for app in of("natter", lists) {
        let messages = app["messages"].as_u64();
        let budgets = BUDGETS.iter().filter(|(length, ..)| length.is_none() || *length == messages);
        for (_, field, most) in budgets {
            held &= row(app, field, "budget", *most);
        }
        for (other, factor) in [("virtuoso", 1.0), ("virtual", 2.0)] {
            let against = if factor > 1.0 { format!("twice {other}") } else { other.to_owned() };
            let Some(list) = of(other, lists).find(|list| list["messages"].as_u64() == messages) else {
                continue;
            };
            for figure in &FIGURES {
                if let Some(theirs) = list[figure.field].as_f64() {
                    held &= row(app, figure.field, &against, theirs * factor);
                }
            }
        }
    }
    held
}

fn of<'a>(name: &'a str, lists: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    lists.iter().filter(move |list| list["name"] == name)
}

/// One figure; what is to be held and was not measured is not held.
fn row(app: &Value, field: &str, against: &str, most: f64) -> bool {
    let heading = FIGURES.iter().find(|figure| figure.field == field).map_or(field, |figure| figure.heading);
    let measured = app[field].as_f64();
    let held = measured.is_some_and(|measured| measured <= most);
    let verdict = match measured {
        None => "not measured".to_owned(),
        Some(_) if held => "held".to_owned(),
        Some(measured) if most > 0.0 => format!("NOT HELD, {:.1} times", measured / most),
        Some(_) => "NOT HELD".to_owned(),
    };
    let messages = app["messages"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    result(&format!(
        "{:<10}{heading:<16}{against:<26}{:>10}{:>10}  {verdict}",
        thousands(messages),
        measured.map(shown).unwrap_or_default(),
        shown(most)
    ));
    held
}

/// What is kept after each minute of scrolling, and whether it stays as it is.
pub(super) fn tell_of_scrolling(scrolling: &Value) -> Result<bool> {
    const KEPT: [(&str, &str); 4] =
        [("heapMb", "heap MB"), ("privateMb", "process MB"), ("nodes", "nodes"), ("rows", "rows")];
    let minutes = scrolling["minutes"].as_array().context("no minutes")?;
    let headings: String = KEPT.iter().map(|(_, heading)| format!("{heading:>12}")).collect();
    result(&format!("\n{:<10}{headings}", "minute"));
    for (minute, told) in minutes.iter().enumerate() {
        let cells: String = KEPT
            .iter()
            .map(|(field, _)| format!("{:>12.1}", told[field].as_f64().unwrap_or(f64::NAN)))
            .collect();
        result(&format!("{minute:<10}{cells}"));
    }
    let mut held = true;
    for (field, heading) in &KEPT[..2] {
        let kept: Vec<f64> = minutes.iter().skip(1).filter_map(|told| told[field].as_f64()).collect();
        let first = kept.first().with_context(|| format!("no {field} after the first minute"))?;
        let growth = kept.iter().fold(0.0_f64, |most, kept| most.max(*kept)) / first;
        held &= growth <= MOST_GROWTH;
        let verdict = if growth <= MOST_GROWTH { "held" } else { "NOT HELD" };
        result(&format!("{heading}: at most {growth:.2} times the first minute's  {verdict}"));
    }
    Ok(held)
}
