//! From the state of an execution that is over to a finding that people can read.

use crate::execution::{Accessed, End, Execution, Failure, Inner, Known, Place, Raw, RawDetail, State};
use raddle_kernel::{Kind, Op};
use raddle_record::{
    Access, Blocked, Detail, Finding, FindingKind, Frame, Held, Missed, ObjectInfo, Race, Starved, TaskInfo,
};

/// The order in which kinds lead: the root cause before what it leads to.
const fn rank(kind: FindingKind) -> u8 {
    match kind {
        FindingKind::LostUpdate => 0,
        FindingKind::StaleCheck => 1,
        FindingKind::LockLeaked => 2,
        // Whoever waits for a task that failed is stuck because of the failure.
        FindingKind::Assertion => 3,
        FindingKind::UncaughtException => 4,
        FindingKind::PoolStarvation => 5,
        FindingKind::LostWakeup => 6,
        FindingKind::Deadlock => 7,
        FindingKind::Livelock => 8,
        FindingKind::DataRace => 9,
    }
}

/// The bug that an execution shows, if any; `races`: a lone race counts as one.
pub(crate) fn root_cause(inner: &Inner, races: bool) -> Option<Raw> {
    let last_failure = inner.raws.iter().rposition(|raw| raw.failure().is_some());
    let counts = |(place, raw): &(usize, &Raw)| {
        if raw.suspect {
            last_failure.is_some_and(|last| *place < last)
        } else {
            races || raw.kind != FindingKind::DataRace
        }
    };
    let seen = inner.raws.iter().enumerate().filter(counts).map(|(_, raw)| raw.clone());
    let end = match inner.end {
        Some(End::Stuck) => Some(Raw::new(stuck_kind(inner), RawDetail::Stuck)),
        Some(End::Livelock) => Some(Raw::new(FindingKind::Livelock, RawDetail::Spinning)),
        _ => None,
    };
    seen.chain(end).min_by_key(|raw| (rank(raw.kind), raw.suspect))
}

/// What makes a bug the same in another execution: its kind, the sites of its accesses, who is stuck where, what failed.
pub(crate) fn signature(inner: &Inner, raw: &Raw) -> String {
    match &raw.what {
        RawDetail::Stuck | RawDetail::Spinning => {
            let place = |s: &Stuck| {
                let object = inner.objects.get(s.object).map_or("", |object| object.kind.word());
                format!("{} {} {object}", inner.path(s.task), s.op.slug())
            };
            let mut places: Vec<String> = stuck_tasks(inner).iter().map(place).collect();
            places.sort();
            format!("{} {}", raw.kind.slug(), places.join(", "))
        }
        RawDetail::Accesses { accesses, .. } => {
            let mut sites: Vec<_> = accesses.iter().map(|(_, _, site, _)| *site).collect();
            sites.sort_unstable();
            format!("{} {sites:?}", raw.kind.slug())
        }
        RawDetail::Failure { failure, .. } => {
            format!("{} {} {:?}", raw.kind.slug(), failure.class, failure.stack.first())
        }
    }
}

/// A task that cannot go on, and on what.
struct Stuck {
    task: usize,
    op: Op,
    object: usize,
}

fn stuck_tasks(inner: &Inner) -> Vec<Stuck> {
    let stuck = |(task, this): (usize, &crate::execution::Task)| match &this.state {
        State::At(pending) | State::Queued(pending) => Some(Stuck { task, op: pending.op, object: pending.object }),
        State::Running | State::Ended => None,
    };
    inner.tasks.iter().enumerate().filter_map(stuck).collect()
}

/// Whom a stuck task waits for, as far as an object says it.
fn waits_for(inner: &Inner, stuck: &Stuck) -> Option<usize> {
    let object = inner.objects.get(stuck.object)?;
    match stuck.op {
        Op::Acquire => object.owner,
        Op::Join => object.task,
        _ => None,
    }
}

fn stuck_kind(inner: &Inner) -> FindingKind {
    let stuck = stuck_tasks(inner);
    let ended = |task: usize| matches!(inner.tasks[task].state, State::Ended);
    if stuck.iter().any(|s| s.op == Op::Acquire && waits_for(inner, s).is_some_and(ended)) {
        return FindingKind::LockLeaked;
    }
    if starved_pool(inner, &stuck).is_some() {
        return FindingKind::PoolStarvation;
    }
    if missed(inner, &stuck).is_some() && cycle(inner, &stuck).is_empty() {
        return FindingKind::LostWakeup;
    }
    FindingKind::Deadlock
}

