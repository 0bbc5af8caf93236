//! The real platform: what the browser has of clock, chance, storage and page.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent, VisibilityState, Window};

use super::two_copies::TwoCopies;
use super::{Clock, Page, PageEvent, Platform, Random, SessionStore, Turn};

/// The sign-in's key in local storage.
const SESSION_KEY: &str = "natter.session";
/// The channel on which tabs talk to each other.
const CHANNEL: &str = "natter";

/// Everything as the browser has it.
#[must_use]
pub fn platform() -> Platform {
    Platform {
        clock: Rc::new(BrowserClock),
        random: Rc::new(BrowserRandom),
        storage: Rc::new(TwoCopies::default()),
        session: Rc::new(LocalStorage),
        // Where there is no such channel, every tab goes its own way.
        page: Rc::new(BrowserPage { channel: BroadcastChannel::new(CHANNEL).ok() }),
        spawn: Rc::new(spawn_local),
    }
}

/// Where the page came from, and the address of `config.json` beside it.
#[must_use]
pub fn origin_and_config_url() -> (String, String) {
    let location = window().map(|window| window.location());
    let origin = location.as_ref().and_then(|location| location.origin().ok()).unwrap_or_default();
    let path = location.and_then(|location| location.pathname().ok()).unwrap_or_default();
    let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
    let config_url = format!("{origin}{folder}config.json");
    (origin, config_url)
}

fn window() -> Option<Window> {
    web_sys::window()
}

#[derive(Debug)]
struct BrowserClock;

impl Clock for BrowserClock {
    fn now_ms(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        // Browsers take 32 bits, and more than that would fire at once.
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        let timer = Timer::start(ms);
        async move {
            if let Some(timer) = &timer {
                // The promise only ever resolves.
                let _ = JsFuture::from(timer.promise.clone()).await;
            } else {
                std::future::pending::<()>().await;
            }
        }
        .boxed_local()
    }

    fn zone_offset_minutes(&self, at_ms: i64) -> i32 {
        let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
        -(date.get_timezone_offset() as i32)
    }
}

/// A timer that is stopped when nobody waits for it any more: the driver starts one each time it goes to sleep.
struct Timer {
    promise: Promise,
    id: i32,
}

impl Timer {
    fn start(ms: i32) -> Option<Self> {
        let window = window()?;
        let mut id = 0;
        let promise = Promise::new(&mut |resolve, _| {
            if let Ok(started) = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms) {
                id = started;
            }
        });
        Some(Self { promise, id })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}

#[derive(Debug)]
struct BrowserRandom;

impl BrowserRandom {
    fn fill(bytes: &mut [u8]) {
        let crypto = window().and_then(|window| window.crypto().ok());
        let filled = crypto.is_some_and(|crypto| crypto.get_random_values_with_u8_array(bytes).is_ok());
        if !filled {
            // No secret depends on it: ids must differ, and pauses must not be in step.
            bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
        }
    }
}

impl Random for BrowserRandom {
    fn unit(&self) -> f64 {
        js_sys::Math::random()
    }

    fn id(&self) -> String {
        let mut bytes = [0; 16];
        Self::fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 0xf)]);
        let mut id = String::with_capacity(36);
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            id.push(digit(byte >> 4));
            id.push(digit(byte));
        }
        id
    }
}

/// Local storage; none when the browser denies it.
pub(super) fn local_storage() -> Option<web_sys::Storage> {
    window()?.local_storage().ok().flatten()
}

#[derive(Debug)]
struct LocalStorage;

impl SessionStore for LocalStorage {
    fn get(&self) -> Option<String> {
        local_storage()?.get_item(SESSION_KEY).ok().flatten()
    }

    fn set(&self, value: &str) -> bool {
        local_storage().is_some_and(|storage| storage.set_item(SESSION_KEY, value).is_ok())
    }

    fn remove(&self) {
        if let Some(storage) = local_storage() {
            // Where nothing can be kept there is nothing to forget.
            let _ = storage.remove_item(SESSION_KEY);
        }
    }
}

/// The page, and its line to the other tabs.
#[derive(Debug)]
struct BrowserPage {
    channel: Option<BroadcastChannel>,
}

fn visible() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// The name of the lock that a tab holds while it lives.
fn lock_name(tab: &str) -> String {
    format!("natter-tab-{tab}")
}

/// `navigator.locks`, where the browser has it: secure contexts only.
fn locks() -> Option<JsValue> {
    let navigator: JsValue = window()?.navigator().into();
    Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)
}

/// The lock of the tab whose turn it is.
const TURN: &str = "natter-turn";
/// The lock of the tab that leads.
const LEAD: &str = "natter-lead";

/// Asks for a lock. `granted` is called with what gives it back or, where it is somebody else's, with nothing; not given back,
/// it is ours for as long as the page lives.
fn ask_for_lock(
    name: &str,
    if_available: bool,
    granted: impl FnOnce(Option<Function>) + 'static,
) -> Option<()> {
    let locks = locks()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_available.into()).ok()?;
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if !lock.is_object() {
            granted(None);
            return JsValue::UNDEFINED;
        }
        // A lock is held until the promise of its callback resolves.
        let mut give_back = None;
        let held = Promise::new(&mut |resolve, _| give_back = Some(resolve));
        granted(give_back);
        held.into()
    });
    request.call3(&locks, &name.into(), &options, &callback).ok()?;
    Some(())
}

