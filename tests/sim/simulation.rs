//! One seed: its people, machines and tabs, what happens to them, and what the service has.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use acs_chat::{
    ChatMessage, HttpRequest, HttpResponse, MessageId, RawId, SendChatMessageRequest, ThreadId,
    UpdateChatMessageRequest, requests,
};
use futures_util::FutureExt as _;
use natter::model::creation::is_to_be;
use natter::model::outbox::{ClientMessageId, State};
use natter::model::priority::Priority;
use natter::model::rows::{Access, History, ItemKind, SendKind};
use natter::platform::{PageEvent, Shelf};
use natter::sync::Core;

use crate::creations::Creations;
use crate::dice::Dice;
use crate::network::{Asked, Class, Cuts, Wire};
use crate::promises::{Broken, MADE_ONCE, NO_PANIC, ONCE, ONE_TAB, ORDER, Promises, id_of, text_of};
use crate::script::{Act, Deed, Script, Weather};
use crate::service::{Beginning, PEOPLE, Service, ZOE};
use crate::world::{App, Machine, WORLD, World, named, whole_view};

/// A message that somebody sent.
#[derive(Debug)]
pub(crate) struct Press {
    pub(crate) maker: Maker,
    pub(crate) thread: ThreadId,
    pub(crate) entry: ClientMessageId,
    /// Thrown away by the person, or gone with a sign-out or with what a tab had not written down.
    pub(crate) dropped: bool,
    pub(crate) arrived: Option<MessageId>,
}

/// An edit or a deletion that somebody made.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) maker: Maker,
    pub(crate) thread: ThreadId,
    pub(crate) message: MessageId,
    /// None for a deletion.
    pub(crate) text: Option<String>,
    pub(crate) entry: ClientMessageId,
    pub(crate) dropped: bool,
}

/// Who made an entry: a tab, and which of its sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Maker {
    pub(crate) tab: usize,
    pub(crate) session: u64,
}

/// A tab, as long as it lives.
struct Tab {
    machine: usize,
    app: Option<App>,
    dirty: Rc<Cell<bool>>,
}

/// One seed, being lived through.
pub(crate) struct Simulation {
    pub(crate) script: Script,
    pub(crate) world: Rc<World>,
    pub(crate) service: Service,
    pub(crate) weather: RefCell<Weather>,
    pub(crate) cuts: Cuts,
    pub(crate) promises: Promises,
    story: RefCell<Vec<String>>,
    pub(crate) telling: bool,
    /// Which of the people is whose owner.
    machines: Vec<(usize, Rc<Machine>)>,
    tabs: RefCell<Vec<Tab>>,
    sessions: Cell<u64>,
    pub(crate) threads: RefCell<Vec<ThreadId>>,
    pub(crate) truth: RefCell<BTreeMap<ThreadId, BTreeMap<MessageId, ChatMessage>>>,
    members: RefCell<BTreeSet<(ThreadId, RawId)>>,
    pub(crate) presses: RefCell<Vec<Press>>,
    pub(crate) changes: RefCell<Vec<Change>>,
    pub(crate) creations: Creations,
    words: Cell<u64>,
    /// When the service last took a change.
    pub(crate) changed_ms: Cell<i64>,
}

/// What came of a seed.
pub(crate) struct Outcome {
    pub(crate) broken: Option<Broken>,
    pub(crate) story: Vec<String>,
    pub(crate) requests: u64,
    pub(crate) passed_ms: i64,
}

/// Lives through a script. `telling`: with its story.
pub(crate) fn live(script: &Script, telling: bool) -> Outcome {
    let simulation = Simulation::begin(script.clone(), telling);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| simulation.run())) {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        simulation.promises.broke(NO_PANIC, said.unwrap_or_default());
    }
    simulation.finish()
}

/// The number of a message of ours, which its text begins with.
pub(crate) fn number_of(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('#')?;
    digits.split(' ').next()?.parse().ok()
}

