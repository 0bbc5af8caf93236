//! The simulation: people with tabs and machines, a network that fails, and the real service, all from one number.
//!
//! A seed decides who takes part, what they do when, and what becomes of every request; time is the simulation's, and
//! nothing else is asked. So a seed that breaks a promise breaks it again, and is told as a short story. `script` is what a
//! seed means, `simulation` lives through it, `network` lies between the tabs and the `service`, and `promises` and `quiet`
//! say what has to hold. The tabs run in the same world as those of `tests/flow`.
//!
//! `cargo xtask sim` runs many seeds, `cargo xtask sim --seed N` tells one; 300 run in `cargo xtask test`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // a test that fails should say where

mod creations;
mod dice;
mod network;
mod promises;
mod quiet;
mod script;
mod service;
mod shrink;
mod simulation;
#[path = "../flow/world.rs"]
#[allow(dead_code)] // what only the flows need
mod world;

use std::env;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::script::Script;
use crate::simulation::live;

/// So many seeds, unless the environment says otherwise: a taste, for a build that is not made to be fast.
const SEEDS: u64 = 20;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// What becomes of a promise that was broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    /// A story, as short as it can be made.
    Short,
    /// The story as it was.
    Whole,
    /// A line, and on to the next seed.
    Line,
}

/// Lives through one seed; gives the story of a promise that was broken.
fn broken(seed: u64, tell: Tell) -> (Option<String>, u64, i64) {
    let script = Script::of(seed);
    let outcome = live(&script, false);
    let story = outcome.broken.map(|broken| match tell {
        Tell::Short => shrink::story(&script, &broken),
        Tell::Whole => outcome.story.join("\n"),
        Tell::Line => format!("{}: {}", broken.promise, broken.told),
    });
    (story, outcome.requests, outcome.passed_ms)
}

#[test]
fn every_seed_keeps_the_promises() {
    if let Some(seed) = number("NATTER_SIM_SEED") {
        let script = Script::of(seed);
        let outcome = live(&script, true);
        println!("{:#?}", script.weather);
        println!("{}", outcome.story.join("\n"));
        if let Some(broken) = outcome.broken {
            println!("{}", shrink::story(&script, &broken));
            panic!("seed {seed} breaks a promise");
        }
        return;
    }
    let from = number("NATTER_SIM_FROM").unwrap_or(0);
    let seeds = number("NATTER_SIM_SEEDS").unwrap_or(SEEDS);
    let tell = match (number("NATTER_SIM_WHOLE_STORY"), number("NATTER_SIM_KEEP_GOING")) {
        (Some(_), _) => Tell::Whole,
        (None, Some(_)) => Tell::Line,
        (None, None) => Tell::Short,
    };
    let (next, requests, passed_ms) = (AtomicU64::new(from), AtomicU64::new(0), AtomicU64::new(0));
    let stop = AtomicBool::new(false);
    let first: Mutex<Option<(u64, String)>> = Mutex::default();
    let started = Instant::now();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    let (story, made, passed) = broken(seed, tell);
                    requests.fetch_add(made, Ordering::Relaxed);
                    passed_ms.fetch_add(passed.unsigned_abs(), Ordering::Relaxed);
                    if let Some(story) = story {
                        stop.store(tell != Tell::Line, Ordering::Relaxed);
                        if tell == Tell::Line {
                            println!("seed {seed}: {story}");
                        }
                        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                        if first.as_ref().is_none_or(|(other, _)| seed < *other) {
                            *first = Some((seed, story));
                        }
                    }
                }
            });
        }
    });
    let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lived = next.load(Ordering::Relaxed).min(from + seeds) - from;
    println!(
        "{lived} seeds, {} requests, {} h of chat in {:.1} s",
        requests.load(Ordering::Relaxed),
        passed_ms.load(Ordering::Relaxed) / 3_600_000,
        started.elapsed().as_secs_f64()
    );
    if let Some((seed, story)) = first {
        panic!(
            "seed {seed} breaks a promise\n{story}\nTo live through it again: cargo xtask sim --seed {seed}"
        );
    }
}

#[test]
fn a_seed_replays() {
    for seed in [3, 8] {
        let script = Script::of(seed);
        let (once, again) = (live(&script, true), live(&script, true));
        assert_eq!(once.story, again.story);
        assert!(once.requests > 0 && once.requests == again.requests);
    }
}
