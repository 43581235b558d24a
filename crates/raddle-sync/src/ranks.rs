//! # What it is
//! Items with the numbers of their puts, of which the smallest comes out first, and among equals the one with the smallest number:
//! what [`Priority`](crate::queue::Priority) is made of.
//!
//! A heap in which each item has four below it. That makes half as many levels as two would, and an item that sinks passes each level
//! with a few comparisons that do not wait for one another. The numbers lie apart, since only equal items are told apart by
//! them, so that the comparisons go through as little memory as if there were none.
//!
//! # Sources
//! Johnson, "Priority queues with update and finding minimum spanning trees" (1975); a pop as in CPython's `heapq`.

use std::hint::select_unpredictable;

/// How many items are below each.
const BELOW: usize = 4;

/// Items in the order in which they come out.
#[derive(Clone, Debug)]
pub(crate) struct Ranks<T> {
    items: Vec<T>,
    /// The number of each item, in the same place.
    seqs: Vec<u64>,
}

impl<T> Ranks<T> {
    pub(crate) const fn new() -> Self {
        Ranks { items: Vec::new(), seqs: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The item that comes out next.
    pub(crate) fn first(&self) -> Option<&T> {
        self.items.first()
    }

    pub(crate) fn into_items(self) -> Vec<T> {
        self.items
    }
}

impl<T: Ord> Ranks<T> {
    pub(crate) fn push(&mut self, seq: u64, item: T) {
        let leaf = self.items.len();
        self.items.push(item);
        self.seqs.push(seq);
        self.rise(leaf);
    }

    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        if self.items.is_empty() {
            return None;
        }
        let next = (self.seqs.swap_remove(0), self.items.swap_remove(0));
        let leaf = self.sink();
        self.rise(leaf);
        Some(next)
    }

    /// Lets the item at `at` change places with those above that come after it.
    #[inline]
    fn rise(&mut self, mut at: usize) {
        while at > 0 {
            let above = (at - 1) / BELOW;
            if !self.is_before(at, above) {
                break;
            }
            self.swap(at, above);
            at = above;
        }
    }

    /// Lets the root's item change places with the first of those below, down to a leaf: it was one, so that is not too far by much.
    #[inline]
    fn sink(&mut self) -> usize {
        let mut at = 0;
        while let Some(below) = self.first_below(at) {
            self.swap(at, below);
            at = below;
        }
        at
    }

    /// Which item of those below `at` comes out first.
    #[inline]
    fn first_below(&self, at: usize) -> Option<usize> {
        let start = BELOW * at + 1;
        let below = self.items.get(start..)?;
        let before = |one: usize, other: usize| {
            precedes(&below[one], &below[other], || (self.seqs[start + one], self.seqs[start + other]))
        };
        let first = if below.len() >= BELOW {
            let (left, right) = (usize::from(before(1, 0)), 2 + usize::from(before(3, 2)));
            select_unpredictable(before(right, left), right, left)
        } else {
            (0..below.len()).reduce(|first, next| if before(next, first) { next } else { first })?
        };
        Some(start + first)
    }

    #[inline]
    fn is_before(&self, one: usize, other: usize) -> bool {
        precedes(&self.items[one], &self.items[other], || (self.seqs[one], self.seqs[other]))
    }

    #[inline]
    fn swap(&mut self, one: usize, other: usize) {
        self.items.swap(one, other);
        self.seqs.swap(one, other);
    }
}

/// Whether `one` is smaller, or equal and the first of their numbers is.
///
/// Which of two items is the smaller no processor can foresee, so there is no branch for it; that two are equal it can.
#[inline(always)]
fn precedes<T: Ord>(one: &T, other: &T, seqs: impl FnOnce() -> (u64, u64)) -> bool {
    #[cold]
    #[inline(never)]
    fn is_less((one, other): (u64, u64)) -> bool {
        one < other
    }
    let order = one.cmp(other);
    if order.is_eq() { is_less(seqs()) } else { order.is_lt() }
}

#[cfg(test)]
mod tests {
    use super::Ranks;

    #[test]
    fn items_come_out_in_order_and_equal_ones_as_they_were_put() {
        let mut ranks = Ranks::new();
        let mut sorted = Vec::new();
        for seq in 0..1000u64 {
            // A pop now and then, so that there are holes to fill.
            let item = seq * 7919 % 31;
            ranks.push(seq, item);
            sorted.push((item, seq));
            if seq % 3 == 0 {
                sorted.sort_unstable();
                let (item, seq) = sorted.remove(0);
                assert_eq!(ranks.pop(), Some((seq, item)));
            }
        }
        sorted.sort_unstable();
        assert_eq!(ranks.first(), sorted.first().map(|(item, _)| item));
        for (item, seq) in sorted {
            assert_eq!(ranks.pop(), Some((seq, item)));
        }
        assert_eq!((ranks.pop(), ranks.len()), (None, 0));
    }
}
