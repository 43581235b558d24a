//! What tasks, objects and places of a finding are called.

use crate::layout::{Cut, Line, Role, clean, cut, width};
use raddle_record::{Detail, Finding, Frame, ObjectInfo, TaskInfo};

/// The most columns of a task's name.
const TASK: usize = 28;
/// The most columns of an object's name.
const OBJECT: usize = 36;
/// The most columns of a file's name, if a shorter one is clear.
const FILE: usize = 30;
/// The most objects that one line says the origin of.
const ORIGINS: usize = 3;

/// The names that a finding's text uses: each means one task, object or file, wherever it stands.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    finding: &'a Finding,
    tasks: Vec<String>,
    objects: Vec<String>,
    /// The files, with what they are called.
    files: Vec<(&'a str, String)>,
}

impl<'a> Names<'a> {
    /// The names in `finding`.
    pub(crate) fn new(finding: &'a Finding) -> Self {
        let tasks = finding.tasks.iter().map(|task| {
            let same = |other: &&TaskInfo| task_name(other) == task_name(task);
            let name = cut(&task_name(task), Cut::Middle, TASK);
            if finding.tasks.iter().filter(same).count() > 1 { format!("{name} [{}]", task.path) } else { name }
        });
        let plain: Vec<String> = finding.objects.iter().map(object_name).collect();
        let objects = finding.objects.iter().enumerate().map(|(i, object)| {
            let twins = plain.iter().filter(|name| **name == plain[i]).count();
            let ordinal = plain[..=i].iter().filter(|name| **name == plain[i]).count();
            match (&object.name, twins) {
                (Some(_), 1) => plain[i].clone(),
                (None, 1) => format!("the {}", plain[i]),
                _ => format!("{} #{ordinal}", plain[i]),
            }
        });
        let mut files: Vec<&str> = frames(finding).into_iter().map(|frame| frame.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        let files = files.iter().map(|file| (*file, file_name(file, &files))).collect();
        Names { finding, tasks: tasks.collect(), objects: objects.collect(), files }
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
        self.finding.objects.get(index).map_or("", |object| &object.kind)
    }

    /// Several objects as one would say them: `a`, `a and b`, `a, b and c`.
    pub(crate) fn objects(&self, indices: &[usize]) -> String {
        let names: Vec<&str> = indices.iter().map(|i| self.object(*i)).collect();
        listed(&names)
    }

    /// `file:line`, as much of it as is known.
    pub(crate) fn place(&self, frame: &Frame) -> String {
        let file = self.files.iter().find(|(file, _)| *file == frame.file).map_or("", |(_, name)| name);
        located(file, frame.line)
    }

    /// ` at file:line`, or nothing.
    pub(crate) fn at(&self, frame: &Frame) -> String {
        if frame.file.is_empty() { String::new() } else { format!(" at {}", self.place(frame)) }
    }

    /// Where the objects without a name of their own were made, as far as `text` speaks of them: a line for each place.
    pub(crate) fn origins(&self, text: &str) -> Vec<Line> {
        let mut made: Vec<(&Frame, Vec<&str>)> = Vec::new();
        for (object, name) in self.finding.objects.iter().zip(&self.objects) {
            let Some(frame) = object.created.as_ref().filter(|frame| !frame.file.is_empty()) else { continue };
            if object.name.is_some() || !text.contains(name.as_str()) {
                continue;
            }
            match made.iter_mut().find(|(known, _)| *known == frame) {
                Some((_, names)) => names.push(name),
                None => made.push((frame, vec![name])),
            }
        }
        let line = |(frame, names): (&Frame, Vec<&str>)| {
            let more = names.len().saturating_sub(ORIGINS);
            let mut shown: Vec<String> = names.iter().take(ORIGINS).map(|name| (*name).to_owned()).collect();
            if more > 0 {
                shown.push(format!("{more} more"));
            }
            let were = if names.len() == 1 { "was" } else { "were" };
            let line = Line::new().plain(format!("  {} {were} made at ", listed(&shown)));
            line.add(Role::Place, self.place(frame)).plain("  ").plain(&frame.text)
        };
        made.into_iter().map(line).collect()
    }
}

/// A task's name before others are looked at.
fn task_name(task: &TaskInfo) -> String {
    if task.name.is_empty() { format!("task {}", task.path) } else { clean(&task.name) }
}

/// An object's name before others are looked at.
fn object_name(object: &ObjectInfo) -> String {
    object.name.as_ref().map_or_else(|| object.kind.clone(), |name| cut(&clean(name), Cut::Start, OBJECT))
}

/// What a file is called: itself, or if that is long, as many of its last parts as fit and no other of `files` ends with.
fn file_name(file: &str, files: &[&str]) -> String {
    let shown = clean(file);
    if width(&shown) <= FILE {
        return shown;
    }
    let tails: Vec<&str> = file.match_indices('/').map(|(at, _)| &file[at..]).collect();
    let clear = |tail: &&&str| files.iter().filter(|other| other.ends_with(**tail)).count() == 1;
    let fitting = tails.iter().find(|tail| width(&clean(tail)) < FILE);
    match fitting.filter(clear).or_else(|| tails.iter().rfind(clear)) {
        Some(tail) => format!("…{}", clean(tail)),
        None => shown,
    }
}

/// Every place in `finding`.
fn frames(finding: &Finding) -> Vec<&Frame> {
    let mut frames: Vec<&Frame> = finding.objects.iter().filter_map(|object| object.created.as_ref()).collect();
    frames.extend(&finding.early);
    match &finding.detail {
        Detail::Accesses { accesses, .. } => frames.extend(accesses.iter().map(|access| &access.at)),
        Detail::Stuck { blocked, held, missed, spent, .. } => {
            frames.extend(blocked.iter().flat_map(|b| &b.stack));
            frames.extend(held.iter().chain(spent).map(|held| &held.since));
            frames.extend(missed.iter().flat_map(|missed| [&missed.notified, &missed.waited]));
        }
        Detail::Failure { stack, before, race, written, .. } => {
            frames.extend(stack);
            frames.extend(before.iter().flat_map(|b| &b.stack));
            frames.extend(race.iter().chain(written).flat_map(|race| &race.accesses).map(|access| &access.at));
        }
        Detail::Spinning { loops } => frames.extend(loops.iter().flat_map(|b| &b.stack)),
    }
    frames
}

/// `file:line`, as much of it as is known.
fn located(file: &str, line: u32) -> String {
    if line == 0 || file.is_empty() { file.to_owned() } else { format!("{file}:{line}") }
}

/// `file:line` outside a finding.
pub(crate) fn place(frame: &Frame) -> String {
    located(&file_name(&frame.file, &[&frame.file]), frame.line)
}

/// ` at file:line` outside a finding, or nothing.
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

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_long_file_is_called_by_what_tells_it_from_others() {
        let long = "packages/shop/inventory/source/storage/store.py";
        assert_eq!(file_name("examples/store.py", &["examples/store.py"]), "examples/store.py");
        assert_eq!(file_name(long, &[long]), "…/source/storage/store.py");
        let twin = "packages/shop/accounts/source/storage/store.py";
        assert_eq!(file_name(long, &[twin, long]), "…/inventory/source/storage/store.py");
        let name = "one_very_long_name_of_a_module_in_no_folder.py";
        assert_eq!(file_name(name, &[name]), name);
    }
}
