//! The assistant: beside a thread and in it, with the service's own; and with one in its place that says what no good one does.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::pages::{AssistantPage, ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::process::{Service, given};
use crate::support::report::tell;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

#[tokio::test]
async fn two_people_ask_the_assistant() {
    Stage::play("assistant", Look::WIDE, async |stage| asking(stage, ENGLISH).await).await;
}

#[tokio::test]
async fn two_people_ask_the_assistant_in_chinese() {
    Stage::play("assistant", Look::CHINESE, async |stage| asking(stage, CHINESE).await).await;
}

#[tokio::test]
async fn two_people_ask_the_assistant_on_phones() {
    Stage::play("assistant", Look::PHONE, async |stage| asking(stage, ENGLISH).await).await;
}

/// What is said, and seen, in a language.
#[derive(Clone, Copy)]
struct Words {
    /// What Tomás says.
    said: &'static str,
    question: &'static str,
    /// The first words of an answer of the service's own assistant.
    built_in: &'static str,
    into_composer: &'static str,
    name: &'static str,
    posted: &'static str,
    close: &'static str,
    assistant: &'static str,
}

const ENGLISH: Words = Words {
    said: "The printer wants the proof by Friday 15:00.",
    question: "Summarise this thread",
    built_in: "Built-in assistant",
    into_composer: "Put in composer",
    name: "@assistant ",
    posted: "What did Tomás say?",
    close: "Close",
    assistant: "Assistant",
};

const CHINESE: Words = Words {
    said: "印厂希望周五下午三点前收到校样。",
    question: "总结一下",
    built_in: "内置助手",
    into_composer: "放入输入框",
    name: "@助手",
    posted: "总结一下大家说的",
    close: "关闭",
    assistant: "助手",
};

async fn asking(stage: &Stage, words: Words) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    // The rest of the screen is known to other journeys, and in English.
    if stage.look.language != "en-US" {
        let _ = (mei_threads, tomas_threads);
        start_in_any_language(&mei, "Line 7").await?;
        tomas.click_with(".thread-row", "Line 7").await?;
    } else {
        mei_threads.start_thread("Line 7", &["Tomás"]).await?;
        tomas_threads.open("Line 7").await?;
    }
    let (mei_talks, tomas_talks) =
        (ConversationPage::see(&mei, "Line 7").await?, ConversationPage::see(&tomas, "Line 7").await?);
    tomas_talks.send(words.said).await?;
    mei_talks.sees(words.said).await?;
    tomas_talks.send("https://print.example/proof").await?;
    mei_talks.sees("https://print.example/proof").await?;

    // Beside the thread, after a yes.
    let panel = AssistantPage::open(&mei).await?;
    mei.see(".assistant__start").await?;
    mei.inspect("consent").await?;
    panel.agree().await?;
    mei.inspect("nothing-asked").await?;
    panel.ask(words.question).await?;
    panel.says(words.built_in).await?;
    panel.ends().await?;
    panel.says(words.said.trim_end_matches(['.', '。'])).await?;
    mei.inspect("answered").await?;
    tomas.see_no(".message-row", words.built_in).await?;
    panel.press(words.into_composer).await?;
    let input = mei.see(".composer__input").await?;
    let inserted = input.prop("value").await?.unwrap_or_default();
    ensure!(inserted.contains(words.built_in), "the composer says {inserted:?}");
    mei.fill(".composer__input", "x").await?;
    input.send_keys(thirtyfour::Key::Backspace).await?;

    // In the thread: completed, streamed to who asked, and a message for both.
    if !stage.look.phone {
        mei.press(".assistant__head", words.close).await?;
    }
    mei.see_no(".assistant", "").await?;
    mei.fill(".composer__input", "@").await?;
    mei.see_with(".composer__completion [role=option]", words.assistant).await?;
    mei.fill(".composer__input", &[words.name, words.posted].concat()).await?;
    mei.press_enter_in(".composer__input").await?;
    mei_talks.sees(words.built_in).await?;
    tomas_talks.sees(words.built_in).await?;
    mei.inspect("posted").await?;
    mei.see_no(".assistant__under", "").await?;
    let thread = mei.fragment().await?.trim_start_matches("/threads/").to_owned();
    let said = mei.at_the_service(&thread).await?;
    let answers = said.iter().filter(|said| said.contains(words.built_in)).count();
    ensure!(answers == 1 && said.len() == 4, "the thread says {said:?}");

    // What was agreed to is kept, and goes with the sign-in.
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "Line 7").await?;
    AssistantPage::open(&mei).await?;
    mei.see("#ask-assistant").await?;
    mei.fill("#ask-assistant", "half a quest").await?;
    mei.keeps("assistant", "half a quest").await?;
    no_key_is_there(&mei).await?;
    sign_out(&mei).await?;
    until("nothing is left after the sign-out", SOON, async || {
        Ok(mei.shelf("assistant").await?.is_empty().then_some(()))
    })
    .await?;
    Ok(())
}

