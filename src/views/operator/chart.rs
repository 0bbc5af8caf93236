//! A chart: its title, a sentence, the lines, what each is, and the figures as a table one key away. Who cannot see the lines has
//! the sentence and the table.

use acs_chat::Timestamp;
use leptos::prelude::*;
use serde_json::Value;

use crate::i18n::words;
use crate::platform::locale;

/// The drawing's own units.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

const QUARTER_MS: i64 = 15 * 60_000;
const DAY_MS: i64 = 24 * 60 * 60_000;

/// Points in time, each with a figure for each line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    pub(super) points: Vec<(i64, Vec<f64>)>,
    /// Whether a point is a day.
    pub(super) days: bool,
}

impl Series {
    /// A day in quarters of an hour. Figures of the minutes in one are added up, or the highest counts.
    pub(super) fn day(minutes: &[Value], names: &[&str], highest: bool, now_ms: i64) -> Self {
        let last = now_ms.div_euclid(QUARTER_MS);
        let first = last - DAY_MS / QUARTER_MS + 1;
        let mut points: Vec<_> =
            (first..=last).map(|at| (at * QUARTER_MS, vec![0.0_f64; names.len()])).collect();
        for minute in minutes {
            let at = whole(&minute["atMs"]).div_euclid(QUARTER_MS) - first;
            let Some((_, figures)) = usize::try_from(at).ok().and_then(|at| points.get_mut(at)) else {
                continue;
            };
            for (figure, name) in figures.iter_mut().zip(names) {
                let new = minute[*name].as_f64().unwrap_or(0.0);
                *figure = if highest { figure.max(new) } else { *figure + new };
            }
        }
        Self { points, days: false }
    }

    /// Thirty days.
    pub(super) fn month(days: &[Value], names: &[&str], now_ms: i64) -> Self {
        let last = now_ms.div_euclid(DAY_MS);
        let mut points: Vec<_> =
            (last - 29..=last).map(|at| (at * DAY_MS, vec![0.0_f64; names.len()])).collect();
        for day in days {
            let at = whole(&day["atMs"]).div_euclid(DAY_MS) - (last - 29);
            let Some((_, figures)) = usize::try_from(at).ok().and_then(|at| points.get_mut(at)) else {
                continue;
            };
            for (figure, name) in figures.iter_mut().zip(names) {
                *figure += day[*name].as_f64().unwrap_or(0.0);
            }
        }
        Self { points, days: true }
    }

    fn highest(&self) -> f64 {
        self.points.iter().flat_map(|(_, figures)| figures).copied().fold(0.0, f64::max)
    }

    fn sum(&self) -> f64 {
        self.points.iter().filter_map(|(_, figures)| figures.first()).sum()
    }

    /// The line of one figure. Days are bars from the ground, so that one of thirty is seen by itself.
    fn path(&self, line: usize, highest: f64) -> String {
        let step = WIDTH / count(self.points.len().max(2) - 1);
        let mut path = String::new();
        for (at, (_, figures)) in self.points.iter().enumerate() {
            let x = round(count(at) * step);
            let y = round(HEIGHT - figures[line] / highest * HEIGHT);
            let piece = if self.days {
                ["M", &x, " 100V", &y].concat()
            } else {
                [if at == 0 { "M" } else { "L" }, &x, " ", &y].concat()
            };
            path.push_str(&piece);
        }
        path
    }

    fn when(&self, at_ms: i64) -> String {
        let at = Timestamp::from_ms(at_ms);
        if self.days { at.to_string().chars().take(10).collect() } else { locale::day_and_time(at) }
    }
}

pub(super) fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

#[allow(clippy::cast_precision_loss, reason = "some hundreds of points")]
fn count(number: usize) -> f64 {
    number as f64
}

/// With one digit behind the point where there is something, and none otherwise.
pub(super) fn round(figure: f64) -> String {
    ((figure * 10.0).round() / 10.0).to_string()
}

