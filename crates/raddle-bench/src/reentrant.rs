//! What does it cost to take and give back a re-entrant lock that nobody else wants, and to enter it again?

use crate::row::{Rival, Row, repeat};
use std::hint::black_box;

pub(crate) const ROWS: [Row; 2] =
    [Row::alone("re-entrant lock+unlock", 34.0, outer), Row::alone("re-entrant lock+unlock, held", 31.0, inner)];

#[inline]
fn read(value: &u64) {
    black_box(*value);
}

fn outer() -> Vec<Rival> {
    let (ours, theirs) = (raddle_sync::ReentrantLock::new(0u64), parking_lot::ReentrantMutex::new(0u64));
    vec![
        Rival::new("raddle", repeat(move || read(&black_box(&ours).lock()))),
        Rival::new("parking_lot", repeat(move || read(&black_box(&theirs).lock()))),
    ]
}

fn inner() -> Vec<Rival> {
    let (ours, theirs) = (raddle_sync::ReentrantLock::new(0u64), parking_lot::ReentrantMutex::new(0u64));
    let ours = move |times| {
        let _outer = ours.lock();
        (0..times).for_each(|_| read(&black_box(&ours).lock()));
    };
    let theirs = move |times| {
        let _outer = theirs.lock();
        (0..times).for_each(|_| read(&black_box(&theirs).lock()));
    };
    vec![Rival::new("raddle", Box::new(ours)), Rival::new("parking_lot", Box::new(theirs))]
}
