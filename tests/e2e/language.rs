//! What is done with languages: translation by the browser and by the service, dictation, reading aloud. The browser's own
//! interfaces are replaced at their boundary; the server that translates is one on this machine that speaks as Azure's does.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::Key;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::process::Service;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// A browser that takes everything for German, and translates after a download.
const TRANSLATES: &str = "window.made = [];
    window.LanguageDetector = {
        availability: async () => 'available',
        create: async () => ({ detect: async () => [{ detectedLanguage: 'de', confidence: 0.9 }] }),
    };
    let here = 'downloadable';
    window.Translator = {
        availability: async () => here,
        create: async pair => {
            window.made.push(pair);
            here = 'available';
            return { translate: async text => `In English: ${text}` };
        },
    };";

/// One that does nothing of the kind.
const DOES_NOT: &str = "window.Translator = window.LanguageDetector = undefined;";

/// One whose microphone says what a test says, and whose voice is not heard.
const SPEAKS: &str = "window.started = []; window.stopped = 0; window.spoken = [];
    window.SpeechRecognition = class {
        start() { window.microphone = this; window.started.push(this.lang); }
        abort() { window.stopped += 1; }
    };
    window.say = (words, isFinal) => window.microphone.onresult({ resultIndex: 0, results: [Object.assign([{ transcript: words }], { isFinal })] });
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    Object.defineProperty(window, 'speechSynthesis', { configurable: true, value: {
        speaking: false,
        speak(utterance) { window.spoken.push([utterance.text, utterance.lang]); this.speaking = true; },
        cancel() { this.speaking = false; },
    } });";

async fn run(person: &Person, script: &str) -> Result<Value> {
    Ok(person.browser.execute(script, Vec::new()).await?.json().clone())
}

/// The focus goes to a message, by its words, and a key is pressed there.
async fn press_on(person: &Person, words: &str, key: &str) -> Result<()> {
    let row = person.see_with(".message-row:not([aria-hidden])", words).await?;
    person.browser.execute("arguments[0].focus()", vec![row.to_json()?]).await?;
    Ok(row.send_keys(key).await?)
}

#[tokio::test]
async fn a_message_is_translated_by_the_browser() {
    Stage::play("translation", Look::WIDE, by_the_browser).await;
}

#[tokio::test]
async fn a_message_is_translated_by_the_browser_of_a_phone() {
    Stage::play("translation", Look::PHONE_DARK, by_the_browser).await;
}

async fn by_the_browser(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    run(&mei, TRANSLATES).await?;
    tomas_talks.send("Der <i>Plan</i> ist fertig.").await?;
    mei_talks.sees("Der <i>Plan</i> ist fertig.").await?;
    press_on(&mei, "Der <i>Plan</i>", "t").await?;
    mei.see_with(".message-row__translation", "once it has downloaded").await?;
    ensure!(run(&mei, "return window.made.length").await? == 0, "it asks before it downloads");
    mei.inspect("question").await?;
    mei.press(".message-row__translation", "Download").await?;
    mei.see_with(".message-row__text", "In English: Der <i>Plan</i> ist fertig.").await?;
    mei.see_with(".message-row__translation", "Translated from German by this browser").await?;
    ensure!(
        run(&mei, "return window.made[0]").await? == json!({"sourceLanguage": "de", "targetLanguage": "en"})
    );
    ensure!(
        run(&mei, "return document.querySelector('.message-row i') === null").await? == true,
        "words are only words"
    );
    mei.inspect("translated").await?;
    press_on(&mei, "In English", "t").await?;
    mei.see_no(".message-row__text", "In English").await?;
    mei.see_with(".message-row__text", "Der <i>Plan</i> ist fertig.").await?;
    mei.press(".message-row__translation", "Show translation").await?;
    mei.see_with(".message-row__text", "In English").await?;
    ensure!(run(&mei, "return window.made.length").await? == 1, "it is remembered");

    // All that comes in the thread.
    let details = mei_talks.details().await?;
    mei.click_with(".details__choice", "Translate what others write here").await?;
    mei.inspect("thread").await?;
    if stage.look.phone {
        details.close().await?;
    }
    tomas_talks.send("Bis morgen.").await?;
    mei.see_with(".message-row__text", "In English: Bis morgen.").await?;
    mei_talks.send("Thank you.").await?;
    mei.see_no(".message-row__text", "In English: Thank you.").await
}

