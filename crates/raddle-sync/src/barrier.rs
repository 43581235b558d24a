//! # What it is
//! A meeting point of a fixed number of tasks: `std::sync::Barrier`, and Python's `threading.Barrier` with its `abort`,
//! `reset` and action. Unlike at CPython's, a task may arrive for the next round while others still leave the last one.
//!
//! # States
//! It holds a [`Monitor`] over the round that fills:
//!
//! | arrived | broken | meaning |
//! |---|---|---|
//! | fewer than `parties` | no | the round fills |
//! | `parties` | no | the last to arrive runs its action; nobody else can arrive |
//! | any | yes | whoever waits or arrives gets an error, until a reset |
//!
//! The round's number grows when the round is complete and when it is reset. Rounds that were reset under waiting tasks are
//! remembered until the last of those has left.
//!
//! # Waiting
//! Those who arrived wait until the round's number has moved or the barrier is broken; both wake them all.
//! Those who come while an action runs wait for it to end. A task whose time is over breaks the barrier for all.
//! A wait is two operations: to arrive, and to pass. With an action it is three for the last to arrive: to arrive, to open
//! the barrier once the action is done (announced as arriving, too), and to pass.
//!
//! # Ordering
//! Everything that any task did before it arrived, and the action, happens before every task's passing: by the monitor.
//!
//! # Sources
//! CPython's `threading.Barrier` for the rules, `std::sync::Barrier` for the numbered rounds.

use crate::monitor::Monitor;
use raddle_kernel::{Deadline, Effect, Kind, ObjectId, Op, Stopped, Target, did, point};
use std::convert::Infallible;
use std::fmt;

/// A meeting point of a fixed number of tasks.
///
/// ```
/// use raddle_sync::{Barrier, thread};
///
/// let barrier = Barrier::new(2);
/// thread::scope(|scope| {
///     let other = scope.spawn(|| barrier.wait().is_leader());
///     assert!(barrier.wait().is_leader() != other.join().unwrap());
/// });
/// ```
pub struct Barrier {
    parties: u32,
    rounds: Monitor<Rounds>,
}

/// The lane of those who wait for their round to be complete.
const ROUND: u8 = 0;
/// The lane of those who wait for an action to end before they can arrive.
const DOOR: u8 = 1;

impl Barrier {
    /// A barrier at which `parties` tasks meet; 0 is taken for 1.
    #[track_caller]
    pub const fn new(parties: u32) -> Self {
        let parties = if parties == 0 { 1 } else { parties };
        Barrier { parties, rounds: Monitor::new(Rounds { number: 0, arrived: 0, broken: false, lost: Vec::new() }) }
    }

