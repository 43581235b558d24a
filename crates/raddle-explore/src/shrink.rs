//! The smallest schedule that still shows a bug: the fewest preemptions, then the fewest operations, then the fewest switches.
//!
//! A preemption is a choice of another task although the one that took the last step could go on; who is blocked or has ended is
//! left for free. Operations count up to the point at which the bug is complete.
//!
//! First the schedule is cut into blocks, in each of which one task goes on. Blocks are left out, many at a time and then fewer
//! (Zeller and Hildebrandt 2002), joined with the next of the same task, or put off, until nothing of that helps (Jalbert and
//! Sen: *A trace simplification technique for effective debugging of concurrent programs*, FSE 2010). Then all schedules without
//! a preemption are tried, all with one, and so on (Musuvathi and Qadeer: *Iterative context bounding*, PLDI 2007), up to the
//! number that is known: this finds what the first way cannot, and proves that there is no less. Both are bounded, by what is
//! the same in every run; a limit of time is there for programs that are much slower than most.
//!
//! Whatever seems smaller is run again, exactly and with everything recorded, and counts only if that shows the same bug.

use crate::execution::{Inner, Raw};
use crate::options::Progress;
use crate::session::{Attempt, Session, Shown};
use crate::strategy::{Candidate, Dfs, Step, Strategy};
use crate::visible::Visible;
use fastrand::Rng;
use raddle_record::{Found, Shrunk, Stopped};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

/// Each of the two ways ends after so many executions,
const EXECUTIONS: u64 = 2_000;
/// or after so many points in them,
const POINTS: u64 = 200_000;
/// and both after so long.
const TIME: Duration = Duration::from_secs(3);

/// A part of an execution in which one task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// The task, and the way in which it goes on, by a number that is the same in every execution.
    task: u64,
    /// How many steps it has taken in all when the block ends.
    until: u32,
}

/// What is to become smaller; the first counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size {
    pub(crate) preemptions: u64,
    pub(crate) operations: u64,
    blocks: usize,
}

/// The way that an execution took to a bug, as far as it is not what comes by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trail {
    pub(crate) size: Size,
    blocks: Vec<Block>,
    /// All tasks that there were.
    tasks: Vec<u64>,
}

impl Trail {
    /// Of the execution that shows `raw`.
    pub(crate) fn of(inner: &Inner, raw: &Raw) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        for choice in &inner.choices[..inner.led] {
            let (task, until) = (choice.actor(), choice.taken + 1);
            match blocks.last_mut() {
                Some(last) if last.task == task => last.until = until,
                _ => blocks.push(Block { task, until }),
            }
        }
        let size = Size { preemptions: inner.preemptions, operations: raw.at, blocks: blocks.len() };
        Trail { size, blocks, tasks: inner.tasks.iter().map(|task| task.hash).collect() }
    }
}

/// Follows blocks as far as the program lets it, and then preempts nobody.
#[derive(Debug)]
struct Guide {
    blocks: Vec<Block>,
    /// The block that comes next, or goes on.
    at: usize,
}

impl Strategy for Guide {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        true
    }

    fn choose(&mut self, step: &Step<'_>, _rng: &mut Rng) -> usize {
        // Where nobody stood when the blocks were made, they say nothing: who stands there goes on first.
        let late = |index: &usize| step.candidates[*index].late;
        if let Some(index) = step.goes_on().filter(late).or_else(|| (0..step.candidates.len()).find(late)) {
            return index;
        }
        while let Some(block) = self.blocks.get(self.at) {
            let fits = |c: &Candidate| c.actor() == block.task && c.taken < block.until;
            if let Some(index) = step.candidates.iter().position(fits) {
                return index;
            }
            self.at += 1;
        }
        step.goes_on().unwrap_or(0)
    }
}

