//! From the state of an execution that is over to a finding that people can read.

use crate::execution::{Accessed, End, Execution, Failure, Inner, Known, Place, Raw, RawDetail, State};
use raddle_kernel::{Deadline, Kind, OWNER, Op};
use raddle_record::{
    Access, Blocked, Detail, Finding, FindingKind, Frame, Held, Missed, Mode, ObjectInfo, Race, Starved, TaskInfo,
};

/// Tasks that have waited for each other for so many points, whatever others did, wait for ever.
const RING_POINTS: u64 = 20_000;

/// The order in which kinds lead: the root cause before what it leads to.
const fn rank(kind: FindingKind) -> u8 {
    match kind {
        FindingKind::LostUpdate => 0,
        FindingKind::StaleCheck => 1,
        FindingKind::LockLeaked => 2,
        // Whoever waits for a task that failed is stuck because of the failure; of failures, the first leads to the others.
        FindingKind::Assertion | FindingKind::UncaughtException => 3,
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
        Some(End::Stuck) => {
            let standstill = Standstill::of(inner, stuck_tasks(inner));
            Some(Raw { at: inner.steps, ..Raw::new(standstill.kind(inner), RawDetail::Stuck(standstill)) })
        }
        Some(End::StepBound) => {
            let standstill = Standstill::of(inner, stuck_tasks(inner).into_iter().filter(|s| s.for_ever).collect());
            let closed = standstill.ring.iter().map(|task| inner.tasks[*task].turn).max();
            // Others go on, and could have released a lock that is not theirs.
            let closed = closed.filter(|at| inner.steps - at > RING_POINTS);
            closed.map(|at| Raw { at, ..Raw::new(FindingKind::Deadlock, RawDetail::Stuck(standstill)) })
        }
        Some(End::Livelock) => {
            let spins = |stuck: &Stuck| inner.spins(&inner.tasks[stuck.task]);
            let spinning = stuck_tasks(inner).into_iter().filter(spins).collect();
            Some(Raw { at: inner.steps, ..Raw::new(FindingKind::Livelock, RawDetail::Spinning(spinning)) })
        }
        _ => None,
    };
    seen.chain(end).min_by_key(|raw| (rank(raw.kind), raw.suspect))
}

