//! Words to sound, and sound to words, by the browser: the Web Speech API (<https://webaudio.github.io/web-speech-api/>). Not every
//! browser has it, and some send what the microphone hears to their maker.

use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::Event;

use super::languages;

#[wasm_bindgen]
extern "C" {
    type Synthesis;
    #[wasm_bindgen(method, structural, getter)]
    fn speaking(this: &Synthesis) -> bool;
    #[wasm_bindgen(method, structural)]
    fn speak(this: &Synthesis, utterance: &JsValue);
    #[wasm_bindgen(method, structural)]
    fn cancel(this: &Synthesis);

    type Utterance;
    #[wasm_bindgen(method, structural, setter)]
    fn set_lang(this: &Utterance, tag: &str);

    type Recognition;
    #[wasm_bindgen(method, structural, setter, js_name = lang)]
    fn set_language(this: &Recognition, tag: &str);
    #[wasm_bindgen(method, structural, setter, js_name = interimResults)]
    fn set_interim_results(this: &Recognition, interim: bool);
    #[wasm_bindgen(method, structural, setter)]
    fn set_continuous(this: &Recognition, continuous: bool);
    #[wasm_bindgen(method, structural, setter)]
    fn set_onresult(this: &Recognition, listener: &Function);
    #[wasm_bindgen(method, structural, setter)]
    fn set_onerror(this: &Recognition, listener: &Function);
    #[wasm_bindgen(method, structural, setter)]
    fn set_onend(this: &Recognition, listener: &Function);
    #[wasm_bindgen(method, structural, catch)]
    fn start(this: &Recognition) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural)]
    fn abort(this: &Recognition);

    type Results;
    #[wasm_bindgen(method, structural, getter, js_name = resultIndex)]
    fn result_index(this: &Results) -> u32;
    #[wasm_bindgen(method, structural, getter)]
    fn results(this: &Results) -> JsValue;
}

/// What came of wanting something read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is read.
    Begun,
    /// Something was read, and is no more.
    Stopped,
    /// This browser does not.
    Impossible,
}

/// Something of the window by its name, if this browser has it.
pub(super) fn of_window(name: &str) -> Option<JsValue> {
    Reflect::get(&window(), &name.into()).ok().filter(|found| !found.is_undefined() && !found.is_null())
}

/// Reads a text aloud, in its own language as far as the browser can tell, else in that of the page. Asked for while something
/// is read, stops that.
pub fn read_aloud_or_stop(text: &str) -> Reading {
    let Some(synthesis) = of_window("speechSynthesis") else { return Reading::Impossible };
    let synthesis: Synthesis = synthesis.unchecked_into();
    if synthesis.speaking() {
        synthesis.cancel();
        return Reading::Stopped;
    }
    let Some(constructor) = of_window("SpeechSynthesisUtterance") else { return Reading::Impossible };
    let made = Reflect::construct(constructor.unchecked_ref::<Function>(), &Array::of1(&text.into()));
    let Ok(utterance) = made else { return Reading::Impossible };
    let utterance: Utterance = utterance.unchecked_into();
    let text = text.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        let detected = match languages::can_detect().await {
            languages::Readiness::Ready => languages::detect(&text).await,
            _ => None,
        };
        let tag = detected.unwrap_or_else(|| crate::i18n::language().tag().to_owned());
        utterance.set_lang(&tag);
        synthesis.speak(&utterance);
    });
    Reading::Begun
}

/// What happens while somebody dictates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Words that may still become others.
    Interim(String),
    /// Words that stay.
    Final(String),
    /// It cannot go on, in the browser's own word for it: `not-allowed`, `network`.
    Error(String),
    /// It is over.
    Ended,
}

/// Somebody dictates, until this is dropped.
pub struct Dictation {
    recognition: Recognition,
    _listeners: [Closure<dyn Fn(Event)>; 3],
}

impl Dictation {
    /// Begins to listen; none where this browser cannot.
    pub fn begin(tag: &str, on_heard: Rc<dyn Fn(Heard)>) -> Option<Self> {
        let constructor = of_window("SpeechRecognition").or_else(|| of_window("webkitSpeechRecognition"))?;
        let made = Reflect::construct(constructor.unchecked_ref::<Function>(), &Array::new()).ok()?;
        let recognition: Recognition = made.unchecked_into();
        recognition.set_language(tag);
        recognition.set_interim_results(true);
        recognition.set_continuous(true);
        let (results, errors, ends) = (Rc::clone(&on_heard), Rc::clone(&on_heard), on_heard);
        // Closures of a kind that the first file has too: what binds another kind would not be found in the later one.
        let listeners: [Closure<dyn Fn(Event)>; 3] = [
            Closure::new(move |event: Event| read(event.unchecked_ref(), &results)),
            Closure::new(move |event: Event| {
                let error = Reflect::get(&event, &"error".into()).ok().and_then(|error| error.as_string());
                errors(Heard::Error(error.unwrap_or_default()));
            }),
            Closure::new(move |_: Event| ends(Heard::Ended)),
        ];
        recognition.set_onresult(listeners[0].as_ref().unchecked_ref());
        recognition.set_onerror(listeners[1].as_ref().unchecked_ref());
        recognition.set_onend(listeners[2].as_ref().unchecked_ref());
        recognition.start().ok()?;
        Some(Self { recognition, _listeners: listeners })
    }
}

impl Drop for Dictation {
    fn drop(&mut self) {
        let nobody = JsValue::NULL;
        self.recognition.set_onresult(nobody.unchecked_ref());
        self.recognition.set_onerror(nobody.unchecked_ref());
        self.recognition.set_onend(nobody.unchecked_ref());
        self.recognition.abort();
    }
}

/// What a result says: those that are final since the last time, and all that are not yet.
fn read(event: &Results, on_heard: &Rc<dyn Fn(Heard)>) {
    let results = Array::from(&event.results());
    let mut interim = String::new();
    for result in results.iter().skip(event.result_index() as usize) {
        let said = Reflect::get_u32(&result, 0).and_then(|best| Reflect::get(&best, &"transcript".into()));
        let said = said.ok().and_then(|said| said.as_string()).unwrap_or_default();
        let is_final = Reflect::get(&result, &"isFinal".into()).is_ok_and(|is_final| is_final.is_truthy());
        if is_final {
            on_heard(Heard::Final(said));
        } else {
            interim.push_str(&said);
        }
    }
    on_heard(Heard::Interim(interim));
}
