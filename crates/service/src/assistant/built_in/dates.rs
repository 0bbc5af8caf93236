//! Sentences that name a date or a time, and those with links.

use super::sentences::Sentence;

/// So many are listed, the last ones.
const MOST: usize = 12;

const ENGLISH_DAYS: &str = " monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday \
    noon midnight deadline january february march april june july august september october november december ";

const CHINESE_DAYS: [&str; 24] = [
    "今天", "明天", "后天", "後天", "昨天", "今晚", "明晚", "周一", "周二", "周三", "周四", "周五", "周六",
    "周日", "週一", "週二", "週三", "週四", "週五", "星期", "礼拜", "禮拜", "截止", "下午",
];

/// Sentences that name a date or a time, oldest first.
pub(super) fn dates<'a>(sentences: &'a [Sentence<'a>]) -> Vec<&'a Sentence<'a>> {
    last(sentences.iter().filter(|sentence| names_a_date(&sentence.text)).collect())
}

/// Sentences with links, oldest first.
pub(super) fn links<'a>(sentences: &'a [Sentence<'a>]) -> Vec<&'a Sentence<'a>> {
    last(sentences.iter().filter(|sentence| has_link(&sentence.text)).collect())
}

fn last<'a>(mut sentences: Vec<&'a Sentence<'a>>) -> Vec<&'a Sentence<'a>> {
    sentences.drain(..sentences.len().saturating_sub(MOST));
    sentences
}

fn has_link(text: &str) -> bool {
    let text = text.to_lowercase();
    ["https://", "http://", "www."].iter().any(|start| text.contains(start))
}

fn names_a_date(text: &str) -> bool {
    if CHINESE_DAYS.iter().any(|day| text.contains(day)) || has_chinese_date(text) {
        return true;
    }
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '!' | '?' | '\u{ff0c}' | '。')
    })
    .any(|word| {
        let word = word.trim_matches('.').to_lowercase();
        let letters = word.strip_suffix("'s").unwrap_or(&word);
        (letters.len() > 3 && letters.is_ascii() && ENGLISH_DAYS.contains(&format!(" {letters} ")))
            || is_numeric_date(&word)
    })
}

/// `5月`, `12日`, `3点`, `10號`.
fn has_chinese_date(text: &str) -> bool {
    let mut before = ' ';
    for character in text.chars() {
        let numeral = before.is_ascii_digit() || "一二三四五六七八九十".contains(before);
        if numeral && matches!(character, '月' | '日' | '号' | '號' | '点' | '點') {
            return true;
        }
        before = character;
    }
    false
}

/// `2026-01-02`, `2/1/2026`, `31.12.2026`, `10:30`, `5pm`.
fn is_numeric_date(word: &str) -> bool {
    let clock = word.strip_suffix("am").or_else(|| word.strip_suffix("pm"));
    if clock.is_some_and(|hour| !hour.is_empty() && hour.chars().all(|c| c.is_ascii_digit() || c == ':')) {
        return true;
    }
    let parts = |separator| {
        let parts: Vec<&str> = word.split(separator).collect();
        parts
            .iter()
            .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
            .then_some(parts.len())
    };
    parts(':') == Some(2) || ['-', '/', '.'].iter().any(|separator| parts(*separator) == Some(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_many_forms_and_nothing_else() {
        for text in [
            "Due 2026-01-02.",
            "on 2/1/2026",
            "31.12.2026",
            "at 10:30!",
            "by 5pm",
            "see you Friday",
            "Monday's plan",
            "the deadline is near",
            "3月5日前",
            "周五下午",
            "明天见",
            "十点开始",
            "星期三",
        ] {
            assert!(names_a_date(text), "{text}");
        }
        for text in ["version 1.2", "it may rain", "a/b", "::", "ratio 3-4", "pm", "我们见面", "1.2.3.4"]
        {
            assert!(!names_a_date(text), "{text}");
        }
    }

    #[test]
    fn links_are_told_from_words() {
        assert!(has_link("see HTTPS://x.example/a") && has_link("www.x.example"));
        assert!(!has_link("http is a protocol"));
    }
}
