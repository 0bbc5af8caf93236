//! How the app looks and in which language, who is signed in, signing out.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Dialog, Segments, close_dialog};
use crate::i18n::{Language, words};
use crate::settings::{Settings, Theme};
use crate::signal::{State, Value};
use crate::store::Store;
use crate::views::keys::focus_first;
use crate::views::screen::{OpenDialog, Screen};

/// The dialog.
#[component]
pub fn SettingsDialog() -> impl IntoView {
    let (store, settings, screen) = (Store::expect(), Settings::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let name = store.session().with_untracked(|me| me.as_ref().map(|me| me.name.clone())).unwrap_or_default();
    let themes =
        vec![(words().theme_system(), None), (words().theme_light(), None), (words().theme_dark(), None)];
    let theme =
        Value::derived(move || Theme::ALL.iter().position(|theme| *theme == settings.theme()).unwrap_or(0));
    let mood = Value::derived(move || usize::from(settings.marks_moods()));
    let languages = Language::ALL.map(|language| (language.name(), Some(language.tag()))).to_vec();
    let shown =
        untrack(|| Language::ALL.iter().position(|language| *language == settings.language()).unwrap_or(0));
    let (language, no_words) = (State::new(shown), State::new(false));
    let choose_language = move |at: usize| {
        language.set(at);
        no_words.set(false);
        spawn_local(async move {
            if settings.choose_language(Language::ALL[at]).await {
                // Everything is built anew, this dialog too; the focus goes back to what was pressed.
                request_animation_frame(|| focus_first("input[name=language]:checked"));
            } else if language.try_set(shown) {
                no_words.set(true);
            }
        });
    };
    let sign_out = move |_| {
        close_dialog(node);
        screen.dialog.set(None);
        store.sign_out();
    };
    view! {
        <Dialog node title=words().settings() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body dialog__body--list">
                <section class="dialog__section">
                    <h3 class="dialog__label">{words().look()}</h3>
                    <div class="dialog__option" role="radiogroup" aria-label=words().theme()>
                        <span>{words().theme()}</span>
                        <Segments
                            name="theme"
                            choices=themes
                            chosen=theme
                            on_choose=move |at: usize| settings.set_theme(Theme::ALL[at])
                        />
                    </div>
                    <div class="dialog__option" role="radiogroup" aria-label=words().language()>
                        <span>{words().language()}</span>
                        <Segments name="language" choices=languages chosen=language on_choose=choose_language />
                    </div>
                    <div class="dialog__option" role="radiogroup" aria-label=words().mood() aria-describedby="mood-note">
                        <span>{words().mood()}</span>
                        <Segments
                            name="mood"
                            choices=vec![(words().mood_off(), None), (words().mood_on(), None)]
                            chosen=mood
                            on_choose=move |at: usize| settings.mark_moods(at == 1)
                        />
                    </div>
                    <p class="details__note" id="mood-note">{words().mood_note()}</p>
                    <p class="field--invalid" role="alert">
                        {move || no_words.get().then(|| view! { <span class="field__hint">{words().err_language()}</span> })}
                    </p>
                </section>
                <section class="dialog__section">
                    <div class="dialog__option">
                        <span>{words().keys()}</span>
                        <button type="button" class="button" on:click=move |_| screen.dialog.set(Some(OpenDialog::Keys))>
                            <kbd class="key">"?"</kbd>
                        </button>
                    </div>
                    <div class="dialog__option">
                        <span>{words().diagnostics()}</span>
                        <button
                            type="button"
                            class="button"
                            on:click=move |_| screen.dialog.set(Some(OpenDialog::Diagnostics))
                        >
                            <kbd class="key">"D"</kbd>
                        </button>
                    </div>
                </section>
            </div>
            <footer class="dialog__foot">
                <p dir="auto">{words().kept_here().with(&[&name])}</p>
                <button type="button" class="button button--danger" on:click=sign_out>{words().sign_out()}</button>
            </footer>
        </Dialog>
    }
}
