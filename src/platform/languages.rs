//! What a browser can do with languages by itself: tell which one a text is in, translate it, and name a language. Chromium can
//! since its version 138; where a browser cannot, what is asked for here is none (<https://webmachinelearning.github.io/translation-api/>).

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::locale::options;
use super::speech::of_window;

#[wasm_bindgen]
extern "C" {
    type LanguageDetector;
    #[wasm_bindgen(catch, static_method_of = LanguageDetector, js_name = availability)]
    async fn detector_availability() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, static_method_of = LanguageDetector, js_name = create)]
    async fn create_detector() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, structural)]
    async fn detect(this: &LanguageDetector, text: &str) -> Result<JsValue, JsValue>;

    type Translator;
    #[wasm_bindgen(catch, static_method_of = Translator, js_name = availability)]
    async fn translator_availability(pair: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, static_method_of = Translator, js_name = create)]
    async fn create_translator(pair: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, structural)]
    async fn translate(this: &Translator, text: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type DisplayNames;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locales: &Array, options: &Object) -> Result<DisplayNames, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn of(this: &DisplayNames, tag: &str) -> Result<JsValue, JsValue>;
}

/// How sure a browser has to be of a language. Of a few words it is not, and then a question is better than a guess.
const SURE: f64 = 0.5;

/// Whether a browser can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// At once.
    Ready,
    /// After something was downloaded, which somebody has to ask for.
    ToDownload,
    /// Not at all.
    No,
}

impl Readiness {
    fn read(said: Result<JsValue, JsValue>) -> Self {
        match said.ok().and_then(|said| said.as_string()).as_deref() {
            Some("available") => Self::Ready,
            Some("downloadable" | "downloading") => Self::ToDownload,
            _ => Self::No,
        }
    }
}

/// Whether it can tell languages apart.
pub async fn can_detect() -> Readiness {
    // Asking what is not there would fail outside of what can be waited for.
    if of_window("LanguageDetector").is_none() {
        return Readiness::No;
    }
    Readiness::read(LanguageDetector::detector_availability().await)
}

/// The language of a text, as a BCP 47 tag.
pub async fn detect(text: &str) -> Option<String> {
    let detector: LanguageDetector = LanguageDetector::create_detector().await.ok()?.unchecked_into();
    let best = Array::from(&detector.detect(text).await.ok()?).get(0);
    let sure = Reflect::get(&best, &"confidence".into()).ok()?.as_f64()? >= SURE;
    let tag = Reflect::get(&best, &"detectedLanguage".into()).ok()?.as_string()?;
    (sure && tag != "und").then_some(tag)
}

/// Whether it can translate from one language to another.
pub async fn can_translate(from: &str, to: &str) -> Readiness {
    if of_window("Translator").is_none() {
        return Readiness::No;
    }
    Readiness::read(Translator::translator_availability(&pair(from, to)).await)
}

/// Translates a text. A download begins only a moment after somebody pressed something.
pub async fn translated(text: &str, from: &str, to: &str) -> Option<String> {
    let translator: Translator = Translator::create_translator(&pair(from, to)).await.ok()?.unchecked_into();
    translator.translate(text).await.ok()?.as_string()
}

fn pair(from: &str, to: &str) -> Object {
    options(&[("sourceLanguage", from), ("targetLanguage", to)])
}

/// What a language is called in another, or its tag.
#[must_use]
pub fn name(tag: &str, within: &str) -> String {
    let names = DisplayNames::new(&Array::of1(&within.into()), &options(&[("type", "language")]));
    let name = names.and_then(|names| names.of(tag)).ok().and_then(|name| name.as_string());
    name.unwrap_or_else(|| tag.to_owned())
}
