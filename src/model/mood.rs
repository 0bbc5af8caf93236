//! Whether a message sounds pleased or displeased, worked out from single words, on this device: in English by the lexicon and the
//! rules of VADER (Hutto and Gilbert, 2014), in Chinese by short runs of characters and how much each speaks for the one or the
//! other. `docs/mood.md` says how often that is right. Nothing here knows the browser: `cargo xtask moods` measures it as it is.

/// What a message sounds like. Most sound like nothing in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Pleased.
    Pleased,
    /// Displeased.
    Displeased,
}

/// From here on an English message is marked; the score is between -1 and 1.
pub const ENGLISH_MARK: f64 = 0.5;
/// From here on a Chinese message is marked.
pub const CHINESE_MARK: f64 = 1.5;

/// VADER's constants, which its authors found by experiment.
const NEGATED: f64 = -0.74;
const BOOST: f64 = 0.293;
const SHOUTED: f64 = 0.733;
const EXCLAMATION: f64 = 0.292;
const ALPHA: f64 = 15.0;

/// Words that turn round what comes after them.
const NEGATIONS: &str = " aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't didn't doesn't dont \
    hadnt hasnt havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't mustn't neednt needn't never none nope \
    nor not nothing nowhere oughtnt shant shouldnt wasnt werent oughtn't shan't shouldn't wasn't weren't without wont wouldnt won't \
    wouldn't rarely seldom despite ";
/// Words that make what comes after them stronger.
const STRONGER: &str = " absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially \
    exceptionally extremely fabulously fully greatly highly hugely incredibly intensely majorly more most particularly purely quite \
    really remarkably so substantially thoroughly totally tremendously unbelievably unusually utterly very ";
/// Words that make it weaker.
const WEAKER: &str = " almost barely hardly kinda less little marginally occasionally partly scarcely slightly somewhat sorta ";

/// What single words speak for: a file of `moods/`, sorted, a line each with a tab before the number.
#[derive(Clone, Debug)]
pub struct Lexicon(Vec<(&'static str, f64)>);

impl Lexicon {
    /// Reads a file; none when it is another one.
    #[must_use]
    pub fn read(file: &'static str) -> Option<Self> {
        let entry = |line: &'static str| {
            let (word, weight) = line.split_once('\t')?;
            Some((word, weight.parse().ok()?))
        };
        let entries: Option<Vec<_>> = file.lines().map(entry).collect();
        entries.filter(|entries| !entries.is_empty()).map(Self)
    }

    fn weight(&self, word: &str) -> Option<f64> {
        let place = self.0.binary_search_by(|(known, _)| (*known).cmp(word)).ok()?;
        self.0.get(place).map(|(_, weight)| *weight)
    }

    /// What an English message sounds like, between -1 and 1.
    #[must_use]
    pub fn english(&self, text: &str) -> f64 {
        let words: Vec<&str> = text.split_whitespace().collect();
        let bare = |word: &str| {
            let bare = word.trim_matches(|sign: char| sign.is_ascii_punctuation());
            bare.to_ascii_lowercase()
        };
        let plain: Vec<String> = words.iter().map(|word| bare(word)).collect();
        let shouts = |word: &str| {
            word.len() > 1
                && word.bytes().any(|byte| byte.is_ascii_uppercase())
                && !word.bytes().any(|byte| byte.is_ascii_lowercase())
        };
        let some_shout = words.iter().any(|word| shouts(word)) && !words.iter().all(|word| shouts(word));
        let but = plain.iter().position(|word| word == "but");
        let mut sum = 0.0;
        for (at, word) in words.iter().enumerate() {
            // A face is one as it is written.
            let weight = self.weight(&word.to_ascii_lowercase()).or_else(|| self.weight(&plain[at]));
            let booster = is_in(STRONGER, &plain[at]) || is_in(WEAKER, &plain[at]);
            let Some(mut weight) = weight.filter(|_| !booster) else { continue };
            if some_shout && shouts(word) {
                weight += SHOUTED.copysign(weight);
            }
            for (distance, fading) in [(1, 1.0), (2, 0.95), (3, 0.9)] {
                let Some(before) = at.checked_sub(distance).map(|before| &plain[before]) else { break };
                if self.weight(before).is_some() {
                    continue;
                }
                if is_in(STRONGER, before) {
                    weight += (BOOST * fading).copysign(weight);
                } else if is_in(WEAKER, before) {
                    weight -= (BOOST * fading).copysign(weight);
                }
                if is_in(NEGATIONS, before) {
                    weight *= NEGATED;
                }
            }
            // What comes after a "but" is what is meant.
            sum += match but {
                Some(but) if at < but => weight * 0.5,
                Some(but) if at > but => weight * 1.5,
                _ => weight,
            };
        }
        let shouted = text.bytes().filter(|byte| *byte == b'!').take(4).map(|_| EXCLAMATION).sum::<f64>();
        if sum != 0.0 {
            sum += shouted.copysign(sum);
        }
        sum / (sum * sum + ALPHA).sqrt()
    }

    /// What a Chinese message sounds like: below nothing for displeased, above for pleased.
    #[must_use]
    pub fn chinese(&self, text: &str) -> f64 {
        let (mut sum, mut count) = (0.0, 0_u32);
        for run in runs(text) {
            count += 1;
            sum += self.weight(run).unwrap_or_default();
        }
        sum / f64::from(count.max(1)).sqrt()
    }
}

/// What a message sounds like, if it is in one of the two languages and sounds like something.
#[must_use]
pub fn mood(text: &str, english: &Lexicon, chinese: &Lexicon) -> Option<Mood> {
    let (score, mark) = if text.chars().any(is_chinese) {
        (chinese.chinese(text), CHINESE_MARK)
    } else {
        (english.english(text), ENGLISH_MARK)
    };
    match score {
        score if score >= mark => Some(Mood::Pleased),
        score if score <= -mark => Some(Mood::Displeased),
        _ => None,
    }
}

fn is_in(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_whitespace().any(|known| known == word)
}

/// A character of the most common block.
#[must_use]
pub fn is_chinese(sign: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&sign)
}

