//! The translation in the place of a message's words: by the browser where it can, else by the service after a yes.

use acs_chat::ThreadId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Asked, Known, Question, Shown, Translations};
use crate::components::Icon;
use crate::i18n::{language, say_error, words};
use crate::platform::languages::{self, Readiness};
use crate::settings::{keep, kept};
use crate::store::Store;
use crate::sync::translation::InVain;
use crate::views::screen::Screen;

/// The hosts that words may be sent to.
const HOSTS_KEY: &str = "natter.translate-by";

/// So many translations are remembered; then they are forgotten all at once.
const REMEMBERED: usize = 500;

/// What is shown of a translation, in whichever state it is.
#[component]
pub fn Translation(asked: Asked) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let translations = screen.translations;
    let known = translations.known.with_value(|known| known.get(&remembered_by(&asked.said)).cloned());
    let by_itself = asked.shown == Shown::ByItself;
    match (known, asked.shown) {
        (Some(Known::Translated { text, from, by }), shown) => {
            if matches!(shown, Shown::Asked | Shown::ByItself) {
                translations.show(&asked.key, Shown::Translated);
            }
            translated(translations, asked, &text, from.as_deref(), by)
        }
        (Some(_), Shown::ByItself) => {
            translations.show(&asked.key, Shown::Left);
            ().into_any()
        }
        (Some(Known::Same), _) => {
            let said = words().same_language().with(&[&name_of(language().tag())]);
            note(translations, asked, said)
        }
        (Some(Known::InVain(why)), _) => note(translations, asked, say(&why)),
        (None, _) => {
            let question = translations.question.get_untracked().filter(|(at, _)| *at == asked.key);
            if let Some((_, question)) = question {
                return ask(translations, asked, question);
            }
            // What was said in other words before is not hidden by what is to come.
            if asked.shown == Shown::Translated || asked.shown == Shown::Original {
                translations.show(&asked.key, Shown::Asked);
                return ().into_any();
            }
            begin(store, translations, asked);
            if by_itself {
                return ().into_any();
            }
            view! { <p class="message-row__translation" role="status">{words().translating()}</p> }.into_any()
        }
    }
}

/// Under which the translation of these words is remembered.
fn remembered_by(said: &str) -> String {
    [language().tag(), " ", said].concat()
}

fn name_of(tag: &str) -> String {
    languages::name(tag, language().tag())
}

fn say(why: &InVain) -> String {
    match why {
        InVain::Nobody => words().nobody_translates().to_owned(),
        InVain::NotSetUp => words().fail_key().to_owned(),
        InVain::Unreachable => words().fail_unreachable().to_owned(),
        InVain::Refused => words().translator_refused().to_owned(),
        InVain::Failed(error) => say_error(error),
    }
}

/// Translates, and tells what came of it.
fn begin(store: Store, translations: Translations, asked: Asked) {
    let key = remembered_by(&asked.said);
    if translations.running.try_update_value(|all| all.insert(key.clone(), ()).is_some()) != Some(false) {
        return;
    }
    spawn_local(async move {
        let outcome = translate(store, translations, &asked.said).await;
        let _ = translations.running.try_update_value(|all| all.remove(&key));
        match outcome {
            Ok(known) => {
                let _ = translations.known.try_update_value(|all| {
                    if all.count() >= REMEMBERED {
                        all.clear();
                    }
                    all.insert(key, known);
                });
            }
            Err(question) => {
                // One question at a time; whoever waits tries again when it is answered.
                let free = translations.question.with_untracked(Option::is_none);
                if free || asked.shown == Shown::Asked {
                    translations.question.set(Some((asked.key.clone(), question)));
                    translations.show(&asked.key, Shown::Asked);
                    translations.again();
                }
                return;
            }
        }
        translations.again();
    });
}

/// Translates words into the language of the screen, or says what has to be asked before.
async fn translate(store: Store, translations: Translations, said: &str) -> Result<Known, Question> {
    let to = language().tag();
    let may_download = translations.may_download.try_update_value(std::mem::take).unwrap_or_default();
    let mut by_browser = None;
    match languages::can_detect().await {
        Readiness::ToDownload if !may_download => return Err(Question::Download { from: None }),
        Readiness::No => {}
        Readiness::Ready | Readiness::ToDownload => by_browser = languages::detect(said).await,
    }
    if let Some(from) = by_browser {
        if is_same(&from, to) {
            return Ok(Known::Same);
        }
        match languages::can_translate(&from, to).await {
            Readiness::ToDownload if !may_download => return Err(Question::Download { from: Some(from) }),
            Readiness::No => {}
            Readiness::Ready | Readiness::ToDownload => {
                if let Some(text) = languages::translated(said, &from, to).await {
                    return Ok(Known::Translated { text, from: Some(from), by: None });
                }
            }
        }
    }
    let by = match store.translator().await {
        Ok(by) => by,
        Err(why) => return Ok(Known::InVain(why)),
    };
    if !kept(HOSTS_KEY).unwrap_or_default().lines().any(|host| host == by.sent_to) {
        return Err(Question::Send { to: by.sent_to, by: by.by });
    }
    Ok(match store.translate(said, to).await {
        Ok(translated) if translated.from.as_deref().is_some_and(|from| is_same(from, to)) => Known::Same,
        Ok(translated) => Known::Translated { text: translated.text, from: translated.from, by: Some(by.by) },
        Err(why) => Known::InVain(why),
    })
}

