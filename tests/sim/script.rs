//! What a seed means: who takes part, how bad the network is, and what people do when.

use crate::dice::Dice;

/// The network and the machines of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// The service does not know a send again by its id.
    pub(crate) azure: bool,
    /// Pauses are drawn long, so that they can be held against their bounds.
    pub(crate) long_pauses: bool,
    /// At the end nobody looks at the pages: all comes right by itself.
    pub(crate) left_alone: bool,
    /// How likely it is that a request is lost on its way there,
    pub(crate) lose_request: f64,
    /// that its reply is,
    pub(crate) lose_reply: f64,
    /// that somebody in between answers for the service,
    pub(crate) error_before: f64,
    /// also when the service has done what was asked,
    pub(crate) error_after: f64,
    /// that it is delivered twice,
    pub(crate) twice: f64,
    /// that a change is refused for no good reason,
    pub(crate) refuse: f64,
    /// that it takes long.
    pub(crate) slow: f64,
    /// How long a request and its reply take at the least and the most.
    pub(crate) delay_ms: (u64, u64),
    /// How long a storage takes at the most.
    pub(crate) storage_ms: u64,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Send,
    Burst,
    Edit,
    Delete,
    Open,
    Hide,
    Wake,
    Offline,
    CutAll,
    Kill,
    NewTab,
    SignOut,
    SignIn,
    AddPerson,
    RemovePerson,
    Rename,
    CreateThread,
    Retry,
    Discard,
    Read,
    LoadOlder,
    TryNow,
    Draft,
    Type,
    SetClock,
    Restart,
    ZoeSays,
    ZoeFloods,
    ZoeEdits,
    ZoeDeletes,
}

/// How often what happens, out of all.
const DEEDS: [(Deed, u64); 30] = [
    (Deed::Send, 30),
    (Deed::Burst, 5),
    (Deed::Edit, 9),
    (Deed::Delete, 4),
    (Deed::Open, 9),
    (Deed::Hide, 6),
    (Deed::Wake, 7),
    (Deed::Offline, 5),
    (Deed::CutAll, 2),
    (Deed::Kill, 6),
    (Deed::NewTab, 6),
    (Deed::SignOut, 2),
    (Deed::SignIn, 3),
    (Deed::AddPerson, 3),
    (Deed::RemovePerson, 3),
    (Deed::Rename, 3),
    (Deed::CreateThread, 1),
    (Deed::Retry, 7),
    (Deed::Discard, 2),
    (Deed::Read, 14),
    (Deed::LoadOlder, 6),
    (Deed::TryNow, 3),
    (Deed::Draft, 4),
    (Deed::Type, 2),
    (Deed::SetClock, 3),
    (Deed::Restart, 2),
    (Deed::ZoeSays, 6),
    (Deed::ZoeFloods, 2),
    (Deed::ZoeEdits, 6),
    (Deed::ZoeDeletes, 2),
];

/// Something that happens at some time. What it happens to follows from the choice, and from what there is then.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) at_ms: i64,
    pub(crate) deed: Deed,
    pub(crate) choice: u64,
}

/// Everything that a seed means.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    pub(crate) people: usize,
    pub(crate) threads: usize,
    /// How many tabs each of them begins with.
    pub(crate) tabs: Vec<usize>,
    /// The first person has a second machine.
    pub(crate) second_machine: bool,
    pub(crate) weather: Weather,
    pub(crate) acts: Vec<Act>,
}

impl Script {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, &[1]);
        let people = dice.between(2, 4) as usize;
        let threads = dice.between(1, 3) as usize;
        let tabs = (0..people).map(|_| *dice.pick(&[1, 1, 1, 2, 2, 3])).collect();
        let second_machine = dice.chance(0.2);
        let weather = Weather::draw(&mut dice);
        let count = dice.between(12, 45);
        let mut at_ms = 3_000;
        let mut acts = Vec::new();
        let all: u64 = DEEDS.iter().map(|(_, weight)| weight).sum();
        for _ in 0..count {
            // People do several things at once, and then nothing for a while.
            at_ms += match dice.below(10) {
                0..=3 => dice.between(0, 60),
                4..=7 => dice.between(60, 2_000),
                _ => dice.between(2_000, 9_000),
            } as i64;
            let mut drawn = dice.below(all);
            let deed = DEEDS.iter().find(|(_, weight)| {
                let found = drawn < *weight;
                drawn = drawn.wrapping_sub(*weight);
                found
            });
            acts.push(Act { at_ms, deed: deed.expect("the weights add up").0, choice: dice.next() });
        }
        Self { seed, people, threads, tabs, second_machine, weather, acts }
    }
}

impl Weather {
    fn draw(dice: &mut Dice) -> Self {
        let mut rate = |most: f64| match dice.below(3) {
            0 => 0.0,
            1 => most * 0.2 * dice.unit(),
            _ => most * dice.unit(),
        };
        let weather = Self {
            azure: false,
            long_pauses: false,
            left_alone: false,
            lose_request: rate(0.15),
            lose_reply: rate(0.2),
            error_before: rate(0.15),
            error_after: rate(0.15),
            twice: rate(0.3),
            refuse: rate(0.3),
            slow: rate(0.15),
            delay_ms: (0, 0),
            storage_ms: 0,
        };
        let calm = dice.chance(0.15);
        let least = dice.between(1, 60);
        let rest = Self {
            azure: dice.chance(0.4),
            long_pauses: dice.chance(0.2),
            left_alone: dice.chance(0.07),
            delay_ms: (least, least + dice.between(1, 250)),
            storage_ms: *dice.pick(&[1, 10, 30, 300]),
            ..weather
        };
        if calm { rest.healed() } else { rest }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn healed(&self) -> Self {
        Self {
            lose_request: 0.0,
            lose_reply: 0.0,
            error_before: 0.0,
            error_after: 0.0,
            twice: 0.0,
            refuse: 0.0,
            slow: 0.0,
            ..self.clone()
        }
    }
}
