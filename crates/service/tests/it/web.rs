//! The built web app as files.

use crate::harness::{Reply, TestApp};
use axum::body::Body;
use axum::http::Request;
use std::fs;
use std::path::Path;

async fn get(app: &TestApp, path: &str, encoding: &str) -> Reply {
    app.call(Request::get(path).header("accept-encoding", encoding).body(Body::empty()).unwrap()).await
}

async fn served(root: &Path) -> TestApp {
    let outside = root.parent().unwrap().join("outside.txt");
    fs::write(outside, "secret").unwrap();
    fs::create_dir_all(root).unwrap();
    for (name, content) in [
        ("index.html", "<p>app"),
        ("config.json", "{}"),
        ("natter-0123456789abcdef.js", "js"),
        ("natter-0123456789abcdef_bg.wasm", "wasm"),
        ("natter-0123456789abcdef_bg.wasm.br", "brotli"),
        ("style-0123456789abcdef.css", "css"),
    ] {
        fs::write(root.join(name), content).unwrap();
    }
    let root = root.to_owned();
    TestApp::with(move |settings| settings.web_root = Some(root)).await
}

#[tokio::test]
async fn files_come_with_their_type_and_how_long_they_keep() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(&dir.path().join("dist")).await;
    let immutable = "public, max-age=31536000, immutable";
    for (path, kind, caching) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/config.json", "application/json; charset=utf-8", "no-cache"),
        ("/natter-0123456789abcdef.js", "text/javascript", immutable),
        ("/natter-0123456789abcdef_bg.wasm", "application/wasm", immutable),
        ("/style-0123456789abcdef.css", "text/css", immutable),
    ] {
        let reply = get(&app, path, "").await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.headers["content-type"], kind, "{path}");
        assert_eq!(reply.headers["cache-control"], caching, "{path}");
        assert!(reply.headers.contains_key("etag") && reply.headers.contains_key("last-modified"), "{path}");
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{path}");
        let again =
            Request::get(path).header("if-none-match", &reply.headers["etag"]).body(Body::empty()).unwrap();
        assert_eq!(app.call(again).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn the_page_has_the_policy_that_it_carries() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("dist");
    let app = served(&root).await;
    let policy = async |path: &str| {
        get(&app, path, "br").await.headers["content-security-policy"].to_str().unwrap().to_owned()
    };
    let plain = policy("/").await;
    assert!(plain.contains("style-src 'self';") && plain.ends_with("; frame-ancestors 'none'"), "{plain}");
    for styles in ["'sha256-one'", "'sha256-another'"] {
        let says = format!("default-src 'none'; style-src 'self' {styles}");
        let page = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{says}\"><p>app");
        fs::write(root.join("index.html"), page).unwrap();
        let written = std::time::SystemTime::now() + std::time::Duration::from_secs(styles.len() as u64);
        fs::File::options().write(true).open(root.join("index.html")).unwrap().set_modified(written).unwrap();
        for path in ["/", "/index.html"] {
            assert_eq!(policy(path).await, format!("{says}; frame-ancestors 'none'"));
        }
        assert_eq!(policy("/config.json").await, plain);
    }
    // A page that is not ours does not say what it may do.
    fs::write(
        root.join("index.html"),
        "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src *\">",
    )
    .unwrap();
    assert_eq!(policy("/").await, plain);
}

#[tokio::test]
async fn a_compressed_sibling_is_sent_to_those_who_take_it() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(&dir.path().join("dist")).await;
    let path = "/natter-0123456789abcdef_bg.wasm";
    let brotli = get(&app, path, "gzip, br").await;
    assert_eq!(
        (brotli.bytes.as_slice(), &brotli.headers["content-encoding"]),
        (&b"brotli"[..], &"br".parse().unwrap())
    );
    assert_eq!(brotli.headers["content-type"], "application/wasm");
    assert!(brotli.headers.contains_key("vary"));
    assert_eq!(get(&app, path, "identity").await.bytes, b"wasm");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(&dir.path().join("dist")).await;
    for path in [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e%2foutside.txt",
        "/x/../../outside.txt",
        "//etc/passwd",
        "/%00",
        "/..%5coutside.txt",
        "/missing.js",
        "/natter-0123456789abcdef.js/x",
    ] {
        get(&app, path, "").await.refused(404, "NotFound");
    }
}

#[tokio::test]
async fn without_an_app_the_front_page_says_what_this_is() {
    let app = TestApp::new().await;
    let reply = get(&app, "/", "").await;
    assert_eq!(reply.status, 200);
    assert!(String::from_utf8(reply.bytes).unwrap().contains("natter-service"));
}
