//! A summary that picks sentences: TextRank (Mihalcea and Tarau, 2004). Sentences that share words vouch for each other,
//! and those that are vouched for most are picked, in the order in which they were said.

use super::sentences::Sentence;

/// Of so many sentences, the last ones, the best are picked: each is compared with each.
const MOST: usize = 200;

/// As in the paper: a step in seven goes anywhere.
const DAMPING: f64 = 0.85;

/// Enough to tell sentences apart.
const ROUNDS: usize = 30;

/// Two sentences that share so much of the longer say the same.
const SAME: f64 = 0.8;

/// The sentences that say most.
pub(super) fn summarise<'a>(sentences: &'a [Sentence<'a>]) -> Vec<&'a Sentence<'a>> {
    let sentences = &sentences[sentences.len().saturating_sub(MOST)..];
    let scores = rank(sentences);
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let wanted = (sentences.len() / 4).clamp(3, 7);
    let mut picked: Vec<usize> = Vec::new();
    for index in order {
        if picked.len() == wanted {
            break;
        }
        if picked.iter().all(|other| shared(&sentences[index], &sentences[*other]) < SAME) {
            picked.push(index);
        }
    }
    picked.sort_unstable();
    picked.into_iter().map(|index| &sentences[index]).collect()
}

fn rank(sentences: &[Sentence<'_>]) -> Vec<f64> {
    let count = sentences.len();
    let mut weights = vec![0.0; count * count];
    for a in 0..count {
        for b in 0..a {
            let weight = similarity(&sentences[a], &sentences[b]);
            weights[a * count + b] = weight;
            weights[b * count + a] = weight;
        }
    }
    let sums: Vec<f64> = weights.chunks(count.max(1)).map(|row| row.iter().sum()).collect();
    let mut scores = vec![1.0; count];
    for _ in 0..ROUNDS {
        let vouched = |to: usize| -> f64 {
            (0..count)
                .filter(|from| sums[*from] > 0.0)
                .map(|from| weights[from * count + to] / sums[from] * scores[from])
                .sum()
        };
        scores = (0..count).map(|to| 1.0 - DAMPING + DAMPING * vouched(to)).collect();
    }
    scores
}

/// The words that two sentences share, less for long ones.
fn similarity(a: &Sentence<'_>, b: &Sentence<'_>) -> f64 {
    let common = a.tokens.intersection(&b.tokens).count();
    if common == 0 {
        return 0.0;
    }
    let length = |sentence: &Sentence<'_>| (to_f64(sentence.tokens.len()) + 1.0).ln();
    to_f64(common) / (length(a) + length(b))
}

fn shared(a: &Sentence<'_>, b: &Sentence<'_>) -> f64 {
    let longer = a.tokens.len().max(b.tokens.len()).max(1);
    to_f64(a.tokens.intersection(&b.tokens).count()) / to_f64(longer)
}

/// A number of words: never so large that it matters.
fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