/// The chart. `names` are those of the lines.
pub(super) fn chart(title: &'static str, names: Vec<&'static str>, series: Series) -> AnyView {
    let highest = series.highest();
    let summary = match (highest > 0.0, series.days) {
        (false, _) => words().op_nothing().to_owned(),
        (true, true) => words().op_month().with(&[&round(series.sum()), &round(highest)]),
        (true, false) => words().op_day().with(&[&round(highest)]),
    };
    let line = |at: usize| ["operator__line-", &at.to_string()].concat();
    let class = if series.days { "operator__chart operator__chart--days" } else { "operator__chart" };
    let drawn = (highest > 0.0).then(|| {
        let lines = (0..names.len()).map(|at| view! { <path class=line(at) d=series.path(at, highest) /> }.into_any());
        let legend = names.iter().enumerate().map(|(at, name)| {
            view! {
                <li>
                    <svg viewBox="0 0 24 8" aria-hidden="true"><path class=line(at) d="M0 4H24" /></svg>
                    {*name}
                </li>
            }
            .into_any()
        });
        let head = names.iter().map(|name| view! { <th scope="col">{*name}</th> }.into_any());
        let rows = series.points.iter().rev().filter(|(_, figures)| figures.iter().any(|figure| *figure > 0.0));
        let rows = rows.map(|(at_ms, figures)| {
            let cells = figures.iter().map(|figure| view! { <td>{round(*figure)}</td> }.into_any());
            view! { <tr><th scope="row">{series.when(*at_ms)}</th>{cells.collect::<Vec<_>>()}</tr> }.into_any()
        });
        view! {
            <svg class=class viewBox="0 0 600 100" preserveAspectRatio="none" aria-hidden="true">
                {lines.collect::<Vec<_>>()}
            </svg>
            <ul class="operator__legend">{legend.collect::<Vec<_>>()}</ul>
            <details>
                <summary>{words().op_table()}<span class="unseen">{words().colon()}{title}</span></summary>
                <div class="operator__table" tabindex="0" role="region" aria-label=title>
                    <table>
                        <thead><tr><th scope="col">{words().op_when()}</th>{head.collect::<Vec<_>>()}</tr></thead>
                        <tbody>{rows.collect::<Vec<_>>()}</tbody>
                    </table>
                </div>
            </details>
        }
        .into_any()
    });
    view! {
        <section class="operator__card">
            <h2 class="operator__name">{title}</h2>
            <p class="operator__summary">{summary}</p>
            {drawn}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn minutes_are_put_together_in_quarters_of_an_hour() {
        let minutes = [
            json!({"atMs": 0, "requests": 9, "p99Ms": 9.0}),
            json!({"atMs": DAY_MS, "requests": 2, "p99Ms": 3.5}),
            json!({"atMs": DAY_MS + 60_000, "requests": 3, "p99Ms": 1.0}),
        ];
        let added = Series::day(&minutes, &["requests"], false, DAY_MS + 120_000);
        assert_eq!(added.points.len(), 96);
        assert_eq!(added.points[95], (DAY_MS, vec![5.0]));
        assert_eq!(added.sum(), 5.0, "what is older than a day is not of it");
        assert_eq!(Series::day(&minutes, &["p99Ms"], true, DAY_MS + 120_000).highest(), 3.5);
    }

    #[test]
    fn days_are_bars_and_a_day_is_a_line() {
        let days = [json!({"atMs": 29 * DAY_MS, "messages": 4})];
        let month = Series::month(&days, &["messages"], 29 * DAY_MS + 5);
        assert_eq!((month.points.len(), month.points[29].clone()), (30, (29 * DAY_MS, vec![4.0])));
        assert!(month.path(0, 4.0).ends_with("M600 100V0"));
        let day = Series { points: vec![(0, vec![0.0]), (1, vec![2.0])], days: false };
        assert_eq!(day.path(0, 2.0), "M0 100L600 0");
    }
}
