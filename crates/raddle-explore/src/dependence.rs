//! Which operations depend on each other, decided from their effects alone, and the equivalence class that follows.
//!
//! Each effect touches some *facets* of its object, to look or to change; two effects on one object depend when they
//! share a facet that one of them changes. A queue has two facets, because a put and a get commute unless the get takes that very
//! put, which the item's number says already; a semaphore's permits conflict only where the count reaches zero. Who has begun to
//! wait is a third: it matters to what sets an event or asks for one more worker, and to nobody else.
//!
//! Two executions are equivalent when they order all dependent operations alike (Mazurkiewicz 1977). The order of the changes of
//! a facet, with the looks in between, is exactly that order; so a class is the set of edges "this operation came right after that
//! one", and its fingerprint their sum, which does not depend on how independent operations were interleaved.

use raddle_kernel::{Effect, Kind, Op};

/// How an effect touches a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touching {
    Not,
    Looks,
    Changes,
}

use Touching::{Changes, Looks, Not};

/// An object's facets: its state, or a queue's way in; a queue's way out; and who has begun to wait.
pub(crate) const FACETS: usize = 3;

/// How an effect touches each of them.
pub(crate) type Footprint = [Touching; FACETS];

/// It may change all.
pub(crate) const ANY: Footprint = [Changes; FACETS];
pub(crate) const NOTHING: Footprint = [Not; FACETS];
const SEEN: Footprint = [Looks, Not, Not];
const CHANGED: Footprint = [Changes, Not, Not];
/// As that, and whether a task had begun to wait makes a difference.
const CHANGED_FOR_WAITERS: Footprint = [Changes, Not, Changes];
const WAITING: Footprint = [Not, Not, Looks];
const TAKEN: Footprint = [Not, Changes, Not];
const BOTH: Footprint = [Changes, Changes, Not];
const IN_VAIN: Footprint = [Looks, Looks, Not];

/// How an effect touches the facets of its object.
pub(crate) const fn footprint(effect: Effect) -> Footprint {
    match effect {
        Effect::Acquired
        | Effect::Released
        | Effect::Gave { .. }
        | Effect::Enqueued
        | Effect::GaveUp
        | Effect::Arrived { .. }
        | Effect::Broke
        | Effect::Wrote
        | Effect::Updated
        | Effect::Started
        | Effect::Finished { .. }
        | Effect::Exited => CHANGED,
        Effect::Set { changed: true }
        | Effect::Cleared { changed: true }
        | Effect::Put { fifo: true, hires: Some(_), .. } => CHANGED_FOR_WAITERS,
        Effect::Begun => WAITING,
        Effect::Set { changed: false } | Effect::Cleared { changed: false } | Effect::Read => SEEN,
        Effect::Notified { woken: 0 } => SEEN,
        Effect::Notified { .. } => CHANGED,
        Effect::Put { fifo: true, .. } => CHANGED,
        Effect::Got { fifo: true, .. } | Effect::Took { .. } => TAKEN,
        Effect::Put { fifo: false, .. } | Effect::Got { fifo: false, .. } | Effect::Closed { .. } => BOTH,
        Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,
        _ => NOTHING,
    }
}

/// Whether operations that touch an object so depend on each other.
pub(crate) fn conflict(one: Footprint, other: Footprint) -> bool {
    (0..FACETS).any(|facet| match (one[facet], other[facet]) {
        (Not, _) | (_, Not) | (Looks, Looks) => false,
        (Changes, _) | (_, Changes) => true,
    })
}

/// How an object stands, as far as its effects tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// What there was at first: a free lock is 1.
    pub(crate) initial: i64,
    /// How much came in since, and how much was taken: items, permits, a lock given back and taken, a flag set and cleared, waiters.
    pub(crate) ins: i64,
    pub(crate) outs: i64,
    /// Items that are not dealt with.
    pub(crate) undone: i64,
    /// Workers that were started for items.
    pub(crate) hired: i64,
    pub(crate) closed: bool,
    /// Whether the order of puts decides who gets what.
    pub(crate) fifo: bool,
    /// The most that there may be, if that is known.
    pub(crate) most: Option<i64>,
    /// The most workers that there may be, if that is known.
    pub(crate) size: Option<i64>,
}

impl State {
    /// Before its first effect.
    pub(crate) fn first(kind: Kind) -> Self {
        let free = matches!(kind, Kind::Mutex | Kind::ReentrantLock | Kind::Lock | Kind::Inner);
        State { initial: i64::from(free), ..State::default() }
    }

