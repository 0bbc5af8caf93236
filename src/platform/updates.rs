//! The service worker, which keeps the app's files (`sw.js`): registered once the app stands, asked for newer versions, told to
//! let one take over. Where a browser has none, or refuses it, all is as without.
//!
//! By its properties' names: bindings of their own would be in the first load, and this is not.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{set_interval, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::EventTarget;

/// The script, beside the page: its folder is what it serves.
const SCRIPT: &str = "sw.js";
/// What `sw.js` waits for before it takes the place of an older version.
const TAKE_OVER: &str = "take over";
/// The browser looks for a newer version when the page is opened, and some pages are open for weeks.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// What becomes of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// A newer one is here, and waits.
    Ready,
    /// A newer one has taken over, which this page or another one asked for: this page is of the one before.
    TakenOver,
}

/// Whom to tell.
type OnUpdate = Rc<dyn Fn(Update)>;

thread_local! {
    static ON_UPDATE: RefCell<Option<OnUpdate>> = const { RefCell::new(None) };
    /// The browser's registration, once it is there.
    static REGISTRATION: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
    static BEGUN: Cell<bool> = const { Cell::new(false) };
}

/// Calls back with what becomes of versions from now on, in the place of who was called before. The first time it registers the
/// script, in a build that has one.
pub fn watch(on_update: OnUpdate) {
    ON_UPDATE.set(Some(on_update));
    if BEGUN.replace(true) {
        tell_if_ready();
    } else if cfg!(split) {
        spawn_local(async {
            // Not there on an insecure origin, refused in some private windows.
            let _ = begin().await;
        });
    }
}

/// Lets the version that waits take over. Every page is told then, this one too.
pub fn take_over() {
    let Some(worker) = waiting() else {
        // Another page was faster.
        return tell(Update::TakenOver);
    };
    // A page that was loaded past the script is not told in another way.
    listen(&worker, "statechange", || tell(Update::TakenOver));
    call(&worker, "postMessage", &TAKE_OVER.into());
}

async fn begin() -> Option<()> {
    let workers = get(&window().navigator(), "serviceWorker").filter(JsValue::is_object)?;
    // The first version takes up the pages that are there; they are of that version themselves.
    let served = Cell::new(get(&workers, "controller").is_some());
    listen(&workers, "controllerchange", move || {
        if served.replace(true) {
            tell(Update::TakenOver);
        }
    });
    let registration = settled(call(&workers, "register", &SCRIPT.into())?).await?;
    REGISTRATION.set(registration.clone());
    tell_if_ready();
    follow_newest();
    listen(&registration, "updatefound", follow_newest);
    set_interval(look, LOOK_EVERY);
    Some(())
}

/// Asks whether there is a newer version. Without a network there is none.
fn look() {
    if window().navigator().on_line() {
        spawn_local(async {
            let looking =
                REGISTRATION.with_borrow(|registration| call(registration, "update", &JsValue::UNDEFINED));
            if let Some(looking) = looking {
                settled(looking).await;
            }
        });
    }
}

/// Follows the version that is being installed to where it waits.
fn follow_newest() {
    let newest = REGISTRATION.with_borrow(|registration| get(registration, "installing"));
    if let Some(newest) = newest {
        listen(&newest, "statechange", tell_if_ready);
    }
}

/// The first version of all waits for nobody.
fn tell_if_ready() {
    let active = REGISTRATION.with_borrow(|registration| get(registration, "active"));
    if active.is_some() && waiting().is_some() {
        tell(Update::Ready);
    }
}

fn tell(update: Update) {
    let on_update = ON_UPDATE.with_borrow(Clone::clone);
    if let Some(on_update) = on_update {
        on_update(update);
    }
}

/// The version that waits.
fn waiting() -> Option<JsValue> {
    REGISTRATION.with_borrow(|registration| get(registration, "waiting"))
}

/// A property, unless there is nothing.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(JsValue::is_truthy)
}

fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<JsValue> {
    get(object, name)?.dyn_into::<Function>().ok()?.call1(object, argument).ok()
}

/// What a promise comes to, unless it is an error.
async fn settled(promise: JsValue) -> Option<JsValue> {
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

/// Calls back at each such event, for as long as its target lives.
fn listen(target: &JsValue, event: &str, run: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(run);
    let target: &EventTarget = target.unchecked_ref();
    // A browser that refuses a listener has none of these events either.
    let _ = target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
    callback.forget();
}