/// The runs of one to three Chinese characters in a text, each once.
#[must_use]
pub fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    for piece in text.split(|sign| !is_chinese(sign)) {
        let starts: Vec<usize> = piece.char_indices().map(|(at, _)| at).chain([piece.len()]).collect();
        for length in 1..=3 {
            for ends in starts.windows(length + 1) {
                runs.extend(piece.get(ends[0]..ends[length]));
            }
        }
    }
    runs.sort_unstable();
    runs.dedup();
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(text: &str) -> f64 {
        Lexicon::read(include_str!("../../moods/en.txt")).unwrap().english(text)
    }

    #[test]
    fn english_words_are_turned_round_and_weighed() {
        assert!(english("This is good.") > 0.3);
        assert!(english("This is VERY good!!") > english("This is good."));
        assert!(english("This is not good.") < 0.0);
        assert!(english("The plan was good, but the print is terrible.") < 0.0);
        assert!(english(":)") > 0.0);
        assert_eq!(english("The meeting is at three."), 0.0);
        assert_eq!(english(""), 0.0);
    }

    #[test]
    fn a_message_is_marked_only_when_it_clearly_sounds_like_something() {
        let lexicon = |file| Lexicon::read(file).unwrap();
        let (english, chinese) =
            (lexicon(include_str!("../../moods/en.txt")), lexicon(include_str!("../../moods/zh-Hans.txt")));
        let mood = |text| mood(text, &english, &chinese);
        assert_eq!(mood("Thank you, this is wonderful!"), Some(Mood::Pleased));
        assert_eq!(mood("This is awful, I hate it."), Some(Mood::Displeased));
        assert_eq!(mood("See you at three."), None);
        assert_eq!(mood("太差了，很失望"), Some(Mood::Displeased));
        assert_eq!(mood("非常喜欢，很满意，值得推荐"), Some(Mood::Pleased));
        assert_eq!(mood("明天下午三点开会"), None);
        assert_eq!(mood(""), None);
    }

    #[test]
    fn a_text_has_each_run_once() {
        assert_eq!(runs("好好a学"), ["好", "好好", "学"]);
        assert!(Lexicon::read("<!doctype html>").is_none() && Lexicon::read("").is_none());
    }
}
