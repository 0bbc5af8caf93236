//! One virtual environment a version of the official SDK, outside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::apt_install;
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