/// A pool all of whose workers wait for results of work queued behind them.
fn starved_pool(inner: &Inner, stuck: &[Stuck]) -> Option<(usize, usize)> {
    let pool_of = |s: &Stuck| (s.op == Op::Result).then(|| inner.objects.get(s.object)?.pool).flatten();
    let pools = stuck.iter().filter_map(pool_of);
    pools.map(|pool| (pool, &inner.objects[pool].workers)).find_map(|(pool, workers)| {
        let waits = |worker: &usize| stuck.iter().any(|s| s.task == *worker && pool_of(s) == Some(pool));
        (!workers.is_empty() && workers.iter().all(waits)).then_some((pool, workers.len()))
    })
}

/// A task in a condition's queue that came after a notify that found nobody: condition, notifier, place in the log, waiter.
fn missed(inner: &Inner, stuck: &[Stuck]) -> Option<(usize, usize, usize, usize)> {
    stuck.iter().filter(|s| s.op == Op::Wait).find_map(|s| {
        let object = inner.objects.get(s.object)?;
        let (notifier, log) = *object.missed.iter().rev().find(|(notifier, _)| *notifier != s.task)?;
        (object.kind == Kind::Condvar).then_some((s.object, notifier, log, s.task))
    })
}

/// The stuck tasks that wait for each other in a ring, in its order.
fn cycle(inner: &Inner, stuck: &[Stuck]) -> Vec<usize> {
    let next = |task: usize| stuck.iter().find(|s| s.task == task).and_then(|s| waits_for(inner, s));
    for first in stuck.iter().map(|s| s.task) {
        let mut ring = vec![first];
        while let Some(task) = ring.last().copied().and_then(next) {
            if task == first {
                return ring;
            }
            if ring.contains(&task) {
                break;
            }
            ring.push(task);
        }
    }
    Vec::new()
}

/// Collects the tasks and objects of a finding and numbers them.
struct Telling<'a> {
    execution: &'a Execution,
    inner: &'a Inner,
    tasks: Vec<usize>,
    objects: Vec<usize>,
}

