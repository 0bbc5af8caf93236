//! One virtual environment a version of the official SDK, and what was published with it, outside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{apt_install, install};
use crate::paths;
use crate::process::{command, output, run};
use crate::progress::Steps;

/// The Python of an environment that holds exactly what a requirements file says.
///
/// An environment cannot be moved, so it is not made elsewhere and renamed: a copy of the requirements,
/// written last, says that it is whole and of which versions.
pub(crate) fn environment(steps: &mut Steps, name: &str, requirements: &Path) -> Result<PathBuf> {
    let home = paths::cache()?.join("venvs").join(name);
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(requirements)
        .with_context(|| format!("{} cannot be read", requirements.display()))?;
    let marker = home.join("natter-requirements.txt");
    // A Python that was upgraded away leaves its environments behind, broken.
    let runs = output(command(&python).args(["-c", "pass"])).is_some();
    if runs && fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        steps.begin(&format!("Python packages {name}: there"));
        return Ok(python);
    }
    steps.begin(&format!("Python packages {name}: installing with pip"));
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    let system = ["python3", "python"].into_iter().find_map(paths::which);
    let Some(system) = system else {
        bail!("Python is missing: install Python 3 with pip (sudo apt-get install python3-venv)");
    };
    let create = || run(command(&system).args(["-m", "venv"]).arg(&home).stdout(std::io::stderr()));
    if create().is_err() {
        // Debian ships Python without the part that makes environments.
        apt_install("Python's venv is", &["python3-venv"])?;
        create()?;
    }
    let mut pip = command(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run(pip.arg(requirements).stdout(std::io::stderr()))
        .with_context(|| format!("pip could not install {}", requirements.display()))?;
    fs::write(marker, wanted)?;
    Ok(python)
}

/// The folder of a package's source as it was published, with what is not installed, such as samples.
pub(crate) fn source(steps: &mut Steps, python: &Path, package: &str, version: &str) -> Result<PathBuf> {
    let name = format!("{package}-{version}");
    let home = paths::cache()?.join("sources").join(&name);
    if home.is_dir() {
        steps.begin(&format!("Source of {package} {version}: there"));
        return Ok(home.join(&name));
    }
    steps.begin(&format!("Source of {package} {version}: fetching with pip"));
    install(&home, |part| {
        let mut pip = command(python);
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--no-binary", package, "--dest"]).arg(part).arg(format!("{package}=={version}"));
        run(pip.stdout(std::io::stderr()))?;
        let archive = part.join(format!("{name}.tar.gz"));
        run(command(python).args(["-m", "tarfile", "--extract"]).arg(&archive).arg(part))?;
        Ok(fs::remove_file(archive)?)
    })
    .with_context(|| format!("the source of {package} {version} could not be fetched"))?;
    Ok(home.join(&name))
}