/// Answers as Azure Translator does, and keeps what it was asked.
async fn azure() -> Result<(String, Arc<Mutex<Vec<String>>>)> {
    const ANSWER: &str = r#"[{"detectedLanguage":{"language":"de","score":1.0},"translations":[{"text":"The <i>map</i> is ready.","to":"en"}]}]"#;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, asked) =
        (format!("http://{}", listener.local_addr()?), Arc::<Mutex<Vec<String>>>::default());
    let notes = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let request = read_request(&mut line).await.unwrap_or_default();
            notes.lock().expect("nobody panics with it").push(request);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                ANSWER.len()
            );
            let _ = line.write_all([head.as_bytes(), ANSWER.as_bytes()].concat().as_slice()).await;
        }
    });
    Ok((address, asked))
}

async fn read_request(line: &mut TcpStream) -> Result<String> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = line.read(&mut piece).await?;
        request.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let head = text.split_once("\r\n\r\n");
        let length = |head: &str| {
            head.to_lowercase().split_once("content-length: ")?.1.lines().next()?.parse::<usize>().ok()
        };
        if count == 0 || head.is_some_and(|(head, body)| body.len() >= length(head).unwrap_or(0)) {
            return Ok(text);
        }
    }
}

#[tokio::test]
async fn a_message_is_translated_by_the_service_after_a_yes() {
    Stage::play("translation-service", Look::WIDE, by_the_service).await;
}

