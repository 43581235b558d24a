//! A uniform choice at each point: the random walk.

use super::{Step, Strategy};
use fastrand::Rng;

/// Every candidate is as likely as any other.
#[derive(Debug, Default)]
pub(crate) struct Random;

impl Strategy for Random {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        true
    }

    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize {
        rng.usize(..step.candidates.len())
    }
}