impl Telling<'_> {
    fn task(&mut self, task: usize) -> usize {
        position_or_push(&mut self.tasks, task)
    }

    fn object(&mut self, object: usize) -> usize {
        position_or_push(&mut self.objects, object)
    }

    fn frame(&self, log: usize) -> Frame {
        self.inner.log.get(log).and_then(|l| l.frames.first()).cloned().unwrap_or_default()
    }

    fn site(&self, site: u32) -> Frame {
        self.with_text(&self.execution.access_frame(site))
    }

    fn access(&mut self, access: &Accessed) -> Access {
        let (task, mode, site, log) = *access;
        let logged = self.inner.log.get(log);
        let at = site.map_or_else(|| self.frame(log), |site| self.site(site));
        let holding = logged.map(|l| l.holding.clone()).unwrap_or_default();
        Access {
            task: self.task(task),
            mode,
            value: logged.and_then(|l| l.value.clone()),
            at,
            holding: holding.into_iter().map(|object| self.object(object)).collect(),
        }
    }

    fn blocked(&mut self, stuck: &Stuck) -> Blocked {
        Blocked {
            task: self.task(stuck.task),
            op: stuck.op.slug().to_owned(),
            object: self.object(stuck.object),
            stack: self.inner.tasks[stuck.task].frames.clone(),
            waits_for: waits_for(self.inner, stuck).map(|task| self.task(task)).into_iter().collect(),
        }
    }

    fn stuck(&mut self, kind: FindingKind) -> Detail {
        let mut stuck = stuck_tasks(self.inner);
        stuck.retain(|s| s.object < self.inner.objects.len());
        let ring = cycle(self.inner, &stuck);
        stuck.sort_by_key(|s| (ring.iter().position(|task| *task == s.task).unwrap_or(usize::MAX), s.task));
        let blocked: Vec<Blocked> = stuck.iter().map(|s| self.blocked(s)).collect();
        let mut held = Vec::new();
        for s in &stuck {
            if let Some(owner) = self.inner.objects[s.object].owner.filter(|_| s.op == Op::Acquire) {
                let since = self.inner.tasks[owner].holding.iter().find(|(object, _)| *object == s.object);
                let since = since.map(|(_, log)| self.frame(*log)).unwrap_or_default();
                let (object, task) = (self.object(s.object), self.task(owner));
                let one = Held { object, task, since };
                if !held.contains(&one) {
                    held.push(one);
                }
            }
        }
        let missed = missed(self.inner, &stuck).filter(|_| kind == FindingKind::LostWakeup);
        let missed = missed.map(|(_, notifier, log, waiter)| Missed {
            notifier: self.task(notifier),
            notified: self.frame(log),
            waiter: self.task(waiter),
            waited: self.inner.tasks[waiter].frames.first().cloned().unwrap_or_default(),
        });
        let starved = starved_pool(self.inner, &stuck);
        let starved = starved.map(|(pool, workers)| Starved { pool: self.object(pool), workers });
        Detail::Stuck { blocked, cycle: ring.len(), held, missed, starved }
    }

    fn tell(&mut self, raw: &Raw) -> Detail {
        match &raw.what {
            RawDetail::Stuck => self.stuck(raw.kind),
            RawDetail::Spinning => {
                let loops = stuck_tasks(self.inner).into_iter().filter(|s| s.object < self.inner.objects.len());
                let loops: Vec<Stuck> = loops.collect();
                Detail::Spinning { loops: loops.iter().map(|s| self.blocked(s)).collect() }
            }
            RawDetail::Accesses { location, accesses } => {
                let this =
                    |seen: &Raw| matches!(&seen.what, RawDetail::Accesses { accesses: seen, .. } if seen == accesses);
                let later = self.inner.raws.iter().skip_while(|seen| !this(seen));
                let failure = later.filter_map(Raw::failure).next().map(|failure| {
                    let words: Vec<&str> = failure.message.split_whitespace().collect();
                    format!("{}: {}", failure.class, words.join(" "))
                });
                let (location, accesses) = self.accesses(location, accesses);
                Detail::Accesses { location, accesses, failure }
            }
            RawDetail::Failure { task, failure, known } => Detail::Failure {
                task: self.task(*task),
                class: failure.class.clone(),
                message: failure.message.clone(),
                stack: failure.stack.iter().map(|frame| self.with_text(frame)).collect(),
                before: known.before.iter().take(3).map(|log| self.done(*log)).collect(),
                race: self.race_of(*task, failure, known).map(|(location, accesses)| {
                    let (location, accesses) = self.accesses(&location, &accesses);
                    Race { location, accesses }
                }),
            },
        }
    }

    /// Accesses that nothing orders and that belong to the failure of `task`: it made one of them before it failed, on a line that
    /// the failure came through, or in the function where it began; where functions are not known, in its file.
    ///
    /// The other access may come later: then the task looked too early.
    fn race_of(&self, task: usize, failure: &Failure, known: &Known) -> Option<(Place, Vec<Accessed>)> {
        let own = |accesses: &[Accessed]| {
            let own = accesses.iter().find(|(by, _, _, log)| *by == task && *log < known.logged)?;
            own.2.map(|site| self.execution.access_frame(site))
        };
        let on_a_line = |at: &Frame| failure.stack.iter().any(|frame| (&frame.file, frame.line) == (&at.file, at.line));
        let first = failure.stack.first();
        let in_its_function = |at: &Frame| first.is_some_and(|f| (&f.file, &f.function) == (&at.file, &at.function));
        let races = || self.inner.unordered.iter().rev();
        let on_a_line = races().find(|(_, accesses)| own(accesses).is_some_and(|at| on_a_line(&at)));
        on_a_line
            .or_else(|| races().find(|(_, accesses)| own(accesses).is_some_and(|at| in_its_function(&at))))
            .cloned()
    }

    fn accesses(&mut self, location: &Place, accesses: &[Accessed]) -> (String, Vec<Access>) {
        let accesses = accesses.iter().map(|access| self.access(access)).collect();
        let location = match location {
            Place::Text(text) => text.clone(),
            Place::Object(object) => self.called(*object),
        };
        (location, accesses)
    }

    /// What to call an object of the Rust door: the variable that it was made for, or its kind and where it was made.
    fn called(&self, object: usize) -> String {
        let object = &self.inner.objects[object];
        let made = self.execution.site_frame(object.site);
        variable(&made.text)
            .unwrap_or_else(|| format!("the {} made at {}:{}", object.kind.word(), made.file, made.line))
    }

    fn with_text(&self, frame: &Frame) -> Frame {
        let mut frame = frame.clone();
        if frame.text.is_empty() {
            frame.text = self.execution.front.source_line(&frame.file, frame.line);
        }
        frame
    }

    /// An operation that was done: for one on a thread, `waits_for` says which.
    fn done(&mut self, log: usize) -> Blocked {
        let logged = &self.inner.log[log];
        let object = logged.object.unwrap_or_default();
        let task = self.inner.objects.get(object).and_then(|object| object.task);
        Blocked {
            task: self.task(logged.task),
            op: logged.op.map_or("", Op::slug).to_owned(),
            object: self.object(object),
            stack: logged.frames.clone(),
            waits_for: task.map(|task| self.task(task)).into_iter().collect(),
        }
    }
}

