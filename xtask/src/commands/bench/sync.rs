//! How soon others see a message, in two real browsers, and how much many people ask, in simulated time.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Options, Outcome, figures, figures_folder};
use crate::journeys::{self, Journeys};
use crate::paths;
use crate::process::{command, run as run_command};
use crate::progress::{Steps, result};
use crate::service::Profile;

/// Name of a figure, where it is, its unit, and the most that it may be.
const FIGURES: [(&str, &str, &str, &str, Option<f64>); 6] = [
    ("Send to visible by polling, median", "polling", "medianMs", "ms", Some(1_200.0)),
    ("Send to visible by polling, p95", "polling", "p95Ms", "ms", None),
    ("Send to visible with push, median", "push", "medianMs", "ms", Some(100.0)),
    ("Send to visible with push, p95", "push", "p95Ms", "ms", None),
    ("250 people in a thread, its lists in a minute", "crowd", "listsAMinute", "", Some(400.0)),
    ("500 people after an outage, worst second to steady", "outage", "peakToSteady", "", Some(1.5)),
];

pub(super) fn run(options: &Options) -> Result<Outcome> {
    let mut steps = Steps::new(journeys::STEPS + 2);
    let folder = figures_folder("sync")?;
    let journeys = Journeys::prepare(&mut steps, Profile::Release, options.dist.as_deref())?;
    steps.begin("Two people, by polling and with push: four minutes");
    let mut tests = journeys.tests()?;
    tests.args(["--ignored", "--exact", "measured::sync::from_send_to_visible"]);
    run_command(tests.env("NATTER_FIGURES", &folder))
        .context("how soon messages are seen was not measured")?;
    steps.begin("Crowds");
    let mut crowds = command("cargo");
    crowds.args(["test", "--package", "natter", "--test", "flow", "crowd::"]).current_dir(paths::root());
    run_command(crowds.env("NATTER_FIGURES", &folder)).context("crowds were not measured")?;

    let mut sync = json!({});
    for name in ["polling", "push", "crowd", "outage"] {
        sync[name] = figures(&folder, name)?;
    }
    let mut within_budget = true;
    result(&format!("{:<56}{:>12}{:>12}", "Sync", "measured", "budget"));
    for (name, part, field, unit, most) in FIGURES {
        let figure =
            sync[part][field].as_f64().with_context(|| format!("{part}.{field} was not measured"))?;
        within_budget &= most.is_none_or(|most| figure <= most);
        let shown = |figure: f64| {
            let digits = usize::from(figure < 10.0);
            format!("{figure:.digits$} {unit}").trim_end().to_owned()
        };
        result(&format!("{name:<56}{:>12}{:>12}", shown(figure), most.map(shown).unwrap_or_default()));
    }
    Ok(Outcome { figures: json!({ "sync": sync }), within_budget })
}
