//! In which order members came to an owner whose members keep it: the keys of a dictionary, the attributes of an object.
//!
//! Additions of different members do not conflict, and nobody can tell their order but who walks through the owner. So the order is
//! a location of its own, which additions write and walks read, but one that counts only at sites where somebody has walked through
//! what two tasks had added with nothing to order them (see `Visible`): programs that only look things up pay nothing.
//! That is no data race, whatever comes of it.

use crate::dependence::mix;
use crate::order::Clock;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// What an access has to do with the order of the owner's members.
#[derive(Clone, Copy)]
pub enum Order<'a> {
    /// Nothing.
    Kept,
    /// It may add the member, as the last one, or take away one that may not be there; tells whether there is none now.
    Adds(&'a dyn Fn() -> bool),
    /// It may show in which order the members came; tells of which, or none if of all that ever came.
    Shows(&'a dyn Fn() -> Option<Vec<u64>>),
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Order::Kept => "Kept",
            Order::Adds(_) => "Adds",
            Order::Shows(_) => "Shows",
        })
    }
}

/// An addition of a member.
#[derive(Clone, Debug)]
struct Addition {
    task: usize,
    /// The task's own time.
    at: u32,
    site: u32,
    /// How many were made before.
    number: usize,
    clock: Clock,
}

impl Addition {
    fn is_ordered(&self, other: &Addition) -> bool {
        self.task == other.task || self.clock.has_seen(other.task, other.at) || other.clock.has_seen(self.task, self.at)
    }
}

/// The additions to one owner.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    /// The last of each member.
    members: FxHashMap<u64, Addition>,
    /// The last of each task and site: task, site, and the task's own time.
    latest: SmallVec<[(usize, u32, u32); 2]>,
    made: usize,
    /// Whether some were made in no order.
    unordered: bool,
    /// The sum of the events that count, for the equivalence class.
    sum: u64,
}

impl Additions {
    /// A task adds a member; `counts` tells at which sites the order counts already.
    pub(crate) fn add(&mut self, member: u64, (task, site): (usize, u32), clock: &Clock, counts: impl Fn(u32) -> bool) {
        let at = clock.get(task);
        let is_new = |other: u32| !(counts(site) && counts(other));
        let unseen =
            |(other, from, at): &(usize, u32, u32)| *other != task && !clock.has_seen(*other, *at) && is_new(*from);
        self.unordered = self.unordered || self.latest.iter().any(unseen);
        match self.latest.iter_mut().find(|(other, from, _)| (*other, *from) == (task, site)) {
            Some((_, _, known)) => *known = at,
            None => self.latest.push((task, site, at)),
        }
        self.made += 1;
        self.members.insert(member, Addition { task, at, site, number: self.made, clock: clock.clone() });
    }

    /// An addition counts as `event` in the equivalence class; returns the sum of those before it.
    pub(crate) fn count(&mut self, event: u64) -> u64 {
        let sum = self.sum.wrapping_add(mix(event));
        std::mem::replace(&mut self.sum, sum)
    }

    /// Whether two may have been made in no order that counts.
    pub(crate) const fn are_unordered(&self) -> bool {
        self.unordered
    }

    /// The sites from which two of these members, or of all, came in no order.
    pub(crate) fn unordered(&self, shown: Option<&[u64]>) -> Vec<(u32, u32)> {
        let mut known: Vec<&Addition> = match shown {
            Some(shown) => shown.iter().filter_map(|member| self.members.get(member)).collect(),
            None => self.members.values().collect(),
        };
        // Of what a task added between two times of its own, the first has seen least.
        let stretch = |addition: &Addition| (addition.task, addition.site, addition.at);
        known.sort_unstable_by_key(|addition| (stretch(addition), addition.number));
        known.dedup_by_key(|addition| stretch(addition));
        let mut pairs = Vec::new();
        for (place, one) in known.iter().enumerate() {
            let others = known[place + 1..].iter().filter(|other| !one.is_ordered(other));
            pairs.extend(others.map(|other| (one.site, other.site)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::Additions;
    use crate::order::Clock;

    fn clock(times: &[u32]) -> Clock {
        let mut clock = Clock::default();
        for (task, time) in times.iter().enumerate() {
            (0..*time).for_each(|_| clock.tick(task));
        }
        clock
    }

    #[test]
    fn members_that_two_tasks_add_come_in_no_order() {
        let mut additions = Additions::default();
        additions.add(1, (1, 10), &clock(&[1, 1, 0]), |_| false);
        assert!(!additions.are_unordered());
        additions.add(2, (2, 20), &clock(&[1, 0, 1]), |_| false);
        assert!(additions.are_unordered());
        assert_eq!(additions.unordered(Some(&[1, 2])), [(10, 20)]);
        assert_eq!(additions.unordered(None), [(10, 20)]);
    }

    #[test]
    fn an_order_that_counts_is_not_looked_for_again() {
        let mut additions = Additions::default();
        additions.add(1, (1, 10), &clock(&[1, 1, 0]), |_| true);
        additions.add(2, (2, 20), &clock(&[1, 0, 1]), |_| true);
        assert!(!additions.are_unordered());
        additions.add(3, (2, 30), &clock(&[1, 0, 1]), |site| site != 30);
        assert!(additions.are_unordered());
    }

    #[test]
    fn members_that_are_gone_do_not_matter() {
        let mut additions = Additions::default();
        additions.add(1, (1, 10), &clock(&[1, 1, 0]), |_| false);
        additions.add(2, (2, 20), &clock(&[1, 0, 1]), |_| false);
        assert!(additions.unordered(Some(&[2])).is_empty());
        // Added anew, after the other.
        additions.add(1, (1, 10), &clock(&[1, 2, 1]), |_| false);
        assert!(additions.unordered(Some(&[1, 2])).is_empty());
    }

    #[test]
    fn what_came_before_a_task_had_seen_the_other_is_in_no_order_with_it() {
        let mut additions = Additions::default();
        additions.add(1, (1, 10), &clock(&[1, 1, 0]), |_| false);
        additions.add(2, (2, 20), &clock(&[1, 0, 1]), |_| false);
        additions.add(3, (1, 10), &clock(&[1, 1, 1]), |_| false);
        assert_eq!(additions.unordered(Some(&[1, 2, 3])), [(10, 20)]);
        assert!(additions.unordered(Some(&[2, 3])).is_empty());
    }
}
