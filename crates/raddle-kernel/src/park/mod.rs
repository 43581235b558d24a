//! The park table: which thread sleeps on which object, in order of arrival.
//!
//! **Protocol.** A waiter locks the bucket of its key, tries once more, and only then appends its node; a waker changes the
//! object's state first and locks the bucket afterwards. So either the waiter's last try sees the change, or the waker sees the node.
//! **Nodes** live on their waiters' stacks and are linked through raw pointers, under two rules:
//! (1) a node is reachable only from a bucket's list or from one waker's private list, and the bucket's lock is held while it
//! moves between them; (2) its waiter returns only after it has unlinked the node itself, under the lock, or has seen `woken`,
//! which a waker stores as its last access to the node.
//! **Kept asleep.** A waker that holds the lock which a waiter needs next may leave it asleep, on its private list, until it gives
//! the lock back (`wake_holding`). Such a waiter is woken in all but name: it could not have gone on before either, so that neither
//! a deadline nor a signal ends its sleep any more, and it is never lost, as the list is emptied by the release that it waits for.
//! **Ordering.** Everything before a wake happens before the return of the wait it ends: by the bucket's lock and by the
//! Release store of `woken`, which pairs with the Acquire load in `wait`.
//! **Forks** leave the table empty in the child: see `fork`.
//! **Sources**: WebKit's ParkingLot (Pizlo 2015) and Amanieu d'Antras' `parking_lot_core`; the table here has a fixed size.
//! **Checked** by loom, on its model of the memory of real machines, through the one alias file of the table's atomics: see `model`.

mod fork;
mod table;

use crate::sys;

pub(crate) use table::{Stay, Table};

/// Waiters whom one waker has taken out.
pub(crate) type Kept = table::Line<sys::Native>;

/// A power of two; 128 buckets make a collision between a handful of contended objects unlikely.
const BUCKETS: usize = 128;
/// After the longest pauses, so that whoever waits for a lock seldom takes its word away from the holder: together about a
/// microsecond, as long as a short critical section, far below the cost of sleeping.
pub(crate) const TRIES: u32 = 2;
/// As long.
pub(crate) const SPINS: u32 = 60;
/// As long again: for those whose waiting is all that they have to do, and who may have the processor of whom they wait for.
pub(crate) const YIELDS: u32 = 8;

pub(crate) static TABLE: Table<sys::Native> = Table::new();

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
