//! Python as the language above the engine.

use super::access;
use super::fiber::ThreadStates;
use super::{alarm, frames, generators, names, sites, tasks, unasked, unseen};
use crate::identity;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raddle::engine::explore::{Alarm, Evidence, Front, Member, StackBounds};
use raddle::engine::kernel::{ObjectId, TaskId};
use raddle::engine::record::{Frame, Note};
use std::cell::Cell;

/// A Python program, as often as the engine wants to run it.
pub(super) struct PythonFront {
    /// Has the methods `reset`, `main`, `close` and `finish`.
    program: Py<PyAny>,
    states: ThreadStates,
    /// The tasks unwind: what they print now is not the program's any more.
    closed: Cell<bool>,
}

impl PythonFront {
    pub(super) fn new(program: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(PythonFront {
            program: program.clone().unbind(),
            states: ThreadStates::new(program.py())?,
            closed: Cell::new(false),
        })
    }

    /// Calls a method of the program's launcher. It handles what the program does; what is left is a fault of ours.
    fn call(&self, method: fn(Python<'_>) -> &Bound<'_, PyString>) -> Option<Py<PyAny>> {
        Python::attach(|py| match self.program.bind(py).call_method0(method(py)) {
            Ok(value) => Some(value.unbind()),
            Err(e) => {
                e.write_unraisable(py, Some(self.program.bind(py)));
                None
            }
        })
    }
}

impl Front for PythonFront {
    fn reset(&self) {
        self.closed.set(false);
        self.call(|py| intern!(py, "reset"));
    }

    fn main(&self) {
        tasks::begin();
        identity::restart();
        alarm::execution_runs(true);
        self.call(|py| intern!(py, "main"));
        Python::attach(tasks::ended);
    }

    fn finish(&self) -> String {
        Python::attach(|py| {
            access::forget();
            tasks::end(py);
        });
        alarm::execution_runs(false);
        let output = self.call(|py| intern!(py, "finish"));
        Python::attach(|py| output.and_then(|output| output.extract(py).ok()).unwrap_or_default())
    }

    fn notes(&self) -> Vec<Note> {
        unasked::take()
    }

    fn daemons(&self) -> bool {
        true
    }

    fn alarm(&self) -> Alarm {
        alarm::alarm()
    }

    fn fiber_made(&self, stack: StackBounds) -> usize {
        self.states.make(stack)
    }

    fn fiber_resumed(&self, fiber: Option<usize>) {
        if fiber.is_some() && raddle::engine::kernel::over() && !self.closed.replace(true) {
            self.states.resume(None);
            self.call(|py| intern!(py, "close"));
        }
        if fiber.is_some() {
            alarm::remind();
        }
        self.states.resume(fiber);
    }

    fn fiber_emptied(&self, fiber: usize) {
        self.states.empty(fiber);
    }

    fn unproved(&self, owner: usize) {
        unseen::races(owner);
    }

    fn stands(&self) {
        generators::stands();
    }

    fn stack(&self) -> Vec<Frame> {
        Python::attach(|py| access::hushed(|| frames::here(py)))
    }

    fn handling(&self) -> bool {
        Python::attach(|py| access::hushed(|| frames::handles(py)))
    }

    fn standing(&self) -> Option<u64> {
        Some(Python::attach(|py| access::hushed(|| frames::standing(py))))
    }

    fn source_line(&self, file: &str, line: u32) -> String {
        frames::line(file, line)
    }

    fn object_names(&self, objects: &[ObjectId]) -> Vec<Option<String>> {
        Python::attach(|py| {
            let frames = self.states.frames(py);
            access::hushed(|| names::of_objects(self.program.bind(py), objects, frames))
        })
    }

    fn task_name(&self, task: TaskId) -> Option<String> {
        Python::attach(|py| access::hushed(|| tasks::name(py, task)))
    }

    fn evidence(&self, store: u32, read: u32) -> Evidence {
        sites::evidence(store, read)
    }

    fn replaces(&self, site: u32) -> bool {
        sites::replaces(site)
    }

    fn site_label(&self, site: u32) -> String {
        sites::label(site)
    }

    fn site_frame(&self, site: u32) -> Frame {
        sites::frame(site)
    }

    fn site_text(&self, site: u32) -> String {
        sites::text(site)
    }

    fn value(&self, owner: usize, member: Member) -> Option<String> {
        access::shown(owner, member)
    }
}
