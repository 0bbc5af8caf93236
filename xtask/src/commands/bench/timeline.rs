//! Long threads in a real browser, beside a page of plain rows, a virtualised list of plain JavaScript, and react-virtuoso.
//!
//! What each figure is: [`FIGURES`]; how it is measured: `tests/e2e/measured/timeline`, alike for all four. They have the same
//! window and rows of the same lengths. The lists beside the app show a name and a text; the app shows all that it shows, keeps its
//! thread in step with the service, and has been asked to keep a list of threads beside it.

mod budget;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Options, Outcome, figures, figures_folder};
use crate::journeys::{self, Journeys};
use crate::process::{command, run as run_command};
use crate::progress::{Steps, result, thousands};
use crate::service::Profile;
use crate::tools::{esbuild, npm_packages};
use crate::{app, paths};

/// The pages beside the app, in `xtask/bench-pages`.
const PAGES: [&str; 3] = ["plain", "virtual", "virtuoso"];

/// A figure of a list.
struct Figure {
    field: &'static str,
    heading: &'static str,
    unit: &'static str,
    /// What it is.
    meaning: &'static str,
}

/// All that is measured of a list.
const FIGURES: [Figure; 17] = [
    Figure {
        field: "openedMs",
        heading: "opened",
        unit: "ms",
        meaning: "All messages are in the page, none is shown: from the click on the thread (the call that hands the list \
            over) to the frame in which the newest of them is seen.",
    },
    Figure {
        field: "memoryMb",
        heading: "memory",
        unit: "MB",
        meaning: "Memory that the page's process has for itself (Linux: Private_Clean and Private_Dirty) with the list open, after \
            a collection of garbage.",
    },
    Figure {
        field: "rows",
        heading: "rows",
        unit: "",
        meaning: "Rows in the page with the list open at its end.",
    },
    Figure {
        field: "arrivalP50Ms",
        heading: "arrival p50",
        unit: "ms",
        meaning: "At the end of the list: from the end of the reply that brings a message (the call that hands it over) to the \
            frame in which it is seen. Half of 30 take less.",
    },
    Figure {
        field: "arrivalP95Ms",
        heading: "arrival p95",
        unit: "ms",
        meaning: "The same; 95 of 100 take less.",
    },
    Figure {
        field: "longFrames",
        heading: "long frames",
        unit: "",
        meaning: "Frames more than 50 ms after the one before, while 8,000 pixels are scrolled up in 2 s.",
    },
    Figure {
        field: "blockedMs",
        heading: "blocked",
        unit: "ms",
        meaning: "Of tasks longer than 50 ms the time beyond, in the same while.",
    },
    Figure {
        field: "idleCpuMs",
        heading: "idle CPU",
        unit: "ms",
        meaning: "Processor time of the page's process in 30 s in which nothing happens, the list open and seen. The app asks for what \
            is new meanwhile.",
    },
    Figure {
        field: "hiddenCpuMs",
        heading: "hidden CPU",
        unit: "ms",
        meaning: "The same in a tab that is not seen.",
    },
    Figure {
        field: "keyP50Ms",
        heading: "key p50",
        unit: "ms",
        meaning: "From a key in the composer to the next frame, while ten messages a second arrive, as the browser tells (Event \
            Timing, in steps of 8 ms). Half of 200 take less.",
    },
    Figure { field: "keyP95Ms", heading: "key p95", unit: "ms", meaning: "The same; 95 of 100 take less." },
    Figure {
        field: "visitPaintedMs",
        heading: "visit",
        unit: "ms",
        meaning: "First visit with nothing kept but who is signed in: from the beginning to the frame in which the newest message is \
            seen. The lists beside the app ask for fifty messages, as the app does.",
    },
    Figure {
        field: "visitFirstPaintMs",
        heading: "first paint",
        unit: "ms",
        meaning: "The same to the first paint of anything.",
    },
    Figure {
        field: "slowPaintedMs",
        heading: "slow visit",
        unit: "ms",
        meaning: "As visit, over a line of 562 ms and 180 kB a second, by a processor of a quarter of the speed.",
    },
    Figure {
        field: "slowFirstPaintMs",
        heading: "slow paint",
        unit: "ms",
        meaning: "The same to the first paint of anything.",
    },
    Figure {
        field: "keptPaintedMs",
        heading: "kept",
        unit: "ms",
        meaning: "As visit, a later time: the browser has kept the app and what was read.",
    },
    Figure {
        field: "slowKeptPaintedMs",
        heading: "slow kept",
        unit: "ms",
        meaning: "The same over the slow line by the slow processor.",
    },
];