/// Makes the schedule of a finding as small as it can be; false when the user wants no more.
pub(crate) fn shrink(
    session: &mut Session<'_>,
    found: &mut Found,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> bool {
    session.visible = Visible::from_names(&found.schedule.visible);
    let Some(trail) = session.rerun(&found.schedule).trail else { return true };
    let mut shrinking = Shrinking {
        session,
        progress,
        best: found.clone(),
        before: trail.clone(),
        trail,
        outgrown: false,
        judged: FxHashMap::default(),
        started: Instant::now(),
        executions: 0,
        left: (0, 0),
        stopped: None,
    };
    let (fewest_preemptions, fewest_operations) = shrinking.run();
    let Shrinking { best, before, trail, executions, stopped, .. } = shrinking;
    // Smaller than the best is only what could not be told again when more places became points.
    let before = before.size.max(trail.size);
    *found = best;
    found.schedule.shrunk = Some(Shrunk {
        preemptions_before: before.preemptions,
        operations_before: before.operations,
        executions,
        fewest_preemptions,
        fewest_operations,
        stopped: stopped.filter(|_| !fewest_operations),
    });
    stopped != Some(Stopped::User)
}

struct Shrinking<'s, 'a> {
    session: &'s mut Session<'a>,
    progress: &'s mut dyn FnMut(&Progress) -> bool,
    best: Found,
    trail: Trail,
    /// That of the schedule that was found.
    before: Trail,
    /// More places have become points than the best schedule knows, and it could not be told in terms of them: nobody knows its
    /// size.
    outgrown: bool,
    /// Whether bugs are the one in question, by their signatures.
    judged: FxHashMap<String, bool>,
    started: Instant,
    executions: u64,
    /// How many executions and points are left of this way.
    left: (u64, u64),
    stopped: Option<Stopped>,
}

impl Shrinking<'_, '_> {
    /// Whether no fewer preemptions, and no fewer operations, can show the bug.
    fn run(&mut self) -> (bool, bool) {
        if self.is_stopped() {
            return (false, false);
        }
        self.leave_out();
        let size = self.trail.size;
        let fewest = self.try_all();
        if self.trail.size != size {
            self.leave_out();
        }
        fewest
    }

    /// Whether the user wants no more; then the last execution may have been broken off.
    fn is_stopped(&mut self) -> bool {
        let stopped = !(self.progress)(&self.session.progress());
        if stopped {
            self.stopped = Some(Stopped::User);
        }
        stopped
    }

    /// Whether one more execution is too many.
    fn is_over(&mut self) -> bool {
        if !self.session.hears(self.progress) {
            self.stopped = Some(Stopped::User);
        } else if self.started.elapsed() >= TIME {
            self.stopped = Some(Stopped::Time);
        } else if self.left.0 == 0 || self.left.1 == 0 {
            self.stopped = Some(Stopped::Executions);
        } else {
            return false;
        }
        true
    }

    /// Runs an execution, and keeps its schedule if that shows the bug and is smaller.
    fn attempt(&mut self, strategy: Box<dyn Strategy>, bound: Option<u64>) -> Came {
        let best = (!self.outgrown).then_some(self.trail.size);
        let Attempt { strategy, whole, shown, .. } = self.run_below(strategy, bound, best);
        let mut came = Came { strategy, whole, kept: false, grew: false };
        if let Some((found, trail)) = shown.and_then(|shown| self.confirmed(shown)) {
            (self.best, self.trail, self.outgrown) = (found, trail, false);
            came.kept = true;
        }
        if self.session.visible.outgrow() {
            self.tell_again();
            came.grew = true;
        }
        came
    }

    /// Runs an execution; shown is only what may be the bug and takes less than `best`.
    fn run_below(&mut self, strategy: Box<dyn Strategy>, bound: Option<u64>, best: Option<Size>) -> Attempt {
        let judged = &self.judged;
        let worth =
            |signature: &str, size: Size| best.is_none_or(|best| size < best) && judged.get(signature) != Some(&false);
        let attempt = self.session.attempt(strategy, bound, &worth);
        self.executions += 1;
        self.left = (self.left.0.saturating_sub(1), self.left.1.saturating_sub(attempt.points));
        attempt
    }

    /// What an execution showed, if it shows itself again and is the same bug.
    fn confirmed(&mut self, shown: Shown) -> Option<(Found, Trail)> {
        let Shown { signature, mut schedule, trail } = shown;
        schedule.execution = self.best.schedule.execution;
        let run = self.session.rerun(&schedule);
        self.executions += 1;
        let finding = run.finding.filter(|_| run.diverged.is_none())?;
        let same = finding.same_bug(&self.best.finding);
        self.judged.insert(signature, same);
        let trail = run.trail.filter(|again| same && again.size == trail.size)?;
        Some((Found { finding, schedule, output: run.output }, trail))
    }

    /// Makes the schedules that matter anew, now that more places have become points; those are no reason to switch.
    fn tell_again(&mut self) {
        loop {
            let is_original = self.trail == self.before;
            let best = self.follow(&self.trail.clone());
            self.outgrown = best.is_none();
            let before = if is_original { best.clone() } else { self.follow(&self.before.clone()) };
            if let Some((_, trail)) = before {
                self.before = trail;
            }
            if let Some((found, trail)) = best {
                (self.best, self.trail) = (found, trail);
            }
            if !self.session.visible.outgrow() {
                break;
            }
        }
        self.session.visible.settle();
    }

    /// Runs the blocks of a trail, and tells what became of them.
    fn follow(&mut self, trail: &Trail) -> Option<(Found, Trail)> {
        let guide = Guide { blocks: trail.blocks.clone(), at: 0 };
        let shown = self.run_below(Box::new(guide), None, None).shown?;
        self.confirmed(shown)
    }

    /// Leaves out and moves blocks, until that makes nothing smaller.
    fn leave_out(&mut self) {
        self.left = (EXECUTIONS, POINTS);
        self.session.visible = Visible::from_names(&self.best.schedule.visible);
        loop {
            let size = self.trail.size;
            // All but the beginning, as much of it as it takes.
            let mut kept = 0;
            while kept < self.trail.blocks.len() && !self.follows(self.trail.blocks[..kept].to_vec()) {
                kept = (kept * 2).max(1);
            }
            let mut length = self.trail.blocks.len() / 2;
            while length > 0 {
                self.each_place(length, |blocks, at| drop(blocks.drain(at..blocks.len().min(at + length))));
                length /= 2;
            }
            // Joined with the next of the same task,
            self.each_place(1, |blocks, at| {
                let next = (at + 1..blocks.len()).find(|next| blocks[*next].task == blocks[at].task);
                if let Some(next) = next {
                    blocks[at].until = blocks.remove(next).until;
                }
            });
            // put off,
            self.each_place(1, |blocks, at| blocks[at..].rotate_left(1));
            // or one more, for the task that is to go on when the last one cannot.
            for task in self.trail.tasks.clone() {
                let mut blocks = self.trail.blocks.clone();
                blocks.last_mut().into_iter().for_each(|last| last.until = u32::MAX);
                blocks.push(Block { task, until: u32::MAX });
                self.follows(blocks);
            }
            if self.trail.size == size || self.is_over() {
                return;
            }
        }
    }

    /// Tries the blocks as `change` leaves them, at one place after the other, each so far from the one before.
    fn each_place(&mut self, step: usize, change: impl Fn(&mut Vec<Block>, usize)) {
        let mut at = 0;
        while at < self.trail.blocks.len() {
            let mut blocks = self.trail.blocks.clone();
            change(&mut blocks, at);
            if blocks == self.trail.blocks || !self.follows(blocks) {
                at += step;
            }
        }
    }

    /// Follows the blocks, if the budget allows it; whether that is the best way.
    fn follows(&mut self, blocks: Vec<Block>) -> bool {
        !self.is_over() && self.attempt(Box::new(Guide { blocks, at: 0 }), None).kept
    }

    /// Tries all schedules with as many preemptions as are known to show the bug, or fewer, the fewest first; tells whether no
    /// fewer preemptions, and no fewer operations, can show it.
    fn try_all(&mut self) -> (bool, bool) {
        if matches!(self.stopped, Some(Stopped::Time | Stopped::User)) {
            return (false, false);
        }
        self.left = (EXECUTIONS, POINTS);
        let mut bound = 0;
        // Whether all those with fewer preemptions than the bound have been tried.
        let mut below = true;
        loop {
            let tried = self.try_bound(bound);
            if tried == Tried::Grew {
                (bound, below) = (0, true);
                continue;
            }
            let all = tried == Tried::All;
            let enough = self.trail.size.preemptions <= bound && !self.outgrown;
            if enough || tried == Tried::Some {
                return (enough && below, enough && below && all);
            }
            below &= all;
            bound += 1;
        }
    }

    /// Tries all schedules with at most `bound` preemptions.
    fn try_bound(&mut self, bound: u64) -> Tried {
        let mut dfs: Box<dyn Strategy> = Box::new(Dfs::default());
        let mut all = true;
        while dfs.begin(&mut Rng::with_seed(0)) {
            if self.is_over() {
                return Tried::Some;
            }
            let came = self.attempt(dfs, Some(bound));
            if came.grew {
                return Tried::Grew;
            }
            dfs = came.strategy;
            all &= came.whole && !dfs.strayed();
        }
        match all {
            _ if self.is_stopped() => Tried::Some,
            true => Tried::All,
            false => Tried::Almost,
        }
    }
}

/// What came of an execution.
struct Came {
    strategy: Box<dyn Strategy>,
    /// Whether nothing but the strategy and the bound kept a task from being chosen.
    whole: bool,
    /// Whether its schedule is the best now.
    kept: bool,
    /// Whether more places have become points.
    grew: bool,
}

/// What came of trying all schedules with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    All,
    /// All that were on offer; fairness withheld some.
    Almost,
    /// The budget ended first.
    Some,
    /// More places have become points.
    Grew,
}

