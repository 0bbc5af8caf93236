use natter::text::markdown::{as_html, to_html};
use natter::text::source::markdown_of;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn what_was_written_comes_back_for_editing() {
    for source in [
        "**a** *b* ~~c~~ `d`",
        "***a***",
        "*a*\nb\n\nc",
        "- a\n- **b**",
        "1. a\n2. b",
        "> a\n> b\n>\n> - c\n\nd",
        "> > a\n>\n> b\n\nc",
        "```\n<a>\n  *b*\n\n- c\n```\n\nd",
        "[a **b**](https://a.example/x) https://b.example/y*z*",
        "\\*a\\* **b**",
        "`` a`b ``",
        "1\\. a\n\\- **b**",
        "海心沙**不是**海心沙公园",
        "2 * 3 *x*",
    ] {
        let html = to_html(source).unwrap();
        assert_eq!(markdown_of(&html), source, "{html}");
    }
}

#[wasm_bindgen_test]
fn words_that_look_like_marks_stay_words() {
    for words in [
        "*a*",
        "**",
        "a*b*c",
        "~~a~~",
        "`a`",
        "[a](mailto:a)",
        "1. a",
        "- a",
        "> a",
        "```",
        "* a",
        r"\*",
        r"\\a",
        "<b>",
    ] {
        let html = "<p>".to_owned() + &words.replace('<', "&lt;").replace('>', "&gt;") + "</p>";
        let source = markdown_of(&html);
        let again = as_html(&source).replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(again, format!("<p>{words}</p>"), "by {source}");
    }
}

#[wasm_bindgen_test]
fn html_of_others_becomes_what_the_markdown_has() {
    assert_eq!(
        markdown_of("<div>a&nbsp;<b> b </b>c</div>\n<div>d<br>e</div>"),
        "a\u{a0}  **b** c\n\nd\ne".replace("  ", " ")
    );
    assert_eq!(markdown_of("<ul>\n<li><p>a</p></li>\n<li>b <i>c</i></li>\n</ul>"), "- a\n- b *c*");
    assert_eq!(markdown_of("<a href='javascript:x'>a</a><script>b</script><u>c</u>"), "ac");
    assert_eq!(markdown_of("<h1>a</h1><table><tr><td>b</td></tr></table>"), "**a**\n\nb");
    assert_eq!(markdown_of("<a href='https://a.example/(b'>c</a>"), "[c](https://a.example/%28b)");
    let deep = "<blockquote>".repeat(400) + "deep";
    assert!(markdown_of(&deep).contains("deep"));
}
