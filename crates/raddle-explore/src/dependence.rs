//! Which operations depend on each other, decided from their effects alone, and the equivalence class that follows.
//!
//! Each effect touches one or two *facets* of its object, to look or to change; two effects on one object depend when they
//! share a facet that one of them changes. A queue has two facets, because a put and a get commute unless the get takes that very
//! put, which the item's number says already; a semaphore's permits conflict only where the count reaches zero.
//!
//! Two executions are equivalent when they order all dependent operations alike (Mazurkiewicz 1977). The order of the changes of
//! a facet, with the looks in between, is exactly that order; so a class is the set of edges "this operation came right after that
//! one", and its fingerprint their sum, which does not depend on how independent operations were interleaved.

use raddle_kernel::Effect;

/// How an effect touches a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touching {
    Not,
    Looks,
    Changes,
}

use Touching::{Changes, Looks, Not};

/// How an effect touches the two facets of its object.
///
/// The first facet is the state, or a queue's way in; the second a queue's way out.
pub(crate) const fn footprint(effect: Effect) -> [Touching; 2] {
    match effect {
        Effect::Acquired
        | Effect::Released
        | Effect::Took { left: 0 }
        | Effect::Gave { before: 0 }
        | Effect::Enqueued
        | Effect::Set { changed: true }
        | Effect::Cleared { changed: true }
        | Effect::Arrived { .. }
        | Effect::Broke
        | Effect::Wrote
        | Effect::Updated
        | Effect::Finished { left: 0 } => [Changes, Not],
        Effect::Took { .. }
        | Effect::Gave { .. }
        | Effect::Set { changed: false }
        | Effect::Cleared { changed: false }
        | Effect::Saw
        | Effect::Read
        | Effect::Finished { .. } => [Looks, Not],
        Effect::Notified { woken } => [if woken == 0 { Looks } else { Changes }, Not],
        Effect::Put { fifo: true, .. } => [Changes, Not],
        Effect::Got { fifo: true, .. } => [Not, Changes],
        Effect::Put { fifo: false, .. } | Effect::Got { fifo: false, .. } | Effect::Closed => [Changes, Changes],
        Effect::Refused | Effect::TimedOut | Effect::Looked => [Looks, Looks],
        _ => [Not, Not],
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

impl Class {
    /// Adds the operation `event` (a number for task and place in the task) that touches `facet`.
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
