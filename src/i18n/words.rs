//! Every word on the screen, in one list of keys: a view that names another does not compile.

/// Words that are said as they are.
pub(crate) type Text = &'static str;

/// Words with places for what is only known later: `{1}` for the first filling, `{2}` for the second.
///
/// Where it depends on a number or a missing name there are several forms, with a `|` between them. A language that says them all
/// alike needs one: the last stands for those after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phrase(pub(super) &'static str);

impl Phrase {
    /// With its places filled.
    pub(crate) fn with(self, fillings: &[&str]) -> String {
        self.form(0, fillings)
    }

    /// Of a number, which is `{1}`: the first form is for one, the second for all others.
    pub(crate) fn count(self, number: u32, others: &[&str]) -> String {
        let said = number.to_string();
        let mut fillings = vec![said.as_str()];
        fillings.extend_from_slice(others);
        self.form(usize::from(number != 1), &fillings)
    }

    /// One of its forms, counted from 0, with its places filled.
    pub(crate) fn form(self, at: usize, fillings: &[&str]) -> String {
        let form = self.0.split('|').take(at + 1).last().unwrap_or_default();
        let mut said = String::new();
        // Once through, so that a filling may hold braces.
        for (index, piece) in form.split('{').enumerate() {
            let words = if index == 0 {
                piece
            } else {
                let place = piece.bytes().next().unwrap_or_default().wrapping_sub(b'1');
                said.push_str(fillings.get(usize::from(place)).unwrap_or(&""));
                piece.get(2..).unwrap_or_default()
            };
            said.push_str(words);
        }
        said
    }
}

impl From<&'static str> for Phrase {
    fn from(template: &'static str) -> Self {
        Self(template)
    }
}