impl Simulation {
    fn begin(script: Script, telling: bool) -> Rc<Self> {
        let service = Service::begin(script.seed);
        let world = World::with_chance(Dice::of(script.seed, &[3]).next() | 1);
        if script.weather.long_pauses {
            world.least_chance.set(0.95);
        }
        let mut owners: Vec<usize> = (0..script.people).collect();
        owners.extend(script.second_machine.then_some(0));
        let machines = owners.into_iter().map(|owner| (owner, Rc::<Machine>::default())).collect();
        let beginning = Beginning::get();
        let threads = beginning.threads[..script.threads].to_vec();
        let ids = &beginning.ids;
        let members = threads.iter().flat_map(|thread| ids.iter().map(|id| (thread.clone(), id.clone())));
        let simulation = Rc::new(Self {
            members: RefCell::new(members.collect()),
            weather: RefCell::new(script.weather.healed()),
            script,
            world,
            service,
            cuts: Cuts::default(),
            promises: Promises::default(),
            story: RefCell::default(),
            telling,
            machines,
            tabs: RefCell::default(),
            sessions: Cell::new(0),
            threads: RefCell::new(threads),
            truth: RefCell::default(),
            presses: RefCell::default(),
            changes: RefCell::default(),
            creations: Creations::default(),
            words: Cell::new(0),
            changed_ms: Cell::new(0),
        });
        // Threads that nobody plays in are there all the same.
        for thread in &beginning.threads {
            simulation.learn(thread, 200);
            for id in ids {
                simulation.members.borrow_mut().insert((thread.clone(), id.clone()));
            }
        }
        simulation
    }

    fn run(self: &Rc<Self>) {
        let script = &self.script;
        for machine in 0..self.machines.len() {
            let (owner, _) = self.machines[machine];
            let tab = self.open_tab(machine);
            self.sign_in(tab, owner);
            self.pass(200);
            for _ in 1..script.tabs[owner] {
                self.open_tab(machine);
            }
        }
        self.pass(800);
        let mut dice = Dice::of(script.seed, &[4]);
        for tab in self.living() {
            self.show(tab, dice.next());
        }
        self.pass(1_000);
        *self.weather.borrow_mut() = script.weather.clone();
        for (_, machine) in &self.machines {
            machine.storage_ms.set(script.weather.storage_ms);
        }
        for act in &script.acts {
            self.pass_to(act.at_ms);
            if self.promises.is_broken() {
                return;
            }
            self.act(act);
            self.world.settle();
            for (_, core) in self.cores() {
                self.creations.look(&core);
            }
            self.look();
        }
        self.pass(1_500);
        if !self.promises.is_broken() {
            self.quiet();
        }
    }

    fn finish(self: Rc<Self>) -> Outcome {
        for tab in std::mem::take(&mut *self.tabs.borrow_mut()) {
            if let Some(app) = tab.app {
                app.crash();
            }
        }
        self.world.end(WORLD);
        let broken = self.promises.broken();
        if let Some(broken) = &broken {
            self.tell(format!("BROKEN: {}: {}", broken.promise, broken.told));
        }
        Outcome {
            broken,
            story: self.story.take(),
            requests: self.promises.requests.get(),
            passed_ms: self.world.passed_ms(),
        }
    }

    // Time.

    pub(crate) fn pass(self: &Rc<Self>, ms: i64) {
        self.pass_to(self.world.passed_ms() + ms);
    }

    fn pass_to(self: &Rc<Self>, end: i64) {
        while !self.promises.is_broken() && self.world.step(end) {
            self.look();
        }
        if !self.promises.is_broken() {
            self.world.skip_to(end);
            self.look();
        }
    }

    /// Looks whether everything promised holds.
    fn look(&self) {
        let mut changed = false;
        for (number, core) in self.cores() {
            if self.tabs.borrow()[number].dirty.replace(false) {
                changed = true;
                self.promises.look(self, number, &core);
            }
        }
        if changed {
            let mut held: BTreeMap<ClientMessageId, usize> = BTreeMap::new();
            for (number, core) in self.cores() {
                for entry in core.model().outbox.iter() {
                    if let Some(other) = held.insert(entry.id.clone(), number) {
                        let (one, two) = (self.tab_name(other), self.tab_name(number));
                        self.promises
                            .broke(ONE_TAB, format!("{one} and {two} have {}", self.entry_name(&entry.id)));
                    }
                }
            }
        }
    }

    // Names.

    pub(crate) fn tell(&self, line: String) {
        let at = self.world.passed_ms();
        self.story.borrow_mut().push(format!("{:>4}.{:03} {line}", at / 1_000, at % 1_000));
    }

    pub(crate) fn tells(&self, line: impl FnOnce() -> String) {
        if self.telling {
            self.tell(line());
        }
    }