    /// The same, corrected by an effect that says how much there was.
    pub(crate) fn corrected(self, effect: Effect) -> Self {
        let level = match effect {
            Effect::Took { left } => i64::from(left) + 1,
            Effect::Gave { before, .. } => i64::from(before),
            _ => return self,
        };
        State { initial: self.initial + level - self.level(), ..self }
    }

    /// How much there is.
    pub(crate) fn level(self) -> i64 {
        self.initial + self.ins - self.outs
    }

    /// After an effect.
    pub(crate) fn after(self, effect: Effect) -> Self {
        let more = |ins: i64| State { ins: self.ins + ins, ..self };
        let less = |outs: i64| State { outs: self.outs + outs, ..self };
        match effect {
            Effect::Released | Effect::Set { changed: true } | Effect::Enqueued => more(1),
            Effect::Acquired | Effect::Cleared { changed: true } | Effect::Took { .. } => less(1),
            Effect::Gave { before, after, .. } => more(i64::from(after) - i64::from(before)),
            Effect::Notified { woken } => less(i64::from(woken)),
            Effect::GaveUp => less(1),
            Effect::Put { fifo, capacity, hires, .. } => {
                let (undone, hired) = (self.undone + 1, self.hired + i64::from(hires == Some(true)));
                State { undone, hired, fifo, most: capacity.map(|most| most as i64), ..more(1) }
            }
            Effect::Got { fifo, .. } => State { fifo, ..less(1) },
            Effect::Finished { left } => State { undone: left as i64, ..self },
            Effect::Closed { dropped, size } => {
                let size = size.map(|size| size as i64);
                State { closed: true, size, fifo: self.fifo || size.is_some(), ..less(dropped as i64) }
            }
            _ => self,
        }
    }

    /// As it would be without an effect that led from `before` to `after`.
    pub(crate) fn without(self, (before, after): (State, State)) -> Self {
        State {
            ins: self.ins - (after.ins - before.ins),
            outs: self.outs - (after.outs - before.outs),
            undone: self.undone - (after.undone - before.undone),
            hired: self.hired - (after.hired - before.hired),
            closed: self.closed && before.closed == after.closed,
            ..self
        }
    }
}

/// An operation that was done, or is waited for in vain, and that might have come sooner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sooner {
    pub(crate) op: Op,
    pub(crate) kind: Kind,
    /// Whether it would wait until it can be done.
    pub(crate) waits: bool,
    /// What came of it; none if it waits in vain.
    pub(crate) came: Option<Effect>,
    /// How the object stood when it was done,
    pub(crate) now: State,
    /// and how it would stand.
    pub(crate) then: State,
    /// Whether it would have seen its flag set in between.
    pub(crate) raised: bool,
    /// Whether it could be done then, too.
    pub(crate) ready: bool,
}

