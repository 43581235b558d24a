//! How fast do items go through a bounded queue?

use crate::row::{Rival, Row, repeat, side_by_side};
use std::sync::{Arc, Mutex, mpsc};

/// Why nothing goes wrong.
pub(crate) const OPEN: &str = "nobody closes it";

/// How many items the queues hold.
const CAPACITY: usize = 1024;

pub(crate) const ROWS: [Row; 3] = [
    Row::alone("bounded queue, one thread", 148.0, alone),
    Row::together("bounded queue 1p1c", one_pair),
    Row::together("bounded queue 2p2c", || rivals(&Pairs(2))),
];

/// What is done with the ends of a queue.
pub(crate) trait Use {
    fn rival(
        &self,
        name: &'static str,
        put: impl Fn(u64) + Clone + Sync + 'static,
        get: impl Fn() -> u64 + Clone + Sync + 'static,
    ) -> Rival;
}

/// Puts one in and gets it out.
pub(crate) struct Alone;

impl Use for Alone {
    fn rival(
        &self,
        name: &'static str,
        put: impl Fn(u64) + Clone + Sync + 'static,
        get: impl Fn() -> u64 + Clone + Sync + 'static,
    ) -> Rival {
        let mut turn = 0;
        let step = move || {
            put(turn);
            turn += 1;
            get();
        };
        Rival::new(name, repeat(step))
    }
}

/// So many threads put, and as many get.
pub(crate) struct Pairs(pub(crate) u64);

impl Use for Pairs {
    fn rival(
        &self,
        name: &'static str,
        put: impl Fn(u64) + Clone + Sync + 'static,
        get: impl Fn() -> u64 + Clone + Sync + 'static,
    ) -> Rival {
        let pairs = self.0;
        let mut works: Vec<Box<dyn Fn(u64) + Sync>> = Vec::new();
        for _ in 0..pairs {
            let (put, get) = (put.clone(), get.clone());
            works.push(Box::new(move |times| (0..times / pairs).for_each(&put)));
            works.push(Box::new(move |times| (0..times / pairs).for_each(|_| _ = get())));
        }
        Rival::new(name, side_by_side(works))
    }
}

fn rivals(used: &impl Use) -> Vec<Rival> {
    let ours = Arc::new(raddle_sync::Queue::bounded(CAPACITY));
    let ours_too = Arc::clone(&ours);
    let crossbeam = crossbeam_channel::bounded(CAPACITY);
    let flume = flume::bounded(CAPACITY);
    let kanal = kanal::bounded(CAPACITY);
    vec![
        used.rival("raddle", move |n| ours.put(n).expect(OPEN), move || ours_too.get().expect(OPEN)),
        used.rival(
            "crossbeam-channel",
            move |n| crossbeam.0.send(n).expect(OPEN),
            move || crossbeam.1.recv().expect(OPEN),
        ),
        used.rival("flume", move |n| flume.0.send(n).expect(OPEN), move || flume.1.recv().expect(OPEN)),
        used.rival("kanal", move |n| kanal.0.send(n).expect(OPEN), move || kanal.1.recv().expect(OPEN)),
    ]
}

fn alone() -> Vec<Rival> {
    let mut all = rivals(&Alone);
    let (sender, receiver) = mpsc::sync_channel(CAPACITY);
    let step = move || {
        sender.send(1u64).expect(OPEN);
        receiver.recv().expect(OPEN);
    };
    all.push(Rival::new("std mpsc", repeat(step)));
    all
}

fn one_pair() -> Vec<Rival> {
    let mut all = rivals(&Pairs(1));
    let (sender, receiver) = mpsc::sync_channel(CAPACITY);
    let put = move |times| (0..times).for_each(|n: u64| sender.send(n).expect(OPEN));
    let receiver = Mutex::new(receiver);
    let get = move |times| {
        // Taken once, for it cannot be shared otherwise.
        let receiver = receiver.lock().unwrap_or_else(|e| e.into_inner());
        (0..times).for_each(|_| assert!(receiver.recv().is_ok()));
    };
    all.push(Rival::new("std mpsc", side_by_side(vec![Box::new(put), Box::new(get)])));
    all
}