    pub(crate) fn tab_name(&self, tab: usize) -> String {
        let machine = self.promises.machine_of(tab);
        let (owner, _) = self.machines[machine];
        let second = if machine >= self.script.people { "'" } else { "" };
        format!("{}{second}/{tab}", PEOPLE[owner])
    }

    pub(crate) fn topic_of(&self, thread: &ThreadId) -> String {
        let place = Beginning::get().threads.iter().position(|known| known == thread);
        place.map_or_else(
            || "a new thread".to_owned(),
            |place| ["Lunch", "Plans", "Archive"][place].to_owned(),
        )
    }

    fn entry_name(&self, entry: &ClientMessageId) -> String {
        let press = self.presses.borrow().iter().position(|press| press.entry == *entry);
        press.map_or_else(|| format!("entry {}", entry.as_str()), |number| format!("#{number}"))
    }

    // What the service has.

    pub(crate) fn machine(&self, number: usize) -> &Rc<Machine> {
        &self.machines[number].1
    }

    pub(crate) fn machine_count(&self) -> usize {
        self.machines.len()
    }

    pub(crate) fn ever_in(&self, thread: &ThreadId, person: &RawId) -> bool {
        self.members.borrow().contains(&(thread.clone(), person.clone()))
    }

    pub(crate) fn serve(self: &Rc<Self>, asked: &Asked, request: HttpRequest) -> HttpResponse {
        let keep_id = !self.weather.borrow().azure;
        let changes = matches!(asked.class, Class::Write | Class::Action);
        let creation = request.header("repeatability-request-id").map(ClientMessageId::new);
        let reply = self.service.serve(self.world.now_ms(), request, keep_id);
        if changes && reply.status < 300 {
            self.changed_ms.set(self.world.passed_ms());
            let thread = asked.thread.clone().or_else(|| {
                let made: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
                Some(ThreadId::new(made["chatThread"]["id"].as_str()?))
            });
            if let Some(thread) = thread {
                if let Some(entry) = creation {
                    self.made(&entry, &thread);
                }
                if !self.threads.borrow().contains(&thread) && !Beginning::get().threads.contains(&thread) {
                    self.threads.borrow_mut().push(thread.clone());
                }
                self.learn(&thread, 8);
                if asked.class == Class::Action {
                    for person in self.service.people(&thread) {
                        let id = person.communication_identifier.raw_id().clone();
                        self.members.borrow_mut().insert((thread.clone(), id));
                    }
                }
            }
        }
        reply
    }

    /// What was written to a thread that was to be is expected in the one that there is now.
    fn made(&self, entry: &ClientMessageId, thread: &ThreadId) {
        match self.creations.made(entry, thread) {
            Ok(Some(before)) => {
                for press in self.presses.borrow_mut().iter_mut().filter(|press| press.thread == before) {
                    press.thread = thread.clone();
                }
            }
            Ok(None) => {}
            Err(other) => {
                self.promises
                    .broke(MADE_ONCE, format!("{} is there as {other} and {thread}", entry.as_str()));
            }
        }
    }

    /// Takes note of the newest changes of a thread.
    fn learn(&self, thread: &ThreadId, count: u32) {
        let mut newest = self.service.newest(thread, count);
        newest.reverse();
        for message in newest {
            let mut truth = self.truth.borrow_mut();
            let known = truth.entry(thread.clone()).or_default();
            let new = !known.contains_key(&message.id);
            known.insert(message.id.clone(), message.clone());
            drop(truth);
            let text = message.content.as_ref().and_then(|content| content.message.as_deref());
            if let Some(number) = text.and_then(number_of).filter(|_| new) {
                self.arrived(number, thread, message.id);
            }
        }
    }

    fn arrived(&self, number: usize, thread: &ThreadId, id: MessageId) {
        self.tells(|| format!("  #{number} arrives in {} as {id}", self.topic_of(thread)));
        let mut presses = self.presses.borrow_mut();
        let Some(press) = presses.get(number) else { return };
        if let Some(before) = &press.arrived {
            self.promises.broke(ONCE, format!("#{number} is in the service as {before} and as {id}"));
        }
        let (maker, dropped) = (press.maker, press.dropped);
        let overtaken = presses[number + 1..].iter().zip(number + 1..).find(|(later, _)| {
            later.maker == maker
                && later.thread == *thread
                && later.arrived.is_some()
                && !dropped
                && !later.dropped
        });
        if let Some((_, later)) = overtaken {
            self.promises.broke(ORDER, format!("#{later} arrived before #{number}"));
        }
        presses[number].arrived = Some(id);
    }

