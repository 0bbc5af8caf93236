//! Questions before what cannot be undone.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::error_line;
use crate::components::{Dialog, close_dialog};
use crate::i18n::words;
use crate::model::rows::ActionError;
use crate::place::{CurrentPlace, Place};
use crate::signal::State;
use crate::store::Store;
use crate::views::screen::{OpenDialog, Screen};

/// A question with two answers.
#[component]
pub fn Ask(question: OpenDialog) -> impl IntoView {
    let (store, screen, place) = (Store::expect(), Screen::expect(), CurrentPlace::expect());
    let node = NodeRef::<html::Dialog>::new();
    let error = State::new(None::<ActionError>);
    let busy = State::new(false);
    let (title, body, yes) = said(&question);
    let answer = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let question = question.clone();
        spawn_local(async move {
            let left = matches!(
                question,
                OpenDialog::DeleteThread(_) | OpenDialog::DropThread(_) | OpenDialog::Leave(_)
            );
            let outcome = match question {
                OpenDialog::DeleteThread(thread) => store.delete_thread(thread).await,
                OpenDialog::DropThread(thread) | OpenDialog::Leave(thread) => store.leave(thread).await,
                OpenDialog::TakeOut(thread, person) => store.remove_person(thread, person.id).await,
                OpenDialog::DeleteMessage(thread, message) => {
                    store.delete(&thread, &message);
                    Ok(())
                }
                _ => Ok(()),
            };
            busy.set(false);
            match outcome {
                Ok(()) => {
                    close_dialog(node);
                    if left {
                        place.replace(Place::Threads);
                    }
                }
                Err(why) => error.set(Some(why)),
            }
        });
    };
    view! {
        <Dialog node title close_label=words().close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body"><p>{body}</p> {error_line(error)}</div>
            <footer class="dialog__foot">
                <button type="button" class="button" autofocus on:click=move |_| close_dialog(node)>
                    {words().cancel()}
                </button>
                <button type="button" class="button button--danger" on:click=answer>{yes}</button>
            </footer>
        </Dialog>
    }
}

/// The question, what it means, and the answer that does it.
fn said(question: &OpenDialog) -> (String, &'static str, String) {
    let words = words();
    let (title, body, yes) = match question {
        OpenDialog::DeleteThread(_) => {
            (words.ask_delete_thread(), words.ask_delete_thread_body(), words.delete_thread())
        }
        OpenDialog::DropThread(_) => (words.ask_drop_thread(), words.ask_drop_thread_body(), words.discard()),
        OpenDialog::Leave(_) => (words.ask_leave(), words.ask_leave_body(), words.leave_thread()),
        OpenDialog::TakeOut(_, who) => {
            return (
                words.ask_take_out().with(&[&who.name]),
                words.ask_take_out_body(),
                words.take_out().with(&[&who.name]),
            );
        }
        _ => (words.ask_delete_message(), words.ask_delete_message_body(), words.delete()),
    };
    (title.to_owned(), body, yes.to_owned())
}
