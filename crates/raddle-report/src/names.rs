//! What tasks, objects and places of a finding are called.

use crate::layout::{Cut, clean, cut};
use raddle_record::{Finding, Frame};

/// The most columns of a task's name.
const TASK: usize = 28;
/// The most columns of an object's name.
const OBJECT: usize = 36;
/// The most columns of a place.
const PLACE: usize = 40;

/// The names that a finding's text uses: each means one task or object, wherever it stands.
#[derive(Debug)]
pub(crate) struct Names {
    tasks: Vec<String>,
    objects: Vec<String>,
    kinds: Vec<String>,
}

impl Names {
    /// The names in `finding`.
    pub(crate) fn new(finding: &Finding) -> Self {
        let tasks = finding.tasks.iter().map(|task| {
            let same = |other: &&_| task_name(other) == task_name(task);
            let name = cut(&task_name(task), Cut::End, TASK);
            if finding.tasks.iter().filter(same).count() > 1 { format!("{name} [{}]", task.path) } else { name }
        });
        let plain: Vec<String> = finding.objects.iter().map(object_name).collect();
        let objects = finding.objects.iter().enumerate().map(|(i, object)| {
            let twins = plain.iter().filter(|name| **name == plain[i]).count();
            let ordinal = plain[..=i].iter().filter(|name| **name == plain[i]).count();
            match (&object.name, twins) {
                (_, 1) => plain[i].clone(),
                (Some(_), _) => format!("{} #{ordinal}", plain[i]),
                (None, _) => plain[i].replacen(&object.kind, &format!("{} #{ordinal}", object.kind), 1),
            }
        });
        let kinds = finding.objects.iter().map(|object| object.kind.clone());
        Names { tasks: tasks.collect(), objects: objects.collect(), kinds: kinds.collect() }
    }

    /// What the task with this index is called.
    pub(crate) fn task(&self, index: usize) -> &str {
        self.tasks.get(index).map_or("a task", String::as_str)
    }

    /// What the object with this index is called.
    pub(crate) fn object(&self, index: usize) -> &str {
        self.objects.get(index).map_or("an object", String::as_str)
    }

    /// What sort of thing the object with this index is: `lock`, `queue`.
    pub(crate) fn kind(&self, index: usize) -> &str {
        self.kinds.get(index).map_or("", String::as_str)
    }

    /// Several objects as one would say them: `a`, `a and b`, `a, b and c`.
    pub(crate) fn objects(&self, indices: &[usize]) -> String {
        let names: Vec<&str> = indices.iter().map(|i| self.object(*i)).collect();
        listed(&names)
    }
}

/// A task's name before others are looked at.
fn task_name(task: &raddle_record::TaskInfo) -> String {
    if task.name.is_empty() { format!("task {}", task.path) } else { clean(&task.name) }
}

/// An object's name before others are looked at.
fn object_name(object: &raddle_record::ObjectInfo) -> String {
    match (&object.name, &object.created) {
        (Some(name), _) => cut(&clean(name), Cut::Start, OBJECT),
        (None, Some(made)) if !made.file.is_empty() => format!("{} ({})", object.kind, place(made)),
        _ => object.kind.clone(),
    }
}

/// `file:line`, as much of it as is known.
pub(crate) fn place(frame: &Frame) -> String {
    let text = if frame.line == 0 { clean(&frame.file) } else { format!("{}:{}", clean(&frame.file), frame.line) };
    cut(&text, Cut::Start, PLACE)
}

/// ` at file:line`, or nothing.
pub(crate) fn at(frame: &Frame) -> String {
    if frame.file.is_empty() { String::new() } else { format!(" at {}", place(frame)) }
}

/// Words as one would say them: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}
