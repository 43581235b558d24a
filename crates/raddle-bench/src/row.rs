//! What is measured: a row, and the rivals that it sets beside each other.

use std::time::Duration;

/// The highest ratio of our time to the best peer's that is no failure: as fast, but for what measuring itself is off by.
const GOAL: f64 = 1.03;

/// Does its work so many times.
pub(crate) type Work = Box<dyn FnMut(u64)>;

/// Somebody's way of doing what a row is about.
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
}

impl Rival {
    pub(crate) fn new(name: &'static str, work: Work) -> Self {
        Rival { name, work }
    }
}

/// One thing that is measured.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) goal: f64,
    /// How many instructions we may take, where one thread does it, alone, so that counting comes out the same each time.
    ///
    /// For x86-64 and the toolchain that `rust-version` names: what was counted last, and a fiftieth more.
    pub(crate) ceiling: Option<f64>,
    /// Whether all threads share a processor, on all sides. Threads that pass a turn to and fro take ten times as long when the
    /// scheduler gives each a processor of its own, and it may do so with one rival and not with another.
    pub(crate) one_processor: bool,
    /// How long a rival works before it is the next one's turn.
    pub(crate) block: Duration,
    /// How often it is a rival's turn.
    pub(crate) rounds: usize,
    /// Us, then the peers.
    pub(crate) rivals: fn() -> Vec<Rival>,
}

impl Row {
    /// What one thread does alone.
    pub(crate) const fn alone(name: &'static str, ceiling: f64, rivals: fn() -> Vec<Rival>) -> Self {
        let (block, rounds) = (Duration::from_millis(1), 401);
        Row { ceiling: Some(ceiling), block, rounds, ..Row::together(name, rivals) }
    }

    /// What several threads do together, which takes longer to show.
    pub(crate) const fn together(name: &'static str, rivals: fn() -> Vec<Rival>) -> Self {
        Row {
            name,
            goal: GOAL,
            ceiling: None,
            one_processor: false,
            block: Duration::from_millis(10),
            rounds: 61,
            rivals,
        }
    }

    /// What threads do by passing a turn to and fro.
    pub(crate) const fn to_and_fro(name: &'static str, rivals: fn() -> Vec<Rival>) -> Self {
        Row { one_processor: true, ..Row::together(name, rivals) }
    }
}

/// One step again and again.
pub(crate) fn repeat(mut step: impl FnMut() + 'static) -> Work {
    Box::new(move |times| (0..times).for_each(|_| step()))
}

/// Work of threads that run side by side, each of which does all of it.
pub(crate) fn side_by_side(works: Vec<Box<dyn Fn(u64) + Sync>>) -> Work {
    Box::new(move |times| {
        std::thread::scope(|scope| {
            let (first, others) = works.split_first().expect("a row has work");
            for work in others {
                scope.spawn(move || work(times));
            }
            first(times);
        });
    })
}
