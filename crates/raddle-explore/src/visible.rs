//! Which operations are points at which another task may be chosen.
//!
//! In a program without races it is enough to choose before operations on locks and their like (Musuvathi and Qadeer 2007), so
//! an access is a point only where a race has been seen, and a lock's release only for kinds of which somebody asked whether they are
//! held, the beginning of a wait for an event only if events are cleared, for an inner lock only if somebody had to wait for one, and
//! what threads do to the list of all threads only if somebody looks at it.
//! Where the order in which members are added to a container matters, it counts only from sites where that has been seen, too.
//! All these sets only grow, from one execution to the next; when they do, an exhaustive search begins anew.

use raddle_kernel::{Kind, Op};
use std::collections::BTreeSet;

/// What the name of a site begins with at which it counts in which order members are added.
const ORDER: &str = "order of ";
/// And the name of a kind of which somebody can see in which state it was.
const STATE: &str = "state of ";

const KINDS: [Kind; 17] = [
    Kind::Mutex,
    Kind::ReentrantLock,
    Kind::Lock,
    Kind::Inner,
    Kind::Condvar,
    Kind::Semaphore,
    Kind::Event,
    Kind::Barrier,
    Kind::Queue,
    Kind::Future,
    Kind::Pool,
    Kind::Thread,
    Kind::Threads,
    Kind::Atomic,
    Kind::Shared,
    Kind::Clock,
    Kind::Outside,
];

/// Some of them, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Kinds(u32);

impl Kinds {
    const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }

    const fn insert(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u32;
    }

    const fn append(&mut self, others: Kinds) {
        self.0 |= others.0;
    }
}

fn state_of(kind: Kind) -> String {
    format!("{STATE}{}", kind.word())
}

/// The operations that are points; what is added counts from the next execution on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visible {
    /// Sites of accesses that have raced.
    sites: BTreeSet<u32>,
    /// Sites where members are added to something, in an order that somebody has seen.
    orders: BTreeSet<u32>,
    /// The kinds of which somebody can see in which state they were.
    kinds: Kinds,
    /// From a schedule, or another part of a search: the names of the sites, which are matched when a site is met.
    names: BTreeSet<String>,
    /// The sites that have been looked for among the names.
    asked: BTreeSet<u32>,
    new_sites: BTreeSet<u32>,
    new_orders: BTreeSet<u32>,
    new_kinds: Kinds,
    /// What was added since the schedule was made that is to be followed.
    late_sites: BTreeSet<u32>,
    late_kinds: Kinds,
}

impl Visible {
    /// Whether accesses at `site` are points. `label` is asked only where there are names, and once.
    pub(crate) fn site(&mut self, site: u32, label: impl FnOnce() -> String) -> bool {
        if self.sites.contains(&site) {
            return true;
        }
        if self.names.is_empty() || !self.asked.insert(site) {
            return false;
        }
        let label = label();
        if self.names.remove(&format!("{ORDER}{label}")) {
            self.orders.insert(site);
        }
        let is_named = self.names.remove(&label);
        if is_named {
            self.sites.insert(site);
        }
        is_named
    }

    /// Whether it counts in which order members are added at `site`, which has been asked about as a point.
    pub(crate) fn counts_order(&self, site: u32) -> bool {
        self.orders.contains(&site)
    }

    /// Somebody saw in which order members were added at `site`, and at another.
    pub(crate) fn add_order(&mut self, site: u32) {
        self.add_site(site);
        if !self.orders.contains(&site) {
            self.new_orders.insert(site);
        }
    }

    /// Accesses at `site` have raced.
    pub(crate) fn add_site(&mut self, site: u32) {
        if !self.sites.contains(&site) {
            self.new_sites.insert(site);
        }
    }

    /// Somebody asked about the state of an object of this kind.
    pub(crate) fn add_kind(&mut self, kind: Kind) {
        if !self.kinds.contains(kind) {
            self.new_kinds.insert(kind);
        }
    }

    /// Whether `op` on an object of `kind` is a point.
    pub(crate) fn shows(&self, op: Op, kind: Kind) -> bool {
        match op {
            // Who gets which permit depends on the order in which they were given back.
            Op::Release if kind == Kind::Semaphore => true,
            Op::Release | Op::Begin => self.kinds.contains(kind),
            // They order, but conflict with nothing.
            Op::Spawn | Op::Join | Op::Clock => false,
            _ => true,
        }
    }