/// A thread with Tomás, without a word of the screen's language.
async fn start_in_any_language(person: &Person, topic: &str) -> Result<()> {
    person.click(".threads__head .button--icon").await?;
    person.fill("#topic", topic).await?;
    person.fill("#who", "Tomás").await?;
    person.press_enter_in("#who").await?;
    person.see_with(".dialog__chip", "Tomás").await?;
    person.click(".dialog__foot .button--primary").await?;
    person.see_no(".dialog", "").await
}

async fn sign_out(person: &Person) -> Result<()> {
    // Over the conversation the panel is in the way; on a phone the conversation is.
    person.browser.execute("location.hash = '#/'", Vec::new()).await?;
    person.click(".threads__foot .button--icon").await?;
    person.click(".dialog .button--danger").await?;
    person.see(".sign-in__form").await.map(drop)
}

/// Nothing in the page, or in what it keeps, looks like a key of another server.
async fn no_key_is_there(person: &Person) -> Result<()> {
    const SCAN: &str = "const [done] = arguments;
        (async () => {
            const texts = [document.documentElement.outerHTML, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
            for (const { name } of await indexedDB.databases()) {
                const database = await new Promise((yes, no) => {
                    const opening = indexedDB.open(name);
                    opening.onsuccess = () => yes(opening.result);
                    opening.onerror = no;
                });
                for (const shelf of database.objectStoreNames) {
                    texts.push(JSON.stringify(await new Promise(yes => {
                        const all = database.transaction(shelf).objectStore(shelf).getAll();
                        all.onsuccess = () => yes(all.result);
                    })));
                }
                database.close();
            }
            return [...texts.join('\\n').matchAll(/LTAI\\w+|\\bsk-\\w+|accessKey|AccessKey|StreamSecret|AccessToken|api[_-]?key/g)].map(String);
        })().then(done, error => done([String(error)]))";
    let found = person.browser.execute_async(SCAN, Vec::new()).await?;
    ensure!(found.json() == &json!([]), "there is {}", found.json());
    Ok(())
}

#[tokio::test]
async fn beebot_answers_in_both_places() {
    Stage::play("assistant-beebot", Look::CHINESE, beebot).await;
}

/// The service asks a stand-in for Beebot, with keys that nobody else is to see.
async fn beebot(stage: &Stage) -> Result<()> {
    const KEY: &str = "LTAIendtoend";
    const SECRET: &str = "secret-of-the-journey";
    let listen = ["--beebot-listen", "127.0.0.1:0", "--beebot-access-key-id", KEY];
    let stand_in =
        Service::start_with(&[&listen[..], &["--beebot-access-key-secret", SECRET]].concat(), &[]).await?;
    let address = stand_in.beebot.clone().context("the stand-in does not listen")?;
    let environment = [
        ("NATTER_BEEBOT_ACCESS_KEY_ID", KEY.to_owned()),
        ("NATTER_BEEBOT_ACCESS_KEY_SECRET", SECRET.to_owned()),
        ("NATTER_BEEBOT_INSTANCE_ID", "chatbot-cn-x".to_owned()),
        ("NATTER_BEEBOT_ENDPOINT", address.clone()),
        ("NATTER_BEEBOT_STREAM", address.clone()),
    ];
    let service = Service::start_with(&["--assistant", "beebot"], &environment).await?;
    let mei = stage.person_at("Mei", &service.address).await?;
    let tomas = stage.person_at("Tomás", &service.address).await?;
    let _ = SignInPage::open(&mei).await?.sign_in().await?;
    let _ = SignInPage::open(&tomas).await?.sign_in().await?;
    start_in_any_language(&mei, "Line 7").await?;
    tomas.click_with(".thread-row", "Line 7").await?;
    let mei_talks = ConversationPage::see(&mei, "Line 7").await?;
    let tomas_talks = ConversationPage::see(&tomas, "Line 7").await?;

    let panel = AssistantPage::open(&mei).await?;
    mei.see_with(".assistant__consent", "127.0.0.1").await?;
    panel.agree().await?;
    panel.ask("哪个站？").await?;
    panel.ends().await?;
    mei.inspect("clarify").await?;
    mei.click(".assistant__turn:last-child .assistant__proposal").await?;
    until("the choice is asked", SOON, async || {
        Ok((mei.texts(".assistant__question").await?.len() == 2).then_some(()))
    })
    .await?;
    panel.ends().await?;
    panel.ask("script").await?;
    panel.says("<script>alert(1)</script>").await?;
    panel.ends().await?;
    mei.press(".assistant__head", "关闭").await?;

    mei.fill(".composer__input", "@助手 long 讲一讲").await?;
    mei.press_enter_in(".composer__input").await?;
    mei_talks.sees("这是一个很长的回答").await?;
    mei.picture("posting").await?;
    tomas_talks.sees("这是一个很长的回答").await?;
    mei.see_no(".assistant__under", "").await?;
    for person in [&mei, &tomas] {
        let holds = format!(
            "return [{}, {}].filter(key => document.documentElement.outerHTML.includes(key) || JSON.stringify({{ ...localStorage }}).includes(key))",
            json!(KEY),
            json!(SECRET)
        );
        let found = person.browser.execute(holds, Vec::new()).await?;
        ensure!(found.json() == &json!([]), "{} has {}", person.name, found.json());
        no_key_is_there(person).await?;
    }
    for person in [mei, tomas] {
        stage.leave(person).await?;
    }
    Ok(())
}

/// Mei alone, in a thread, with an assistant in the service's place.
async fn with_another<'a>(stage: &'a Stage, mei: &'a Person) -> Result<AssistantPage<'a>> {
    let source = format!("(() => {{ {} }})()", include_str!("assistant.js"));
    mei.browser.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await?;
    let threads = SignInPage::open(mei).await?.sign_in().await?;
    threads.start_thread("Line 7", &["Tomás"]).await?;
    let panel = AssistantPage::open(mei).await?;
    mei.see_with(".assistant__consent", "models.example").await?;
    panel.agree().await?;
    let _ = stage;
    Ok(panel)
}

/// What the assistant does next.
async fn answers(mei: &Person, with: &str) -> Result<()> {
    let script = format!("told.answer = async (send, question, signal) => {{ send(told.started); {with} }}");
    mei.browser.execute(script, Vec::new()).await?;
    Ok(())
}

#[tokio::test]
async fn every_end_has_words_and_a_way_on() {
    Stage::play("assistant-ends", Look::WIDE, ends).await;
}

async fn ends(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let panel = with_another(stage, &mei).await?;
    answers(
        &mei,
        "const text = 'Two **stops**:\\n\\n```rust\\nfn same() {}\\n```\\n';
        send({ kind: 'note', note: 'reasoning', text: 'They differ.' });
        send({ kind: 'text', keep: 0, text });
        send({ kind: 'sources', sources: [{ number: '1', title: 'The proof', url: 'https://print.example/' }, { number: '2', title: 'none' }] });
        send({ kind: 'choices', title: 'Which one?', items: [{ text: 'The first' }, { text: 'The second' }] });
        send(told.done);",
    )
    .await?;
    panel.ask("Which stops?").await?;
    panel.ends().await?;
    mei.see_with(".assistant__answer strong", "stops").await?;
    mei.see_with(".assistant__sources a[href='https://print.example/'][rel]", "The proof").await?;
    mei.inspect("code-sources-choices").await?;
    mei.allow_in_console("clipboard");
    mei.click(".assistant__code-head .button").await?;
    mei.see(".toast").await?;
    panel.press("The second").await?;
    mei.see_with(".assistant__turn:last-child .assistant__question", "The second").await?;
    panel.ends().await?;
    let asked = mei.browser.execute("return told.asked", Vec::new()).await?;
    ensure!(asked.json()[1]["session"] == json!("s"), "the next question follows: {}", asked.json());

    for (with, words) in [
        (
            "send({ kind: 'failed', code: 'keyRefused', words: 'w', retry: false })",
            "does not accept the service’s key",
        ),
        (
            "send({ kind: 'failed', code: 'later', words: 'In its own words.', retry: true })",
            "In its own words.",
        ),
        ("send({ kind: 'failed', code: 'silent', words: 'w', retry: true })", "Nothing came for too long"),
        ("send({ kind: 'done', reason: 'length' })", "The model may say no more"),
        ("send({ kind: 'done', reason: 'cut' })", "too long; the rest was not read"),
        ("send('data: {\\n\\n')", "The answer broke off"),
    ] {
        answers(&mei, &format!("send({{ kind: 'text', keep: 0, text: 'So far **so' }}); {with}")).await?;
        panel.ask("why?").await?;
        panel.says(words).await?;
        panel.says("So far").await?;
        mei.see_with(".assistant__turn:last-child .assistant__actions", "Ask again").await?;
    }
    mei.inspect("broken-off").await?;
    answers(&mei, "send({ kind: 'text', keep: 0, text: 'and on it goes' }); send(told.done)").await?;
    panel.press("Go on").await?;
    panel.says("and on it goes").await?;

    mei.browser
        .execute("told.answer = async send => send('<html><body>Bad gateway</body></html>')", Vec::new())
        .await?;
    panel.ask("what came?").await?;
    panel.says("Something else than an answer came").await?;
    mei.allow_in_console("429");
    mei.browser.execute("told.refuses = 429", Vec::new()).await?;
    panel.ask("too often?").await?;
    panel.says("Too").await?;
    mei.browser.execute("told.refuses = 0", Vec::new()).await?;
    answers(&mei, "send({ kind: 'text', keep: 0, text: 'Now.' }); send(told.done)").await?;
    panel.press("Ask again").await?;
    panel.says("Now.").await?;
    panel.close().await
}

#[tokio::test]
async fn hostile_answers_are_only_words() {
    Stage::play("assistant-hostile", Look::WIDE, hostile).await;
}

async fn hostile(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let panel = with_another(stage, &mei).await?;
    let read = |name: &str| -> Result<String> {
        let path = given(name)?;
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let (html, text) = (read("NATTER_E2E_HOSTILE_HTML")?, read("NATTER_E2E_HOSTILE_TEXT")?);
    let cases = format!(
        "(() => {{ const module = {{}}; {html}\n;
            window.cases = [...module.exports.map(({{ payload }}) => payload).filter(Boolean), ...{text}.filter(words => words.trim())];
            window.fired = []; window.violations = [];
            for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => fired.push(name);
            addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective)); }})()"
    );
    mei.browser.execute(cases, Vec::new()).await?;
    // Each in pieces, as text, in code, as a link, and where other things than text are told.
    answers(
        &mei,
        "let length = 0;
        const bytes = text => new TextEncoder().encode(text).length;
        const say = text => { send({ kind: 'text', keep: length, text }); length += bytes(text); };
        for (const words of cases.slice(told.from, told.from + 40)) {
            const half = [...words].length >> 1, all = [...words];
            say(all.slice(0, half).join(''));
            say(all.slice(half).join('') + '\\n\\n[' + words.replace(/[\\[\\]\\n]/g, '') + '](' + words + ')\\n\\n```' + words + '\\n```\\n\\n');
            send({ kind: 'note', note: 'reasoning', text: words });
        }
        send({ kind: 'sources', sources: cases.slice(told.from, told.from + 40).map((title, number) => ({ number: String(number), title })) });
        send({ kind: 'choices', title: cases[told.from], items: cases.slice(told.from, told.from + 9).map(text => ({ text })) });
        send(told.done)",
    )
    .await?;
    let count =
        mei.browser.execute("return cases.length", Vec::new()).await?.json().as_u64().unwrap_or_default();
    ensure!(count > 600, "only {count} cases");
    for from in (0..count).step_by(40) {
        mei.browser.execute(format!("told.from = {from}"), Vec::new()).await?;
        panel.ask(&format!("from {from}?")).await?;
        panel.ends().await?;
        until("it is drawn", SOON, async || {
            let drawn = "const turn = [...document.querySelectorAll('.assistant__turn')].at(-1);
                return turn.querySelector('.assistant__text > *') !== null && turn.querySelector('.assistant__thought') !== null";
            Ok((mei.browser.execute(drawn, Vec::new()).await?.json() == &json!(true)).then_some(()))
        })
        .await?;
        let strange = mei.browser.execute(STRANGERS, Vec::new()).await?;
        ensure!(strange.json() == &json!([]), "from {from}: {}", strange.json());
        if from > 0 {
            mei.press(".assistant__head", "Start over").await?;
        }
    }
    let ran = mei.browser.execute("return [...fired, ...violations]", Vec::new()).await?;
    ensure!(ran.json() == &json!([]), "something ran, or would have: {}", ran.json());
    Ok(())
}

