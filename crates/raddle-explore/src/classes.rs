//! The classes of equivalent executions that a search has met.

use crate::dependence::Class;
use rustc_hash::{FxHashMap, FxHashSet};

/// A strategy that meets each class once needs no more of them kept than these, which show whether it does.
const KEPT: usize = 1 << 16;

/// The classes that executions were in.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// And whether a strategy that exhausts the space came upon each.
    met: FxHashMap<Class, bool>,
    /// How many are not kept.
    more: u64,
    /// Those of executions that do not count.
    drawn: FxHashSet<Class>,
}

impl Classes {
    /// Takes note of the class that an execution was in; true if none had been in it. `exhausting`: whether the strategy tries all
    /// there is; `once`: whether each class is met by one execution only, so that memory need not grow with their number.
    pub(crate) fn meet(&mut self, class: Class, exhausting: bool, once: bool) -> bool {
        if once && self.met.len() >= KEPT && !self.met.contains_key(&class) {
            self.more += 1;
            return true;
        }
        let known = self.met.len();
        *self.met.entry(class).or_insert(false) |= exhausting;
        self.met.len() > known
    }

    /// Takes note of the class that an execution was in that does not count.
    pub(crate) fn draw(&mut self, class: Class) {
        self.drawn.insert(class);
    }

    /// What was met does not count.
    pub(crate) fn clear(&mut self) {
        self.met.clear();
        self.drawn.clear();
        self.more = 0;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.met.len() as u64 + self.more
    }

    /// How many have no fingerprint among those that are told.
    pub(crate) const fn more(&self) -> u64 {
        self.more
    }

    /// Whether some were met by samplers only.
    pub(crate) fn has_missed(&self) -> bool {
        self.met.values().any(|exhausting| !exhausting) || self.only_drawn().next().is_some()
    }

    /// Those that no execution met that counts.
    fn only_drawn(&self) -> impl Iterator<Item = &Class> {
        self.drawn.iter().filter(|class| !self.met.contains_key(class))
    }

    /// The fingerprints of those that a strategy that exhausts the space came upon, or of the others; sorted.
    pub(crate) fn fingerprints(&self, exhausting: bool) -> String {
        sorted(self.met.iter().filter(|(_, met)| **met == exhausting).map(|(class, _)| *class))
    }

    /// The fingerprints of those that no execution met that counts; sorted.
    pub(crate) fn drawn_fingerprints(&self) -> String {
        sorted(self.only_drawn().copied())
    }
}

fn sorted(classes: impl Iterator<Item = Class>) -> String {
    let mut sorted: Vec<String> = classes.map(|class| class.to_string()).collect();
    sorted.sort_unstable();
    sorted.concat()
}

#[cfg(test)]
mod tests {
    use super::{Classes, KEPT};
    use crate::dependence::Class;

    fn class(number: u64) -> Class {
        let mut class = Class::default();
        class.add_edge(number, 0);
        class
    }

    #[test]
    fn all_are_counted_and_a_part_is_kept() {
        let mut classes = Classes::default();
        let all = KEPT as u64 + 1_000;
        assert!((0..all).all(|number| classes.meet(class(number), true, true)));
        assert_eq!((classes.count(), classes.more(), classes.fingerprints(true).len()), (all, 1_000, KEPT * 32));
        // What is kept shows that a class was met twice.
        assert!(!classes.meet(class(5), true, true));
        assert_eq!(classes.count(), all);
        classes.clear();
        assert_eq!(classes.count(), 0);
    }

    #[test]
    fn what_only_samplers_met_was_missed() {
        let mut classes = Classes::default();
        assert!(classes.meet(class(1), false, false) && classes.has_missed());
        assert!(!classes.meet(class(1), true, false) && !classes.has_missed());
        assert!(!classes.meet(class(1), false, false) && !classes.has_missed());
        assert_eq!((classes.fingerprints(true).len(), classes.fingerprints(false).len()), (32, 0));
    }

    #[test]
    fn what_was_drawn_besides_was_missed_and_does_not_count() {
        let mut classes = Classes::default();
        classes.draw(class(1));
        assert!(classes.has_missed());
        assert_eq!((classes.count(), classes.drawn_fingerprints().len()), (0, 32));
        assert!(classes.meet(class(1), true, true) && !classes.has_missed());
        assert_eq!((classes.count(), classes.drawn_fingerprints().len()), (1, 0));
    }
}
