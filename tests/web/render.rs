use leptos::prelude::*;
use natter::text::render;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::mount;

/// The HTML that is left, without the markers that Leptos puts between texts.
fn left(html: &'static str) -> String {
    mount(move || view! { <div>{render::html(html)}</div> }).get("div").inner_html().replace("<!---->", "")
}

#[wasm_bindgen_test]
fn what_is_allowed_is_built_anew_without_attributes() {
    assert_eq!(
        left("<p style='x' onclick=y id=z>a <b class=c>b</b><br>c</p><ul><li>d</ul>"),
        "<p>a <strong>b</strong><br>c</p><ul><li>d</li></ul>"
    );
    assert_eq!(
        left("<h1>a</h1><span>b</span><pre><code>  c\n</code></pre>"),
        "<strong>a</strong>b<pre><code>  c\n</code></pre>"
    );
}

#[wasm_bindgen_test]
fn what_is_hostile_leaves_nothing() {
    for html in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<template><img src=x onerror=alert(1)></template>",
        "<form action=/x><input name=password autofocus onfocus=alert(1)></form>",
        "<style>*{display:none}</style>",
        "<video><source onerror=alert(1)></video>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<object data=javascript:alert(1)></object>",
        "<x-y onclick=alert(1)></x-y>",
    ] {
        assert!(!left(html).contains("alert") && !left(html).contains("<i"), "{html} left {}", left(html));
    }
}

#[wasm_bindgen_test]
fn links_lead_only_to_the_web_and_to_mail() {
    let link = left("<a href=' https://a.example/x?y=\"z\"' target=_self onclick=x>a</a>");
    assert_eq!(
        link,
        "<a href=\"https://a.example/x?y=&quot;z&quot;\" target=\"_blank\" rel=\"noopener noreferrer\" tabindex=\"-1\">a</a>"
    );
    for html in [
        "<a href=javascript:alert(1)>a</a>",
        "<a href='java\nscript:alert(1)'>a</a>",
        "<a href=/x>a</a>",
        "<a>a</a>",
    ] {
        assert_eq!(left(html), "a", "{html}");
    }
    assert!(
        left("<p>see https://a.example.</p>").contains("<a href=\"https://a.example\""),
        "also where nobody made one"
    );
}

#[wasm_bindgen_test]
fn depth_does_not_exhaust_the_stack() {
    let deep: &'static str = Box::leak(("<blockquote>".repeat(400) + "deep").into_boxed_str());
    assert!(left(deep).contains("deep"));
}

#[wasm_bindgen_test]
fn a_link_into_the_app_opens_no_second_window() {
    let here = natter::platform::address::whole("#/threads/19%3Aa");
    let html: &'static str = Box::leak(format!("<a href='{here}'>a</a>").into_boxed_str());
    assert_eq!(left(html), "<a href=\"#/threads/19%3Aa\" tabindex=\"-1\">a</a>");
}