    /// The messages that there are to be shown in a thread from one to another.
    pub(crate) fn ids_between(
        &self,
        thread: &ThreadId,
        first: &MessageId,
        last: &MessageId,
    ) -> Vec<MessageId> {
        let truth = self.truth.borrow();
        let known = truth.get(thread).into_iter().flat_map(|known| known.range(first.clone()..=last.clone()));
        known.filter(|(_, message)| is_shown(message)).map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn words_of(&self, thread: &ThreadId, id: &MessageId) -> String {
        let truth = self.truth.borrow();
        let message = truth.get(thread).and_then(|known| known.get(id));
        let text = message.and_then(|message| message.content.as_ref()?.message.clone());
        text.unwrap_or_else(|| "without words".to_owned())
    }

    // Tabs.

    pub(crate) fn core(&self, tab: usize) -> Option<Rc<Core>> {
        let tabs = self.tabs.borrow();
        Some(Rc::clone(&tabs.get(tab)?.app.as_ref()?.core))
    }

    pub(crate) fn living(&self) -> Vec<usize> {
        let tabs = self.tabs.borrow();
        tabs.iter().enumerate().filter(|(_, tab)| tab.app.is_some()).map(|(number, _)| number).collect()
    }

    /// The living tabs and their cores.
    pub(crate) fn cores(&self) -> Vec<(usize, Rc<Core>)> {
        self.living().into_iter().filter_map(|tab| Some((tab, self.core(tab)?))).collect()
    }

    pub(crate) fn event(&self, tab: usize, event: PageEvent) {
        let handle = self.tabs.borrow()[tab].app.as_ref().map(|app| Rc::clone(&app.tab));
        let Some(handle) = handle else { return };
        if matches!(event, PageEvent::Woken | PageEvent::Online) {
            self.promises.woken(tab);
        }
        handle.tell(event);
    }

    pub(crate) fn visible(&self, tab: usize) -> bool {
        self.tabs.borrow()[tab].app.as_ref().is_some_and(|app| app.tab.visible.get())
    }

    pub(crate) fn open_tab(self: &Rc<Self>, machine: usize) -> usize {
        for other in self.living() {
            if self.promises.machine_of(other) == machine && self.visible(other) {
                self.event(other, PageEvent::Hidden);
            }
        }
        let number = self.promises.tab(machine);
        self.tell(format!("{} opens", self.tab_name(number)));
        let dirty = Rc::new(Cell::new(true));
        let changed = Rc::clone(&dirty);
        let wire = Wire { simulation: Rc::downgrade(self), tab: number };
        let group = self.world.group();
        let app = App::open_over(
            &self.world,
            wire,
            &self.machines[machine].1,
            group,
            Rc::new(move |_| changed.set(true)),
        );
        self.tabs.borrow_mut().push(Tab { machine, app: Some(app), dirty });
        number
    }

    /// The person turns to this tab of their machine.
    pub(crate) fn look_at(&self, tab: usize) {
        let machine = self.promises.machine_of(tab);
        for other in self.living().into_iter().filter(|other| *other != tab) {
            if self.promises.machine_of(other) == machine && self.visible(other) {
                self.event(other, PageEvent::Hidden);
            }
        }
        self.tell(format!("{} is looked at", self.tab_name(tab)));
        self.event(tab, PageEvent::Woken);
    }

    fn kill(&self, tab: usize) {
        self.tell(format!("{} is killed", self.tab_name(tab)));
        let app = self.tabs.borrow_mut()[tab].app.take();
        let machine = self.tabs.borrow()[tab].machine;
        if let Some(app) = app {
            app.crash();
        }
        // What it had not written down yet is nobody's fault.
        let kept: Vec<String> =
            self.machine(machine).shelf(Shelf::Outbox).into_iter().map(|(key, _)| key).collect();
        let lost = |maker: Maker, entry: &ClientMessageId| {
            maker.tab == tab && !kept.iter().any(|key| key == entry.as_str())
        };
        for press in self.presses.borrow_mut().iter_mut().filter(|press| press.arrived.is_none()) {
            press.dropped |= lost(press.maker, &press.entry);
        }
        for change in self.changes.borrow_mut().iter_mut() {
            change.dropped |= lost(change.maker, &change.entry);
        }
        self.creations.drop_where(|maker, entry| {
            maker.tab == tab && entry.is_none_or(|entry| !kept.iter().any(|key| key == entry.as_str()))
        });
    }

    fn spawn(&self, tab: usize, future: impl Future<Output = ()> + 'static) {
        let group = self.tabs.borrow()[tab].app.as_ref().map(|app| app.tab.group);
        if let Some(group) = group {
            self.world.spawn_in(group, future.boxed_local());
        }
    }

    fn sign_in(self: &Rc<Self>, tab: usize, who: usize) {
        let Some(core) = self.core(tab) else { return };
        self.sessions.set(self.sessions.get() + 1);
        self.tell(format!("{} signs in as {}", self.tab_name(tab), PEOPLE[who]));
        self.spawn(tab, async move { drop(core.sign_in_by_name(PEOPLE[who]).await) });
    }

    fn show(&self, tab: usize, choice: u64) {
        let Some(core) = self.core(tab) else { return };
        let threads = self.threads.borrow();
        let thread = threads[(choice % threads.len() as u64) as usize].clone();
        drop(threads);
        self.tell(format!("{} opens {}", self.tab_name(tab), self.topic_of(&thread)));
        core.show(Some(thread));
    }

    // What people do.

    fn act(self: &Rc<Self>, act: &Act) {
        let mut dice = Dice::new(act.choice);
        let living = self.living();
        let visible: Vec<usize> = living.iter().copied().filter(|tab| self.visible(*tab)).collect();
        match act.deed {
            Deed::Restart => return self.restart(&mut dice),
            Deed::CutAll => {
                let ms = dice.between(500, 25_000) as i64;
                self.tell(format!("the service cannot be reached for {ms} ms"));
                return self.cuts.service.set(self.world.passed_ms() + ms);
            }
            Deed::Offline => return self.go_offline(&mut dice),
            Deed::NewTab => {
                let machine = dice.below(self.machines.len() as u64) as usize;
                if living.iter().filter(|tab| self.promises.machine_of(**tab) == machine).count() < 3 {
                    let tab = self.open_tab(machine);
                    self.show(tab, dice.next());
                }
                return;
            }
            Deed::SetClock => {
                let machine = dice.below(self.machines.len() as u64) as usize;
                let far = [1_500, 20_000, 600_000, 5_400_000, 90_000_000];
                let by = *dice.pick(&far) * if dice.chance(0.5) { 1 } else { -1 };
                let clock = &self.machines[machine].1.clock_off_ms;
                clock.set(clock.get() + by);
                self.tell(format!(
                    "the clock of {}'s machine is set by {by} ms",
                    PEOPLE[self.machines[machine].0]
                ));
                return self.promises.clock_set(machine, self.world.passed_ms());
            }
            Deed::ZoeSays | Deed::ZoeFloods | Deed::ZoeEdits | Deed::ZoeDeletes => {
                return self.zoe(act.deed, &mut dice);
            }
            _ => {}
        }
        let of = if matches!(act.deed, Deed::Wake | Deed::Kill) { &living } else { &visible };
        if of.is_empty() {
            return;
        }
        let tab = *dice.pick(of);
        let Some(core) = self.core(tab) else { return };
        match act.deed {
            Deed::Hide => {
                self.tell(format!("{} is hidden", self.tab_name(tab)));
                self.event(tab, PageEvent::Hidden);
            }
            Deed::Wake => self.look_at(tab),
            Deed::Kill => self.kill(tab),
            Deed::SignIn if core.session().is_none() => {
                let owner = self.machines[self.promises.machine_of(tab)].0;
                let any = dice.below(self.script.people as u64) as usize;
                self.sign_in(tab, if dice.chance(0.7) { owner } else { any });
            }
            _ if core.session().is_none() => {}
            Deed::SignOut => self.sign_out(tab, &core),
            // Or one that is not there yet.
            Deed::Open if dice.chance(0.15) => self.ask(tab, &core, Deed::CreateThread, &mut dice),
            Deed::Open => self.show(tab, dice.next()),
            Deed::TryNow => {
                self.tell(format!("{} tries now", self.tab_name(tab)));
                self.promises.woken(tab);
                core.retry_now();
            }
            Deed::Send => self.send(tab, &core),
            Deed::Burst => {
                for _ in 0..dice.between(3, 12) {
                    self.send(tab, &core);
                }
            }
            Deed::Edit | Deed::Delete => self.change(tab, &core, act.deed == Deed::Delete, &mut dice),
            Deed::Retry | Deed::Discard => self.retry(tab, &core, act.deed == Deed::Discard, &mut dice),
            Deed::Read => self.read(tab, &core, &mut dice),
            Deed::LoadOlder => {
                let open = core.model().open().cloned();
                if let Some(open) = open {
                    self.tell(format!("{} scrolls up", self.tab_name(tab)));
                    core.load_older(&open);
                }
            }
            Deed::Draft => {
                let open = core.model().open().cloned();
                if let Some(open) = open {
                    let name = core.session().map(|session| session.name).unwrap_or_default();
                    core.set_draft(&open, format!("{name} is thinking {}", dice.below(1_000)));
                }
            }
            Deed::Type => {
                let open = core.model().open().cloned();
                if let Some(open) = open {
                    core.typed(&open);
                }
            }
            Deed::AddPerson | Deed::RemovePerson | Deed::Rename | Deed::CreateThread => {
                self.ask(tab, &core, act.deed, &mut dice);
            }
            _ => {}
        }
    }

    fn restart(self: &Rc<Self>, dice: &mut Dice) {
        let ms = dice.between(100, 4_000);
        self.tell(format!("the service restarts within {ms} ms"));
        self.cuts.service.set(self.cuts.service.get().max(self.world.passed_ms() + ms as i64));
        let simulation = Rc::clone(self);
        let restart = async move {
            simulation.world.sleep_ms(ms - 1).await;
            simulation.service.restart();
        };
        self.world.spawn_in(WORLD, restart.boxed_local());
    }

    fn go_offline(self: &Rc<Self>, dice: &mut Dice) {
        let machine = dice.below(self.machines.len() as u64) as usize;
        let ms = dice.between(500, 30_000);
        let noticed = dice.chance(0.6);
        let name = PEOPLE[self.machines[machine].0];
        self.tell(format!(
            "{name}'s machine {machine} is cut off for {ms} ms{}",
            if noticed { "" } else { ", unnoticed" }
        ));
        self.cuts.machines.borrow_mut().insert(machine, self.world.passed_ms() + ms as i64);
        if !noticed {
            return;
        }
        let tell = move |simulation: &Self, event| {
            for tab in simulation.living() {
                if simulation.promises.machine_of(tab) == machine {
                    simulation.event(tab, event);
                }
            }
        };
        tell(self, PageEvent::Offline);
        let simulation = Rc::clone(self);
        let back = async move {
            simulation.world.sleep_ms(ms).await;
            tell(&simulation, PageEvent::Online);
        };
        self.world.spawn_in(WORLD, back.boxed_local());
    }

    fn zoe(&self, deed: Deed, dice: &mut Dice) {
        let thread = dice.pick(&self.threads.borrow()).clone();
        let topic = self.topic_of(&thread);
        let now_ms = self.world.now_ms();
        let count = match deed {
            Deed::ZoeSays => 1,
            Deed::ZoeFloods => *dice.pick(&[12, 21, 25, 40, 60, 60, 230]),
            _ => 0,
        };
        if count > 0 {
            self.tell(format!("Zoe says {count} things in {topic}"));
            for _ in 0..count {
                let said = self.words.get();
                self.words.set(said + 1);
                let mut body = SendChatMessageRequest::text(format!("Zoe {said}"));
                body.sender_display_name = Some("Zoe".to_owned());
                drop(self.service.act(now_ms, ZOE, &requests::send_message(&thread, &body).unwrap()));
            }
        } else {
            let zoe = &Beginning::get().ids[ZOE];
            let hers: Vec<MessageId> = {
                let truth = self.truth.borrow();
                let messages = truth.get(&thread).into_iter().flat_map(BTreeMap::values);
                let hers = messages.filter(|message| {
                    message.deleted_on.is_none()
                        && message.message_type.is_user_message()
                        && natter::model::timeline::sender(message) == Some(zoe)
                });
                hers.map(|message| message.id.clone()).collect()
            };
            let Some(id) = hers.get(dice.below(hers.len().max(1) as u64) as usize) else { return };
            if deed == Deed::ZoeDeletes {
                self.tell(format!("Zoe deletes {id} in {topic}"));
                drop(self.service.act(now_ms, ZOE, &requests::delete_message(&thread, id).unwrap()));
            } else {
                let said = self.words.get();
                self.words.set(said + 1);
                self.tell(format!("Zoe edits {id} in {topic}"));
                let body =
                    UpdateChatMessageRequest { content: Some(format!("Zoe edited {said}")), metadata: None };
                drop(self.service.act(now_ms, ZOE, &requests::update_message(&thread, id, &body).unwrap()));
            }
        }
        self.learn(&thread, u32::try_from(count).unwrap_or(0).clamp(8, 200));
        if count > 200 {
            // More than a page.
            for message in self.service.messages(ZOE, &thread).unwrap() {
                self.truth
                    .borrow_mut()
                    .entry(thread.clone())
                    .or_default()
                    .insert(message.id.clone(), message);
            }
        }
    }

    fn maker(&self, tab: usize, core: &Core) -> Maker {
        Maker { tab, session: core.generation() }
    }

    /// The thread on screen, if it can be written in.
    fn writable(core: &Core) -> Option<ThreadId> {
        let model = core.model();
        let open = model.open()?;
        model.thread(open).is_none_or(|thread| thread.access == Access::Open).then(|| open.clone())
    }

    fn send(&self, tab: usize, core: &Rc<Core>) {
        let Some(thread) = Self::writable(core) else { return };
        let number = self.presses.borrow().len();
        self.tell(format!("{} sends #{number} in {}", self.tab_name(tab), self.topic_of(&thread)));
        core.send(&thread, format!("#{number}"), SendKind::Text, Priority::Normal);
        let entry = core.model().outbox.iter().last().map(|entry| (entry.id.clone(), entry.thread.clone()));
        let (entry, thread) = entry.expect("what was just sent is in the outbox");
        let (maker, thread) = (self.maker(tab, core), self.creations.now(thread));
        self.presses.borrow_mut().push(Press { maker, thread, entry, dropped: false, arrived: None });
    }

    fn change(&self, tab: usize, core: &Rc<Core>, deletes: bool, dice: &mut Dice) {
        let Some(thread) = Self::writable(core) else { return };
        let view = whole_view(&core.model(), &thread);
        let mine: Vec<(MessageId, Option<usize>)> = view
            .items
            .iter()
            .filter(|item| matches!(&item.kind, ItemKind::Message(row) if row.source.is_some()))
            .filter_map(|item| Some((id_of(item)?, text_of(item).and_then(number_of))))
            .collect();
        if mine.is_empty() {
            return;
        }
        let (message, number) = dice.pick(&mine).clone();
        let count = self.changes.borrow().len();
        let what = number.map_or_else(|| message.to_string(), |number| format!("#{number}"));
        let text = (!deletes).then(|| match number {
            Some(number) => format!("#{number} changed {count}"),
            None => format!("old, changed {count}"),
        });
        let does = if deletes { "deletes" } else { "edits" };
        self.tell(format!(
            "{} {does} {what} in {}: {}",
            self.tab_name(tab),
            self.topic_of(&thread),
            text.as_deref().unwrap_or("-")
        ));
        match &text {
            Some(text) => core.edit(&thread, &message, text.clone()),
            None => core.delete(&thread, &message),
        }
        let model = core.model();
        let entry = model.outbox.change_of(&thread, &message).map(|entry| entry.id.clone());
        let entry = entry.expect("what was just changed is in the outbox");
        let maker = self.maker(tab, core);
        self.changes.borrow_mut().push(Change { maker, thread, message, text, entry, dropped: false });
    }

    /// The person does something about what failed.
    fn retry(&self, tab: usize, core: &Rc<Core>, discards: bool, dice: &mut Dice) {
        let failed = failed_entries(core);
        if failed.is_empty() {
            return;
        }
        let (thread, entry) = dice.pick(&failed);
        let (name, entry_name) = (self.tab_name(tab), self.entry_name(entry));
        if discards {
            self.tell(format!("{name} discards {entry_name}"));
            core.discard(thread, entry);
            let given_up = self.creations.drop_entry(entry);
            for press in self.presses.borrow_mut().iter_mut() {
                press.dropped |= press.entry == *entry || Some(&press.thread) == given_up.as_ref();
            }
            for change in self.changes.borrow_mut().iter_mut().filter(|change| change.entry == *entry) {
                change.dropped = true;
            }
        } else {
            self.tell(format!("{name} tries {entry_name} again"));
            core.retry(thread, entry);
        }
    }

    fn read(&self, tab: usize, core: &Rc<Core>, dice: &mut Dice) {
        let Some(open) = core.model().open().cloned() else { return };
        let view = whole_view(&core.model(), &open);
        let ids: Vec<MessageId> = view.items.iter().filter_map(id_of).collect();
        let Some(last) = ids.last() else { return };
        let id = if dice.chance(0.7) { last } else { dice.pick(&ids) };
        self.tell(format!("{} sees {id} in {}", self.tab_name(tab), self.topic_of(&open)));
        core.seen(&open, id);
    }

    fn sign_out(&self, tab: usize, core: &Rc<Core>) {
        self.tell(format!("{} signs out", self.tab_name(tab)));
        let machine = self.promises.machine_of(tab);
        core.sign_out();
        let here = |maker: Maker| self.promises.machine_of(maker.tab) == machine;
        for press in self.presses.borrow_mut().iter_mut() {
            press.dropped |= here(press.maker) && press.arrived.is_none();
        }
        for change in self.changes.borrow_mut().iter_mut() {
            change.dropped |= here(change.maker);
        }
        self.creations.drop_where(|maker, _| here(maker));
    }

    /// What is asked of the service while the person waits.
    fn ask(self: &Rc<Self>, tab: usize, core: &Rc<Core>, deed: Deed, dice: &mut Dice) {
        let person = dice.below(self.script.people as u64) as usize;
        let said = self.words.get();
        self.words.set(said + 1);
        let (name, core) = (self.tab_name(tab), Rc::clone(core));
        if deed == Deed::CreateThread {
            self.tell(format!("{name} begins a thread with {} and Zoe", PEOPLE[person]));
            let people = vec![named(PEOPLE[person]), named("Zoe")];
            let topic = format!("Topic {said}");
            let number = self.creations.begin(self.maker(tab, &core), &topic);
            let (simulation, goes_there) = (Rc::clone(self), dice.chance(0.7));
            return self.spawn(tab, async move {
                match core.create_thread(&topic, people).await {
                    Ok((thread, _)) if goes_there => core.show(Some(thread)),
                    Ok(_) => {}
                    Err(_) => simulation.creations.drop_one(number),
                }
            });
        }
        let Some(thread) = Self::writable(&core) else { return };
        if is_to_be(&thread) && deed == Deed::RemovePerson {
            // Nobody is in it to be taken out.
            return;
        }
        let topic = self.topic_of(&thread);
        match deed {
            Deed::Rename => {
                self.tell(format!("{name} names {topic} Topic {said}"));
                self.spawn(tab, async move {
                    drop(core.rename(&thread, &format!("Topic {said}")).await);
                });
            }
            Deed::AddPerson => {
                self.tell(format!("{name} adds {} to {topic}", PEOPLE[person]));
                self.spawn(tab, async move {
                    drop(core.add_people(&thread, vec![named(PEOPLE[person])], History::All).await);
                });
            }
            _ => {
                self.tell(format!("{name} takes {} out of {topic}", PEOPLE[person]));
                let id = Beginning::get().ids[person].clone();
                self.spawn(tab, async move {
                    let me = core.session().is_some_and(|session| session.me == id);
                    drop(if me { core.leave(&thread).await } else { core.remove_person(&thread, &id).await });
                });
            }
        }
    }
}

/// A message that a conversation shows; the topic that a thread begins with stands above it.
pub(crate) fn is_shown(message: &ChatMessage) -> bool {
    message.message_type != acs_chat::ChatMessageType::TopicUpdated || message.sequence_id.as_str() != "2"
}

/// What waits for the person to do something about it.
pub(crate) fn failed_entries(core: &Core) -> Vec<(ThreadId, ClientMessageId)> {
    let model = core.model();
    let failed = model.outbox.iter().filter(|entry| matches!(entry.state, State::Failed { .. }));
    failed.map(|entry| (entry.thread.clone(), entry.id.clone())).collect()
}