    /// Whether something was added.
    pub(crate) fn grows(&self) -> bool {
        !self.new_sites.is_empty() || !self.new_orders.is_empty() || self.new_kinds != Kinds::default()
    }

    /// Takes in what was added; true if that was anything.
    pub(crate) fn grow(&mut self) -> bool {
        let grows = self.grows();
        self.sites.append(&mut self.new_sites);
        self.orders.append(&mut self.new_orders);
        self.kinds.append(std::mem::take(&mut self.new_kinds));
        grows
    }

    /// Takes in what was added, and what was not points when a schedule was made is late for it; true if that was anything.
    pub(crate) fn outgrow(&mut self) -> bool {
        (self.late_sites, self.late_kinds) = (self.new_sites.clone(), self.new_kinds);
        self.grow()
    }

    /// Nothing is late any more.
    pub(crate) fn settle(&mut self) {
        self.late_sites.clear();
        self.late_kinds = Kinds::default();
    }

    /// Whether accesses at `site` have become points since the schedule was made that is followed.
    pub(crate) fn is_late_site(&self, site: u32) -> bool {
        self.late_sites.contains(&site)
    }

    /// Whether `op` on an object of `kind` has.
    pub(crate) fn is_late(&self, op: Op, kind: Kind) -> bool {
        matches!(op, Op::Release | Op::Begin) && self.late_kinds.contains(kind)
    }

    /// For a schedule: what this execution saw as points, by stable names.
    pub(crate) fn names(&self, label: impl Fn(u32) -> String) -> Vec<String> {
        let kinds = KINDS.into_iter().filter(|kind| self.kinds.contains(*kind)).map(state_of);
        let met = self.sites.iter().map(|site| label(*site));
        let orders = self.orders.iter().map(|site| format!("{ORDER}{}", label(*site)));
        let mut names: Vec<String> = met.chain(orders).chain(kinds).chain(self.names.iter().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// From a schedule.
    pub(crate) fn from_names(names: &[String]) -> Self {
        let mut visible = Visible::default();
        for name in names {
            match KINDS.into_iter().find(|kind| state_of(*kind) == *name) {
                Some(kind) => visible.kinds.insert(kind),
                None if name.starts_with(STATE) => {}
                None => drop(visible.names.insert(name.clone())),
            }
        }
        visible
    }
}

#[cfg(test)]
mod tests {
    use super::Visible;
    use raddle_kernel::{Kind, Op};

    #[test]
    fn what_is_added_counts_from_the_next_execution_on() {
        let mut visible = Visible::default();
        visible.add_site(3);
        visible.add_kind(Kind::Lock);
        assert!(!visible.site(3, String::new) && !visible.shows(Op::Release, Kind::Lock));
        assert!(visible.grow() && !visible.grow());
        assert!(visible.site(3, String::new) && visible.shows(Op::Release, Kind::Lock));
    }

    #[test]
    fn a_schedule_names_it_and_brings_it_back() {
        let mut visible = Visible::default();
        visible.add_site(3);
        visible.add_kind(Kind::Semaphore);
        visible.grow();
        let names = visible.names(|site| format!("bank.py:{site}"));
        let mut again = Visible::from_names(&names);
        assert!(again.site(9, || "bank.py:3".into()) && !again.site(8, || "bank.py:4".into()));
        assert!(again.shows(Op::Release, Kind::Semaphore) && !again.shows(Op::Release, Kind::Lock));
    }

    #[test]
    fn an_order_that_counts_makes_its_site_a_point_and_goes_with_the_schedule() {
        let label = |site| format!("shop.py:{site}");
        let mut visible = Visible::default();
        visible.add_site(4);
        visible.add_order(3);
        assert!(!visible.counts_order(3) && visible.grow());
        assert!(visible.site(3, || label(3)) && visible.counts_order(3) && !visible.counts_order(4));
        let mut again = Visible::from_names(&visible.names(label));
        assert!([3, 4].into_iter().all(|site| again.site(site, || label(site))));
        assert!(again.counts_order(3) && !again.counts_order(4));
        // What was a point already grows, too.
        visible.add_order(4);
        assert!(visible.grow() && !visible.grow() && visible.counts_order(4));
    }
}
