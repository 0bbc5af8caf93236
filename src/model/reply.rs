//! A reply: words that begin with what they answer.
//!
//! The service knows no replies (reference `acs-chat.md`), so one is a quote before the words, with the author, the time and a link to
//! the message. It is written as Markdown like the words themselves, and so is kept with the draft, sent as HTML that any client
//! shows, and comes back when the message is edited.

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Whose and when, and where it leads.
    head: String,
    /// Its first words, in one line of Markdown.
    words: String,
}

impl Quote {
    /// A quote of a message at this address, in Markdown that means no more than it says.
    #[must_use]
    pub fn new(author_and_time: &str, address: &str, words: &str) -> Self {
        Self { head: ["[", author_and_time, "](", address, ")"].concat(), words: words.to_owned() }
    }

    /// Whose and when.
    #[must_use]
    pub fn author_and_time(&self) -> String {
        let head = self.head.rsplit_once("](").map_or("", |(head, _)| head);
        shown(head.strip_prefix('[').unwrap_or(head))
    }

    /// Its first words.
    #[must_use]
    pub fn words(&self) -> String {
        shown(&self.words)
    }

    /// The Markdown of a reply.
    #[must_use]
    pub fn before(&self, words: &str) -> String {
        ["> ", &self.head, "\n> ", &self.words, "\n\n", words].concat()
    }

    /// The quote that a text begins with, and the words after it; none when it is no reply.
    #[must_use]
    pub fn split(text: &str) -> (Option<Self>, &str) {
        let whole = || {
            let (head, rest) = text.strip_prefix("> ")?.split_once('\n')?;
            // HTML has a paragraph for each.
            let rest = rest.strip_prefix(">\n").unwrap_or(rest).strip_prefix("> ")?;
            let (words, rest) = rest.split_once('\n').unwrap_or((rest, ""));
            let address = head.strip_prefix('[')?.strip_suffix(')')?.rsplit_once("](")?.1;
            let ours = address.contains("#/threads/") && !words.is_empty() && !rest.starts_with('>');
            ours.then(|| {
                let quote = Self { head: head.to_owned(), words: words.to_owned() };
                (quote, rest.strip_prefix('\n').unwrap_or(rest))
            })
        };
        whole().map_or((None, text), |(quote, rest)| (Some(quote), rest))
    }
}

/// Markdown without the backslashes that take the meaning of marks.
fn shown(markdown: &str) -> String {
    let mut shown = String::new();
    let mut escaped = false;
    for c in markdown.chars() {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if escaped && !c.is_ascii_punctuation() {
            shown.push('\\');
        }
        escaped = false;
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://a.example/#/threads/19%3Aa/7";

    #[test]
    fn a_reply_comes_apart_as_it_was_put_together() {
        let quote = Quote::new("Mei, 09:41", ADDRESS, "two \\*stops\\*");
        let text = quote.before("No.\n\n> what?");
        assert_eq!(text, format!("> [Mei, 09:41]({ADDRESS})\n> two \\*stops\\*\n\nNo.\n\n> what?"));
        assert_eq!(Quote::split(&text), (Some(quote.clone()), "No.\n\n> what?"));
        assert_eq!(Quote::split(&quote.before("")), (Some(quote.clone()), ""));
        assert_eq!((quote.author_and_time().as_str(), quote.words().as_str()), ("Mei, 09:41", "two *stops*"));
    }

    #[test]
    fn a_quote_of_anything_else_is_no_reply() {
        for text in [
            "",
            "hello",
            "> hello\n\nyes",
            "> [a](https://b.example)\n> c\n\nd",
            &format!("> [a]({ADDRESS})\n\nb"),
            &format!("> [a]({ADDRESS})\n> b\n> c\n\nd"),
        ] {
            assert_eq!(Quote::split(text), (None, text));
        }
    }
}
