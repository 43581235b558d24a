//! The natural run: each task goes on until it blocks, then the oldest that can.

use super::{Step, Strategy};
use fastrand::Rng;

/// One execution, without any preemption.
#[derive(Debug, Default)]
pub(crate) struct Natural {
    done: bool,
}

impl Strategy for Natural {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        !std::mem::replace(&mut self.done, true)
    }

    fn choose(&mut self, _step: &Step<'_>, _rng: &mut Rng) -> usize {
        0
    }
}
