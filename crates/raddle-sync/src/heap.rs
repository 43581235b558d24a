//! # What it is
//! A binary heap whose comparisons are foreign code: they may fail, and are made in the order in which Python's `heapq` makes
//! them, so that a program sees the same comparisons. An operation whose comparison fails leaves the heap as it was.
//!
//! # Sources
//! CPython's `_heapqmodule.c`: a pop moves the last item to the root, sinks it to a leaf along the smaller children, and lets it
//! rise again, which takes fewer comparisons than stopping on the way. The way back after a failure is ours.

use std::fmt;

/// Items with the numbers of their puts, the smallest first.
#[derive(Clone)]
pub struct Heap<T> {
    slots: Vec<(u64, T)>,
}

impl<T> Heap<T> {
    /// No items.
    pub const fn new() -> Self {
        Heap { slots: Vec::new() }
    }

    /// Takes an item in; `less` says whether its first argument comes before its second.
    ///
    /// ```
    /// use raddle_sync::queue::Heap;
    ///
    /// let less = |a: &f64, b: &f64| a.partial_cmp(b).map(|order| order.is_lt()).ok_or("not comparable");
    /// let mut heap = Heap::new();
    /// heap.push(0, 2.0, less).unwrap();
    /// heap.push(1, 1.0, less).unwrap();
    /// assert!(heap.push(2, f64::NAN, less).is_err());
    /// assert_eq!(heap.pop(less), Ok((1, 1.0)));
    /// ```
    ///
    /// # Errors
    /// The item, and what a comparison failed with.
    ///
    /// # Panics
    /// Never, but for a panic of `less`, after which the items are all there and their order is not.
    pub fn push<E>(
        &mut self,
        seq: u64,
        item: T,
        mut less: impl FnMut(&T, &T) -> Result<bool, E>,
    ) -> Result<(), (T, E)> {
        let leaf = self.slots.len();
        self.slots.push((seq, item));
        self.rise(leaf, &mut less).map_err(|(at, error)| {
            self.lower(at, leaf);
            let (_, item) = self.slots.pop().expect("the item is at the leaf again");
            (item, error)
        })
    }

    /// Takes the smallest item out, with its number; there is one.
    ///
    /// # Errors
    /// What a comparison failed with.
    ///
    /// # Panics
    /// If there is no item; else as [`push`](Heap::push).
    pub fn pop<E>(&mut self, mut less: impl FnMut(&T, &T) -> Result<bool, E>) -> Result<(u64, T), E> {
        let next = self.slots.swap_remove(0);
        let settled = self.sink(&mut less).and_then(|leaf| self.rise(leaf, &mut less));
        match settled {
            Ok(()) => Ok(next),
            Err((at, error)) => {
                self.lift(at);
                self.slots.push(next);
                let last = self.slots.len() - 1;
                self.slots.swap(0, last);
                Err(error)
            }
        }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The items, in the order of the heap.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().map(|(_, item)| item)
    }

    /// Takes out everything, in the order of the heap.
    pub fn drain(&mut self) -> Vec<T> {
        std::mem::take(&mut self.slots).into_iter().map(|(_, item)| item).collect()
    }

    /// Lets the item at `at` change places with parents that come after it; where it was when a comparison failed.
    fn rise<E>(&mut self, mut at: usize, less: &mut impl FnMut(&T, &T) -> Result<bool, E>) -> Result<(), (usize, E)> {
        while at > 0 {
            let above = parent(at);
            if !less(&self.slots[at].1, &self.slots[above].1).map_err(|error| (at, error))? {
                break;
            }
            self.slots.swap(at, above);
            at = above;
        }
        Ok(())
    }

    /// Lets the root's item change places with the smaller child down to a leaf; where it ends, or was when a comparison failed.
    fn sink<E>(&mut self, less: &mut impl FnMut(&T, &T) -> Result<bool, E>) -> Result<usize, (usize, E)> {
        let mut at = 0;
        while 2 * at + 1 < self.slots.len() {
            let mut child = 2 * at + 1;
            if child + 1 < self.slots.len()
                && !less(&self.slots[child].1, &self.slots[child + 1].1).map_err(|error| (at, error))?
            {
                child += 1;
            }
            self.slots.swap(at, child);
            at = child;
        }
        Ok(at)
    }

    /// Takes the item at `at` to the root, whatever is on the way: the opposite of [`sink`](Heap::sink).
    fn lift(&mut self, mut at: usize) {
        while at > 0 {
            self.slots.swap(at, parent(at));
            at = parent(at);
        }
    }

    /// Takes the item at `at` down to `leaf`, whatever is on the way: the opposite of [`rise`](Heap::rise).
    fn lower(&mut self, at: usize, leaf: usize) {
        if leaf > at {
            self.lower(at, parent(leaf));
            self.slots.swap(parent(leaf), leaf);
        }
    }
}

const fn parent(at: usize) -> usize {
    (at - 1) / 2
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Heap::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Heap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Heap;

    fn filled(items: &[i32]) -> Heap<i32> {
        let mut heap = Heap::new();
        for (seq, item) in (0..).zip(items) {
            heap.push(seq, *item, |a, b| Ok::<_, ()>(a < b)).unwrap();
        }
        heap
    }

    /// A comparison that fails the `n`th time it is made.
    fn failing(mut n: usize) -> impl FnMut(&i32, &i32) -> Result<bool, ()> {
        move |a, b| {
            n = n.checked_sub(1).ok_or(())?;
            Ok(a < b)
        }
    }

    const ITEMS: [i32; 12] = [5, 3, 9, 1, 7, 7, 2, 8, 0, 6, 4, 1];

    #[test]
    fn items_come_out_in_order() {
        let mut heap = filled(&ITEMS);
        let mut sorted = ITEMS.to_vec();
        sorted.sort_unstable();
        let out: Vec<i32> = (0..ITEMS.len()).map(|_| heap.pop(|a, b| Ok::<_, ()>(a < b)).unwrap().1).collect();
        assert_eq!(out, sorted);
    }

    #[test]
    fn a_comparison_that_fails_leaves_the_heap_as_it_was() {
        let full = filled(&ITEMS);
        for size in 1..=ITEMS.len() {
            let before = filled(&ITEMS[..size]);
            for n in 0..10 {
                let mut heap = before.clone();
                if heap.pop(failing(n)).is_err() {
                    assert_eq!(heap.slots, before.slots);
                }
                let mut heap = before.clone();
                if heap.push(99, -1, failing(n)).is_err() {
                    assert_eq!(heap.slots, before.slots);
                }
            }
        }
        assert!(full.clone().pop(failing(0)).is_err());
        assert!(full.clone().push(99, -1, failing(1)).is_err());
    }
}
