//! Translation by servers on this machine that speak as Azure Translator v3 and LibreTranslate do.

use crate::assistant::servers::{Server, saying};
use crate::harness::{TestApp, User};
use axum::Router;
use axum::routing::post;
use natter_service::secret::Secret;
use natter_service::{Settings, TranslationKind};
use serde_json::{Value, json};

const KEY: &str = "the-key-of-the-translator-4714";
const AT: &str = "/natter/v1/translations";

/// What Azure answers (its reference, "Translate a single input").
const AZURE: &str = r#"[{"detectedLanguage": {"language": "en", "score": 1.0},
    "translations": [{"text": "<b>你好</b>", "to": "zh-Hans"}]}]"#;
/// What LibreTranslate answers.
const LIBRE: &str =
    r#"{"detectedLanguage": {"confidence": 90, "language": "zh"}, "translatedText": "hello"}"#;

fn azure(url: String) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.translation = TranslationKind::Azure;
        settings.translation_servers.azure.endpoint = url;
        settings.translation_servers.azure.key = Some(Secret::new(KEY.to_owned()));
        settings.translation_servers.azure.region = Some("westeurope".to_owned());
    }
}

fn libre(url: String) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.translation = TranslationKind::Libretranslate;
        settings.translation_servers.libretranslate.url = Some(url);
        settings.translation_servers.libretranslate.api_key = Some(Secret::new(KEY.to_owned()));
    }
}

async fn translate(app: &TestApp, user: &User, body: Value) -> crate::harness::Reply {
    app.post(user, AT, body).await
}

#[tokio::test]
async fn azure_is_asked_in_its_own_words_and_only_for_text() {
    let server = Server::start(saying(200, "application/json", AZURE)).await;
    let app = TestApp::with(azure(server.url.clone())).await;
    let user = app.user().await;
    let about = app.get(&user, AT).await.ok(200);
    let host = server.url.trim_start_matches("http://");
    assert_eq!(about, json!({"by": "Azure Translator", "sentTo": host, "ready": true, "textChars": 10_000}));

    let text = "<b>Hello</b> & \"goodbye\"";
    let reply = translate(&app, &user, json!({"text": text, "to": "zh-Hans"})).await.ok(200);
    let said = json!({"text": "<b>你好</b>", "from": "en", "to": "zh-Hans", "by": "Azure Translator"});
    assert_eq!(reply, said);
    let [seen] = &server.seen()[..] else { panic!("asked once") };
    assert_eq!(
        (seen.path.as_str(), seen.query.as_str()),
        ("/translate", "api-version=3.0&textType=plain&to=zh-Hans")
    );
    assert_eq!(seen.body, json!([{"Text": text}]));
    assert_eq!(seen.headers["ocp-apim-subscription-key"], KEY);
    assert_eq!(seen.headers["ocp-apim-subscription-region"], "westeurope");
    assert_eq!(seen.headers["content-type"], "application/json; charset=UTF-8");
    assert!(!seen.headers.contains_key("authorization"), "the person's token stays here");

    translate(&app, &user, json!({"text": "Hallo", "to": "en", "from": "de"})).await.ok(200);
    assert_eq!(server.seen()[1].query, "api-version=3.0&textType=plain&to=en&from=de");
}

