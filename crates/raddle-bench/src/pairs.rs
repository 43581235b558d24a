//! Times of rivals, taken in turn.

use crate::row::{Rival, Row, Work};
use std::time::{Duration, Instant};

/// What each rival took.
pub(crate) struct Times {
    /// Its times, round by round, in nanoseconds.
    taken: Vec<Vec<f64>>,
    /// Processor time of all its threads in all rounds, in nanoseconds; 0 where the system does not tell.
    processors: Vec<f64>,
}

impl Times {
    /// Times a row's rivals in turn, the order turning with the rounds.
    pub(crate) fn take(row: &Row, rivals: &mut [Rival]) -> Times {
        let times = calibrated(&mut rivals[0].work, row.block);
        let mut taken = vec![Vec::with_capacity(row.rounds); rivals.len()];
        let mut processors = vec![0.0; rivals.len()];
        for round in 0..row.rounds {
            for place in 0..rivals.len() {
                let rival = (round + place) % rivals.len();
                let (before, start) = (processor_time(), Instant::now());
                (rivals[rival].work)(times);
                taken[rival].push(start.elapsed().as_nanos() as f64 / times as f64);
                processors[rival] += processor_time() - before;
            }
        }
        Times { taken, processors }
    }

    /// The middle one of a rival's times.
    pub(crate) fn median(&self, rival: usize) -> f64 {
        middle(self.taken[rival].clone())
    }

    /// The ratio of two rivals' processor time, if it is known.
    pub(crate) fn processor_ratio(&self, of: usize, to: usize) -> Option<f64> {
        let ratio = self.processors[of] / self.processors[to];
        ratio.is_finite().then_some(ratio)
    }

    /// The middle one of the ratios of two rivals' times in the same round.
    pub(crate) fn ratio(&self, of: usize, to: usize) -> f64 {
        middle(self.taken[of].iter().zip(&self.taken[to]).map(|(of, to)| of / to).collect())
    }
}

/// Processor time of all threads that this process has had, in nanoseconds: Linux tells it, in hundredths of a second.
fn processor_time() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // In the words after the program's name, which may be any: in user mode, and in the kernel.
    let words = told.rsplit(')').next().unwrap_or_default().split_whitespace();
    words.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 1e7
}

/// How many times `work` fits into `block`.
fn calibrated(work: &mut Work, block: Duration) -> u64 {
    let mut times = 16;
    let mut fills = |times| {
        let start = Instant::now();
        work(times);
        start.elapsed() >= block
    };
    // Once may be by a disturbance.
    while !(0..3).all(|_| fills(times)) {
        times *= 2;
    }
    times
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
