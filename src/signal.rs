//! What views follow: values that tell when they change.
//!
//! They stand on the signals of Leptos and differ in one thing: what keeps track of who reads is compiled once, and not anew for
//! every type that is kept and at every place that reads it. In a file that is loaded before anything is seen, that counts.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::*;

/// A value that is read and followed. A handle that is copied freely, and good for as long as the view that it was made in.
#[derive(Debug)]
pub struct Value<T> {
    node: Handle,
    of: PhantomData<fn() -> T>,
}

/// A [`Value`] that is also written.
#[derive(Debug)]
pub struct State<T>(Value<T>);

type Handle = StoredValue<Node, LocalStorage>;

/// What is kept of a value, whatever its type.
#[derive(Clone)]
struct Node {
    /// A `RefCell<Option<T>>`, and something in it as soon as it is read.
    cell: Rc<dyn Any>,
    version: Version,
}

/// What tells of changes.
#[derive(Clone, Copy)]
enum Version {
    /// Of what never changes.
    Fixed,
    /// Of what is written.
    Written(Trigger),
    /// Of what follows others: counts its changes.
    Derived(Memo<u32>),
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Value<T> {}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

impl<T: 'static> Value<T> {
    /// One that never changes.
    #[must_use]
    pub fn fixed(value: T) -> Self {
        Self::of(Rc::new(RefCell::new(Some(value))), Version::Fixed)
    }

    /// One that is worked out from others, when it is read after one of them changed. Who follows it is told if it then differs.
    #[must_use]
    pub fn derived(mut work_out: impl FnMut() -> T + 'static) -> Self
    where
        T: PartialEq,
    {
        Self::updated(move |value| {
            let now = work_out();
            let changed = value.as_ref() != Some(&now);
            *value = Some(now);
            changed
        })
    }

    /// One that is brought up to date in its place, when it is read after something it is made from changed. `update` says whether it
    /// then differs; the first time there is nothing yet.
    #[must_use]
    pub fn updated(mut update: impl FnMut(&mut Option<T>) -> bool + 'static) -> Self {
        let cell = Rc::new(RefCell::new(None));
        let within = Rc::clone(&cell);
        let version = count_changes(Box::new(move || {
            // Taken out, so that what it is made from may be read whatever that is.
            let mut value = within.take();
            let changed = update(&mut value);
            within.replace(value);
            changed
        }));
        Self::of(cell, Version::Derived(version))
    }

    fn of(cell: Rc<RefCell<Option<T>>>, version: Version) -> Self {
        Self { node: StoredValue::new_local(Node { cell, version }), of: PhantomData }
    }

    fn read<U>(self, follow: bool, read: impl FnOnce(&T) -> U) -> Option<U> {
        let cell = cell_of(self.node, follow)?;
        let value = cell.downcast_ref::<RefCell<Option<T>>>()?.borrow();
        value.as_ref().map(read)
    }

    /// Reads it, and follows it.
    ///
    /// # Panics
    /// When the view that it was made in is gone; so do all others but the `try_…`.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        self.read(true, read).expect("its view is there")
    }

    /// Reads it once.
    pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
        self.read(false, read).expect("its view is there")
    }

    /// A copy of it, followed.
    #[must_use]
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// A copy of it, this once.
    #[must_use]
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// As [`Self::with_untracked`]; nothing when the view is gone.
    pub fn try_with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> Option<U> {
        self.read(false, read)
    }

    /// As [`Self::get_untracked`]; nothing when the view is gone.
    #[must_use]
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.read(false, T::clone)
    }

    /// Follows it without a look.
    pub fn track(self) {
        drop(cell_of(self.node, true));
    }
}

impl From<&str> for Value<String> {
    fn from(text: &str) -> Self {
        Self::fixed(text.to_owned())
    }
}

impl From<String> for Value<String> {
    fn from(text: String) -> Self {
        Self::fixed(text)
    }
}

impl<T> From<State<T>> for Value<T> {
    fn from(state: State<T>) -> Self {
        state.0
    }
}

impl<T> std::ops::Deref for State<T> {
    type Target = Value<T>;

    fn deref(&self) -> &Value<T> {
        &self.0
    }
}