#[cfg(test)]
mod tests {
    use super::shrink;
    use crate::closure::Closure;
    use crate::front::Front;
    use crate::options::{Options, StrategyKind};
    use crate::session::{Session, explore};
    use raddle_kernel::{Deadline, Effect, Kind, Object, Op, did, point, spawn};
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::Ordering::SeqCst;

    /// Three tasks that each add to one number, twice, and none of them under a lock.
    fn program() {
        let sum = Arc::new(Object::new(0));
        for _ in 0..3 {
            let sum = Arc::clone(&sum);
            let add = move || {
                for _ in 0..2 {
                    point(Op::Read, sum.of(Kind::Shared), Deadline::Now, || true);
                    let before = sum.word().load(SeqCst);
                    did(sum.of(Kind::Shared), Effect::Read);
                    point(Op::Write, sum.of(Kind::Shared), Deadline::Now, || true);
                    sum.word().store(before + 1, SeqCst);
                    did(sum.of(Kind::Shared), Effect::Wrote);
                }
            };
            let task = Object::new(0);
            spawn(task.of(Kind::Thread), None, None, Box::new(add)).unwrap();
        }
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let front: Rc<dyn Front> = Rc::new(Closure::new(program, |_| panic!("a test stands still")));
        let options = |seed| Options { strategy: StrategyKind::Random, seed, time: None, ..Options::default() };
        for seed in 0..10 {
            let options = options(seed);
            let found = explore(&front, &options, &mut |_| true).findings.remove(0);
            let mut again = found.clone();
            assert!(shrink(&mut Session::new(&front, &options), &mut again, &mut |_| true));
            assert_eq!(again.schedule.bare(), found.schedule.bare());
            assert_eq!((again.finding, found.schedule.preemptions), (found.finding, 1));
        }
    }
}