/// What is in answers and was not made by the app. Everything is pressed and hovered on the way, but for buttons and links.
const STRANGERS: &str = r"
    const elements = new Set('P BR STRONG EM U S CODE PRE UL OL LI BLOCKQUOTE A SPAN DIV BUTTON H3 DETAILS SUMMARY SVG USE'.split(' '));
    const found = [];
    for (const element of document.querySelectorAll('.assistant__answer *')) {
        if (!elements.has(element.tagName.toUpperCase())) found.push(element.outerHTML);
        for (const { name } of element.attributes) {
            if (name.startsWith('on') || name === 'style' || name === 'src') found.push(element.outerHTML);
        }
        for (const type of ['mouseover', 'pointermove', 'focus']) element.dispatchEvent(new MouseEvent(type, { bubbles: true }));
    }
    for (const link of document.querySelectorAll('.assistant__answer a[href]')) {
        const href = link.getAttribute('href');
        const away = /^(https?|mailto):/i.test(href) && link.rel === 'noopener noreferrer' && link.target === '_blank';
        if (!away && !href.startsWith('#/')) found.push(link.outerHTML);
    }
    return found.slice(0, 9);";

#[tokio::test]
async fn a_fast_answer_disturbs_nobody() {
    Stage::play("assistant-fast", Look::WIDE, fast).await;
}

