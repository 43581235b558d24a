//! Times of rivals, taken in turn.

use crate::row::{Rival, Row, Work};
use std::time::{Duration, Instant};

/// Times of each rival, round by round, in nanoseconds.
pub(crate) struct Times(Vec<Vec<f64>>);

impl Times {
    /// Times a row's rivals in turn, the order turning with the rounds.
    pub(crate) fn take(row: &Row, rivals: &mut [Rival]) -> Times {
        let times = calibrated(&mut rivals[0].work, row.block);
        let mut taken = vec![Vec::with_capacity(row.rounds); rivals.len()];
        for round in 0..row.rounds {
            for place in 0..rivals.len() {
                let rival = (round + place) % rivals.len();
                let start = Instant::now();
                (rivals[rival].work)(times);
                taken[rival].push(start.elapsed().as_nanos() as f64 / times as f64);
            }
        }
        Times(taken)
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

/// How many times `work` fits into `block`.
fn calibrated(work: &mut Work, block: Duration) -> u64 {
    let mut times = 16;
    loop {
        let start = Instant::now();
        work(times);
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
