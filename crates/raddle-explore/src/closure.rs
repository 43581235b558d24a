//! The Rust door: a closure as the program.

use crate::front::{Front, StackBounds};
use crate::watchdog::Alarm;
use raddle_kernel::{ObjectId, Site, TaskId};
use raddle_record::Frame;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// A front for programs in Rust: a closure, run once in each execution.
pub struct Closure {
    body: Box<dyn Fn()>,
    alarm: Cell<Option<Alarm>>,
    sources: RefCell<HashMap<String, Vec<String>>>,
}

impl Closure {
    /// A line of source.
    fn line(&self, file: &str, line: u32) -> String {
        // Paths in a build are relative to the workspace; a test runs in its package, somewhere below.
        let mut sources = self.sources.borrow_mut();
        let lines = sources.entry(file.to_owned()).or_insert_with(|| {
            let here = std::env::current_dir().unwrap_or_default();
            let text = here.ancestors().find_map(|folder| std::fs::read_to_string(folder.join(file)).ok());
            text.unwrap_or_default().lines().map(str::to_owned).collect()
        });
        lines.get((line as usize).wrapping_sub(1)).cloned().unwrap_or_default()
    }
}

impl std::fmt::Debug for Closure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Closure")
    }
}

impl Closure {
    /// A front that runs `body`; `alarm` is called from another thread when no point is reached for a while.
    pub fn new(body: impl Fn() + 'static, alarm: impl FnOnce(Option<Site>) + Send + 'static) -> Self {
        Closure { body: Box::new(body), alarm: Cell::new(Some(Box::new(alarm))), sources: RefCell::default() }
    }
}

impl Front for Closure {
    fn reset(&self) {}

    fn main(&self) {
        (self.body)();
    }

    fn finish(&self) -> String {
        String::new()
    }

    fn daemons(&self) -> bool {
        false
    }

    fn races_are_bugs(&self) -> bool {
        true
    }

    fn alarm(&self) -> Alarm {
        self.alarm.take().unwrap_or_else(|| Box::new(|_| ()))
    }

    fn fiber_made(&self, _stack: StackBounds) -> usize {
        0
    }

    fn fiber_resumed(&self, _fiber: Option<usize>) {}

    fn fiber_emptied(&self, _fiber: usize) {}

    fn has_frames(&self) -> bool {
        false
    }

    fn stack(&self) -> Vec<Frame> {
        Vec::new()
    }

    fn source_line(&self, file: &str, line: u32) -> String {
        self.line(file, line).trim().to_owned()
    }

    fn asserts(&self, file: &str, line: u32, column: u32) -> bool {
        let text: String = self.line(file, line).chars().skip((column as usize).saturating_sub(1)).collect();
        let asserts = |text: &str| ["assert!", "assert_eq!", "assert_ne!"].iter().any(|name| text.starts_with(name));
        asserts(text.trim_start_matches("debug_"))
    }

    fn object_names(&self, objects: &[ObjectId]) -> Vec<Option<String>> {
        vec![None; objects.len()]
    }

    fn task_name(&self, _task: TaskId) -> Option<String> {
        None
    }
}