/// The variable that a line of Rust binds: `counter` in `let counter = Arc::new(Mutex::new(0));`.
fn variable(line: &str) -> Option<String> {
    let rest = line.strip_prefix("let ")?.trim_start_matches("mut ");
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let (name, rest) = rest.split_at(end);
    let binds = !name.is_empty() && (rest.trim_start().starts_with('=') || rest.starts_with(':'));
    (binds && !rest.contains('|')).then(|| name.to_owned())
}

/// Names for objects of the Rust door, where a line that makes one names just one of them.
fn variables(execution: &Execution, inner: &Inner, objects: &[usize]) -> Vec<Option<String>> {
    let site = |object: &usize| inner.objects[*object].site;
    let alone = |object: &usize| inner.objects.iter().filter(|other| other.site == site(object)).count() == 1;
    let name = |object: &usize| variable(&execution.site_frame(site(object)).text).filter(|_| alone(object));
    objects.iter().map(name).collect()
}

fn position_or_push(list: &mut Vec<usize>, item: usize) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// Tells `raw` to people. The tasks still stand where they were.
pub(crate) fn tell(execution: &Execution, raw: &Raw) -> Finding {
    let inner = execution.inner.borrow();
    let mut telling = Telling { execution, inner: &inner, tasks: Vec::new(), objects: Vec::new() };
    let detail = telling.tell(raw);
    let Telling { tasks, objects, .. } = telling;
    let ids: Vec<_> = objects.iter().map(|object| inner.objects[*object].id).collect();
    let names = if execution.front.has_frames() {
        execution.front.object_names(&ids)
    } else {
        variables(execution, &inner, &objects)
    };
    let objects = objects.iter().zip(names).map(|(object, name)| {
        let object = &inner.objects[*object];
        let created = (!execution.front.has_frames()).then(|| execution.site_frame(object.site));
        ObjectInfo { kind: object.kind.word().to_owned(), name, created, stable: inner.stable_name(object) }
    });
    let tasks = tasks.iter().map(|task| {
        let this = &inner.tasks[*task];
        let name = execution.front.task_name(this.id).or_else(|| this.name.clone());
        let unnamed = if *task == 0 { "main".to_owned() } else { format!("task {}", inner.path(*task)) };
        TaskInfo { path: inner.path(*task), name: name.unwrap_or(unnamed), ended: matches!(this.state, State::Ended) }
    });
    Finding { kind: raw.kind, timing: inner.early_timer, tasks: tasks.collect(), objects: objects.collect(), detail }
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_line_that_binds_one_variable_names_it() {
        assert_eq!(variable("let counter = Arc::new(Mutex::new(0));").as_deref(), Some("counter"));
        assert_eq!(variable("let mut total: Shared<u32> = Shared::new(0);").as_deref(), Some("total"));
        assert_eq!(variable("let (a, b) = (Mutex::new(0), Mutex::new(0));"), None);
        assert_eq!(variable("let forks: Vec<_> = (0..3).map(|_| Mutex::new(())).collect();"), None);
        assert_eq!(variable("Mutex::new(0)"), None);
    }
}