pub(super) fn run(options: &Options) -> Result<Outcome> {
    let mut steps = Steps::new(journeys::STEPS + 4 + usize::from(options.long));
    let folder = figures_folder("timeline")?;
    let journeys = Journeys::prepare(&mut steps, Profile::Release, options.dist.as_deref())?;
    let esbuild = esbuild(&mut steps)?;
    let source = paths::root().join("xtask/bench-pages");
    let packages = npm_packages(&mut steps, &source)?;
    steps.begin("The pages beside the app: building");
    let root = app::beside(&journeys.dist, &build(&esbuild, &source, &packages)?, "bench")?;
    let measure = |test: &str| -> Result<Command> {
        let mut tests = journeys.tests()?;
        tests.args(["--ignored", "--exact", "--nocapture", &format!("measured::timeline::{test}")]);
        tests.env("NATTER_FIGURES", &folder).env("NATTER_E2E_DIST", &root);
        // Messages arrive faster than people may send them.
        tests.env("NATTER_NO_RATE_LIMITS", "true");
        if options.quick {
            tests.env("NATTER_MEASURE_QUICKLY", "true");
        }
        Ok(tests)
    };
    let load = load();
    steps.begin("Four lists, three lengths: a quarter of an hour");
    run_command(&mut measure("long_threads")?).context("long threads were not measured")?;
    let timeline = figures(&folder, "timeline")?;
    let lists = timeline.as_array().context("the figures are a list")?;
    if let Some(load) = load {
        result(&format!(
            "Load of the machine before: {load:.1}. What else it does makes times longer, of all lists alike.\n"
        ));
    }
    tell(lists);
    let mut within_budget = budget::tell(lists);
    let mut told = json!({ "timeline": timeline, "loadBefore": load });
    if options.long {
        steps.begin("Ten minutes of scrolling");
        run_command(&mut measure("ten_minutes_of_scrolling")?).context("scrolling was not measured")?;
        let scrolling = figures(&folder, "scrolling")?;
        within_budget &= budget::tell_of_scrolling(&scrolling)?;
        told["scrolling"] = scrolling;
    }
    Ok(Outcome { figures: told, within_budget })
}

/// How many programs ran or wanted to in the last minute, on average; on Linux.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// What each figure is, and a table of them: a column for each list of each length.
fn tell(lists: &[Value]) {
    for Figure { heading, meaning, .. } in &FIGURES {
        result(&format!("{heading:<12} {meaning}"));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |heading: &str, cell: &dyn Fn(&Value) -> String| {
        let cells: String = lists.iter().map(|list| format!("{:>10}", cell(list))).collect();
        result(&format!("{heading:<16}{cells}"));
    };
    result("");
    row("Timeline", &|list| text(&list["name"]));
    row("messages", &|list| {
        thousands(list["messages"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default())
    });
    for Figure { field, heading, unit, .. } in &FIGURES {
        let heading = format!("{heading} {unit}");
        row(heading.trim_end(), &|list| list[field].as_f64().map(shown).unwrap_or_default());
    }
}

/// A figure, with a digit behind the point when it is small.
fn shown(figure: f64) -> String {
    if figure < 10.0 && figure.fract() != 0.0 { format!("{figure:.1}") } else { format!("{figure:.0}") }
}

/// Makes one script of each page and what it imports.
fn build(esbuild: &Path, source: &Path, packages: &Path) -> Result<PathBuf> {
    let folder = paths::target()?.join("bench-pages");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut bundle = command(esbuild.join("node_modules/.bin/esbuild"));
    for file in ["list.css", "messages.json"] {
        fs::copy(source.join(file), folder.join(file))?;
    }
    for page in PAGES {
        fs::copy(source.join(format!("{page}.html")), folder.join(format!("{page}.html")))?;
        bundle.arg(source.join(format!("{page}.jsx")));
    }
    bundle.args(["--bundle", "--minify", "--format=esm", "--jsx=automatic", "--log-level=warning"]);
    bundle.arg("--define:process.env.NODE_ENV=\"production\"");
    bundle.arg(format!("--outdir={}", folder.display())).env("NODE_PATH", packages.join("node_modules"));
    run_command(&mut bundle).context("the pages beside the app could not be built")?;
    Ok(folder)
}
