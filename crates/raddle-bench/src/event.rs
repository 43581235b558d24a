//! How long does it take to hand over to another thread by an event, and to get back, beside the least that the system takes?

use crate::row::{Rival, Row, side_by_side};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};

pub(crate) const ROWS: [Row; 1] = [Row { goal: 1.1, ..Row::to_and_fro("event round trip", rivals) }];

fn rivals() -> Vec<Rival> {
    vec![events(), bare()]
}

fn events() -> Rival {
    let (there, back) = (Arc::new(raddle_sync::Event::new()), Arc::new(raddle_sync::Event::new()));
    let (there_too, back_too) = (Arc::clone(&there), Arc::clone(&back));
    let ping = move |times| {
        for _ in 0..times {
            there.set();
            back.wait();
            back.clear();
        }
    };
    let pong = move |times| {
        for _ in 0..times {
            there_too.wait();
            there_too.clear();
            back_too.set();
        }
    };
    Rival::new("raddle", side_by_side(vec![Box::new(ping), Box::new(pong)]))
}

/// Two threads that do nothing but sleep and wake each other up.
fn bare() -> Rival {
    Rival::new(
        "park and unpark",
        Box::new(|times| {
            let (there, caller) = (AtomicBool::new(false), thread::current());
            thread::scope(|scope| {
                let (there, caller) = (&there, &caller);
                let other = scope.spawn(move || (0..times).for_each(|_| turn(there, false, caller)));
                (0..times).for_each(|_| turn(there, true, other.thread()));
            });
        }),
    )
}

/// Waits for its turn, takes it, and tells the other.
fn turn(there: &AtomicBool, to: bool, other: &Thread) {
    // Acquire and Release: whoever sees its turn has seen the turn before.
    while there.load(Ordering::Acquire) == to {
        thread::park();
    }
    there.store(to, Ordering::Release);
    other.unpark();
}