/// Two tags of one language. Chinese without a script is taken for simplified, which most of it is.
fn is_same(left: &str, right: &str) -> bool {
    let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let traditional = |tag: &str| ["Hant", "TW", "HK", "MO"].iter().any(|part| tag.contains(part));
    language(left) == language(right) && traditional(left) == traditional(right)
}

fn translated(
    translations: Translations,
    asked: Asked,
    text: &str,
    from: Option<&str>,
    by: Option<String>,
) -> AnyView {
    let by = by.unwrap_or_else(|| words().this_browser().to_owned());
    let said = match from {
        Some(from) => words().translated_from().with(&[&by, &name_of(from)]),
        None => words().translated_from().form(1, &[&by]),
    };
    let original = asked.shown == Shown::Original;
    let (label, next) = if original {
        (words().show_translation(), Shown::Translated)
    } else {
        (words().show_original(), Shown::Original)
    };
    // Text and nothing else, whatever came.
    let text = (!original).then(|| {
        let (text, lang) = (text.to_owned(), language().tag());
        view! { <div class="message-row__text" dir="auto" lang=lang><p class="message-row__plain">{text}</p></div> }
    });
    view! {
        {text}
        <p class="message-row__translation">
            <Icon name="translate" small=true />
            <span role="status">{said}</span>
            <button type="button" class="button button--text" on:click=move |_| translations.show(&asked.key, next)>
                {label}
            </button>
        </p>
    }
    .into_any()
}

/// What is said instead of a translation.
fn note(translations: Translations, asked: Asked, said: String) -> AnyView {
    let known = remembered_by(&asked.said);
    let close = move |_| {
        // Asked again, it is tried again.
        let _ = translations.known.try_update_value(|all| all.remove(&known));
        translations.forget(&asked);
    };
    view! {
        <p class="message-row__translation">
            <span role="status">{said}</span>
            <button type="button" class="button button--text" on:click=close>{words().close()}</button>
        </p>
    }
    .into_any()
}

fn ask(translations: Translations, asked: Asked, question: Question) -> AnyView {
    let (said, yes) = match &question {
        Question::Download { from: Some(from) } => {
            (words().ask_download().with(&[&name_of(from)]), words().download())
        }
        Question::Download { from: None } => (words().ask_download().form(1, &[]), words().download()),
        Question::Send { to, by } => (words().ask_translate_send().with(&[to, by]), words().send_words()),
    };
    let agree = move |_| {
        match &question {
            Question::Download { .. } => translations.may_download.set_value(true),
            Question::Send { to, .. } => {
                let hosts = kept(HOSTS_KEY).unwrap_or_default();
                keep(HOSTS_KEY, &[&hosts, "\n", to].concat());
            }
        }
        translations.answered();
    };
    let decline = move |_| {
        // Where a thread is translated as it comes, every message would ask again.
        translations.follow(&asked.thread, false);
        translations.forget(&asked);
    };
    view! {
        <div class="message-row__translation message-row__translation--question" role="group" aria-label=words().translate()>
            <p role="alert">{said}</p>
            <button type="button" class="button" on:click=agree>{yes}</button>
            <button type="button" class="button button--text" on:click=decline>{words().not_now()}</button>
        </div>
    }
    .into_any()
}

/// Whether a thread is translated as it comes.
#[component]
pub fn TranslateThread(thread: ThreadId) -> impl IntoView {
    let translations = Screen::expect().translations;
    let id = StoredValue::new(thread);
    let follows = move || id.with_value(|id| translations.follows(id));
    let toggle = move |_| id.with_value(|id| translations.follow(id, !untrack(|| translations.follows(id))));
    view! {
        <section class="details__section">
            <label class="details__choice">
                <input type="checkbox" prop:checked=follows on:change=toggle />
                <span>{words().translate_thread()}</span>
            </label>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn a_language_is_the_same_whatever_its_region() {
        for (left, right) in [("en", "en-GB"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant")]
        {
            assert!(is_same(left, right), "{left} {right}");
        }
        for (left, right) in [("en", "de"), ("zh-Hant", "zh-Hans"), ("zh", "zh-HK"), ("e", "en")] {
            assert!(!is_same(left, right), "{left} {right}");
        }
    }
}
