//! What the service does by itself: it deletes threads whose retention policy says so (reference 4.3, 4.4).

use crate::clock::Clock;
use crate::store::Store;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// Policies count in days; a minute more is soon enough.
const INTERVAL_MS: i64 = 60_000;

/// The task. It ends when this is dropped.
pub(crate) struct Sweeper(AbortHandle);

impl Sweeper {
    /// Sweeps now and then once a minute of the clock.
    pub(crate) fn start(store: Arc<dyn Store>, clock: Clock) -> Self {
        let task = tokio::spawn(async move {
            loop {
                sweep(store.as_ref()).await;
                clock.pass_ms(INTERVAL_MS).await;
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn sweep(store: &dyn Store) {
    loop {
        match store.delete_overdue_thread().await {
            Ok(true) => tracing::info!("a thread was deleted by its retention policy"),
            Ok(false) => return,
            Err(error) => return tracing::warn!(%error, "overdue threads could not be deleted"),
        }
    }
}