impl Sooner {
    /// How it would touch its object, as far as that can be told; none if it would have to wait.
    pub(crate) fn footprint(&self) -> Option<Footprint> {
        let (level, State { undone, closed, .. }) = (self.then.level(), self.then);
        let fifo =
            self.now.fifo || matches!(self.came, Some(Effect::Put { fifo: true, .. } | Effect::Got { fifo: true, .. }));
        let or_wait = |can: bool, done: Footprint| match (can, self.waits) {
            (true, _) => Some(done),
            (false, true) => None,
            (false, false) => Some(IN_VAIN),
        };
        match (self.op, self.kind) {
            (Op::Acquire, Kind::Semaphore) => or_wait(level > 0, TAKEN),
            (Op::Acquire, _) => or_wait(level > 0, CHANGED),
            (Op::Get, _) if level > 0 => Some(if fifo { TAKEN } else { BOTH }),
            (Op::Get, _) => or_wait(closed, IN_VAIN),
            (Op::Put | Op::Submit, _) if closed => Some(IN_VAIN),
            (Op::Put | Op::Submit, _) => {
                let most = match self.came {
                    Some(Effect::Put { capacity, .. }) => capacity.map(|most| most as i64),
                    Some(Effect::Saw) => self.now.most,
                    _ => Some(self.now.level()),
                };
                let done = match self.came {
                    _ if !fifo => BOTH,
                    // With fewer workers there may be one more.
                    Some(Effect::Put { hires: None, .. }) if self.then.hired == self.now.hired => CHANGED,
                    Some(Effect::Saw) if self.now.size.is_some_and(|size| self.then.hired >= size) => CHANGED,
                    _ => CHANGED_FOR_WAITERS,
                };
                or_wait(most.is_none_or(|most| level < most), done)
            }
            (Op::JoinQueue, _) => or_wait(undone == 0, IN_VAIN),
            (Op::Wait, Kind::Event) => or_wait(level > 0 || self.raised, IN_VAIN),
            (Op::Result, _) => or_wait(level > 0, IN_VAIN),
            (Op::Set, _) => Some(if level == 0 { CHANGED_FOR_WAITERS } else { SEEN }),
            (Op::Clear, _) => Some(if level > 0 { CHANGED_FOR_WAITERS } else { SEEN }),
            (Op::Notify, _) => Some(if level > 0 { CHANGED } else { SEEN }),
            (Op::TaskDone, _) => Some(if undone > 0 { CHANGED } else { IN_VAIN }),
            (Op::Pass, _) if self.ready => Some(IN_VAIN),
            // Who gives up breaks the barrier.
            (Op::Pass, _) => (!self.waits).then_some(CHANGED),
            (Op::Look, _) => Some(IN_VAIN),
            (Op::Release, _) if matches!(self.came, Some(Effect::Released | Effect::Gave { bound: None, .. })) => {
                Some(CHANGED)
            }
            (Op::Release, Kind::Semaphore) => match self.came {
                Some(Effect::Gave { before, after, bound: Some(most) }) => {
                    or_wait(level + i64::from(after) - i64::from(before) <= i64::from(most), CHANGED)
                }
                // How much was too much is not known.
                _ if level < self.now.level() => Some([Changes, Looks, Not]),
                _ => Some(IN_VAIN),
            },
            (Op::Begin | Op::Release, Kind::Threads) => Some(CHANGED),
            (Op::Release, _) => Some([Changes, Looks, Not]),
            (Op::Begin, _) => Some(WAITING),
            (Op::Read, _) => Some(SEEN),
            (Op::Wait, Kind::Condvar) if self.came == Some(Effect::GaveUp) => (!self.waits).then_some(CHANGED),
            (Op::Wait, Kind::Condvar) | (Op::Write, _) => Some(CHANGED),
            (Op::Join, _) => or_wait(false, IN_VAIN),
            (Op::Shutdown, _) => Some(BOTH),
            _ => Some(ANY),
        }
    }
}

/// Spreads a number over all bits (the finaliser of `SplitMix64`, Steele et al. 2014).
pub(crate) const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// One facet's history, as far as the next operation needs it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facet {
    last_change: u64,
    looks: u64,
}

/// The fingerprint of an execution's equivalence class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Class(u64, u64);

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

impl Class {
    /// Adds the operation `event` (a number for task and place in the task) that touches `facet`.
    ///
    /// Not inline: most effects touch one facet, and three of this in a row are slow to pass.
    #[inline(never)]
    pub(crate) fn add(&mut self, event: u64, facet: &mut Facet, how: Touching) {
        let edge = match how {
            Not => return,
            Looks => {
                facet.looks = facet.looks.wrapping_add(mix(event));
                mix(event ^ facet.last_change.rotate_left(17))
            }
            Changes => {
                let edge = mix(event ^ facet.last_change.rotate_left(17) ^ mix(facet.looks));
                *facet = Facet { last_change: mix(event ^ 1), looks: 0 };
                edge
            }
        };
        self.count(edge);
    }

    /// Adds the operation `event`, which comes after conflicting ones whose fingerprints add up to `before`.
    pub(crate) fn add_edge(&mut self, event: u64, before: u64) {
        self.count(mix(event ^ before.rotate_left(17)));
    }

    fn count(&mut self, edge: u64) {
        self.0 = self.0.wrapping_add(edge);
        self.1 = self.1.wrapping_add(mix(edge ^ 0x5DEE_CE66));
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, Class, Facet, Looks, Touching};

    fn class(history: &[(u64, Touching)]) -> Class {
        let (mut class, mut facet) = (Class::default(), Facet::default());
        for (event, how) in history {
            class.add(*event, &mut facet, *how);
        }
        class
    }

    #[test]
    fn looks_commute_and_changes_do_not() {
        assert_eq!(class(&[(1, Looks), (2, Looks)]), class(&[(2, Looks), (1, Looks)]));
        assert_ne!(class(&[(1, Changes), (2, Looks)]), class(&[(2, Looks), (1, Changes)]));
        assert_ne!(class(&[(1, Changes), (2, Changes)]), class(&[(2, Changes), (1, Changes)]));
        assert_ne!(class(&[(1, Looks), (3, Changes), (2, Looks)]), class(&[(1, Looks), (2, Looks), (3, Changes)]));
    }
}
