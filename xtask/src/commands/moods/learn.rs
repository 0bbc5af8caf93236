//! Learns how much each run of Chinese characters speaks for a pleased text: logistic regression over the runs that a text has, by
//! gradient descent. Without a constant term, so that a text of unknown runs sounds like nothing. The same texts make the same file.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::mood::runs;

/// What occurs in fewer texts is left out.
const FEWEST: usize = 5;
const ROUNDS: u32 = 6;
const STEP: f64 = 0.6;
const DECAY: f64 = 2e-5;

/// The file of the runs that tell most, with their weights, in the order of their bytes.
pub(super) fn learn(texts: &[(bool, String)], most: usize) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, text) in texts {
        for run in runs(text) {
            *counts.entry(run).or_default() += 1;
        }
    }
    let mut names: Vec<&str> =
        counts.iter().filter(|(_, count)| **count >= FEWEST).map(|(run, _)| *run).collect();
    names.sort_unstable();
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(at, run)| (*run, at)).collect();
    let mut examples: Vec<(bool, Vec<usize>)> = Vec::new();
    for (pleased, text) in texts {
        let known = runs(text).into_iter().filter_map(|run| places.get(run).copied());
        examples.push((*pleased, known.collect()));
    }
    let mut weights = vec![0.0; names.len()];
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..ROUNDS {
        shuffle(&mut examples, &mut dice);
        for (pleased, known) in &examples {
            let root = (known.len().max(1) as f64).sqrt();
            let score: f64 = known.iter().map(|at| weights[*at]).sum::<f64>() / root;
            let wanted = if *pleased { 1.0 } else { 0.0 };
            let pull = (wanted - 1.0 / (1.0 + (-score).exp())) * STEP / f64::from(1 + round) / root;
            for at in known {
                weights[*at] += pull - DECAY * weights[*at];
            }
        }
    }
    let tells = |at: usize| weights[at].abs() * (counts[names[at]] as f64).sqrt();
    let mut best: Vec<usize> = (0..names.len()).collect();
    best.sort_by(|left, right| tells(*right).total_cmp(&tells(*left)).then(left.cmp(right)));
    best.truncate(most);
    best.sort_unstable();
    best.iter().fold(String::new(), |mut file, at| {
        let _ = writeln!(file, "{}\t{:.2}", names[*at], weights[*at]);
        file
    })
}

fn shuffle<T>(list: &mut [T], dice: &mut u64) {
    for last in (1..list.len()).rev() {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        list.swap(last, (*dice % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_pleased_texts_say_speaks_for_them() {
        let texts: Vec<(bool, String)> = (0..40)
            .map(|at| (at % 2 == 0, if at % 2 == 0 { "很好的书" } else { "很差的书" }.to_owned()))
            .collect();
        let file = learn(&texts, 100);
        let weight = |run: &str| -> f64 {
            let line = file.lines().find_map(|line| line.strip_prefix(&format!("{run}\t")));
            line.expect(run).parse().expect(run)
        };
        assert!(weight("好") > 0.2 && weight("差") < -0.2 && weight("书").abs() < 0.2, "{file}");
        assert_eq!(file, learn(&texts, 100), "the same each time");
    }
}
