//! IndexedDB: one database, one object store for each shelf, texts under texts.
//!
//! It is opened at the first request. Where it is denied, or opening hangs because another tab holds an older version, every
//! request fails with words, and the app goes on without it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt as _;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::{Shelf, StorageError, Stored};

const DATABASE: &str = "natter";
/// Raised when a shelf is added; shelves are only ever added.
const VERSION: u32 = 3;

/// What is done with a shelf.
type Act = Box<dyn FnOnce(&IdbObjectStore) -> Result<IdbRequest, JsValue>>;

/// The database, opened when it is first needed.
#[derive(Clone, Default)]
pub(super) struct IndexedDb {
    opening: Rc<RefCell<Option<Opening>>>,
    is_new: Rc<Cell<bool>>,
}

impl IndexedDb {
    /// Nothing was there when it was opened, not even an empty one.
    pub(super) fn is_new(&self) -> bool {
        self.is_new.get()
    }

    fn opened(&self) -> Result<Opening, StorageError> {
        let mut known = self.opening.borrow_mut();
        let opening = match known.take() {
            Some(opening) => opening,
            None => Opening::begin(Rc::clone(&self.is_new))?,
        };
        Ok(known.insert(opening).clone())
    }

    /// Does something with a shelf in a transaction of its own, and waits for it to be committed.
    fn with_shelf(&self, shelf: Shelf, mode: IdbTransactionMode, act: Act) -> Stored<JsValue> {
        let (opening, cell) = (self.opened(), Rc::clone(&self.opening));
        async move {
            let begun = match opening?.database().await {
                Ok(database) => begin(&database, shelf, mode).map_err(|error| said(&error)),
                Err(error) => Err(error),
            };
            let transaction = begun.inspect_err(|_| {
                // The person may have cleared the site's data, which closes the database: the next request opens it again.
                cell.borrow_mut().take();
            })?;
            let store = transaction.object_store(shelf.name()).map_err(|error| said(&error))?;
            let request = act(&store).map_err(|error| said(&error))?;
            // At once: a page that is being left does not live to see the request answered.
            #[expect(deprecated, reason = "its bindings are; no browser says so")]
            let _ = transaction.commit();
            let done = Promise::new(&mut |resolve, reject| {
                transaction.set_oncomplete(Some(&resolve));
                transaction.set_onerror(Some(&reject));
                transaction.set_onabort(Some(&reject));
            });
            JsFuture::from(done).await.map_err(|_| failure(&request))?;
            request.result().map_err(|error| said(&error))
        }
        .boxed_local()
    }
}

/// Begins a transaction. What somebody wrote is on disk when it is said to be: a browser that is killed has by itself been
/// seen to lose the whole database otherwise.
fn begin(database: &IdbDatabase, shelf: Shelf, mode: IdbTransactionMode) -> Result<IdbTransaction, JsValue> {
    if mode != IdbTransactionMode::Readwrite || !matches!(shelf, Shelf::Outbox | Shelf::Drafts) {
        return database.transaction_with_str_and_mode(shelf.name(), mode);
    }
    // The bindings have the third argument behind a flag for what is not settled yet; every browser has it.
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let begin: Function = Reflect::get(database, &"transaction".into())?.dyn_into()?;
    begin.call3(database, &shelf.name().into(), &"readwrite".into(), &options)?.dyn_into()
}

/// The database on its way: it is asked for once, and whoever needs it waits for that.
#[derive(Clone)]
struct Opening {
    request: IdbOpenDbRequest,
    done: Promise,
}

impl Opening {
    /// Opens the database and puts up the shelves that are missing.
    fn begin(is_new: Rc<Cell<bool>>) -> Result<Self, StorageError> {
        let factory = web_sys::window()
            .and_then(|window| window.indexed_db().ok().flatten())
            .ok_or_else(|| StorageError("this browser has no IndexedDB, or denies it".to_owned()))?;
        let request = factory.open_with_u32(DATABASE, VERSION).map_err(|error| said(&error))?;
        let upgrading = request.clone();
        let upgrade = Closure::once_into_js(move |event: JsValue| {
            is_new.set(Reflect::get(&event, &"oldVersion".into()).is_ok_and(|version| version == 0));
            let Some(database) = result(&upgrading) else { return };
            for shelf in Shelf::ALL {
                // One that is there already is left alone with an error; one that cannot be made fails later, with words.
                let _ = database.create_object_store(shelf.name());
            }
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        let done = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onerror(Some(&reject));
            request.set_onblocked(Some(&reject));
        });
        Ok(Self { request, done })
    }

    async fn database(self) -> Result<IdbDatabase, StorageError> {
        match JsFuture::from(self.done).await {
            Ok(_) => result(&self.request).ok_or_else(unknown),
            Err(_) => Err(failure(&self.request)),
        }
    }
}

fn result(request: &IdbOpenDbRequest) -> Option<IdbDatabase> {
    request.result().ok()?.dyn_into().ok()
}

/// Why a request failed.
fn failure(request: &IdbRequest) -> StorageError {
    request.error().ok().flatten().map_or_else(unknown, |error| StorageError(error.message()))
}

fn unknown() -> StorageError {
    StorageError("the browser gives no reason".to_owned())
}

fn said(error: &JsValue) -> StorageError {
    let exception = error.dyn_ref::<web_sys::DomException>();
    exception.map_or_else(unknown, |exception| StorageError(exception.message()))
}

impl IndexedDb {
    /// As [`super::Storage`] has it.
    pub(super) fn put(&self, shelf: Shelf, key: String, value: String) -> Stored<()> {
        let request = self.with_shelf(
            shelf,
            IdbTransactionMode::Readwrite,
            Box::new(move |store| store.put_with_key(&value.into(), &key.into())),
        );
        request.map(|result| result.map(drop)).boxed_local()
    }

    /// As [`super::Storage`] has it.
    pub(super) fn remove(&self, shelf: Shelf, key: String) -> Stored<()> {
        let request = self.with_shelf(
            shelf,
            IdbTransactionMode::Readwrite,
            Box::new(move |store| store.delete(&key.into())),
        );
        request.map(|result| result.map(drop)).boxed_local()
    }

    /// As [`super::Storage`] has it.
    pub(super) fn all(&self, shelf: Shelf) -> Stored<Vec<(String, String)>> {
        let keys =
            self.with_shelf(shelf, IdbTransactionMode::Readonly, Box::new(IdbObjectStore::get_all_keys));
        let values = self.with_shelf(shelf, IdbTransactionMode::Readonly, Box::new(IdbObjectStore::get_all));
        async move {
            // Two transactions may see a write between them: then the lengths differ, and what does not pair is left out.
            let (keys, values) = (keys.await?, values.await?);
            let (keys, values) = (js_sys::Array::from(&keys), js_sys::Array::from(&values));
            if keys.length() != values.length() {
                return Err(StorageError("the storage changed while it was read".to_owned()));
            }
            let pairs = keys.iter().zip(values.iter());
            Ok(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
        }
        .boxed_local()
    }

    /// As [`super::Storage`] has it.
    pub(super) fn clear(&self) -> Stored<()> {
        let cleared = Shelf::ALL.map(|shelf| {
            self.with_shelf(shelf, IdbTransactionMode::Readwrite, Box::new(IdbObjectStore::clear))
        });
        async move {
            for request in cleared {
                request.await?;
            }
            Ok(())
        }
        .boxed_local()
    }
}