    /// Waits until all have arrived.
    ///
    /// # Panics
    /// If the barrier is broken: use [`wait_until`](Barrier::wait_until) where somebody may abort it.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        match self.wait_until(Deadline::Never) {
            Ok(result) => result,
            Err(broken) => panic!("{broken}"),
        }
    }

    /// Waits until all have arrived, or breaks the barrier when `deadline` has passed.
    ///
    /// # Errors
    /// [`BarrierError::Broken`] if the barrier is broken, by this task or another.
    #[track_caller]
    pub fn wait_until(&self, deadline: Deadline) -> Result<BarrierWaitResult, BarrierError> {
        let seat = self.arrive(Rounds::complete)?;
        self.pass(seat, deadline)
    }

    /// As [`wait_until`](Barrier::wait_until); the last to arrive runs `action` before anybody passes.
    ///
    /// ```
    /// use raddle_sync::{Barrier, Deadline};
    ///
    /// let barrier = Barrier::new(1);
    /// barrier.wait_with(Deadline::Never, || Ok::<(), ()>(())).unwrap();
    /// assert!(barrier.wait_with(Deadline::Never, || Err("no")).is_err());
    /// assert!(barrier.is_broken());
    /// ```
    ///
    /// # Errors
    /// [`ActionError::Action`] with the action's own error, which breaks the barrier, as a panic of the action does;
    /// else as [`wait_until`](Barrier::wait_until).
    #[track_caller]
    pub fn wait_with<E>(
        &self,
        deadline: Deadline,
        action: impl FnOnce() -> Result<(), E>,
    ) -> Result<BarrierWaitResult, ActionError<E>> {
        let seat = self.arrive(|_| ()).map_err(ActionError::Barrier)?;
        if seat.leader {
            let acting = Acting { barrier: self, seat };
            action().map_err(ActionError::Action)?;
            acting.done();
        }
        self.pass(seat, deadline).map_err(ActionError::Barrier)
    }

    /// Breaks the barrier: whoever waits or arrives gets an error.
    #[track_caller]
    pub fn abort(&self) {
        self.change(|rounds| rounds.broken = true);
    }

    /// Makes the barrier as new; whoever waits gets an error.
    #[track_caller]
    pub fn reset(&self) {
        self.change(Rounds::reset);
    }

    /// How many tasks meet here.
    pub fn parties(&self) -> u32 {
        self.parties
    }

    /// How many have arrived and wait for the others; it may be otherwise a moment later.
    #[track_caller]
    pub fn waiting_count(&self) -> u32 {
        self.look(|rounds| if rounds.broken { 0 } else { rounds.arrived })
    }

    /// Whether the barrier is broken; it may be otherwise a moment later.
    #[track_caller]
    pub fn is_broken(&self) -> bool {
        self.look(|rounds| rounds.broken)
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.target().object.id()
    }

    /// How many have arrived, `None` if the barrier is broken; for a report: no operation.
    pub fn state(&self) -> Option<u32> {
        let rounds = self.rounds.enter();
        (!rounds.broken).then_some(rounds.arrived)
    }

    #[track_caller]
    fn arrive(&self, last: impl Fn(&mut Rounds)) -> Result<Seat, BarrierError> {
        let target = self.target();
        let open = |rounds: &Rounds| rounds.broken || rounds.arrived < self.parties;
        point(Op::Arrive, target, Deadline::Never, || self.rounds.allows(open));
        let seat = self.rounds.until(Op::Arrive, target.lane(DOOR), Deadline::Never, |rounds| {
            open(rounds).then(|| {
                let seat = rounds.seat(self.parties)?;
                if seat.leader {
                    last(rounds);
                }
                Ok(seat)
            })
        });
        let seat = seat.map_err(|_: Stopped| BarrierError::Interrupted)?;
        did(target, seat.map_or(Effect::Saw, |seat| Effect::Arrived { left: self.parties - 1 - seat.index }));
        if seat.is_ok_and(|seat| seat.leader) {
            self.wake_all();
        }
        seat
    }

    #[track_caller]
    fn pass(&self, seat: Seat, deadline: Deadline) -> Result<BarrierWaitResult, BarrierError> {
        let target = self.target();
        point(Op::Pass, target, deadline, || self.rounds.allows(|rounds| rounds.verdict(seat).is_some()));
        let verdict = match self.rounds.until(Op::Pass, target.lane(ROUND), deadline, |rounds| rounds.leave(seat)) {
            Ok(verdict) => verdict,
            Err(Stopped::Interrupted) => {
                self.rounds.enter().give_up(seat);
                return Err(BarrierError::Interrupted);
            }
            Err(Stopped::TimedOut) => match self.rounds.enter().give_up_on(seat) {
                // The round was complete, or broken, before it could be broken here.
                Some(verdict) => verdict,
                None => {
                    did(target, Effect::Broke);
                    self.wake_all();
                    return Err(BarrierError::Broken);
                }
            },
        };
        did(target, if verdict.is_ok() { Effect::Passed } else { Effect::Saw });
        verdict.map(|()| BarrierWaitResult { index: seat.index, leader: seat.leader })
    }

    #[track_caller]
    fn change(&self, change: impl FnOnce(&mut Rounds)) {
        let target = self.target();
        point(Op::Abort, target, Deadline::Now, || true);
        change(&mut self.rounds.enter());
        did(target, Effect::Broke);
        self.wake_all();
    }

    #[track_caller]
    fn look<R>(&self, look: impl FnOnce(&Rounds) -> R) -> R {
        let target = self.target();
        point(Op::Look, target, Deadline::Now, || true);
        let seen = look(&self.rounds.enter());
        did(target, Effect::Looked);
        seen
    }

    fn wake_all(&self) {
        self.rounds.wake(self.target().lane(ROUND), usize::MAX);
        self.rounds.wake(self.target().lane(DOOR), usize::MAX);
    }

    const fn target(&self) -> Target<'_> {
        self.rounds.of(Kind::Barrier)
    }
}

/// A task's place in a round.
#[derive(Clone, Copy)]
struct Seat {
    round: u64,
    index: u32,
    leader: bool,
}

