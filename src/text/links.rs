//! Addresses in plain text: `http`, `https` and `mailto`.
//!
//! A sentence's own punctuation is not part of the address that ends it, in Latin or in Chinese; a bracket is, when it was
//! opened inside.

/// A piece of plain text. Joined in order, the pieces are the text again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Words, line breaks included.
    Text(&'a str),
    /// An address, which is its own `href`.
    Link(&'a str),
}

const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Cuts plain text into words and addresses.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut words_from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(':') {
        let colon = at + found;
        at = colon + 1;
        let Some((start, end)) = link_around(text, words_from, colon) else { continue };
        if words_from < start {
            tokens.push(Token::Text(&text[words_from..start]));
        }
        tokens.push(Token::Link(&text[start..end]));
        words_from = end;
        at = end;
    }
    if words_from < text.len() {
        tokens.push(Token::Text(&text[words_from..]));
    }
    tokens
}

/// The length of the address that begins here, if one does.
pub(super) fn link_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    let scheme = SCHEMES.iter().find(|scheme| {
        rest.get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme.as_bytes()))
    })?;
    let (start, end) = link_around(text, 0, at + scheme.find(':')?)?;
    (start == at).then_some(end - at)
}

/// The bounds of the address whose scheme ends with the colon, if there is one.
fn link_around(text: &str, from: usize, colon: usize) -> Option<(usize, usize)> {
    let scheme = SCHEMES.into_iter().find(|scheme| {
        let before = scheme.find(':').unwrap_or_default();
        let start = colon.checked_sub(before);
        start.is_some_and(|start| {
            start >= from
                && text
                    .get(start..start + scheme.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(scheme))
        })
    })?;
    let start = colon - scheme.find(':')?;
    // "xhttp://" is no address, but "见http://" is: Chinese puts no space.
    if text[from..start].chars().next_back().is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = start + scheme.len();
    let length = text[rest..].find(|c: char| !belongs(c)).unwrap_or(text.len() - rest);
    let end = rest + without_sentence_end(&text[rest..rest + length]);
    let named = text[rest..end].chars().next().is_some_and(begins_a_name);
    let whole = scheme != "mailto:" || text[rest..end].contains('@');
    (named && whole).then_some((start, end))
}

/// A letter or digit, as names of hosts and people begin, or the bracket of an address in numbers. Of what is not ASCII, all
/// but the general punctuation: dashes, dots, joiners.
fn begins_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '[' || !(c.is_ascii() || matches!(c, '\u{2000}'..='\u{206f}'))
}

fn belongs(c: char) -> bool {
    !(c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '\\' | '“' | '”' | '‘' | '’' | '«' | '»')
        || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
        || matches!(c, '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

fn without_sentence_end(address: &str) -> usize {
    let mut kept = address;
    while let Some(last) = kept.chars().next_back() {
        let ends_sentence = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => true,
            ')' => kept.matches(')').count() > kept.matches('(').count(),
            ']' => kept.matches(']').count() > kept.matches('[').count(),
            _ => false,
        };
        if !ends_sentence {
            break;
        }
        kept = &kept[..kept.len() - last.len_utf8()];
    }
    kept.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let tokens = tokens(text);
        let joined: String = tokens
            .iter()
            .map(|token| match token {
                Token::Text(text) | Token::Link(text) => *text,
            })
            .collect();
        assert_eq!(joined, text, "nothing is lost");
        tokens
            .into_iter()
            .filter_map(|token| if let Token::Link(link) = token { Some(link) } else { None })
            .collect()
    }

    #[test]
    fn addresses_end_where_the_sentence_does() {
        assert_eq!(found("See https://a.example/b, please."), ["https://a.example/b"]);
        assert_eq!(found("(https://a.example/b)."), ["https://a.example/b"]);
        assert_eq!(found("https://a.example/Tram_(line)!"), ["https://a.example/Tram_(line)"]);
        assert_eq!(found("一：https://a.example/路线，二"), ["https://a.example/路线"]);
        assert_eq!(found("见http://a.example。"), ["http://a.example"]);
        assert_eq!(found("HTTPS://A.example?x=1&y=2"), ["HTTPS://A.example?x=1&y=2"]);
        assert_eq!(found("mailto:mei@a.example;"), ["mailto:mei@a.example"]);
        assert_eq!(found("http://a.example http://b.example"), ["http://a.example", "http://b.example"]);
    }

    #[test]
    fn what_only_looks_like_an_address_stays_words() {
        for text in [
            "javascript:alert(1)",
            "xhttp://a",
            "https://",
            "https://…",
            "a: b",
            "mailto:",
            "mailto:mei",
            "ftp://a",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(tokens("").is_empty());
    }
}
