//! # What it is
//! Where a [`Queue`](crate::Queue) keeps its items, which decides what comes out first: Python's `_init`, `_put`, `_get` and `_qsize`.
//!
//! # Sources
//! CPython's `queue` module.

use crate::ranks::Ranks;
use std::collections::VecDeque;
use std::convert::Infallible;

/// Where a [`Queue`](crate::Queue) keeps its items: what decides which comes out first.
///
/// An operation that fails must leave the store as it was, or at least with the same items.
/// It may run foreign code (a comparison), in which other tasks find the queue busy.
pub trait Store<T> {
    /// Why a push or a pop can fail.
    type Error;
    /// Whether the item that was put first always comes out first.
    const FIFO: bool;

    /// Takes an item in, under the number of its put.
    ///
    /// # Errors
    /// The item, and why it was not taken.
    fn push(&mut self, seq: u64, item: T) -> Result<(), (T, Self::Error)>;
    /// Takes out the next item and its number; the store is not empty.
    ///
    /// # Errors
    /// Why it could not; no item is lost.
    fn pop(&mut self) -> Result<(u64, T), Self::Error>;
    /// How many items there are.
    fn len(&self) -> usize;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Takes out everything, in any order.
    fn drain(&mut self) -> Vec<T>;
}

/// First in, first out.
#[derive(Clone, Debug)]
pub struct Fifo<T>(VecDeque<(u64, T)>);

/// Last in, first out.
#[derive(Clone, Debug)]
pub struct Lifo<T>(Vec<(u64, T)>);

/// The smallest first; among equals the one that was put first.
#[derive(Clone, Debug)]
pub struct Priority<T> {
    /// What comes out next, if the last push put it there: an item that is the smallest when it comes does without the others.
    first: Option<(u64, T)>,
    others: Ranks<T>,
}

impl<T> Fifo<T> {
    /// No items.
    pub const fn new() -> Self {
        Fifo(VecDeque::new())
    }

    /// The items, the next to come out first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, item)| item)
    }
}

impl<T> Store<T> for Fifo<T> {
    type Error = Infallible;
    const FIFO: bool = true;

    fn push(&mut self, seq: u64, item: T) -> Result<(), (T, Infallible)> {
        self.0.push_back((seq, item));
        Ok(())
    }

    fn pop(&mut self) -> Result<(u64, T), Infallible> {
        Ok(self.0.pop_front().expect(NOT_EMPTY))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn drain(&mut self) -> Vec<T> {
        std::mem::take(&mut self.0).into_iter().map(|(_, item)| item).collect()
    }
}

impl<T> Lifo<T> {
    /// No items.
    pub const fn new() -> Self {
        Lifo(Vec::new())
    }

    /// The items, the next to come out last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, item)| item)
    }
}

impl<T> Store<T> for Lifo<T> {
    type Error = Infallible;
    const FIFO: bool = false;

    fn push(&mut self, seq: u64, item: T) -> Result<(), (T, Infallible)> {
        self.0.push((seq, item));
        Ok(())
    }

    fn pop(&mut self) -> Result<(u64, T), Infallible> {
        Ok(self.0.pop().expect(NOT_EMPTY))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn drain(&mut self) -> Vec<T> {
        std::mem::take(&mut self.0).into_iter().map(|(_, item)| item).collect()
    }
}

impl<T> Priority<T> {
    /// No items.
    pub const fn new() -> Self {
        Priority { first: None, others: Ranks::new() }
    }
}

impl<T: Ord> Store<T> for Priority<T> {
    type Error = Infallible;
    const FIFO: bool = false;

    fn push(&mut self, seq: u64, item: T) -> Result<(), (T, Infallible)> {
        // Equal items go behind those that are there.
        let (seq, item) = match &mut self.first {
            None if self.others.first().is_none_or(|other| item < *other) => {
                self.first = Some((seq, item));
                return Ok(());
            }
            Some(first) if item < first.1 => std::mem::replace(first, (seq, item)),
            _ => (seq, item),
        };
        self.others.push(seq, item);
        Ok(())
    }

    fn pop(&mut self) -> Result<(u64, T), Infallible> {
        Ok(self.first.take().or_else(|| self.others.pop()).expect(NOT_EMPTY))
    }

    fn len(&self) -> usize {
        self.others.len() + usize::from(self.first.is_some())
    }

    fn drain(&mut self) -> Vec<T> {
        let Priority { first, others } = std::mem::take(self);
        let mut items = others.into_items();
        items.extend(first.map(|(_, item)| item));
        items
    }
}

/// What a store may rely on.
const NOT_EMPTY: &str = "a queue takes an item only from a store that has one";

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo::new()
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Lifo::new()
    }
}

impl<T> Default for Priority<T> {
    fn default() -> Self {
        Priority::new()
    }
}