async fn by_the_service(stage: &Stage) -> Result<()> {
    let (endpoint, asked) = azure().await?;
    let environment =
        [("NATTER_TRANSLATOR_ENDPOINT", endpoint.clone()), ("NATTER_TRANSLATOR_KEY", "key-4715".to_owned())];
    let service = Service::start_with(&["--translation", "azure"], &environment).await?;
    let mei = stage.person_at("Mei", &service.address).await?;
    let tomas = stage.person_at("Tomás", &service.address).await?;
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    tomas_threads.open("Line 7 map").await?.send("Der Plan ist fertig.").await?;
    run(&mei, DOES_NOT).await?;
    press_on(&mei, "Der Plan ist fertig.", "t").await?;
    let host = endpoint.trim_start_matches("http://");
    mei.see_with(".message-row__translation", host).await?;
    ensure!(asked.lock().expect("nobody panics with it").is_empty(), "nothing is sent without a yes");
    mei.inspect("question").await?;
    mei.press(".message-row__translation", "Not now").await?;
    mei.see_no(".message-row__translation", "").await?;
    press_on(&mei, "Der Plan ist fertig.", "t").await?;
    mei.press(".message-row__translation", "Send and translate").await?;
    mei.see_with(".message-row__text", "The <i>map</i> is ready.").await?;
    mei.see_with(".message-row__translation", "Translated from German by Azure Translator").await?;
    let sent = asked.lock().expect("nobody panics with it").clone();
    ensure!(sent.len() == 1 && sent[0].ends_with(r#"[{"Text":"Der Plan ist fertig."}]"#), "{sent:?}");

    // Their service ends before the stage's.
    stage.leave(mei).await?;
    stage.leave(tomas).await?;

    // Where nobody does, it says so.
    let nobody = stage.person("Ana").await?;
    let threads = SignInPage::open(&nobody).await?.sign_in().await?;
    let other = stage.person("Ben").await?;
    let others = SignInPage::open(&other).await?.sign_in().await?;
    threads.start_thread("Alone", &["Ben"]).await?;
    others.open("Alone").await?.send("Guten Tag.").await?;
    run(&nobody, DOES_NOT).await?;
    nobody.allow_in_console("404");
    press_on(&nobody, "Guten Tag.", "t").await?;
    nobody.see_with(".message-row__translation", "Neither this browser nor the service").await.map(drop)
}

#[tokio::test]
async fn words_are_spoken_into_the_composer_and_read_aloud() {
    Stage::play("speech", Look::WIDE, speech).await;
}

#[tokio::test]
async fn words_are_spoken_into_the_composer_on_a_phone() {
    Stage::play("speech", Look::PHONE_DARK, speech).await;
}

async fn speech(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    tomas_threads.open("Line 7 map").await?.send("Der Plan ist fertig.").await?;
    run(&mei, SPEAKS).await?;
    mei.press(".composer__tools", "Dictate").await?;
    mei.see_with(".dictation", "may send what the microphone hears").await?;
    ensure!(run(&mei, "return window.started.length").await? == 0, "it asks first");
    mei.inspect("question").await?;
    mei.press(".dictation", "Dictate").await?;
    mei.see_with(".dictation__interim", "Listening").await?;
    run(&mei, "window.say('two stations have', false)").await?;
    mei.see_with(".dictation__interim", "two stations have").await?;
    ensure!(talks.written().await?.is_empty(), "what may change is not in the draft");
    mei.inspect("listening").await?;
    run(&mei, "window.say('Two stations have', true)").await?;
    run(&mei, "window.say(' one name.', true)").await?;
    written(&talks, "Two stations have one name.").await?;
    mei.see(".composer__input").await?.send_keys(Key::Escape).await?;
    mei.see_no(".dictation", "").await?;
    ensure!(run(&mei, "return window.stopped").await? == 1, "the microphone is off");
    talks.press_enter().await?;
    talks.sees("Two stations have one name.").await?;

    mei.press(".composer__tools", "Dictate").await?;
    mei.see_with(".dictation__interim", "Listening").await?;
    run(&mei, "window.microphone.onerror({ error: 'not-allowed' })").await?;
    mei.see_with(".dictation", "The browser did not allow the microphone.").await?;
    mei.press(".dictation", "Stop dictating").await?;
    run(&mei, "window.SpeechRecognition = window.webkitSpeechRecognition = undefined").await?;
    mei.press(".composer__tools", "Dictate").await?;
    mei.see_with(".dictation", "This browser cannot take dictation.").await?;
    mei.press(".dictation", "Stop dictating").await?;

    run(&mei, TRANSLATES).await?;
    press_on(&mei, "Der Plan ist fertig.", "s").await?;
    let said = until("it is read aloud", SOON, async || {
        let spoken = run(&mei, "return window.spoken").await?;
        Ok(spoken.as_array().is_some_and(|spoken| !spoken.is_empty()).then_some(spoken))
    });
    ensure!(said.await? == json!([["Der Plan ist fertig.", "de"]]));
    press_on(&mei, "Der Plan ist fertig.", "s").await?;
    until("it stops", SOON, async || {
        Ok((run(&mei, "return speechSynthesis.speaking").await? == false).then_some(()))
    })
    .await
    .context("reading goes on")
}

async fn written(talks: &ConversationPage<'_>, words: &str) -> Result<()> {
    until("the words are in the field", SOON, async || Ok((talks.written().await? == words).then_some(())))
        .await
}

#[tokio::test]
async fn the_mood_of_messages_is_marked_for_whoever_wants_it() {
    Stage::play("mood", Look::WIDE, moods).await;
}

async fn moods(stage: &Stage) -> Result<()> {
    const FETCHED: &str = "return performance.getEntriesByType('resource').filter(entry => entry.name.includes('/moods/')).length";
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    tomas_talks.send("Thank you, this is wonderful!").await?;
    mei_talks.sees("this is wonderful!").await?;
    ensure!(run(&mei, FETCHED).await? == 0, "nothing is fetched for it before");
    mei.see_no(".message-row__mood", "").await?;
    mei.press(".threads", "Settings").await?;
    mei.click_with(".field__segments label", "Marked").await?;
    mei.inspect("settings").await?;
    mei.press(".dialog", "Close").await?;
    mei.see(".message-row__mood[title='sounds pleased']").await?;
    tomas_talks.send("See you at three.").await?;
    tomas_talks.send("太差了，很失望").await?;
    mei.see(".message-row__mood[title='sounds displeased']").await?;
    mei.inspect("marked").await?;
    ensure!(
        run(&mei, "return document.querySelectorAll('.message-row__mood').length").await? == 2,
        "the others sound like nothing"
    );
    ensure!(run(&mei, FETCHED).await? == 2, "once");
    Ok(())
}
