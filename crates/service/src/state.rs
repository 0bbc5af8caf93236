//! What every handler can reach: the store, the keys, the clock, the settings.

use crate::access_key::{AccessKey, InvalidAccessKey};
use crate::assistant::Assistant;
use crate::clock::Clock;
use crate::domain::rate::{Asking, Entry, Operation, RateBook};
use crate::error::ApiError;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::operator::Watch;
use crate::operator::figures::Minute;
use crate::operator::sessions::Sessions;
use crate::secret::Secret;
use crate::settings::{Settings, SignInByName};
use crate::store::{Listeners, SqliteStore, Store, StoreError};
use crate::sweep::Sweeper;
use crate::tokens::TokenKey;
use crate::translation::Translator;
use crate::webhooks::delivery::{Deliverer, Wake};
use crate::webhooks::outgoing::{Outgoing, read_authorities};
use crate::webhooks::pending::Pending;
use crate::{demo, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The state of the service. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    tokens: TokenKey,
    access_key: AccessKey,
    clock: Clock,
    events: Events,
    metrics: Metrics,
    metrics_token: Option<Secret>,
    web_root: Option<PathBuf>,
    sign_in_by_name: SignInByName,
    demo: bool,
    azure_errors: bool,
    /// Nothing when there are no limits.
    rates: Option<Mutex<RateBook>>,
    outgoing: Arc<Outgoing>,
    pending: Pending,
    wake: Wake,
    deliverer: Deliverer,
    /// Nothing when it is switched off.
    assistant: Option<Arc<Assistant>>,
    /// Nothing when nobody translates.
    translator: Option<Translator>,
    operators: Sessions,
    watch: Watch,
    _sweeper: Sweeper,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or an address cannot be had.
    #[error("{what}: {error}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A key file holds no key.
    #[error("{0}: {1}")]
    Key(String, #[source] InvalidAccessKey),
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Store(String),
    /// The log or traces cannot be written.
    #[error("the log and traces: {0}")]
    Telemetry(String),
    /// The certificates cannot be made.
    #[error("certificates: {0}")]
    Certificate(String),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl StartError {
    pub(crate) fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |error| Self::Io { what, error }
    }
}

impl AppState {
    /// Opens the data folder, making what is missing in it; writes the demo if the settings ask for it.
    ///
    /// # Errors
    /// When the folder, a key file or the database cannot be used.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        Self::open_at(settings, Clock::system()).await
    }

    /// [`AppState::open`] with a clock of the caller's, for tests.
    ///
    /// # Errors
    /// As for [`AppState::open`].
    pub async fn open_at(settings: &Settings, clock: Clock) -> Result<Self, StartError> {
        let data = &settings.data;
        make_private_folder(data).map_err(StartError::io(data.display()))?;
        let events = Events::new(clock.clone());
        let wake = Wake::default();
        let metrics = Metrics::new(clock.now_ms());
        let file = data.join("natter.sqlite3");
        let listeners = Listeners { events: events.clone(), wake: wake.clone(), metrics: metrics.clone() };
        let store = SqliteStore::open(&file, clock.clone(), listeners).await?;
        let access_key = match &settings.access_key {
            Some(key) => key.clone(),
            None => {
                let file = data.join("access-key");
                let text = read_or_make(&file, || AccessKey::generate().as_str().to_owned())?;
                text.parse().map_err(|error| StartError::Key(file.display().to_string(), error))?
            }
        };
        let file = data.join("token-secret");
        let secret = read_or_make(&file, || STANDARD.encode(random::bytes::<32>()))?;
        let secret = STANDARD
            .decode(secret.trim())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| StartError::Key(file.display().to_string(), InvalidAccessKey))?;
        let tokens = TokenKey::new(secret, store.resource_id().to_owned());
        if settings.demo {
            demo::write(&store, clock.now_ms()).await?;
        }
        let store: Arc<dyn Store> = Arc::new(store);
        let authorities = settings.webhooks_ca.as_deref().map(read_authorities).transpose()?;
        let outgoing = Outgoing::new(settings.webhooks_to, clock.clone(), authorities.unwrap_or_default());
        let outgoing = Arc::new(outgoing);
        let deliverer = Deliverer::start(
            Arc::clone(&store),
            Arc::clone(&outgoing),
            clock.clone(),
            wake.clone(),
            metrics.clone(),
        );
        let watch = Watch::start(Arc::clone(&store), Arc::clone(&outgoing), clock.clone(), metrics.clone());
        Ok(Self(Arc::new(Inner {
            operators: Sessions::default(),
            watch,
            outgoing,
            pending: Pending::default(),
            wake,
            deliverer,
            assistant: Assistant::new(settings, &clock).map(Arc::new),
            translator: Translator::new(settings),
            _sweeper: Sweeper::start(Arc::clone(&store), clock.clone()),
            store,
            tokens,
            access_key,
            clock,
            events,
            metrics,
            metrics_token: settings.metrics_token.clone(),
            web_root: settings.web_root.clone(),
            sign_in_by_name: settings.sign_in_by_name,
            demo: settings.demo,
            azure_errors: settings.azure_errors,
            rates: (!settings.no_rate_limits).then(Mutex::default),
        })))
    }

    /// A service for tests in `dir`: no demo, no web app, no limits of rates, anyone signs in by name.
    ///
    /// # Errors
    /// As for [`AppState::open`].
    pub async fn for_tests(dir: &Path) -> Result<Self, StartError> {
        let settings = Settings {
            data: dir.to_owned(),
            sign_in_by_name: SignInByName::Anyone,
            no_rate_limits: true,
            ..Settings::default()
        };
        Self::open(&settings).await
    }

    /// The resource's access key, for a connection string.
    #[must_use]
    pub fn access_key(&self) -> &AccessKey {
        &self.0.access_key
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    pub(crate) fn tokens(&self) -> &TokenKey {
        &self.0.tokens
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn events(&self) -> &Events {
        &self.0.events
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Sessions of operators.
    pub(crate) fn operators(&self) -> &Sessions {
        &self.0.operators
    }

    /// What has happened since the last minute that was noted.
    pub(crate) fn current_minute(&self) -> Minute {
        self.0.watch.current()
    }

    /// With which metrics may be read, beside the access key.
    pub(crate) fn metrics_token(&self) -> Option<&Secret> {
        self.0.metrics_token.as_ref()
    }

    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// Subscriptions whose receiver has not answered yet.
    pub(crate) fn pending(&self) -> &Pending {
        &self.0.pending
    }

    /// Something is to be sent that no write of chat brought about.
    pub(crate) fn wake_deliverer(&self) {
        self.0.wake.wake();
    }

    /// Sends no more webhooks, and returns when those under way are done.
    pub(crate) async fn stop_deliveries(&self) {
        self.0.deliverer.stop().await;
    }

    /// Whoever answers questions, unless nobody does.
    pub(crate) fn assistant(&self) -> Option<&Arc<Assistant>> {
        self.0.assistant.as_ref()
    }

    /// Whoever translates, unless nobody does.
    pub(crate) fn translator(&self) -> Option<&Translator> {
        self.0.translator.as_ref()
    }

    /// Stops all answers, and returns when what had been said is written down.
    pub async fn stop_assistant(&self) {
        if let Some(assistant) = self.assistant() {
            assistant.stop().await;
        }
    }

    pub(crate) fn web_root(&self) -> Option<&Path> {
        self.0.web_root.as_deref()
    }

    pub(crate) fn sign_in_by_name(&self) -> SignInByName {
        self.0.sign_in_by_name
    }

    pub(crate) fn demo(&self) -> bool {
        self.0.demo
    }

    pub(crate) fn azure_errors(&self) -> bool {
        self.0.azure_errors
    }

    /// Counts a request; refuses it if there were too many.
    pub(crate) fn enter(&self, operation: Operation, asking: Asking<'_>) -> Result<Option<Entry>, ApiError> {
        let Some(rates) = &self.0.rates else { return Ok(None) };
        let mut book = rates.lock().unwrap_or_else(PoisonError::into_inner);
        // The time is read under the lock, so that the book is in order.
        book.enter(operation, asking, self.now_ms()).map(Some).map_err(|too_many| {
            self.metrics().limited(operation);
            ApiError::too_many_requests(too_many)
        })
    }

    /// Takes back what [`Self::enter`] counted for a thread.
    pub(crate) fn cross_out_of_thread(&self, entry: Option<Entry>) {
        if let (Some(rates), Some(entry)) = (&self.0.rates, entry) {
            rates.lock().unwrap_or_else(PoisonError::into_inner).cross_out_of_thread(entry);
        }
    }
}

/// A folder that only its owner may look into: it holds everybody's messages. One that is there keeps its rights.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The text of a secret file that only its owner may read; made at the first start.
pub(crate) fn read_or_make(file: &Path, make: impl FnOnce() -> String) -> Result<String, StartError> {
    match fs::read_to_string(file) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(StartError::io(file.display())(error)),
    }
    let text = make();
    write_secret(file, &text).map_err(StartError::io(file.display()))?;
    Ok(text)
}

/// Written beside and renamed, so that a crash leaves a whole key or none.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    let beside = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(&beside)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()?;
    fs::rename(&beside, file)
}
