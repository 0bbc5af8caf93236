//! The process of a page, as Linux tells of it under `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// The kernel counts processor time in hundredths of a second.
const TICK_MS: f64 = 10.0;

/// The process of a page.
#[derive(Clone, Copy)]
pub(super) struct Renderer(u32);

impl Renderer {
    /// All that a browser has, also of pages that were left.
    pub(super) fn all_of(browser: u32) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for process in fs::read_dir("/proc")? {
            let Ok(pid) = process?.file_name().to_string_lossy().parse::<u32>() else { continue };
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains("--type=renderer") && descends(pid, browser) {
                found.push(Self(pid));
            }
        }
        Ok(found)
    }

    /// Memory that this process has for itself, in megabytes: what would be free without it.
    pub(super) fn private_mb(self) -> Result<f64> {
        let parts = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0))?;
        let kb = |name: &str| -> Result<f64> {
            let line = parts.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
            Ok(line.trim().trim_end_matches(" kB").parse()?)
        };
        Ok((kb("Private_Clean:")? + kb("Private_Dirty:")?) / 1_024.0)
    }

    /// Processor time so far, of user and kernel.
    pub(super) fn cpu_ms(self) -> Result<f64> {
        let fields = stat(self.0)?;
        let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).context("too few fields")?.parse()?) };
        Ok((ticks(11)? + ticks(12)?) * TICK_MS)
    }
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything.
fn stat(pid: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let rest = stat.rsplit_once(')').context("no name in it")?.1;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

/// Whether a process was started by another, or by one that it started.
fn descends(pid: u32, ancestor: u32) -> bool {
    let mut pid = pid;
    while pid > 1 {
        if pid == ancestor {
            return true;
        }
        let parent = stat(pid).ok().and_then(|fields| fields.get(1)?.parse().ok());
        let Some(parent) = parent else { return false };
        pid = parent;
    }
    false
}