impl Page for BrowserPage {
    fn visible(&self) -> bool {
        visible()
    }

    fn online(&self) -> bool {
        window().is_none_or(|window| window.navigator().on_line())
    }

    fn listen(&self, on_event: Rc<dyn Fn(PageEvent)>) {
        let Some(window) = window() else { return };
        let listen =
            |target: &web_sys::EventTarget, name: &str, event: fn(&web_sys::Event) -> Option<PageEvent>| {
                let on_event = Rc::clone(&on_event);
                let callback = Closure::<dyn Fn(web_sys::Event)>::new(move |raw: web_sys::Event| {
                    if let Some(event) = event(&raw) {
                        on_event(event);
                    }
                });
                // A browser that refuses a listener has none of these events either.
                let _ = target.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
                callback.forget();
            };
        listen(&window, "online", |_| Some(PageEvent::Online));
        listen(&window, "offline", |_| Some(PageEvent::Offline));
        listen(&window, "focus", |_| Some(PageEvent::Woken));
        listen(&window, "pageshow", |_| Some(PageEvent::Woken));
        listen(&window, "pagehide", |_| Some(PageEvent::Hidden));
        listen(&window, "storage", |raw| {
            let event: &StorageEvent = raw.dyn_ref()?;
            // No key means that all of it was cleared.
            let ours = event.key().is_none_or(|key| key == SESSION_KEY);
            ours.then_some(PageEvent::SessionChanged)
        });
        if let Some(document) = window.document() {
            listen(&document, "visibilitychange", |_| {
                Some(if visible() { PageEvent::Woken } else { PageEvent::Hidden })
            });
            listen(&document, "resume", |_| Some(PageEvent::Woken));
        }
    }

    fn announce(&self, tab: &str) {
        // Without locks every tab looks gone to the others, and the service's own memory has to catch what is sent twice.
        ask_for_lock(&lock_name(tab), false, drop);
    }

    fn take_over(&self, tab: String) -> LocalBoxFuture<'static, bool> {
        async move {
            let mut asked = None;
            let promise = Promise::new(&mut |resolve, _| {
                asked = ask_for_lock(&lock_name(&tab), true, move |lock| {
                    // Whoever waits for the answer may be gone.
                    let _ = resolve.call1(&JsValue::NULL, &lock.is_some().into());
                });
            });
            if asked.is_none() {
                return true;
            }
            JsFuture::from(promise).await.is_ok_and(|granted| granted.is_truthy())
        }
        .boxed_local()
    }

    fn tell(&self, words: &[String]) {
        if let Some(channel) = &self.channel {
            let words: js_sys::Array = words.iter().map(|word| JsValue::from_str(word)).collect();
            // What another tab does not hear, it asks for itself.
            let _ = channel.post_message(&words);
        }
    }

    fn hear(&self, on_words: Rc<dyn Fn(Vec<String>)>) {
        let Some(channel) = &self.channel else { return };
        let callback = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let words = js_sys::Array::from(&event.data());
            on_words(words.iter().filter_map(|word| word.as_string()).collect());
        });
        channel.set_onmessage(Some(callback.as_ref().unchecked_ref()));
        callback.forget();
    }

    fn lead(&self) -> LocalBoxFuture<'static, ()> {
        // Where there are no locks, nobody leads: a browser has a handful of connections to a service for all of its tabs.
        let promise = Promise::new(&mut |resolve, _| {
            ask_for_lock(LEAD, false, move |_| drop(resolve.call0(&JsValue::NULL)));
        });
        async move { drop(JsFuture::from(promise).await) }.boxed_local()
    }

    fn turn(&self) -> LocalBoxFuture<'static, Turn> {
        let give_back: Rc<Cell<Option<Function>>> = Rc::default();
        let ours = Rc::downgrade(&give_back);
        // Made now: whoever stops waiting gives back what they get.
        let turn = Turn::new(Box::new(move || {
            if let Some(give_back) = give_back.take() {
                let _ = give_back.call0(&JsValue::NULL);
            }
        }));
        async move {
            let mut asked = None;
            let promise = Promise::new(&mut |resolve, _| {
                let ours = ours.clone();
                asked = ask_for_lock(TURN, false, move |lock| match (ours.upgrade(), lock) {
                    (Some(ours), lock) => {
                        ours.set(lock);
                        let _ = resolve.call0(&JsValue::NULL);
                    }
                    (None, Some(give_back)) => drop(give_back.call0(&JsValue::NULL)),
                    (None, None) => {}
                });
            });
            // Without locks there are no turns.
            if asked.is_some() {
                let _ = JsFuture::from(promise).await;
            }
            turn
        }
        .boxed_local()
    }
}