/// What makes a bug the same in another execution: its kind, the sites of its accesses, who is stuck where, what failed.
pub(crate) fn signature(inner: &Inner, raw: &Raw) -> String {
    match &raw.what {
        RawDetail::Stuck(Standstill { stuck, .. }) | RawDetail::Spinning(stuck) => {
            let place = |s: &Stuck| {
                let object = inner.objects.get(s.object).map_or("", |object| object.kind.word());
                format!("{} {} {object}", inner.path(s.task), s.op.slug())
            };
            let mut places: Vec<String> = stuck.iter().map(place).collect();
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stuck {
    task: usize,
    op: Op,
    /// None of the objects if it stands before an access.
    object: usize,
    /// Whom it waits for, as far as the object says it.
    waits_for: Option<usize>,
    /// Whether no time ends that.
    for_ever: bool,
}

fn stuck_tasks(inner: &Inner) -> Vec<Stuck> {
    // Who took a lock inside of something said nothing of it.
    let holder = |word: u32| inner.tasks.iter().position(|task| task.id == word & OWNER);
    let stuck = |(task, this): (usize, &crate::execution::Task)| match &this.state {
        State::At(pending) | State::Queued(pending) => {
            let object = inner.objects.get(pending.object);
            let is_ready = pending.ready();
            let waits_for = object.and_then(|object| match (pending.op, object.kind) {
                (Op::Acquire, Kind::Lock | Kind::Inner) if !is_ready => {
                    object.owner.or_else(|| holder(pending.ready.word()))
                }
                (Op::Acquire, _) => object.owner,
                (Op::Join, _) => object.task,
                (Op::Result, _) if inner.end == Some(End::Stuck) => object.task.or_else(|| {
                    // The only worker, which will begin it.
                    let [worker] = *inner.objects[object.pool?].workers else { return None };
                    Some(worker)
                }),
                _ => None,
            });
            let for_ever = pending.deadline == Deadline::Never && !is_ready;
            Some(Stuck { task, op: pending.op, object: pending.object, waits_for, for_ever })
        }
        State::Running | State::Ended => None,
    };
    inner.tasks.iter().enumerate().filter_map(stuck).collect()
}

/// All that can be said of tasks of which none can go on.
#[derive(Clone, Debug)]
pub(crate) struct Standstill {
    /// Those in the ring first and in its order.
    stuck: Vec<Stuck>,
    /// Those that wait for each other, if any do.
    ring: Vec<usize>,
    /// A pool all of whose workers wait for work queued behind them, and how many they are.
    starved: Option<(usize, usize)>,
    missed: Option<Late>,
}

/// A task in a condition's queue that came after a notify that found nobody.
#[derive(Clone, Copy, Debug)]
struct Late {
    notifier: usize,
    /// Its place in the log.
    notified: usize,
    waiter: usize,
}

impl Standstill {
    fn of(inner: &Inner, mut stuck: Vec<Stuck>) -> Self {
        stuck.retain(|s| s.object < inner.objects.len());
        // A worker that has nothing to do is not what the others wait for.
        let is_idle = |s: &Stuck| s.op == Op::Get && inner.objects[s.object].kind == Kind::Pool;
        if !stuck.iter().all(is_idle) {
            stuck.retain(|s| !is_idle(s));
        }
        let ring = cycle(&stuck);
        stuck.sort_by_key(|s| (ring.iter().position(|task| *task == s.task).unwrap_or(usize::MAX), s.task));
        let (starved, missed) = (starved_pool(inner, &stuck), missed(inner, &stuck));
        Standstill { stuck, ring, starved, missed }
    }

    fn kind(&self, inner: &Inner) -> FindingKind {
        let ended = |task: usize| matches!(inner.tasks[task].state, State::Ended);
        if self.stuck.iter().any(|s| s.op == Op::Acquire && s.waits_for.is_some_and(ended)) {
            FindingKind::LockLeaked
        } else if self.starved.is_some() {
            FindingKind::PoolStarvation
        } else if self.missed.is_some() && self.ring.is_empty() {
            FindingKind::LostWakeup
        } else {
            FindingKind::Deadlock
        }
    }
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

fn missed(inner: &Inner, stuck: &[Stuck]) -> Option<Late> {
    stuck.iter().filter(|s| s.op == Op::Wait).find_map(|s| {
        let object = inner.objects.get(s.object)?;
        // Who has looked since at what the notifier writes waits for something else.
        let is_lost = |(notifier, _, made): &&(usize, usize, u64)| {
            *notifier != s.task && !inner.locations.has_looked(s.task, *notifier, *made)
        };
        let (notifier, notified, _) = *object.missed.iter().rev().find(is_lost)?;
        (object.kind == Kind::Condvar).then_some(Late { notifier, notified, waiter: s.task })
    })
}

/// The stuck tasks that wait for each other in a ring, in its order.
fn cycle(stuck: &[Stuck]) -> Vec<usize> {
    let next = |task: usize| stuck.iter().find(|s| s.task == task).and_then(|s| s.waits_for);
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

/// An object as a finding names it.
#[derive(Clone, PartialEq)]
enum Named {
    Object(usize),
    /// A location, as the user wrote it.
    Location(String),
}

/// Collects the tasks and objects of a finding and numbers them.
struct Telling<'a> {
    execution: &'a Execution,
    inner: &'a Inner,
    tasks: Vec<usize>,
    objects: Vec<Named>,
}

impl Telling<'_> {
    fn task(&mut self, task: usize) -> usize {
        position_or_push(&mut self.tasks, task)
    }

    fn object(&mut self, object: usize) -> usize {
        position_or_push(&mut self.objects, Named::Object(object))
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
        let this = &self.inner.tasks[stuck.task];
        let (object, stack) = match this.access {
            Some(site) if stuck.object >= self.inner.objects.len() => {
                let text = self.execution.front.site_text(site);
                (position_or_push(&mut self.objects, Named::Location(text)), vec![self.site(site)])
            }
            _ => (self.object(stuck.object), this.frames.clone()),
        };
        Blocked {
            task: self.task(stuck.task),
            op: stuck.op.slug().to_owned(),
            object,
            stack,
            waits_for: stuck.waits_for.map(|task| self.task(task)).into_iter().collect(),
        }
    }

    fn stuck(&mut self, standstill: &Standstill, kind: FindingKind) -> Detail {
        let Standstill { stuck, ring, starved, missed } = standstill;
        let blocked: Vec<Blocked> = stuck.iter().map(|s| self.blocked(s)).collect();
        let mut held = Vec::new();
        for s in stuck {
            if let Some(owner) = s.waits_for.filter(|_| s.op == Op::Acquire) {
                let since = self.inner.tasks[owner].holding.iter().find(|(object, _)| *object == s.object);
                let since = since.map(|(_, log)| self.frame(*log)).unwrap_or_default();
                let (object, task) = (self.object(s.object), self.task(owner));
                let one = Held { object, task, since };
                if !held.contains(&one) {
                    held.push(one);
                }
            }
        }
        let mut spent = Vec::new();
        for s in stuck.iter().filter(|s| s.op == Op::Wait) {
            if let Some((task, log)) = self.inner.objects[s.object].spent {
                let one = Held { object: self.object(s.object), task: self.task(task), since: self.frame(log) };
                if !spent.contains(&one) {
                    spent.push(one);
                }
            }
        }
        let missed = missed.filter(|_| kind == FindingKind::LostWakeup).map(|late| Missed {
            notifier: self.task(late.notifier),
            notified: self.frame(late.notified),
            waiter: self.task(late.waiter),
            waited: self.inner.tasks[late.waiter].frames.first().cloned().unwrap_or_default(),
        });
        let starved = starved.map(|(pool, workers)| Starved { pool: self.object(pool), workers });
        Detail::Stuck { blocked, cycle: ring.len(), held, missed, starved, spent }
    }

    fn tell(&mut self, raw: &Raw) -> Detail {
        match &raw.what {
            RawDetail::Stuck(standstill) => self.stuck(standstill, raw.kind),
            RawDetail::Spinning(spinning) => {
                Detail::Spinning { loops: spinning.iter().map(|s| self.blocked(s)).collect() }
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
                written: self.written(*task, failure, known),
            },
        }
    }

    /// What the failing task read where it failed and others had written: of several, what was written last.
    fn written(&mut self, task: usize, failure: &Failure, known: &Known) -> Option<Race> {
        let failed = failure.stack.first()?;
        let is_there = |at: &Frame| (&at.file, at.line) == (&failed.file, failed.line);
        let reads = self.inner.reads.iter().filter(|read| {
            read.task == task && read.log < known.logged && is_there(&self.execution.access_frame(read.site))
        });
        let read = reads.max_by_key(|read| (read.writes.last().map(|(.., log)| *log), read.log))?.clone();
        let location = self.execution.front.site_text(read.site);
        let accesses: Vec<Access> = read.writes.iter().map(|write| self.access(write)).collect();
        Some(Race { location, accesses })
    }

    /// Accesses that nothing orders and that belong to the failure of `task`: it made one of them before it failed, on a line that
    /// the failure came through, or in the function where it began; where functions are not known, in its file.
    ///
    /// The other access may come later: then the task looked too early.
    fn race_of(&self, task: usize, failure: &Failure, known: &Known) -> Option<(Place, Vec<Accessed>)> {
        let own = |accesses: &[Accessed]| {
            // What others only read makes nobody fail.
            accesses.iter().find(|(by, mode, ..)| *by != task && *mode != Mode::Read)?;
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

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

fn task_name(execution: &Execution, inner: &Inner, task: usize) -> String {
    let this = &inner.tasks[task];
    let unnamed = || if task == 0 { "main".to_owned() } else { format!("task {}", inner.path(task)) };
    execution.front.task_name(this.id).or_else(|| this.name.clone()).unwrap_or_else(unnamed)
}

/// The most tasks, and the most lines of each, that a sentence about an execution that was cut off names.
const TOLD: usize = 3;

/// Why an execution that was cut off says nothing, and what its tasks were doing then.
pub(crate) fn tell_cut_off(execution: &Execution) -> String {
    let inner = execution.inner.borrow();
    let mut tasks: Vec<usize> = inner.samples.iter().map(|(task, _)| *task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    let told = |task: &usize| {
        let places = inner.samples.iter().filter(|(by, _)| by == task);
        let mut places: Vec<_> = places.map(|(_, at)| (&at.file, at.line)).collect();
        places.sort_unstable();
        places.dedup();
        let mut words: Vec<String> = places.iter().take(TOLD).map(|(file, line)| format!("{file}:{line}")).collect();
        if places.len() > TOLD {
            words.push(counted(places.len() - TOLD, "more line"));
        }
        format!("{} ran at {}", task_name(execution, &inner, *task), listed(&words))
    };
    let mut words: Vec<String> = tasks.iter().take(TOLD).map(told).collect();
    if tasks.len() > TOLD {
        words.push(format!("so did {} elsewhere", counted(tasks.len() - TOLD, "more task")));
    }
    let towards = if words.is_empty() { String::new() } else { format!("; towards its end {}", words.join(", ")) };
    format!(
        "an execution was cut off after {}, and nobody knows whether it would have ended{towards}",
        counted(inner.steps as usize - 1, "point")
    )
}

/// `1 point`, `100000 points`.
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn listed(words: &[String]) -> String {
    match words {
        [init @ .., last] if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        words => words.concat(),
    }
}

/// Tells `raw` to people. The tasks still stand where they were.
pub(crate) fn tell(execution: &Execution, raw: &Raw) -> Finding {
    let inner = execution.inner.borrow();
    let mut telling = Telling { execution, inner: &inner, tasks: Vec::new(), objects: Vec::new() };
    let detail = telling.tell(raw);
    let Telling { tasks, objects, .. } = telling;
    let real = |named: &Named| match named {
        Named::Object(object) => Some(*object),
        Named::Location(_) => None,
    };
    let known: Vec<usize> = objects.iter().filter_map(real).collect();
    let ids: Vec<_> = known.iter().map(|object| inner.objects[*object].id).collect();
    let names = if execution.front.has_frames() {
        execution.front.object_names(&ids)
    } else {
        variables(execution, &inner, &known)
    };
    let mut names = names.into_iter();
    let objects = objects.into_iter().map(|named| match named {
        Named::Object(object) => {
            let object = &inner.objects[object];
            let created = (!execution.front.has_frames()).then(|| execution.site_frame(object.site));
            let name = names.next().flatten();
            ObjectInfo { kind: object.kind.word().to_owned(), name, created, stable: inner.stable_name(object) }
        }
        Named::Location(text) => {
            ObjectInfo { kind: "variable".to_owned(), name: Some(text.clone()), created: None, stable: text }
        }
    });
    let tasks = tasks.iter().map(|task| {
        let this = &inner.tasks[*task];
        let name = task_name(execution, &inner, *task);
        TaskInfo { path: inner.path(*task), name, ended: matches!(this.state, State::Ended) }
    });
    let (timing, early) = (inner.early_timer, inner.early.clone());
    Finding { kind: raw.kind, timing, early, tasks: tasks.collect(), objects: objects.collect(), detail }
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