#[tokio::test]
async fn libretranslate_is_asked_in_its_own_words() {
    let server = Server::start(Router::new().route("/translate", post(async || LIBRE))).await;
    let app = TestApp::with(libre(server.url.clone())).await;
    let user = app.user().await;
    let reply = translate(&app, &user, json!({"text": "你好", "to": "en"})).await.ok(200);
    assert_eq!(reply, json!({"text": "hello", "from": "zh-Hans", "to": "en", "by": "LibreTranslate"}));
    translate(&app, &user, json!({"text": "hello", "to": "zh-Hant", "from": "en"})).await.ok(200);
    let asked: Vec<Value> = server.seen().into_iter().map(|seen| seen.body).collect();
    let own = |q: &str, source: &str, target: &str| json!({"q": q, "source": source, "target": target, "format": "text", "api_key": KEY});
    assert_eq!(asked, [own("你好", "auto", "en"), own("hello", "en", "zt")]);
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_our_own_words_and_no_key_in_any() {
    let server = Server::start(saying(200, "application/json", AZURE)).await;
    let app = TestApp::with(azure(server.url.clone())).await;
    let user = app.user().await;
    let told = [KEY, "InternalDetail"].join(" ");
    for (status, body, code) in [
        (401, told.clone(), "TranslatorNotSetUp"),
        (403, told.clone(), "TranslatorNotSetUp"),
        (429, told.clone(), "TranslatorBusy"),
        (503, told.clone(), "TranslatorBusy"),
        (400, told.clone(), "TranslatorRefused"),
        (500, told.clone(), "TranslatorFailed"),
        (301, told.clone(), "TranslatorFailed"),
        (200, "not JSON".to_owned(), "TranslatorFailed"),
        (200, "[]".to_owned(), "TranslatorFailed"),
        (200, " ".repeat(600_000), "TranslatorFailed"),
    ] {
        server.become_other(saying(status, "application/json", body));
        let reply = translate(&app, &user, json!({"text": "x", "to": "de"})).await;
        reply.refused(502, code);
        let said = String::from_utf8_lossy(&reply.bytes);
        assert!(!said.contains(KEY) && !said.contains("InternalDetail"), "{said}");
        assert!(!reply.headers.contains_key("retry-after"));
    }
    drop(server);
    let gone = TestApp::with(libre("http://127.0.0.1:1".to_owned())).await;
    let user = gone.user().await;
    translate(&gone, &user, json!({"text": "x", "to": "de"})).await.refused(502, "TranslatorUnreachable");
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_given_up() {
    let never = Router::new().fallback(async || std::future::pending::<()>().await);
    let server = Server::start(never).await;
    let app = TestApp::with(libre(server.url.clone())).await;
    let user = app.user().await;
    let (router, asker) = (app.router.clone(), user.clone());
    let asked = tokio::spawn(async move {
        let body = Some(json!({"text": "x", "to": "de"}));
        TestApp::call_router(&router, &asker, axum::http::Method::POST, AT, body).await
    });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    app.pass_ms(19_999);
    tokio::task::yield_now().await;
    assert!(!asked.is_finished());
    app.pass_ms(1);
    asked.await.unwrap().refused(502, "TranslatorUnreachable");
}

#[tokio::test]
async fn nothing_leaves_unless_it_is_switched_on_set_up_and_well_formed() {
    let off = TestApp::new().await;
    let user = off.user().await;
    off.get(&user, AT).await.refused(404, "NotFound");
    translate(&off, &user, json!({"text": "x", "to": "de"})).await.refused(404, "NotFound");

    let no_key = TestApp::with(|settings| settings.translation = TranslationKind::Azure).await;
    let user = no_key.user().await;
    assert_eq!(no_key.get(&user, AT).await.ok(200)["ready"], false);
    translate(&no_key, &user, json!({"text": "x", "to": "de"})).await.refused(502, "TranslatorNotSetUp");

    let server = Server::start(saying(200, "application/json", LIBRE)).await;
    let app = TestApp::with(libre(server.url.clone())).await;
    let user = app.user().await;
    let long = "字".repeat(10_001);
    for body in [
        json!({"text": "", "to": "de"}),
        json!({"text": " \n", "to": "de"}),
        json!({"text": long, "to": "de"}),
        json!({"text": "x", "to": ""}),
        json!({"text": "x", "to": "de&from=x"}),
        json!({"text": "x", "to": "de", "from": "../../"}),
        json!({"text": "x"}),
    ] {
        translate(&app, &user, body).await.refused(400, "BadRequest");
    }
    assert!(server.seen().is_empty());
    translate(&app, &user, json!({"text": "字".repeat(10_000), "to": "de"})).await.ok(200);
}

#[tokio::test]
async fn everybody_has_a_share_of_their_own() {
    let server = Server::start(saying(200, "application/json", LIBRE)).await;
    let app = TestApp::with(|settings| {
        libre(server.url.clone())(settings);
        settings.no_rate_limits = false;
    })
    .await;
    let (ann, bob) = (app.user().await, app.user().await);
    for _ in 0..30 {
        translate(&app, &ann, json!({"text": "x", "to": "de"})).await.ok(200);
    }
    translate(&app, &ann, json!({"text": "x", "to": "de"})).await.refused(429, "TooManyRequests");
    translate(&app, &bob, json!({"text": "x", "to": "de"})).await.ok(200);
    assert_eq!(server.seen().len(), 31);
    app.pass_ms(10_000);
    translate(&app, &ann, json!({"text": "x", "to": "de"})).await.ok(200);
}
