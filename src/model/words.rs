//! Short plain forms of what was said, for a row of the list. The whole text is laid out by the views.

/// As much as any row shows.
const MOST_CHARACTERS: usize = 160;

/// Text in one line, cut.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MOST_CHARACTERS * 4 {
            break;
        }
    }
    if line.chars().count() > MOST_CHARACTERS { line.chars().take(MOST_CHARACTERS).collect() } else { line }
}

/// The words of an HTML text in one line: tags go, the common entities become characters.
///
/// The result is text for a text node. It is not safe as HTML, and nothing puts it there.
#[must_use]
pub fn words_of_html(html: &str) -> String {
    let mut plain = String::new();
    let mut rest = without_quote(html);
    while let Some(start) = rest.find(['<', '&']) {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        if rest.starts_with('<') {
            // Neighbouring blocks are no neighbouring letters: `<p>a</p><p>b</p>` reads "a b".
            if rest.starts_with("<p")
                || rest.starts_with("<br")
                || rest.starts_with("<li")
                || rest.starts_with("<div")
            {
                plain.push(' ');
            }
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
        } else {
            let (character, length) = entity(rest);
            plain.push_str(&character);
            rest = &rest[length..];
        }
    }
    plain.push_str(rest);
    one_line(&plain)
}

/// What is said after the quote that a reply begins with: a row has no room for both.
fn without_quote(html: &str) -> &str {
    let after = || {
        let quote = html.trim_start().strip_prefix("<blockquote>")?;
        let (quote, rest) = quote.split_once("</blockquote>")?;
        (!quote.contains("<blockquote") && rest.contains(|c: char| c.is_alphanumeric())).then_some(rest)
    };
    after().unwrap_or(html)
}

/// The character of the entity that `text` begins with, and its length; the ampersand itself when it is none.
fn entity(text: &str) -> (String, usize) {
    let known = || {
        // The longest entity that is read here is `&#x10ffff;`.
        let end = text.bytes().take(10).position(|byte| byte == b';')?;
        let name = &text[1..end];
        let character = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        };
        Some((character.to_string(), end + 1))
    };
    known().unwrap_or_else(|| ("&".to_owned(), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_one_line_and_is_cut() {
        assert_eq!(one_line(" a\n\n b\tc "), "a b c");
        assert_eq!(one_line(&"好".repeat(500)).chars().count(), MOST_CHARACTERS);
        assert_eq!(one_line(""), "");
    }

    #[test]
    fn html_becomes_words() {
        assert_eq!(words_of_html("<p>a <b>b</b></p><p>c &amp; d&#233;&#x1F600;</p>"), "a b c & dé😀");
        assert_eq!(words_of_html("1 &lt; 2 & 3 &unknown; &#xffffffff;"), "1 < 2 & 3 &unknown; &#xffffffff;");
        assert_eq!(words_of_html("a<br>b<img src=x onerror=alert(1)"), "a b");
        assert_eq!(words_of_html("&好;"), "&好;");
        assert_eq!(words_of_html("<blockquote><p>a</p></blockquote><p>b</p>"), "b");
        assert_eq!(words_of_html("<blockquote>a</blockquote>"), "a");
    }
}
