//! What happened before what: vector clocks.

use smallvec::SmallVec;

/// A vector clock: for each task how far into it this point in time has seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock(SmallVec<[u32; FEW]>);

/// A clock of so many tasks needs no memory of its own: most programs that are checked have no more.
const FEW: usize = 6;

/// By way of slices: what is derived copies number by number.
impl Clone for Clock {
    fn clone(&self) -> Self {
        Clock(SmallVec::from_slice(&self.0))
    }

    fn clone_from(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        self.reach(other.0.len());
        self.0.copy_from_slice(&other.0);
    }
}

impl Clock {
    /// How far it has seen into `task`.
    pub(crate) fn get(&self, task: usize) -> u32 {
        self.0.get(task).copied().unwrap_or(0)
    }

    /// Tells of so many tasks at least.
    fn reach(&mut self, tasks: usize) {
        while self.0.len() < tasks {
            self.0.push(0);
        }
    }

    /// Begins `task`'s next stretch.
    pub(crate) fn tick(&mut self, task: usize) {
        self.reach(task + 1);
        self.0[task] += 1;
    }

    /// Takes in all that `other` has seen; whether that is more.
    pub(crate) fn join(&mut self, other: &Clock) -> bool {
        self.reach(other.0.len());
        let mut more = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            more |= *mine < *theirs;
            *mine = (*mine).max(*theirs);
        }
        more
    }

    /// Whether an event that `task` did at its time `at` happened before this.
    pub(crate) fn has_seen(&self, task: usize, at: u32) -> bool {
        self.get(task) >= at
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_joined_clock_has_seen_what_both_have() {
        let (mut a, mut b) = (Clock::default(), Clock::default());
        a.tick(0);
        b.tick(2);
        assert!(!a.has_seen(2, 1));
        assert!(a.join(&b) && !a.join(&b));
        assert!(a.has_seen(0, 1) && a.has_seen(2, 1) && !a.has_seen(2, 2) && !b.has_seen(0, 1));
    }
}
