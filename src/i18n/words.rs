//! Every word on the screen, as one struct: a language that lacks one does not compile.
//!
//! What takes an argument, a plural among them, is a function: a language decides by itself what it does with it.

#[derive(Debug)]
pub(crate) struct Words {
    // Everywhere
    /// Closes a panel or dialog.
    pub(crate) close: &'static str,
    /// Leaves a dialog without doing it.
    pub(crate) cancel: &'static str,
    /// Keeps a change.
    pub(crate) save: &'static str,
    /// Changes a thing.
    pub(crate) edit: &'static str,
    /// Deletes a message.
    pub(crate) delete: &'static str,
    /// Tries again.
    pub(crate) retry: &'static str,
    /// A toast.
    pub(crate) copied: &'static str,
    /// A toast.
    pub(crate) copy_refused: &'static str,
    /// The reader of the screen.
    pub(crate) you: &'static str,
    /// The reader of the screen, at the end of a list of names.
    pub(crate) you_among_others: &'static str,
    /// Between a name and what they said.
    pub(crate) colon: &'static str,
    /// A day.
    pub(crate) today: &'static str,
    /// A day.
    pub(crate) yesterday: &'static str,
    /// A list of names, and how many are left out.
    pub(crate) names: fn(&[&str], usize) -> String,
    // The list of threads
    /// The list.
    pub(crate) threads: &'static str,
    /// The button and the dialog.
    pub(crate) new_thread: &'static str,
    /// The button and the dialog.
    pub(crate) settings: &'static str,
    /// The field over the list.
    pub(crate) filter_threads: &'static str,
    /// Nothing matches the filter.
    pub(crate) no_match: fn(&str) -> String,
    /// The list is empty.
    pub(crate) no_threads: &'static str,
    /// A mark of a row.
    pub(crate) draft: &'static str,
    /// A mark of a row.
    pub(crate) not_sent: &'static str,
    /// After the number in a badge, for who cannot see the badge.
    pub(crate) unread: &'static str,
    /// Instead of a preview.
    pub(crate) row_removed: &'static str,
    /// Instead of a preview.
    pub(crate) row_gone: &'static str,
    /// The state of the connection.
    pub(crate) opening: &'static str,
    /// The state of the connection.
    pub(crate) up_to_date: &'static str,
    /// The state of the connection.
    pub(crate) catching_up: &'static str,
    /// The state of the connection.
    pub(crate) offline: &'static str,
    /// The state of the connection.
    pub(crate) waiting: &'static str,
    /// The state of the connection.
    pub(crate) trouble: &'static str,
    /// The state of the connection.
    pub(crate) signed_out: &'static str,
    // What the service tells
    /// A system message.
    pub(crate) topic_changed: fn(Option<&str>, &str) -> String,
    /// A system message.
    pub(crate) added: fn(Option<&str>, &str) -> String,
    /// A system message.
    pub(crate) removed: fn(Option<&str>, &str) -> String,
    /// A system message.
    pub(crate) left: fn(&str) -> String,
    /// A system message.
    pub(crate) created: fn(Option<&str>, &str) -> String,
    /// A system message of an unknown kind.
    pub(crate) other_note: &'static str,
    // The conversation
    /// The button and the panel.
    pub(crate) details: &'static str,
    /// Under the topic.
    pub(crate) people_line: fn(u32, &str) -> String,
    /// The timeline.
    pub(crate) messages: &'static str,
    /// Back to the end.
    pub(crate) latest: &'static str,
    /// Back to the end, when something came.
    pub(crate) new_messages: fn(u32) -> String,
    /// Who is typing.
    pub(crate) typing: fn(&[&str]) -> String,
    /// A message that is not there any more.
    pub(crate) deleted: &'static str,
    /// After a changed message.
    pub(crate) edited: &'static str,
    /// A thread without messages.
    pub(crate) nothing_said: &'static str,
    /// The timeline could not be loaded.
    pub(crate) load_failed: fn(&str) -> String,
    /// While earlier messages come.
    pub(crate) loading_older: &'static str,
    /// A deep link that leads nowhere.
    pub(crate) message_missing: &'static str,
    /// A title.
    pub(crate) no_access: &'static str,
    /// Why.
    pub(crate) no_access_removed: &'static str,
    /// Why.
    pub(crate) no_access_gone: &'static str,
    /// A way out.
    pub(crate) copy_draft: &'static str,
    /// A way out.
    pub(crate) back_to_threads: &'static str,
    /// The cause, for who can use it.
    pub(crate) service_said: fn(&str) -> String,
    // One message
    /// The toolbar of a row.
    pub(crate) message_actions: &'static str,
    /// An action.
    pub(crate) copy_text: &'static str,
    /// An action.
    pub(crate) copy_link: &'static str,
    /// The state of a message.
    pub(crate) sending: &'static str,
    /// Why a message waits.
    pub(crate) wait_queued: &'static str,
    /// Why a message waits.
    pub(crate) wait_offline: &'static str,
    /// Why a message waits; seconds.
    pub(crate) wait_rate: fn(u32) -> String,
    /// The state of a message.
    pub(crate) not_sent_why: fn(&str) -> String,
    /// Why it was not sent; sizes as text.
    pub(crate) why_too_long: fn(&str, &str) -> String,
    /// Why it was not sent.
    pub(crate) why_empty: &'static str,
    /// Why it was not sent.
    pub(crate) why_not_member: &'static str,
    /// Why it was not sent.
    pub(crate) why_gone: &'static str,
    /// Why it was not sent.
    pub(crate) why_login: &'static str,
    /// Why it was not sent.
    pub(crate) why_unknown: &'static str,
    /// Throws a message away that was not sent.
    pub(crate) discard: &'static str,
    /// Who has read up to here.
    pub(crate) seen_by: fn(&str) -> String,
    // The composer
    /// The field; the topic.
    pub(crate) message_to: fn(&str) -> String,
    /// The button.
    pub(crate) send: &'static str,
    /// The button, while editing.
    pub(crate) save_edit: &'static str,
    /// In bold, before the next.
    pub(crate) editing: &'static str,
    /// After the last: which message.
    pub(crate) editing_of: fn(&str) -> String,
    /// A button.
    pub(crate) stop_editing: &'static str,
    /// The switch of Markdown.
    pub(crate) formatting: &'static str,
    /// While it is on. Kept short: it stands beside the button.
    pub(crate) formatting_hint: &'static str,
    /// Near the limit.
    pub(crate) room_left: fn(&str) -> String,
    /// Over the limit: by how much.
    pub(crate) too_long: fn(&str) -> String,
    // Nothing here yet
    /// A title.
    pub(crate) nothing_title: &'static str,
    /// What to do.
    pub(crate) nothing_body: &'static str,
    /// A title.
    pub(crate) pick_title: &'static str,
    /// What to do.
    pub(crate) pick_body: &'static str,
    /// Before the key.
    pub(crate) keys_before: &'static str,
    /// After the key.
    pub(crate) keys_after: &'static str,
    // Banners: what is wrong, what still works, what to do
    /// In bold.
    pub(crate) offline_title: &'static str,
    /// After the title.
    pub(crate) offline_words: &'static str,
    /// In bold.
    pub(crate) catching_title: &'static str,
    /// After the title.
    pub(crate) catching_words: &'static str,
    /// In bold; seconds.
    pub(crate) rate_title: fn(u32) -> String,
    /// After the title.
    pub(crate) rate_words: &'static str,
    /// In bold.
    pub(crate) trouble_title: &'static str,
    /// In bold.
    pub(crate) storage_title: &'static str,
    /// After the title.
    pub(crate) storage_words: &'static str,
    /// In bold.
    pub(crate) login_title: &'static str,
    /// After the title.
    pub(crate) login_words: &'static str,
    /// What to do.
    pub(crate) sign_in_again: &'static str,
    /// What to do.
    pub(crate) try_now: &'static str,
    /// When it is tried next; seconds.
    pub(crate) next_try: fn(u32) -> String,
    // Sign-in
    /// The page and the button for a token.
    pub(crate) sign_in: &'static str,
    /// The title.
    pub(crate) sign_in_title: &'static str,
    /// Under the title.
    pub(crate) sign_in_lead_local: &'static str,
    /// Under the title.
    pub(crate) sign_in_lead_azure: &'static str,
    /// A choice.
    pub(crate) chat_service: &'static str,
    /// A choice.
    pub(crate) this_computer: &'static str,
    /// A choice.
    pub(crate) azure: &'static str,
    /// A field.
    pub(crate) your_name: &'static str,
    /// Under the field.
    pub(crate) your_name_hint: &'static str,
    /// A field.
    pub(crate) endpoint: &'static str,
    /// Under the field.
    pub(crate) endpoint_hint: &'static str,
    /// A field.
    pub(crate) token: &'static str,
    /// Under the field.
    pub(crate) token_hint: &'static str,
    /// The button.
    pub(crate) start: &'static str,
    /// The button, while it is tried.
    pub(crate) starting: &'static str,
    /// A choice.
    pub(crate) language: &'static str,
    // What went wrong with an action: whole sentences
    /// An error.
    pub(crate) err_no_connection: &'static str,
    /// An error.
    pub(crate) err_login: &'static str,
    /// An error.
    pub(crate) err_not_allowed: &'static str,
    /// An error.
    pub(crate) err_not_found: &'static str,
    /// An error.
    pub(crate) err_too_many: fn(u32) -> String,
    /// An error.
    pub(crate) err_rate: &'static str,
    /// An error; the status and what the service said.
    pub(crate) err_refused: fn(&str, &str) -> String,
    /// An error.
    pub(crate) err_broken: &'static str,
    /// A hint at a field.
    pub(crate) inv_name: &'static str,
    /// A hint at a field.
    pub(crate) inv_name_long: &'static str,
    /// A hint at a field.
    pub(crate) inv_topic: &'static str,
    /// A hint at a field.
    pub(crate) inv_topic_long: fn(u32) -> String,
    /// A hint at a field.
    pub(crate) inv_endpoint: &'static str,
    /// A hint at a field.
    pub(crate) inv_endpoint_bad: &'static str,
    /// A hint at a field.
    pub(crate) inv_endpoint_http: &'static str,
    /// A hint at a field.
    pub(crate) inv_token: &'static str,
    /// A hint at a field.
    pub(crate) inv_token_broken: &'static str,
    /// A hint at a field; when it ended.
    pub(crate) inv_token_expired: fn(&str) -> String,
    /// A hint at a field.
    pub(crate) inv_token_user: &'static str,
    /// A hint at a field.
    pub(crate) inv_token_scope: &'static str,
    /// A hint at a field.
    pub(crate) inv_user_id: &'static str,
    // Details
    /// A label.
    pub(crate) topic: &'static str,
    /// Who made the thread, and when.
    pub(crate) created_on: fn(Option<&str>, &str) -> String,
    /// A label.
    pub(crate) people: &'static str,
    /// When somebody was added.
    pub(crate) since: fn(&str) -> String,
    /// Somebody who does not see everything.
    pub(crate) reads_from: fn(&str) -> String,
    /// The action and the dialog.
    pub(crate) add_people: &'static str,
    /// A button.
    pub(crate) take_out: fn(&str) -> String,
    /// What the service cannot do.
    pub(crate) receipts_off: fn(u32) -> String,
    /// An action.
    pub(crate) copy_address: &'static str,
    /// An action.
    pub(crate) leave_thread: &'static str,
    /// An action.
    pub(crate) delete_thread: &'static str,
    // Dialogs
    /// The button of a new thread.
    pub(crate) create: &'static str,
    /// In the empty field.
    pub(crate) topic_example: &'static str,
    /// A field.
    pub(crate) who: &'static str,
    /// In the empty field.
    pub(crate) who_by_name: &'static str,
    /// In the empty field.
    pub(crate) who_by_id: &'static str,
    /// Under the field.
    pub(crate) who_hint_name: &'static str,
    /// Under the field.
    pub(crate) who_hint_id: &'static str,
    /// How full the thread is.
    pub(crate) places: fn(u32, u32) -> String,
    /// A button of a chip.
    pub(crate) take_off: fn(&str) -> String,
    /// The list under the field.
    pub(crate) suggestions: &'static str,
    /// A choice.
    pub(crate) history: &'static str,
    /// A choice.
    pub(crate) history_all: &'static str,
    /// A choice.
    pub(crate) history_none: &'static str,
    /// A choice.
    pub(crate) history_from: &'static str,
    /// A field.
    pub(crate) history_time: &'static str,
    /// Under the field.
    pub(crate) history_hint: &'static str,
    /// The button.
    pub(crate) add_n: fn(u32) -> String,
    /// Before those who were not.
    pub(crate) added_some: fn(u32) -> String,
    /// A button after a partial failure.
    pub(crate) open_thread: &'static str,
    /// A button after a partial failure.
    pub(crate) done: &'static str,
    /// The dialog.
    pub(crate) rename: &'static str,
    /// A question.
    pub(crate) ask_delete_thread: &'static str,
    /// What it means.
    pub(crate) ask_delete_thread_body: &'static str,
    /// A question.
    pub(crate) ask_leave: &'static str,
    /// What it means.
    pub(crate) ask_leave_body: &'static str,
    /// A question.
    pub(crate) ask_take_out: fn(&str) -> String,
    /// What it means.
    pub(crate) ask_take_out_body: &'static str,
    /// A question.
    pub(crate) ask_delete_message: &'static str,
    /// What it means.
    pub(crate) ask_delete_message_body: &'static str,
    // Settings and keys
    /// A part.
    pub(crate) look: &'static str,
    /// A choice.
    pub(crate) theme: &'static str,
    /// A choice.
    pub(crate) theme_system: &'static str,
    /// A choice.
    pub(crate) theme_light: &'static str,
    /// A choice.
    pub(crate) theme_dark: &'static str,
    /// Under the settings.
    pub(crate) kept_here: fn(&str) -> String,
    /// A button.
    pub(crate) sign_out: &'static str,
    /// The button and the dialog.
    pub(crate) keys: &'static str,
    /// What a key does.
    pub(crate) key_filter: &'static str,
    /// What a key does.
    pub(crate) key_new: &'static str,
    /// What a key does.
    pub(crate) key_next: &'static str,
    /// What a key does.
    pub(crate) key_previous: &'static str,
    /// What a key does.
    pub(crate) key_details: &'static str,
    /// What a key does.
    pub(crate) key_send: &'static str,
    /// What a key does.
    pub(crate) key_break: &'static str,
    /// What keys do.
    pub(crate) key_edit_last: &'static str,
    /// What keys do.
    pub(crate) key_rows: &'static str,
    /// What a key does.
    pub(crate) key_row_copy: &'static str,
    /// What a key does.
    pub(crate) key_row_edit: &'static str,
    /// What a key does.
    pub(crate) key_row_delete: &'static str,
    /// What a key does.
    pub(crate) key_close: &'static str,
    /// What a key does.
    pub(crate) key_keys: &'static str,
    // When the app itself fails
    /// A title.
    pub(crate) stopped: &'static str,
    /// What is kept, what to do.
    pub(crate) stopped_body: &'static str,
    /// What to do.
    pub(crate) reload: &'static str,
}