#[derive(Debug)]
struct Rounds {
    /// The number of the round that fills.
    number: u64,
    /// How many have arrived in it and not left.
    arrived: u32,
    broken: bool,
    /// The rounds that were reset under waiting tasks, and how many of those have yet to leave.
    lost: Vec<(u64, u32)>,
}

impl Rounds {
    /// The next place, in a round that has one left.
    fn seat(&mut self, parties: u32) -> Result<Seat, BarrierError> {
        if self.broken {
            return Err(BarrierError::Broken);
        }
        let index = self.arrived;
        self.arrived += 1;
        Ok(Seat { round: self.number, index, leader: self.arrived == parties })
    }

    fn complete(&mut self) {
        self.number += 1;
        self.arrived = 0;
    }

    fn reset(&mut self) {
        if self.arrived > 0 {
            self.lost.push((self.number, self.arrived));
            self.complete();
        }
        self.broken = false;
    }

    /// How the seat's round has ended, if it has.
    fn verdict(&self, seat: Seat) -> Option<Result<(), BarrierError>> {
        if self.lost.iter().any(|(round, _)| *round == seat.round) {
            Some(Err(BarrierError::Broken))
        } else if self.number != seat.round {
            Some(Ok(()))
        } else {
            self.broken.then_some(Err(BarrierError::Broken))
        }
    }

    /// Leaves the seat if its round has ended.
    fn leave(&mut self, seat: Seat) -> Option<Result<(), BarrierError>> {
        let verdict = self.verdict(seat)?;
        self.give_up(seat);
        Some(verdict)
    }

    /// Leaves the seat, and breaks its round unless that has ended.
    fn give_up_on(&mut self, seat: Seat) -> Option<Result<(), BarrierError>> {
        let verdict = self.leave(seat);
        if verdict.is_none() {
            self.broken = true;
            self.give_up(seat);
        }
        verdict
    }

    /// Leaves the seat, however its round stands.
    fn give_up(&mut self, seat: Seat) {
        if self.number == seat.round {
            self.arrived -= 1;
        } else if let Some(at) = self.lost.iter().position(|(round, _)| *round == seat.round) {
            self.lost[at].1 -= 1;
            if self.lost[at].1 == 0 {
                self.lost.swap_remove(at);
            }
        }
    }
}

/// The last to arrive while it runs its action: unless that is done, the barrier breaks.
struct Acting<'a> {
    barrier: &'a Barrier,
    seat: Seat,
}

impl Acting<'_> {
    /// Opens the barrier.
    #[track_caller]
    fn done(self) {
        let Acting { barrier, seat } = self;
        std::mem::forget(self);
        let target = barrier.target();
        point(Op::Arrive, target, Deadline::Now, || true);
        {
            let mut rounds = barrier.rounds.enter();
            if rounds.verdict(seat).is_none() {
                rounds.complete();
            }
        }
        did(target, Effect::Arrived { left: 0 });
        barrier.wake_all();
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        self.barrier.change(|rounds| {
            rounds.broken |= rounds.number == self.seat.round;
            rounds.give_up(self.seat);
        });
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("parties", &self.parties).field("rounds", &self.rounds).finish()
    }
}

/// What a task gets when it passes a [`Barrier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    index: u32,
    leader: bool,
}

impl BarrierWaitResult {
    /// The task's place in the order of arrival, from 0.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether the task was the last to arrive: one of each round is.
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// Why a task did not pass a [`Barrier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierError {
    /// The barrier is broken: somebody aborted or reset it, or ran out of time.
    Broken,
    /// The signal hook of [`Manner`](raddle_kernel::Manner) asked for it; the barrier is whole.
    Interrupted,
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BarrierError::Broken => "the barrier is broken",
            BarrierError::Interrupted => "the wait was interrupted",
        })
    }
}

impl std::error::Error for BarrierError {}

/// Why a task with an action did not pass a [`Barrier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionError<E = Infallible> {
    /// The barrier did not let it pass.
    Barrier(BarrierError),
    /// The action failed, and so broke the barrier.
    Action(E),
}

impl<E> fmt::Display for ActionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionError::Barrier(error) => error.fmt(f),
            ActionError::Action(_) => f.write_str("the barrier's action failed"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ActionError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ActionError::Barrier(error) => Some(error),
            ActionError::Action(error) => Some(error),
        }
    }
}
