use super::*;

const SAMPLE: &str = "Three **things**, see *below* and `let x = 1;`:\n\n# The *first* one #\n\
- Mei checked 海心沙, **two\u{a0}stops** [09:24](https://a.example/x_(y))\n  - inside, ~~not~~ this\n  more of it\n\n- Aiko [1] found it\n\
1. one\n\n2. two **bold**\n3) three\n\nIn 2026 it was 2 * 3 * 4, array[0] and C:\\*.*\n> quoted **words**\n> and more\n\n\
```rust\nfn main() {\n    // ``` no end\n    println!(\"<b>\");\n}\n```\nAfter it.\n\n---\n| a | b |\n|---|---|\n| 1 | **2** |\n\
~~~~\nother\n~~~\nfence\n~~~~\n7. is not the first\n* * *\nThe end, https://a.example/z.";

/// What is read of some HTML of ours.
fn words(html: &str) -> String {
    let mut words = String::new();
    for piece in html.split('<') {
        words.push_str(piece.split_once('>').map_or(piece, |(_, words)| words));
    }
    words
}

fn shown(block: &Block) -> String {
    match block {
        Block::Code { code, .. } => code.clone(),
        Block::Words(html) => words(html),
    }
}

fn cuts(text: &str) -> impl Iterator<Item = usize> + '_ {
    (0..=text.len()).filter(|at| text.is_char_boundary(*at))
}

/// The blocks as the screen has them, when so much has come.
fn all(text: &str, closed: &Closed) -> Vec<Block> {
    let mut all: Vec<Block> = closed.places().iter().flat_map(|place| blocks(&text[place.clone()])).collect();
    all.extend(open_blocks(&text[closed.end()..]));
    all
}

#[test]
fn in_pieces_it_is_what_it_is_from_scratch_at_every_cut() {
    let whole = blocks(SAMPLE);
    let mut closed = Closed::default();
    let mut before = 0;
    for cut in cuts(SAMPLE) {
        let known = closed.places().len();
        assert_eq!(closed.update(&SAMPLE[..cut], before), known, "what is closed stays closed");
        let mut anew = Closed::default();
        anew.update(&SAMPLE[..cut], 0);
        assert_eq!(closed, anew, "at {cut}");
        let drawn: Vec<Block> =
            closed.places().iter().flat_map(|place| blocks(&SAMPLE[place.clone()])).collect();
        assert_eq!(drawn, whole[..drawn.len()], "at {cut}");
        before = cut;
    }
    let mut rest: Vec<Block> =
        closed.places().iter().flat_map(|place| blocks(&SAMPLE[place.clone()])).collect();
    rest.extend(blocks(&SAMPLE[closed.end()..]));
    assert_eq!(rest, whole);
}

#[test]
fn nothing_that_is_shown_is_taken_back() {
    let mut closed = Closed::default();
    let mut before: Vec<String> = Vec::new();
    for cut in cuts(SAMPLE) {
        closed.update(&SAMPLE[..cut], 0);
        let now: Vec<String> = all(&SAMPLE[..cut], &closed).iter().map(shown).collect();
        let (old, new) = (before.concat(), now.concat());
        assert!(new.starts_with(old.trim_end()), "{:?}: {old:?} became {new:?}", &SAMPLE[..cut]);
        before = now;
    }
}

#[test]
fn an_answer_that_is_rewritten_is_drawn_anew_from_where_it_differs() {
    let mut closed = Closed::default();
    closed.update("a\n\nb\n\nc\n\nd", 0);
    assert_eq!(closed.places(), [0..2, 2..5, 5..8]);
    assert_eq!(closed.update("a\n\nb\n\nx\n\ny\n\nz", 6), 2);
    assert_eq!(closed.places(), [0..2, 2..5, 5..8, 8..11]);
    assert_eq!(closed.update("q", 0), 0);
    assert!(closed.places().is_empty());
}

#[test]
fn a_fence_is_code_at_once_and_stays_so() {
    let code = |language: &str, code: &str| {
        vec![Block::Code { language: language.to_owned(), code: code.to_owned() }]
    };
    assert_eq!(open_blocks("```"), code("", ""));
    assert_eq!(open_blocks("```ru"), code("ru", ""));
    assert_eq!(open_blocks("```rust\nlet *a*"), code("rust", "let *a*"));
    assert_eq!(open_blocks("```rust\nlet a\n``"), code("rust", "let a"), "half of its end is not shown");
    assert_eq!(open_blocks("```\nlet a\n```"), code("", "let a"));
    assert_eq!(open_blocks("a\n``"), [Block::Words("<p>a</p>".to_owned())]);
    assert_eq!(blocks("````\n```\n````\nb").len(), 2);
}

#[test]
fn open_marks_are_closed_for_the_eye() {
    for (open, html) in [
        ("a **bo", "a <strong>bo</strong>"),
        ("a **bo*", "a <strong>bo</strong>"),
        ("a **", "a"),
        ("a *it", "a <em>it</em>"),
        ("a `co *de", "a <code>co *de</code>"),
        ("~~no ", "<s>no</s>"),
        ("**a *b", "<strong>a <em>b</em></strong>"),
        ("2 * 3", "2 * 3"),
        ("see [wor", "see "),
        ("see [words](https://a.exa", "see "),
        ("see [1] ", "see [1]"),
        ("end\\", "end"),
    ] {
        assert_eq!(open_blocks(open), [Block::Words(["<p>", html.trim_end(), "</p>"].concat())], "{open}");
    }
    for half in ["-", "#", "##", "1", "12.", ">", "`", "``", "**", "|"] {
        assert_eq!(words(&open_blocks(half).iter().map(shown).collect::<String>()), "", "{half}");
    }
}

#[test]
fn lists_are_in_lists_and_everything_is_escaped() {
    assert_eq!(
        html("- a\n  - b\n  - <c>\n- d\n   more"),
        "<ul><li>a<ul><li>b</li><li>&lt;c&gt;</li></ul></li><li>d<br>more</li></ul>"
    );
    assert_eq!(
        html("1. a\n\n2. b\n   - c\n3. d"),
        "<ol><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>"
    );
    assert_eq!(html("## **Head**"), "<p><strong>Head</strong></p>");
    assert_eq!(html("> a\n> b\nc"), "<blockquote><p>a<br>b</p></blockquote><p>c</p>");
    assert_eq!(html("| <a> |\n|---|\n| b |"), "<pre><code>| &lt;a&gt; |\n| b |</code></pre>");
    assert_eq!(
        html("<script>x</script>\n```\n<b>\n```"),
        "<p>&lt;script&gt;x&lt;/script&gt;</p><pre><code>&lt;b&gt;</code></pre>"
    );
    assert_eq!(html("[a](javascript:x)"), "<p>[a](javascript:x)</p>");
    assert_eq!(html("---\n\n***\n"), "");
}

#[test]
fn nothing_is_too_long_or_too_deep() {
    for part in
        ["> ", "- ", "  - a\n", "*", "**a ", "[", "`", "|", "```\n", "#", "1. ", "\\", "~~~\n", "[a](", "a\n"]
    {
        let text = part.repeat(64 * 1024 / part.len());
        assert!(html(&text).len() < text.len() * 12, "{part}");
        let mut closed = Closed::default();
        closed.update(&text, 0);
        assert!(open_blocks(&text[closed.end()..]).len() < 70_000, "{part}");
    }
}
