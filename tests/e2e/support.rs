//! What the journeys stand on.

pub(crate) mod axe;
pub(crate) mod browser;
pub(crate) mod dice;
pub(crate) mod line;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod stage;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};

/// How long anything on a screen may take. Generous: two browsers and a service share two cores.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until `look` finds what it looks for, which it says with `Some`. An error is "not yet" as well, for
/// a page may change while it is read; the last one is told when time is over.
pub(crate) async fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + within;
    loop {
        let missing = match look().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= end {
            match missing {
                Some(error) => return Err(error).with_context(|| format!("not within {within:?}: {what}")),
                None => bail!("not within {within:?}: {what}"),
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
