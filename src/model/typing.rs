//! Who is typing: known for a short while after each word of it, as nobody says that they stopped.

use acs_chat::{RawId, ThreadId};

use super::sorted::SortedMap;

/// Whoever types says so every eight seconds.
const LASTS_MS: i64 = 10_000;

/// Who is typing, in all threads.
#[derive(Debug, Default)]
pub struct Typing(SortedMap<ThreadId, Vec<(RawId, i64)>>);

impl Typing {
    /// Somebody is typing now; says whether they were not before.
    pub fn begin(&mut self, thread: &ThreadId, who: &RawId, now_ms: i64) -> bool {
        let people = self.0.get_or_default(thread);
        let count = people.len();
        people.retain(|(known, _)| known != who);
        let began = people.len() == count;
        people.push((who.clone(), now_ms + LASTS_MS));
        began
    }

    /// They have said it; says whether they were typing.
    pub fn end(&mut self, thread: &ThreadId, who: &RawId) -> bool {
        let Some(people) = self.0.get_mut(thread) else { return false };
        let count = people.len();
        people.retain(|(known, _)| known != who);
        people.len() < count
    }

    /// Forgets who has not typed for a while; gives who stopped where, and when somebody stops next.
    pub fn expire(&mut self, now_ms: i64) -> (Vec<(ThreadId, RawId)>, Option<i64>) {
        let mut stopped = Vec::new();
        for (thread, people) in self.0.iter_mut() {
            people.retain(|(who, until_ms)| {
                // A clock that was set back must not leave anybody typing for ever.
                let types = (now_ms + 1..=now_ms + LASTS_MS).contains(until_ms);
                if !types {
                    stopped.push((thread.clone(), who.clone()));
                }
                types
            });
        }
        self.0.retain(|_, people| !people.is_empty());
        let next = self.0.iter().flat_map(|(_, people)| people).map(|(_, until_ms)| *until_ms).min();
        (stopped, next)
    }

    /// Who is typing in a thread, the one who began it first.
    pub fn people(&self, thread: &ThreadId) -> impl Iterator<Item = &RawId> {
        self.0.get(thread).into_iter().flatten().map(|(who, _)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_ends_with_the_message_or_after_a_while() {
        let (thread, ann, bob) = (ThreadId::new("t"), RawId::new("ann"), RawId::new("bob"));
        let mut typing = Typing::default();
        assert!(typing.begin(&thread, &ann, 0));
        assert!(typing.begin(&thread, &bob, 3_000));
        assert!(!typing.begin(&thread, &bob, 4_000));
        assert_eq!(typing.people(&thread).collect::<Vec<_>>(), [&ann, &bob]);
        assert_eq!(typing.people(&ThreadId::new("u")).count(), 0);
        assert!(typing.end(&thread, &ann));
        assert!(!typing.end(&thread, &ann));
        assert_eq!(typing.expire(13_999), (vec![], Some(14_000)));
        assert_eq!(typing.expire(14_000), (vec![(thread.clone(), bob)], None));
        typing.begin(&thread, &ann, 100_000);
        assert_eq!(typing.expire(0), (vec![(thread.clone(), ann)], None), "the clock was set back");
        assert_eq!(typing.people(&thread).count(), 0);
    }
}
