//! The clock: real natively, virtual in a controlled run.

use crate::control::controller;
use crate::object::Object;
use crate::wait::{Try, wait};
use crate::words::{Deadline, Effect, Kind, Op, Stopped};
use std::time::Instant;

/// The time: the real one, or the virtual one in a controlled run.
///
/// Reading a clock costs as much as taking a lock: for slow paths only.
pub fn now() -> Instant {
    if crate::watched()
        && let Some(controller) = controller()
    {
        return controller.now();
    }
    Instant::now()
}

/// Sleeps until the deadline; nothing really sleeps in a controlled run.
///
/// # Errors
/// [`Stopped::Interrupted`] if the signal hook of [`Manner`](crate::Manner) asked for it.
#[track_caller]
pub fn sleep_until(deadline: Deadline) -> Result<(), Stopped> {
    let bed = Object::new(0);
    let target = bed.of(Kind::Clock);
    crate::point(Op::Sleep, target, deadline, || false);
    match wait(Op::Sleep, target, deadline, |_: Try| None::<()>) {
        Ok(()) | Err(Stopped::TimedOut) => {
            crate::did(target, Effect::Slept);
            Ok(())
        }
        Err(Stopped::Interrupted) => Err(Stopped::Interrupted),
    }
}
