//! Faults that are known, and the proof that the simulation finds them.
//!
//! A file of `tests/sim/faults` says in its first line what the fault is; then, for each place, `in PATH` and what stands
//! there and what is to stand there instead, between the marks that version control uses for a conflict.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use anyhow::{Context, Result, bail};

use super::simulation;
use crate::{paths, process, progress};

/// A fault has to be found within so many seeds.
const SEEDS: u64 = 500;

/// Made by tools, or large, or both.
const NOT_COPIED: [&str; 4] = ["target", "dist", "node_modules", "data"];

struct Fault {
    name: String,
    words: String,
    edits: Vec<Edit>,
}

struct Edit {
    path: String,
    old: String,
    new: String,
}

pub(super) fn run() -> Result<ExitCode> {
    let root = paths::root();
    let faults = faults(&root.join("tests/sim/faults"))?;
    let copy = paths::target()?.join("planted");
    let mut missed = 0;
    let mut table = Vec::new();
    for fault in &faults {
        copy_changed(&root, &copy)?;
        progress::note(&format!("{}: {}", fault.name, fault.words));
        let found = plant(fault, &copy).and_then(|()| look(&copy));
        let found = match found {
            Err(error) if error.is::<process::Interrupted>() => return Err(error),
            found => found,
        };
        let line = match found {
            Ok(Some((seed, ref promise))) => format!("seed {seed:<5} {promise}"),
            Ok(None) => format!("NOT FOUND within {SEEDS} seeds"),
            Err(ref error) => format!("NOT PLANTED: {error:#}"),
        };
        missed += usize::from(!matches!(found, Ok(Some(_))));
        progress::note(&format!("  {line}"));
        table.push(format!("{:<26} {line}", fault.name));
    }
    for line in table {
        progress::result(&line);
    }
    progress::result(&format!("{} of {} faults found", faults.len() - missed, faults.len()));
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn faults(folder: &Path) -> Result<Vec<Fault>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().context("a folder of faults")?;
    files.sort();
    files
        .iter()
        .map(|file| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text =
                fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            parse(name.clone(), &text).with_context(|| format!("{name} is no fault"))
        })
        .collect()
}

fn parse(name: String, text: &str) -> Result<Fault> {
    let (words, rest) = text.split_once('\n').context("it has one line")?;
    let mut edits = Vec::new();
    for place in rest.split("\nin ").skip(1) {
        let (path, change) = place.split_once("\n<<<<<<<\n").context("no old text")?;
        let (old, change) = change.split_once("\n=======\n").context("no new text")?;
        let (new, _) = change.split_once("\n>>>>>>>").context("the new text does not end")?;
        edits.push(Edit { path: path.trim().to_owned(), old: old.to_owned(), new: new.to_owned() });
    }
    if edits.is_empty() {
        bail!("it changes nothing");
    }
    Ok(Fault { name, words: words.to_owned(), edits })
}

fn plant(fault: &Fault, copy: &Path) -> Result<()> {
    for Edit { path, old, new } in &fault.edits {
        let file = copy.join(path);
        let text = fs::read_to_string(&file).with_context(|| format!("{path} cannot be read"))?;
        let places = text.matches(old.as_str()).count();
        if places != 1 {
            bail!("in {path} the place is there {places} times");
        }
        fs::write(&file, text.replace(old.as_str(), new))
            .with_context(|| format!("{path} cannot be written"))?;
    }
    Ok(())
}

/// Lives through seeds until a promise is broken; gives the seed and the promise.
fn look(copy: &Path) -> Result<Option<(u64, String)>> {
    let build = simulation_in(copy).arg("--list").output().context("cargo could not be started")?;
    if process::interrupted() {
        return Err(process::Interrupted.into());
    }
    if !build.status.success() {
        bail!("it cannot be built: {}", String::from_utf8_lossy(&build.stderr).trim());
    }
    let output = simulation_in(copy).output().context("cargo could not be started")?;
    if process::interrupted() {
        return Err(process::Interrupted.into());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let after = |mark: &str| said.split_once(mark).map(|(_, after)| after.to_owned());
    let seed = after("\nseed ").and_then(|after| after.split(' ').next()?.parse().ok());
    let promise = after("BROKEN: ").and_then(|after| Some(after.lines().next()?.to_owned()));
    match (seed, promise) {
        (Some(seed), Some(promise)) => Ok(Some((seed, promise))),
        _ if output.status.success() => Ok(None),
        _ => bail!("it ended without a story: {}", said.trim()),
    }
}

fn simulation_in(copy: &Path) -> std::process::Command {
    let mut cargo = simulation();
    cargo.current_dir(copy).env("NATTER_SIM_SEEDS", SEEDS.to_string()).env("NATTER_SIM_WHOLE_STORY", "1");
    // In the folder of the sources, cargo would take the one's packages for the other's.
    cargo.env("CARGO_TARGET_DIR", copy.with_extension("build"));
    cargo
}

/// Makes the copy what the sources are. What is the same already is left alone, and need not be built again.
fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or(OsStr::new(""));
        let copied = to.join(name);
        if name.to_string_lossy().starts_with('.') || NOT_COPIED.iter().any(|not| name == *not) {
            continue;
        }
        if path.is_dir() {
            copy_changed(&path, &copied)?;
        } else {
            let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            if fs::read(&copied).ok().as_ref() != Some(&bytes) {
                fs::write(&copied, bytes)
                    .with_context(|| format!("{} cannot be written", copied.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_words_and_places() {
        let fault = parse("x".to_owned(), "Wrong.\n\nin a.rs\n<<<<<<<\n1\n=======\n2\n3\n>>>>>>>\n").unwrap();
        assert_eq!((fault.words.as_str(), fault.edits.len()), ("Wrong.", 1));
        let Edit { path, old, new } = &fault.edits[0];
        assert_eq!((path.as_str(), old.as_str(), new.as_str()), ("a.rs", "1", "2\n3"));
        assert!(parse("x".to_owned(), "Wrong.\n").is_err());
    }

    #[test]
    fn every_fault_can_still_be_planted() {
        let root = paths::root();
        for fault in faults(&root.join("tests/sim/faults")).unwrap() {
            for Edit { path, old, .. } in &fault.edits {
                let text = fs::read_to_string(root.join(path)).unwrap();
                assert_eq!(text.matches(old.as_str()).count(), 1, "{} in {path}", fault.name);
            }
        }
    }
}