/// 200 tokens a second: for a minute when there is time.
async fn fast(stage: &Stage) -> Result<()> {
    let long_run = std::env::var_os("NATTER_E2E_LONG").is_some();
    let seconds = if long_run { 60 } else { 8 };
    let mei = stage.person("Mei").await?;
    let panel = with_another(stage, &mei).await?;
    mei.browser.execute(format!("told.stream({seconds})"), Vec::new()).await?;
    panel.ask("Write it all down.").await?;
    let within = Duration::from_secs(seconds + 30);
    let enough = "const scroller = document.querySelector('.assistant__scroll');
        return scroller.scrollHeight > scroller.clientHeight * 2";
    until("there is something to scroll", within, async || {
        Ok((mei.browser.execute(enough, Vec::new()).await?.json() == &json!(true)).then_some(()))
    })
    .await?;
    let at_end = "const scroller = document.querySelector('.assistant__scroll');
        return scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop";
    let left = mei.browser.execute(at_end, Vec::new()).await?.json().as_f64().unwrap_or(f64::MAX);
    ensure!(left < 60.0, "it follows the end, {left} px from it");
    // A reader who goes up stays where they are.
    let go_up = "const scroller = document.querySelector('.assistant__scroll');
        scroller.scrollTop = 40;
        const line = document.querySelector('.assistant__lines'), at = () => line.getBoundingClientRect().top;
        setTimeout(() => {
            const before = at();
            const look = () => {
                told.measured.moved = Math.max(told.measured.moved, Math.abs(at() - before));
                if (!told.measured.over) requestAnimationFrame(look);
            };
            look();
        }, 50)";
    mei.browser.execute(go_up, Vec::new()).await?;
    until("the answer is over", within, async || {
        Ok((mei.browser.execute("return told.measured.over", Vec::new()).await?.json() == &json!(true))
            .then_some(()))
    })
    .await?;
    panel.ends().await?;
    let measured = mei.browser.execute("return told.measured", Vec::new()).await?.json().clone();
    let frames: Vec<f64> = numbers(&measured["frames"]);
    let (long, longest) = (
        frames.iter().skip(1).filter(|ms| **ms > 50.0).count(),
        frames.iter().skip(1).copied().fold(0.0, f64::max),
    );
    let heap = numbers(&measured["heap"]);
    tell(&format!(
        "{} tokens, {} frames, {long} over 50 ms, the longest {longest:.1} ms, moved {}, heap {:?} to {:?}",
        measured["tokens"],
        frames.len(),
        measured["moved"],
        heap.first(),
        heap.last()
    ));
    ensure!(measured["tokens"] == json!(seconds * 200), "so many tokens came: {}", measured["tokens"]);
    ensure!(measured["moved"] == json!(0), "the reader was moved by {} px", measured["moved"]);
    let drawn = mei
        .browser
        .execute(
            "return document.querySelector('.assistant__code code').textContent.split('\\n').length",
            Vec::new(),
        )
        .await?;
    ensure!(drawn.json().as_u64() >= Some(seconds * 200 / 12), "{} lines are drawn", drawn.json());

    // Stopped, it ends at once and keeps its text.
    mei.browser.execute("told.stream(30)", Vec::new()).await?;
    panel.ask("And once more.").await?;
    panel.says("word").await?;
    let stop = "const [done] = arguments;
        told.closed = 0;
        const began = performance.now();
        document.querySelector('.assistant__stop').click();
        const look = () => {
            const over = [...document.querySelectorAll('.assistant__answer')].at(-1).ariaBusy !== 'true';
            if (over && told.closed) done(Math.max(performance.now(), told.closed) - began);
            else setTimeout(look, 1);
        };
        look()";
    let took = mei.browser.execute_async(stop, Vec::new()).await?.json().as_f64().context("a time")?;
    tell(&format!("stopped within {took:.1} ms"));
    ensure!(took < 100.0, "it took {took} ms to stop");
    panel.says("word").await?;
    panel.says("Stopped.").await?;
    // Where other tests, browsers and builds share the machine, a frame waits for these.
    ensure!(!long_run || long == 0, "{long} frames took over 50 ms, the longest {longest:.1} ms");
    let grown = heap.last().unwrap_or(&0.0) - heap.first().unwrap_or(&0.0);
    ensure!(grown < 8e6, "the heap grew by {grown} bytes");
    Ok(())
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
