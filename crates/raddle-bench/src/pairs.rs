//! Times of rivals, taken in turn.

use std::time::{Duration, Instant};

/// How often each rival is timed.
const ROUNDS: usize = 401;

/// Something to be timed: does its work so many times.
pub(crate) type Workload = fn(u64);

/// Times of each rival, round by round.
pub(crate) struct Times(Vec<Vec<f64>>);

impl Times {
    /// Times the rivals in turn, a block of about `block` each, the order turning with the rounds.
    pub(crate) fn take(rivals: &[Workload], block: Duration) -> Times {
        let times = calibrated(rivals[0], block);
        let mut taken = vec![Vec::with_capacity(ROUNDS); rivals.len()];
        for round in 0..ROUNDS {
            for place in 0..rivals.len() {
                let rival = (round + place) % rivals.len();
                let start = Instant::now();
                rivals[rival](times);
                taken[rival].push(start.elapsed().as_nanos() as f64 / times as f64);
            }
        }
        Times(taken)
    }

    /// Prints a rival's line.
    pub(crate) fn print(&self, rival: usize, name: &str, instructions: Option<f64>) {
        let count = instructions.map_or_else(|| "not counted: no valgrind".to_owned(), |n| format!("{n:.1}"));
        let (least, median) = (self.least(rival), self.median(rival));
        println!("  {name:<18} min {least:6.2} ns  median {median:6.2} ns  instructions {count}");
    }

    /// The least time of a rival, in nanoseconds.
    fn least(&self, rival: usize) -> f64 {
        self.0[rival].iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle one of a rival's times.
    pub(crate) fn median(&self, rival: usize) -> f64 {
        middle(self.0[rival].clone())
    }

    /// The middle one of the ratios of two rivals' times in the same round.
    pub(crate) fn ratio(&self, of: usize, to: usize) -> f64 {
        middle(self.0[of].iter().zip(&self.0[to]).map(|(of, to)| of / to).collect())
    }
}

/// How many times `workload` fits into `block`.
fn calibrated(workload: Workload, block: Duration) -> u64 {
    let mut times = 1_000;
    loop {
        let start = Instant::now();
        workload(times);
        if start.elapsed() >= block {
            return times;
        }
        times *= 2;
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