impl<T: 'static> State<T> {
    /// One that begins like this.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Value::of(Rc::new(RefCell::new(Some(value))), Version::Written(Trigger::new())))
    }

    /// To be read only.
    #[must_use]
    pub fn value(self) -> Value<T> {
        self.0
    }

    /// Another value. Who follows it is told even if it is the same.
    pub fn set(self, value: T) {
        self.update(|kept| *kept = value);
    }

    /// Another value, unless it is the same.
    pub fn set_if_new(self, value: T)
    where
        T: PartialEq,
    {
        if self.with_untracked(|known| *known != value) {
            self.set(value);
        }
    }

    /// Changes the value. It is not read meanwhile.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change).expect("its view is there");
    }

    /// As [`Self::set`]; false when the view is gone.
    pub fn try_set(self, value: T) -> bool {
        self.try_update(|kept| *kept = value).is_some()
    }

    /// As [`Self::update`], and what came of it; nothing when the view is gone.
    pub fn try_update<U>(self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let cell = cell_of(self.node, false)?;
        let changed = cell.downcast_ref::<RefCell<Option<T>>>()?.borrow_mut().as_mut().map(change);
        tell(self.node);
        changed
    }

    /// The view that it was made in is gone.
    #[must_use]
    pub fn is_disposed(self) -> bool {
        self.node.is_disposed()
    }
}

/// What follows is there once for all types.
fn count_changes(update: Box<dyn FnMut() -> bool>) -> Memo<u32> {
    let update = StoredValue::new_local(update);
    Memo::new(move |changes: Option<&u32>| {
        let changed = update.try_update_value(|update| update()).unwrap_or_default();
        changes.copied().unwrap_or_default().wrapping_add(changed.into())
    })
}

#[inline(never)]
fn cell_of(node: Handle, follow: bool) -> Option<Rc<dyn Any>> {
    let node = node.try_get_value()?;
    match node.version {
        Version::Written(trigger) if follow => trigger.track(),
        Version::Derived(changes) if follow => drop(changes.try_get()),
        // Also brings it up to date.
        Version::Derived(changes) => drop(changes.try_get_untracked()),
        Version::Written(_) | Version::Fixed => {}
    }
    Some(node.cell)
}

#[inline(never)]
fn tell(node: Handle) {
    if let Some(Version::Written(trigger)) = node.try_get_value().map(|node| node.version) {
        trigger.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_derived_value_is_worked_out_when_it_is_read_and_only_if_something_changed() {
        let owner = Owner::new();
        owner.set();
        let (name, times) = (State::new("Mei".to_owned()), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&times);
        let length = Value::derived(move || {
            counted.set(counted.get() + 1);
            name.with(String::len)
        });
        assert_eq!(times.get(), 0);
        assert_eq!((length.get_untracked(), length.get_untracked(), times.get()), (3, 3, 1));
        name.set("Tomás".to_owned());
        assert_eq!(times.get(), 1);
        assert_eq!((length.get_untracked(), times.get()), (6, 2));
        name.set_if_new("Tomás".to_owned());
        assert_eq!((length.get_untracked(), times.get()), (6, 2));
    }

    #[test]
    fn who_follows_a_value_is_told_only_if_it_differs() {
        let owner = Owner::new();
        owner.set();
        let (name, times) = (State::new("Mei"), Rc::new(Cell::new(0)));
        let length = Value::derived(move || name.with(|name| name.len()));
        let counted = Rc::clone(&times);
        let even = Value::derived(move || {
            counted.set(counted.get() + 1);
            length.get().is_multiple_of(2)
        });
        assert!(!even.get_untracked());
        name.set("Ann");
        assert!(!even.get_untracked());
        assert_eq!(times.get(), 1, "the length is the same");
        name.update(|name| *name = "Anna");
        assert!(even.get_untracked());
        assert_eq!(times.get(), 2);
    }

    #[test]
    fn a_value_may_be_changed_in_its_place() {
        let owner = Owner::new();
        owner.set();
        let next = State::new(1);
        let all = Value::updated(move |all: &mut Option<Vec<i32>>| {
            all.get_or_insert_default().push(next.get());
            true
        });
        assert_eq!(all.get_untracked(), [1]);
        next.set(2);
        assert_eq!(all.with_untracked(Vec::len), 2);
        assert_eq!(Value::<String>::from("fixed").get(), "fixed");
    }

    #[test]
    fn after_its_view_a_value_is_not_there() {
        let owner = Owner::new();
        let (state, derived) = owner.with(|| {
            let state = State::new(7);
            (state, Value::derived(move || state.get() + 1))
        });
        assert_eq!(derived.try_get_untracked(), Some(8));
        owner.cleanup();
        assert_eq!((state.try_get_untracked(), derived.try_get_untracked()), (None, None));
        assert!(state.is_disposed() && !state.try_set(8));
        assert_eq!(state.try_update(|value| *value), None);
    }
}
