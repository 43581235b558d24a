//! Several strategies that take turns, because none of them wins everywhere.
//!
//! The natural run comes first: a bug that it shows needs no search. Then reads-from fuzzing has a head start, with every third turn
//! for another sampler: few executions show most of what there is. After that half of the turns go to the exhaustive strategy,
//! which may prove the program right, and the others are shared among the samplers by what they have brought of late; each keeps
//! a small share, since what brings nothing here may be what finds the bug there.

use super::{Dfs, Dpor, Natural, Pct, Pos, Random, Rff, Strategy, Surw};
use crate::coverage::Gain;
use crate::deal::Deal;
use crate::options::{Options, StrategyKind};
use fastrand::Rng;
use std::rc::Rc;

/// So many executions at most are the head start.
const HEAD_START: u64 = 16;
/// What an execution counts for that brought a new pair or order, and what one that was not equivalent to any before.
const NEW_PAIR: u64 = 64;
const NEW_CLASS: u64 = 16;
/// The share of a sampler that brings nothing.
const SHARE: u64 = 16;
/// What a sampler brought counts by a part less of this many with each of its executions.
const FADING: u64 = 8;

/// What a strategy is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    First,
    Exhausts,
    Leads,
    Samples,
}

struct Arm {
    /// A stand-in while it has its turn.
    strategy: Box<dyn Strategy>,
    role: Role,
    /// What it has brought of late.
    brought: u64,
}

/// The strategies of a search.
pub(crate) struct Portfolio {
    arms: Vec<Arm>,
    /// Whose turn it is.
    turn: usize,
    /// How many turns there have been.
    turns: u64,
}

/// A strategy of that role that needs no options.
fn arm<S: Strategy + Default + 'static>(role: Role) -> Arm {
    Arm { strategy: Box::new(S::default()), role, brought: NEW_PAIR }
}

impl Portfolio {
    pub(crate) fn new(options: &Options, deal: Option<&Rc<Deal>>) -> Self {
        let pct = || Arm { strategy: Box::new(Pct::new(options.pct_depth)), role: Role::Samples, brought: NEW_PAIR };
        // What is equivalent to an execution may have more preemptions or delays.
        let is_bounded = options.preemptions.or(options.delays).is_some();
        let exhausts = |strategy| Arm { strategy, role: Role::Exhausts, brought: NEW_PAIR };
        let dfs = || exhausts(Box::new(Dfs::of(deal)));
        let dpor = || match is_bounded || options.known.plain {
            true => dfs(),
            false => exhausts(Box::new(Dpor::of(deal))),
        };
        let arms = match options.strategy {
            StrategyKind::Mixed => vec![
                arm::<Natural>(Role::First),
                dpor(),
                arm::<Rff>(Role::Leads),
                arm::<Surw>(Role::Samples),
                arm::<Pos>(Role::Samples),
                pct(),
                arm::<Random>(Role::Samples),
            ],
            StrategyKind::Natural => vec![arm::<Natural>(Role::First)],
            StrategyKind::Random => vec![arm::<Random>(Role::Samples)],
            StrategyKind::Pct => vec![pct()],
            StrategyKind::Pos => vec![arm::<Pos>(Role::Samples)],
            StrategyKind::Surw => vec![arm::<Surw>(Role::Samples)],
            StrategyKind::Rff => vec![arm::<Rff>(Role::Leads)],
            StrategyKind::Dfs => vec![dfs()],
            StrategyKind::Dpor => vec![dpor()],
        };
        Portfolio { arms, turn: 0, turns: 0 }
    }

    /// Whether it wants to know what executions have shown.
    pub(crate) fn learns(&self) -> bool {
        self.arms.len() > 1 || self.arms.iter().any(|arm| arm.strategy.learns())
    }

    /// The strategy whose turn it is, until it is given back.
    pub(crate) fn take(&mut self, rng: &mut Rng) -> Box<dyn Strategy> {
        self.turn = self.next(rng);
        std::mem::replace(&mut self.arms[self.turn].strategy, Box::new(Random))
    }

    fn next(&self, rng: &mut Rng) -> usize {
        if self.arms.len() == 1 {
            return 0;
        }
        let of = |role| self.arms.iter().position(|arm| arm.role == role);
        if let Some(first) = of(Role::First) {
            return first;
        }
        let is_third = self.turns.is_multiple_of(3);
        let is_early = self.turns <= HEAD_START;
        if let Some(leader) = of(Role::Leads).filter(|_| is_early && !is_third) {
            return leader;
        }
        // By chance, so that no period of the program's is in step with it.
        if let Some(exhausts) = of(Role::Exhausts).filter(|_| !is_early && rng.bool()) {
            return exhausts;
        }
        let rests = |role| role == Role::Exhausts || (role == Role::Leads && is_early);
        let share = |arm: &Arm| if rests(arm.role) { 0 } else { SHARE + arm.brought };
        let mut at = rng.u64(..self.arms.iter().map(share).sum::<u64>().max(1));
        for (place, arm) in self.arms.iter().enumerate() {
            if at < share(arm) {
                return place;
            }
            at -= share(arm);
        }
        0
    }

    /// Whether it is the turn of one that tries all there is.
    pub(crate) fn is_exhausting(&self) -> bool {
        self.arms.get(self.turn).is_some_and(|arm| arm.role == Role::Exhausts)
    }

    /// Whether it is the turn of the one that comes first, once.
    pub(crate) fn is_first(&self) -> bool {
        self.arms.get(self.turn).is_some_and(|arm| arm.role == Role::First)
    }

    /// Takes back whose turn it was, which has brought this, and perhaps a class that is new.
    pub(crate) fn give_back(&mut self, strategy: Box<dyn Strategy>, gain: Gain, is_new: bool) {
        self.turns += 1;
        let arm = &mut self.arms[self.turn];
        arm.strategy = strategy;
        let news = if gain == Gain::default() { 0 } else { NEW_PAIR };
        arm.brought = arm.brought - arm.brought.div_ceil(FADING) + news + if is_new { NEW_CLASS } else { 0 };
        if arm.role == Role::First && self.arms.len() > 1 {
            self.arms.remove(self.turn);
        }
    }

    /// Leaves the rest to the others, now that the one whose turn it is has nothing left to try; false if there are none.
    pub(crate) fn drop_this(&mut self) -> bool {
        if self.arms.len() > 1 {
            self.arms.remove(self.turn);
            return true;
        }
        false
    }

    /// More places have become points.
    pub(crate) fn restart(&mut self) {
        self.arms.iter_mut().for_each(|arm| arm.strategy.restart());
    }
}
