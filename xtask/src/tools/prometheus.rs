//! Prometheus and its promtool, of the tests of what the service measures: Debian's, unpacked into the cache, so that no
//! daemon is installed or started.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::install;
use crate::paths;
use crate::process::{command, run};
use crate::progress::Steps;

const MISSING: &str = "Prometheus is missing; install with: sudo apt-get install prometheus (and stop its service if you do not want it)";

/// Where the programs are.
pub(crate) struct Prometheus {
    pub(crate) prometheus: PathBuf,
    pub(crate) promtool: PathBuf,
}

/// `NATTER_PROMETHEUS` and `NATTER_PROMTOOL` choose others than those on PATH.
pub(crate) fn prometheus(steps: &mut Steps) -> Result<Prometheus> {
    let found = |variable, name| {
        let chosen = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
        chosen.or_else(|| paths::which(name))
    };
    if let (Some(prometheus), Some(promtool)) =
        (found("NATTER_PROMETHEUS", "prometheus"), found("NATTER_PROMTOOL", "promtool"))
    {
        steps.begin(&format!("Prometheus: there ({})", prometheus.display()));
        return Ok(Prometheus { prometheus, promtool });
    }
    let home = paths::cache()?.join("tools/prometheus-debian");
    if home.is_dir() {
        steps.begin("Prometheus: there");
    } else {
        steps.begin("Prometheus: unpacking Debian's package");
        if paths::which("apt-get").is_none() || paths::which("dpkg-deb").is_none() {
            bail!(MISSING);
        }
        install(&home, |folder| {
            let download = || {
                let mut apt = command("apt-get");
                apt.args(["-qq", "download", "prometheus"]).current_dir(folder).stdout(std::io::stderr());
                run(&mut apt)
            };
            // On a new machine apt knows of no packages yet.
            download().or_else(|_| {
                run(command("apt-get").args(["-qq", "update"]).stdout(std::io::stderr()))?;
                download()
            })?;
            let package = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
            let package = package
                .into_iter()
                .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
                .context("apt-get downloaded no package")?;
            run(command("dpkg-deb").arg("-x").arg(&package).arg(folder))?;
            Ok(std::fs::remove_file(package)?)
        })
        .context(MISSING)?;
    }
    let programs = home.join("usr/bin");
    Ok(Prometheus { prometheus: programs.join("prometheus"), promtool: programs.join("promtool") })
}