/// Declares what says each key, and beside it what a reader of files needs: the keys, and the words as a list in their order.
macro_rules! words {
    ($($(#[doc = $doc:literal])* $key:ident: $kind:ident,)*) => {
        /// The words of one language.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Words(pub(super) &'static List);

        /// All words, in the order of [`KEYS`].
        pub(super) type List = [&'static str; COUNT];

        impl Words {
            $($(#[doc = $doc])* pub(crate) fn $key(self) -> $kind { <$kind>::from(self.0[Key::$key as usize]) })*
        }

        /// The words of the language that is compiled in, each by its key.
        pub(super) struct Named {
            $(pub(super) $key: &'static str,)*
        }

        impl Named {
            pub(super) const fn list(self) -> List {
                [$(self.$key),*]
            }
        }

        #[allow(non_camel_case_types, reason = "they are the keys as the languages' files have them")]
        enum Key {
            $($key),*
        }

        /// The keys, each with a blank after it: less to load than a list of texts.
        pub(super) const KEYS: &str = concat!($(stringify!($key), " ",)*);

        /// What each key stands for.
        #[cfg(test)]
        pub(super) const KINDS: [&str; COUNT] = [$(stringify!($kind)),*];

        const COUNT: usize = [$(stringify!($key)),*].len();
    };
}

words! {
    // Everywhere
    /// Closes a panel or dialog.
    close: Text,
    /// Leaves a dialog without doing it.
    cancel: Text,
    /// Keeps a change.
    save: Text,
    /// Changes a thing.
    edit: Text,
    /// Deletes a message.
    delete: Text,
    /// Tries again.
    retry: Text,
    /// A toast.
    copied: Text,
    /// A toast.
    copy_refused: Text,
    /// The reader of the screen.
    you: Text,
    /// The reader of the screen, at the end of a list of names.
    you_among_others: Text,
    /// Between a name and what they said.
    colon: Text,
    /// A day.
    today: Text,
    /// A day.
    yesterday: Text,
    /// Between the names of a list.
    names_between: Text,
    /// Before the last name of a whole list.
    names_last: Text,
    /// A list that was cut. {1} is its first names, {2} how many more there are, {3} how many in all.
    names_more: Phrase,
    // The list of threads
    /// The list.
    threads: Text,
    /// The button and the dialog.
    new_thread: Text,
    /// The button and the dialog.
    settings: Text,
    /// The field over the list.
    filter_threads: Text,
    /// Nothing matches the filter. {1} is the filter.
    no_match: Phrase,
    /// The list is empty.
    no_threads: Text,
    /// A mark of a row.
    draft: Text,
    /// A mark of a row.
    not_sent: Text,
    /// After the number in a badge, for who cannot see the badge.
    unread: Text,
    /// An action.
    mark_unread: Text,
    /// After it is done, for a screen reader.
    marked_unread: Text,
    /// Instead of a preview.
    row_removed: Text,
    /// Instead of a preview.
    row_gone: Text,
    /// The state of the connection.
    opening: Text,
    /// The state of the connection.
    up_to_date: Text,
    /// The state of the connection.
    catching_up: Text,
    /// The state of the connection.
    offline: Text,
    /// The state of the connection.
    waiting: Text,
    /// The state of the connection.
    trouble: Text,
    /// The state of the connection.
    signed_out: Text,
    // What the service tells
    /// A system message. {1} is who did it, {2} the topic; then without who.
    topic_changed: Phrase,
    /// A system message. {1} is who did it, {2} the added; then without who.
    added: Phrase,
    /// A system message. {1} is who did it, {2} who is out; then without who.
    removed: Phrase,
    /// A system message. {1} is who.
    left: Phrase,
    /// A system message. {1} is who did it, {2} with whom; then without whom; then without either.
    created: Phrase,
    /// A system message of an unknown kind.
    other_note: Text,
    // The conversation
    /// The button and the panel.
    details: Text,
    /// Under the topic. {1} is a number, {2} names.
    people_line: Phrase,
    /// The timeline.
    messages: Text,
    /// Back to the end.
    latest: Text,
    /// Back to the end, when something came. {1} is a number.
    new_messages: Phrase,
    /// Who is typing. {1} is one name; then several.
    typing: Phrase,
    /// A message that is not there any more.
    deleted: Text,
    /// After a changed message.
    edited: Text,
    /// A thread without messages.
    nothing_said: Text,
    /// The timeline could not be loaded. {1} is a whole sentence.
    load_failed: Phrase,
    /// While earlier messages come.
    loading_older: Text,
    /// A deep link that leads nowhere.
    message_missing: Text,
    /// A way up, to the line above what was not read.
    first_unread: Text,
    /// A way to the messages of a day; a title.
    to_date: Text,
    /// A field.
    date: Text,
    /// A button.
    go: Text,
    /// While earlier messages come because somebody wants to see some. {1} is a day.
    going_back: Phrase,
    /// A button that ends it.
    stop: Text,
    /// A title.
    no_access: Text,
    /// Why.
    no_access_removed: Text,
    /// Why.
    no_access_gone: Text,
    /// A way out.
    copy_draft: Text,
    /// A way out.
    back_to_threads: Text,
    /// The cause, for who can use it. {1} is what it said.
    service_said: Phrase,
    // One message
    /// The toolbar of a row.
    message_actions: Text,
    /// An action.
    copy_text: Text,
    /// An action.
    copy_link: Text,
    /// An action.
    mark_unread_from: Text,
    /// An action.
    reply: Text,
    /// An action, and the dialog.
    forward: Text,
    /// What was done.
    forwarded: Text,
    /// In the empty field.
    filter_by_topic: Text,
    /// An action, and the dialog.
    readers: Text,
    /// Over the list of those who have.
    readers_yes: Text,
    /// Over the list of those who have not.
    readers_not: Text,
    /// The state of a message.
    sending: Text,
    /// Why a message waits.
    wait_queued: Text,
    /// Why a message waits.
    wait_offline: Text,
    /// Why a message waits. {1} is seconds.
    wait_rate: Phrase,
    /// The state of a message. {1} is why.
    not_sent_why: Phrase,
    /// Why it was not sent. {1} and {2} are sizes.
    why_too_long: Phrase,
    /// Why it was not sent.
    why_empty: Text,
    /// Why it was not sent.
    why_not_member: Text,
    /// Why it was not sent.
    why_gone: Text,
    /// Why it was not sent.
    why_login: Text,
    /// Why it was not sent.
    why_unknown: Text,
    /// A thread that is on its way, with nobody else in it.
    change_create: Text,
    /// A thread that is on its way. {1} is names.
    change_create_with: Phrase,
    /// A change of the thread that is on its way. {1} is the topic.
    change_rename: Phrase,
    /// A change of the thread that is on its way. {1} is names.
    change_add: Phrase,
    /// A change of the thread that is on its way. {1} is a name.
    change_take_out: Phrase,
    /// A change of the thread that is on its way.
    change_leave: Text,
    /// What became of a change. {1} is why.
    not_done_why: Phrase,
    /// Throws a message away that was not sent.
    discard: Text,
    /// Who has read up to here. {1} is names.
    seen_by: Phrase,
    // The composer
    /// The field. {1} is the topic.
    message_to: Phrase,
    /// The button.
    send: Text,
    /// The button, while editing.
    save_edit: Text,
    /// In bold, before the next.
    editing: Text,
    /// After the last. {1} is its time.
    editing_of: Phrase,
    /// A button.
    stop_editing: Text,
    /// Over the field. {1} is who and when.
    reply_to: Phrase,
    /// A button.
    stop_reply: Text,
    /// The switch of Markdown.
    formatting: Text,
    /// A button.
    format_bold: Text,
    /// A button.
    format_italic: Text,
    /// A button.
    format_strike: Text,
    /// A button.
    format_code: Text,
    /// A button.
    format_link: Text,
    /// A button.
    format_bullets: Text,
    /// A button.
    format_numbers: Text,
    /// A button.
    format_quote: Text,
    /// The list over the field.
    suggested: Text,
    /// Said when the list changes. {1} is a number.
    suggestions_n: Phrase,
    /// What a command does.
    command_topic: Text,
    /// What a command does.
    command_me: Text,
    /// At a message.
    important: Text,
    /// A button that is on or off, and what a command does.
    mark_important: Text,
    /// Over the field while that is on; said by a screen reader when a command switches it on.
    sent_as_important: Text,
    /// Switches it off.
    send_as_usual: Text,
    /// Said by a screen reader when a command switched it off.
    sent_as_usual: Text,
    /// The button and the list.
    emoji: Text,
    /// In the empty field.
    emoji_search: Text,
    /// Nothing is called so.
    emoji_none: Text,
    /// Their file did not come.
    emoji_failed: Text,
    /// The row of kinds.
    emoji_kinds: Text,
    /// Over what was found.
    emoji_found: Text,
    /// The kinds, the recent ones first, in the order of Unicode without its third, with a slash between.
    emoji_group_names: Text,
    /// The choice of a skin tone.
    emoji_tone: Text,
    /// The skin tones, the one without first, with a slash between.
    emoji_tones: Text,
    /// Near the limit. {1} is a size.
    room_left: Phrase,
    /// Over the limit. {1} is a size.
    too_long: Phrase,
    // Nothing here yet
    /// A title.
    nothing_title: Text,
    /// What to do.
    nothing_body: Text,
    /// A title.
    pick_title: Text,
    /// What to do.
    pick_body: Text,
    /// Before the key.
    keys_before: Text,
    /// After the key.
    keys_after: Text,
    // Banners: what is wrong, what still works, what to do
    /// In bold.
    offline_title: Text,
    /// After the title.
    offline_words: Text,
    /// In bold.
    catching_title: Text,
    /// After the title.
    catching_words: Text,
    /// In bold. {1} is seconds.
    rate_title: Phrase,
    /// After the title.
    rate_words: Text,
    /// In bold.
    trouble_title: Text,
    /// In bold.
    storage_title: Text,
    /// After the title.
    storage_words: Text,
    /// In bold.
    update_title: Text,
    /// In bold.
    login_title: Text,
    /// After the title.
    login_words: Text,
    /// What to do.
    sign_in_again: Text,
    /// What to do.
    try_now: Text,
    /// When it is tried next. {1} is seconds.
    next_try: Phrase,
    // Sign-in
    /// The page and the button for a token.
    sign_in: Text,
    /// The title.
    sign_in_title: Text,
    /// Under the title.
    sign_in_lead_local: Text,
    /// Under the title.
    sign_in_lead_azure: Text,
    /// A choice.
    chat_service: Text,
    /// A choice.
    this_computer: Text,
    /// A choice.
    azure: Text,
    /// A field.
    your_name: Text,
    /// Under the field.
    your_name_hint: Text,
    /// A field.
    endpoint: Text,
    /// Under the field.
    endpoint_hint: Text,
    /// A field.
    token: Text,
    /// Under the field.
    token_hint: Text,
    /// The button.
    start: Text,
    /// The button, while it is tried.
    starting: Text,
    /// A choice.
    language: Text,
    /// At the choice of a language.
    err_language: Text,
    // What went wrong with an action: whole sentences
    /// An error.
    err_no_connection: Text,
    /// An error.
    err_login: Text,
    /// An error.
    err_not_allowed: Text,
    /// An error.
    err_not_found: Text,
    /// An error. {1} is a number.
    err_too_many: Phrase,
    /// An error.
    err_rate: Text,
    /// An error. {1} is the status, {2} what the service said.
    err_refused: Phrase,
    /// An error.
    err_broken: Text,
    /// A hint at a field.
    inv_name: Text,
    /// A hint at a field.
    inv_name_long: Text,
    /// A hint at a field.
    inv_topic: Text,
    /// A hint at a field. {1} is a number.
    inv_topic_long: Phrase,
    /// A hint at a field.
    inv_endpoint: Text,
    /// A hint at a field.
    inv_endpoint_bad: Text,
    /// A hint at a field.
    inv_endpoint_http: Text,
    /// A hint at a field.
    inv_token: Text,
    /// A hint at a field.
    inv_token_broken: Text,
    /// A hint at a field. {1} is when.
    inv_token_expired: Phrase,
    /// A hint at a field.
    inv_token_user: Text,
    /// A hint at a field.
    inv_token_scope: Text,
    /// A hint at a field.
    inv_user_id: Text,
    // Details
    /// A label.
    topic: Text,
    /// Who made the thread, and when. {1} is who made it, {2} the day; then without who.
    created_on: Phrase,
    /// What becomes of the thread by itself. {1} is a number of days after it was made.
    deleted_after: Phrase,
    /// A label: keys and values that applications keep with the thread.
    metadata: Text,
    /// A label.
    people: Text,
    /// When somebody was added. {1} is a day.
    since: Phrase,
    /// Somebody who does not see everything. {1} is a day.
    reads_from: Phrase,
    /// The action and the dialog.
    add_people: Text,
    /// A button. {1} is a name.
    take_out: Phrase,
    /// What the service cannot do. {1} is a number.
    receipts_off: Phrase,
    /// An action.
    copy_address: Text,
    /// An action.
    leave_thread: Text,
    /// An action.
    delete_thread: Text,
    // Dialogs
    /// The button of a new thread.
    create: Text,
    /// In the empty field.
    topic_example: Text,
    /// A field.
    who: Text,
    /// In the empty field.
    who_by_name: Text,
    /// In the empty field.
    who_by_id: Text,
    /// Under the field.
    who_hint_name: Text,
    /// Under the field.
    who_hint_id: Text,
    /// How full the thread is. {1} is how many are taken, {2} of how many.
    places: Phrase,
    /// A button of a chip. {1} is a name.
    take_off: Phrase,
    /// The list under the field.
    suggestions: Text,
    /// A choice.
    history: Text,
    /// A choice.
    history_all: Text,
    /// A choice.
    history_none: Text,
    /// A choice.
    history_from: Text,
    /// A field.
    history_time: Text,
    /// Under the field.
    history_hint: Text,
    /// The button. {1} is a number.
    add_n: Phrase,
    /// Before those who were not. For none; then {1} is a number.
    added_some: Phrase,
    /// A button after a partial failure.
    open_thread: Text,
    /// A button after a partial failure.
    done: Text,
    /// The dialog.
    rename: Text,
    /// A question.
    ask_delete_thread: Text,
    /// What it means.
    ask_delete_thread_body: Text,
    /// A question.
    ask_drop_thread: Text,
    /// What it means.
    ask_drop_thread_body: Text,
    /// A question.
    ask_leave: Text,
    /// What it means.
    ask_leave_body: Text,
    /// A question. {1} is a name.
    ask_take_out: Phrase,
    /// What it means.
    ask_take_out_body: Text,
    /// A question.
    ask_delete_message: Text,
    /// What it means.
    ask_delete_message_body: Text,
    // Settings and keys
    /// A part.
    look: Text,
    /// A choice.
    theme: Text,
    /// A choice.
    theme_system: Text,
    /// A choice.
    theme_light: Text,
    /// A choice.
    theme_dark: Text,
    /// Under the settings. {1} is the name one has here.
    kept_here: Phrase,
    /// A button.
    sign_out: Text,
    /// The button and the dialog.
    keys: Text,
    /// What a key does.
    key_filter: Text,
    /// What a key does.
    key_new: Text,
    /// What a key does.
    key_next: Text,
    /// What a key does.
    key_previous: Text,
    /// What a key does.
    key_details: Text,
    /// What a key does.
    key_send: Text,
    /// What a key does.
    key_break: Text,
    /// What keys do.
    key_edit_last: Text,
    /// What a key does.
    key_commands: Text,
    /// What a key does.
    key_mention: Text,
    /// What a key does.
    key_emoji: Text,
    /// What a key does.
    key_plain: Text,
    /// What keys do.
    key_rows: Text,
    /// What a key does.
    key_row_copy: Text,
    /// What a key does.
    key_row_edit: Text,
    /// What a key does.
    key_row_delete: Text,
    /// What a key does.
    key_close: Text,
    /// What a key does.
    key_keys: Text,
    // Diagnostics
    /// The dialog, and what its key does.
    diagnostics: Text,
    /// A part.
    dia_connection: Text,
    /// A line.
    dia_service: Text,
    /// A line.
    dia_state: Text,
    /// A line.
    dia_last: Text,
    /// A line.
    dia_took: Text,
    /// A line: whether the service tells by itself what is new.
    dia_tells: Text,
    /// A value.
    dia_yes: Text,
    /// A value.
    dia_no: Text,
    /// A part.
    dia_budget: Text,
    /// A line.
    dia_asked: Text,
    /// A line.
    dia_failed: Text,
    /// A line.
    dia_reads: Text,
    /// A line.
    dia_sends: Text,
    /// How much of a limit is taken. {1} and {2} are numbers.
    dia_of: Phrase,
    /// A part.
    dia_outbox: Text,
    /// A line.
    dia_waiting: Text,
    /// A line.
    dia_refused: Text,
    /// A line.
    dia_oldest: Text,
    /// A part.
    dia_here: Text,
    /// A line.
    dia_token: Text,
    /// A line.
    dia_clock: Text,
    /// A line.
    dia_storage: Text,
    /// A line.
    dia_version: Text,
    /// A part.
    dia_plan: Text,
    /// In an empty part.
    dia_nothing: Text,
    /// When something is due.
    dia_now: Text,
    /// When something is due. {1} is a length of time.
    dia_in: Phrase,
    /// When something was. {1} is a length of time.
    dia_ago: Phrase,
    /// A length of time. {1} is a number.
    dia_ms: Phrase,
    /// A length of time. {1} is a number.
    dia_s: Phrase,
    /// A length of time. {1} is a number.
    dia_min: Phrase,
    /// A length of time. {1} is a number.
    dia_h: Phrase,
    /// A button.
    dia_copy: Text,
    /// Under the button.
    dia_copy_note: Text,
    /// What is asked.
    ask_threads: Text,
    /// What is asked.
    ask_messages: Text,
    /// What is asked.
    ask_older: Text,
    /// What is asked.
    ask_people: Text,
    /// What is asked.
    ask_properties: Text,
    /// What is asked.
    ask_receipts: Text,
    /// What is asked.
    ask_tell_read: Text,
    /// What is asked.
    ask_send: Text,
    /// What is asked.
    ask_look: Text,
    /// What is asked.
    ask_listen: Text,
    /// What is asked.
    ask_renew: Text,
    /// Why it is asked then.
    why_wanted: Text,
    /// Why it is asked then.
    why_missing: Text,
    /// Why it is asked then.
    why_regular: Text,
    /// Why it is asked then.
    why_quiet: Text,
    /// Why it is asked then.
    why_hidden: Text,
    /// Why it is asked then.
    why_moved: Text,
    /// Why it is asked then.
    why_told: Text,
    /// Why it is asked then.
    why_read: Text,
    /// Why it is asked then.
    why_outbox: Text,
    /// Why it is asked then.
    why_token: Text,
    /// Why it is asked then.
    why_paused: Text,
    /// Why it is asked then.
    why_trouble: Text,
    // The assistant
    /// What it is called.
    assistant: Text,
    /// What it does when it is named in a message.
    assistant_mention: Text,
    /// The field.
    ask_assistant: Text,
    /// The button.
    ask: Text,
    /// Who sees it.
    ask_private: Text,
    /// Forgets what was asked.
    ask_anew: Text,
    /// A question that is proposed.
    ask_missed: Text,
    /// A question that is proposed.
    ask_summary: Text,
    /// A question that is proposed.
    ask_dates: Text,
    /// Before what goes along with a question.
    goes_along: Text,
    /// What goes along with a question.
    along_none: Text,
    /// What goes along with a question.
    along_unread: Text,
    /// What goes along with a question.
    along_recent: Text,
    /// What goes along with a question.
    along_thread: Text,
    /// A title.
    before_asking: Text,
    /// Who answers, what is sent where.
    answers_built_in: Text,
    /// Who answers, what is sent where.
    answers_here: Text,
    /// Who answers, what is sent where. {1} is the host.
    answers_elsewhere: Phrase,
    /// {1} is the model.
    answers_model: Phrase,
    /// A warning.
    answers_may_err: Text,
    /// The yes.
    use_assistant: Text,
    /// The no.
    not_now: Text,
    /// There is none.
    assistant_off: Text,
    /// Something is missing, what to do.
    assistant_not_ready: Text,
    /// Nothing has come yet.
    being_asked: Text,
    /// It is coming.
    answering: Text,
    /// How it ended.
    answer_stopped: Text,
    /// How it ended.
    answer_length: Text,
    /// How it ended.
    answer_filtered: Text,
    /// How it ended.
    answer_cut: Text,
    /// How it ended.
    answer_none: Text,
    /// What to do.
    ask_again: Text,
    /// What to do.
    go_on: Text,
    /// A question.
    go_on_question: Text,
    /// What to do.
    into_composer: Text,
    /// What to do.
    copy_code: Text,
    /// What an answer rests on.
    sources: Text,
    /// What was thought before the answer.
    thoughts: Text,
    /// A note.
    hands_over: Text,
    /// A note.
    wanted_tool: Text,
    /// Why there is no answer.
    fail_key: Text,
    /// Why there is no answer.
    fail_refused: Text,
    /// Why there is no answer.
    fail_long: Text,
    /// Why there is no answer.
    fail_unreachable: Text,
    /// Why there is no answer.
    fail_busy: Text,
    /// Why there is no answer.
    fail_no_stream: Text,
    /// Why there is no more of an answer.
    fail_broken: Text,
    /// Why there is no more of an answer.
    fail_broken_off: Text,
    /// Why there is no more of an answer.
    fail_server: Text,
    /// Why there is no more of an answer.
    fail_silent: Text,
    /// Why there is no more of an answer.
    fail_time: Text,
    /// Why the answer is no message.
    fail_not_posted: Text,
    // Translation, speech
    /// Has a message in the language of the screen.
    translate: Text,
    /// While that is under way.
    translating: Text,
    /// Under a translation. {1} is who made it, {2} the language that it was in; the second form is without that.
    translated_from: Phrase,
    /// Who translated.
    this_browser: Text,
    /// A button under a translation.
    show_original: Text,
    /// A button under the words that were translated.
    show_translation: Text,
    /// Instead of a translation. {1} is the language of the screen.
    same_language: Phrase,
    /// A question before the browser downloads a language. {1} is the language; the second form is without it.
    ask_download: Phrase,
    /// The answer to that.
    download: Text,
    /// A question before words leave the service. {1} is a host, {2} whose it is.
    ask_translate_send: Phrase,
    /// The answer to that.
    send_words: Text,
    /// Instead of a translation.
    nobody_translates: Text,
    /// Instead of a translation.
    translator_refused: Text,
    /// A choice for a thread.
    translate_thread: Text,
    /// Has a message read aloud, or no more.
    read_aloud: Text,
    /// A toast.
    reads_aloud: Text,
    /// A toast.
    no_reading: Text,
    /// Speaks instead of typing.
    dictate: Text,
    /// Ends that.
    stop_dictating: Text,
    /// What somebody speaks.
    dictation_language: Text,
    /// Before the first time.
    dictation_question: Text,
    /// While nothing is said yet.
    listening: Text,
    /// The browser has no such thing.
    no_dictation: Text,
    /// It was refused.
    no_microphone: Text,
    /// There is none.
    no_sound: Text,
    /// It gave up.
    nothing_heard: Text,
    /// Something else. {1} is the browser’s word for it.
    dictation_failed: Phrase,
    /// The browser stopped listening.
    dictation_over: Text,
    /// What T does.
    key_row_translate: Text,
    /// What S does.
    key_row_speak: Text,
    /// A setting.
    mood: Text,
    /// Its choices.
    mood_off: Text,
    /// Its choices.
    mood_on: Text,
    /// What it is.
    mood_note: Text,
    /// A mark at a message.
    mood_pleased: Text,
    /// A mark at a message.
    mood_displeased: Text,

    // The operator's page
    /// The page.
    operator: Text,
    /// What the page is.
    op_lead: Text,
    /// A field.
    op_key: Text,
    /// Under the field.
    op_key_hint: Text,
    /// A button.
    op_open: Text,
    /// Under the field.
    op_wrong_key: Text,
    /// Under the field.
    op_too_often: Text,
    /// What went wrong.
    op_unreachable: Text,
    /// The session is over.
    op_ended: Text,
    /// A button.
    op_refresh: Text,
    /// A button.
    op_leave: Text,
    /// A chart, and a column.
    op_requests: Text,
    /// A column.
    op_errors: Text,
    /// A column.
    op_limited: Text,
    /// A chart.
    op_latency: Text,
    /// A chart, and a column.
    op_messages: Text,
    /// A chart.
    op_webhooks: Text,
    /// A list.
    op_subscriptions: Text,
    /// A column.
    op_delivered: Text,
    /// A column.
    op_given_up: Text,
    /// Under a title. {1} is a number.
    op_day: Phrase,
    /// Under a title. {1} and {2} are numbers.
    op_month: Phrase,
    /// A chart without figures.
    op_nothing: Text,
    /// Opens the figures of a chart.
    op_table: Text,
    /// A column.
    op_when: Text,
    /// What there is. {1} to {4} are numbers.
    op_now: Phrase,
    /// An empty list.
    op_no_webhooks: Text,
    /// A subscription. {1} and {2} are numbers.
    op_webhook_line: Phrase,
    /// A button.
    op_replay: Text,
    /// A toast. {1} is a number.
    op_replayed: Phrase,
    /// A list.
    op_alerts: Text,
    /// An alert. {1} is a figure, {2} a number.
    op_alert_line: Phrase,
    /// A field.
    op_measure: Text,
    /// A field.
    op_above: Text,
    /// A field.
    op_tell: Text,
    /// A button.
    op_add_alert: Text,
    /// A button.
    op_remove: Text,
    /// What went wrong.
    op_refused: Text,
    /// A figure.
    op_slowest: Text,
    /// A figure.
    op_failed_webhooks: Text,
    // When the app itself fails
    /// A title.
    stopped: Text,
    /// What is kept, what to do.
    stopped_body: Text,
    /// What to do.
    reload: Text,
}
