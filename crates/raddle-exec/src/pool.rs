//! # What it is
//! Threads that run jobs: Python's `concurrent.futures.ThreadPoolExecutor`. Unlike Python's, its threads do not outlive it:
//! dropping it shuts it down and waits.
//!
//! # States
//! It holds a [`Monitor`] over its workers and the jobs that have arrived, and a [`Latch`] over the older jobs, so that those who
//! submit and those who work are in each other's way only when a worker fetches what has arrived.
//!
//! | field | meaning |
//! |---|---|
//! | `ready` | jobs that the next workers take, oldest first, all older than those of `arrived` |
//! | `arrived` | jobs that were submitted since `ready` was filled from here, oldest first |
//! | `idle` | workers that have no job: they wait for one, or have just been started for one |
//! | `lookouts` | how many of those are sure to look for a job once more before they sleep |
//! | `news` | changes when a submission relies on a lookout: only to end its lookout early, so that it need not be exact |
//! | `workers` | how many were started, or are about to be; never more than `size` |
//! | `starting` | how many of those are about to be: whoever submitted a job for them starts them |
//! | `taken` | how many jobs workers have taken so far |
//! | `closed` | no more jobs are taken: it was shut down, or an initializer failed |
//!
//! # Waiting
//! Workers wait for jobs; a submission wakes one, unless there are as many lookouts as jobs that wait. If the backlog is bounded,
//! submissions wait for room in it; a worker that takes a job wakes one of them, and whatever else takes jobs out, or closes the
//! pool, wakes all. A submission starts a worker only if there are more jobs than idle workers and fewer workers than `size`, and
//! it is one operation, the start included.
//! Once the pool is closed, workers go on until the backlog is empty, and end.
//! A job may count on a worker that another submission is about to start. If that fails, it is the other submission that starts
//! one more for those who are left, or fails their jobs: nobody waits for a worker that will not come.
//!
//! # Ordering
//! Everything before a submission happens before the job; everything the job did happens before its result is seen: by the latches.
//! Jobs are taken in the order of their submission: `ready` is filled only when it is empty, with all that has arrived.
//! No job waits while a worker sleeps. A worker becomes a lookout only when no job waits, and looks once more, under the monitor's
//! latch, before it sleeps; so each job that is submitted finds a lookout of its own or wakes a sleeper, each lookout and each
//! woken worker takes a job if one is left, and whoever takes one without having been counted on leaves fewer to the others.
//! Who waits for room is woken by a job that is taken under the monitor's latch, which is how a bounded backlog's jobs all are.
//!
//! # Sources
//! CPython's `concurrent.futures.thread`; the count of idle workers is its idle semaphore, made exact. Michael and Scott's
//! two-lock queue (1996), with a swap in the place of the common node; the lookouts are the spinning threads of Go's scheduler.

use crate::executor::{Executor, Map, Pending};
use crate::future::Future;
use crate::panic::Panic;
use raddle_kernel::{AtomicU32, did, failed, point, point_at, silently, spin, watched};
use raddle_kernel::{Deadline, Effect, Kind, ObjectId, Op, Over, Site, Stopped, Target};
use raddle_sync::{Latch, Line, Monitor, thread};
use smallbox::{SmallBox, smallbox};
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::mem::{swap, take};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

/// Threads that run jobs.
///
/// ```
/// use raddle_exec::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new(4);
/// let answer = pool.submit(|| 6 * 7).unwrap();
/// assert_eq!(answer.take().unwrap(), 42);
/// ```
pub struct ThreadPool(Arc<Core>);

/// How a pool is made.
///
/// ```
/// use raddle_exec::ThreadPool;
/// use raddle_sync::thread;
///
/// let pool = ThreadPool::builder().size(2).name_prefix("clerk").build();
/// let name = pool.submit(|| thread::current().name().map(str::to_owned)).unwrap();
/// assert_eq!(name.take().unwrap().as_deref(), Some("clerk_0"));
/// ```
pub struct Builder {
    /// As many as the machine has processors if nobody says.
    size: Option<usize>,
    prefix: String,
    backlog: usize,
    initializer: Option<Box<dyn Fn() + Send + Sync>>,
    /// A thread of our own if there is none.
    spawner: Option<Box<Spawner>>,
}

/// Waits for a worker's thread to end. It may be called by several tasks, and again; called by the worker itself it returns at once.
pub type Join = Box<dyn Fn(Deadline) -> Result<(), Stopped> + Send + Sync>;

type Spawner = dyn Fn(Worker) -> io::Result<Join> + Send + Sync;

struct Core {
    size: usize,
    prefix: String,
    /// How many jobs may wait for a worker.
    backlog: usize,
    initializer: Option<Box<dyn Fn() + Send + Sync>>,
    /// A thread of our own if there is none.
    spawner: Option<Box<Spawner>>,
    state: Monitor<State>,
    /// Locked by whoever is in `state` or in nothing. In lines of its own, so that who takes a job does not disturb who submits one.
    ready: Line<Latch<Ready>>,
    news: Line<AtomicU32>,
}

/// Jobs and their numbers.
type Jobs = VecDeque<Numbered>;
type Numbered = (u64, BoxedJob);

#[derive(Default)]
struct Ready {
    jobs: Jobs,
    taken: u64,
}

struct State {
    arrived: Jobs,
    /// The number of the next job.
    next: u64,
    idle: usize,
    lookouts: usize,
    /// How many workers there are.
    workers: usize,
    /// How many of them are being started.
    starting: usize,
    /// What to wait for of each that was started.
    joins: Vec<Arc<Ends>>,
    closed: Option<Closed>,
}

/// How a worker's end is waited for.
enum Ends {
    Ours(thread::JoinHandle<()>),
    Theirs(Join),
}

#[derive(Clone, Copy)]
enum Closed {
    ShutDown,
    Broken,
}

/// The lane of workers that wait for jobs.
const JOBS: u8 = 0;
/// The lane of those who wait until all workers have been started.
const STARTS: u8 = 1;
/// The lane of submissions that wait for room in the backlog.
const ROOM: u8 = 2;
/// The backlog of a pool that has no bound.
const UNBOUNDED: usize = usize::MAX;

impl ThreadPool {
    /// A pool of at most `size` threads.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(size: usize) -> Self {
        ThreadPool::builder().size(size).build()
    }

    /// How to make a pool of another sort.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { size: None, prefix: "pool".to_owned(), backlog: UNBOUNDED, initializer: None, spawner: None }
    }

    /// Hands `job` over; it runs when a worker is free. Waits for room in the backlog, if that is bounded.
    ///
    /// A panic of the job is its future's error, and the worker lives on.
    ///
    /// # Errors
    /// [`SubmitError`] when the pool takes no more jobs.
    #[track_caller]
    pub fn submit<T, F>(&self, job: F) -> Result<Future<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_until(job, Deadline::Never)
    }

    /// As [`submit`](ThreadPool::submit), waiting for room in the backlog until `deadline`.
    ///
    /// # Errors
    /// As [`submit`](ThreadPool::submit), and when the deadline passed first.
    #[track_caller]
    pub fn submit_until<T, F>(&self, job: F, deadline: Deadline) -> Result<Future<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (future, site) = (Future::new(), Location::caller());
        let work = move || Ok(job());
        self.submit_job(&future, &mut Some(boxed(Work { future: future.clone(), work: Some(work), site })), deadline)?;
        Ok(future)
    }

    /// Hands `job` over, whose result nobody waits for; it runs when a worker is free. Waits for room in the backlog, if that is bounded.
    ///
    /// For what [`submit`](ThreadPool::submit) would make a future of that is dropped at once. A panic of the job ends the job alone,
    /// and is reported as one of its thread.
    ///
    /// ```
    /// use raddle_exec::ThreadPool;
    /// use raddle_sync::Event;
    /// use std::sync::Arc;
    ///
    /// let (pool, done) = (ThreadPool::new(1), Arc::new(Event::new()));
    /// let theirs = Arc::clone(&done);
    /// pool.execute(move || theirs.set()).unwrap();
    /// done.wait();
    /// ```
    ///
    /// # Errors
    /// As [`submit`](ThreadPool::submit).
    #[track_caller]
    pub fn execute(&self, job: impl FnOnce() + Send + 'static) -> Result<(), SubmitError> {
        self.hand_over(&mut Some(boxed(Errand(Some(job)))), Deadline::Never, |_| ())
    }

    /// Hands over `work` that settles `future`, with errors of its own kind.
    ///
    /// # Errors
    /// As [`submit`](ThreadPool::submit).
    #[track_caller]
    pub fn submit_for<T, E, F>(&self, future: &Future<T, E>, work: F) -> Result<(), SubmitError>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<JobError> + Send + 'static,
    {
        let job = boxed(Work { future: future.clone(), work: Some(work), site: Location::caller() });
        self.submit_job(future, &mut Some(job), Deadline::Never)
    }

    /// Hands over a job that settles `future` by itself, waiting for room in the backlog until `deadline`.
    ///
    /// # Errors
    /// As [`submit_until`](ThreadPool::submit_until); a job that was not taken stays where it is.
    #[track_caller]
    pub fn submit_job<T, E>(
        &self,
        future: &Future<T, E>,
        job: &mut Option<BoxedJob>,
        deadline: Deadline,
    ) -> Result<(), SubmitError> {
        self.hand_over(job, deadline, |pool| future.handed_to(pool))
    }

    /// One operation: `told` says what else has happened when the job was taken.
    #[track_caller]
    fn hand_over(
        &self,
        job: &mut Option<BoxedJob>,
        deadline: Deadline,
        told: impl FnOnce(Target<'_>),
    ) -> Result<(), SubmitError> {
        let core = &self.0;
        let target = core.target();
        let ready = |state: &State| !core.is_bounded() || state.closed.is_some() || core.waiting(state) < core.backlog;
        point(Op::Submit, target, deadline, || core.state.allows(ready));
        let accepted = core.state.until(Op::Submit, target.lane(ROOM), deadline, |state| {
            if ready(state) { job.take().map(|job| core.accept(state, job)) } else { None }
        })?;
        let Accepted { seq, may_hire, hire, watched_for } = match accepted {
            Ok(accepted) => accepted,
            Err((refused, closed)) => {
                *job = Some(refused);
                did(target, Effect::Saw);
                return Err(closed.into());
            }
        };
        let capacity = core.is_bounded().then_some(core.backlog);
        did(target, Effect::Put { seq, fifo: true, capacity, hires: may_hire.then_some(hire.is_some()) });
        told(target);
        if watched_for {
            // Relaxed: it only ends a lookout early.
            core.news.0.fetch_add(1, Relaxed);
        } else {
            core.state.wake(target.lane(JOBS), 1);
        }
        match hire {
            Some(number) => silently(|| core.hire(number, seq)),
            None => Ok(()),
        }
    }

    /// As [`Executor::map`].
    ///
    /// # Errors
    /// As [`Executor::map`].
    #[track_caller]
    pub fn map<I, T, F>(&self, f: F, items: I) -> Result<Map<T>, SubmitError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        Executor::map(self, f, items)
    }

    /// Takes no more jobs. Those that wait are run or cancelled, as `pending` says; the workers end when none is left.
    #[track_caller]
    pub fn shutdown(&self, pending: Pending) {
        self.shutdown_at(pending, Location::caller());
    }

    /// Takes no more jobs, and gives back those that no worker has taken: somebody else makes what is left to do.
    #[track_caller]
    pub fn retire(&self) -> Vec<BoxedJob> {
        self.0.close(Closed::ShutDown, Pending::Cancel, Location::caller())
    }

    fn shutdown_at(&self, pending: Pending, site: Site) {
        self.0.close(Closed::ShutDown, pending, site).into_iter().for_each(|mut job| job.cancel());
    }

    /// Waits until all workers have ended, which they do only after a shutdown. A worker that calls this does not wait for itself.
    #[track_caller]
    pub fn join(&self) {
        self.join_at(Location::caller());
    }

    /// As [`join`](ThreadPool::join), until `deadline`.
    ///
    /// # Errors
    /// [`Stopped`] if workers were still at work when the deadline passed, or a signal hook asked for it.
    #[track_caller]
    pub fn join_until(&self, deadline: Deadline) -> Result<(), Stopped> {
        self.join_until_at(deadline, Location::caller())
    }

    fn join_at(&self, site: Site) {
        // A signal does not end this wait.
        while self.join_until_at(Deadline::Never, site).is_err() {}
    }

    fn join_until_at(&self, deadline: Deadline, site: Site) -> Result<(), Stopped> {
        let core = &self.0;
        let all = |state: &mut State| (state.starting == 0).then(|| state.joins.clone());
        // It is no operation: a controlled run never sees a worker half started.
        let joins = core.state.until(Op::Join, core.target().lane(STARTS), deadline, all)?;
        joins.iter().try_for_each(|join| match &**join {
            Ends::Ours(handle) if handle.thread().id() == thread::current().id() => Ok(()),
            Ends::Ours(handle) => handle.wait_until_at(deadline, site),
            Ends::Theirs(join) => join(deadline),
        })
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.0.target().object.id()
    }

    /// How many workers there can be.
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// How many workers have been started.
    pub fn worker_count(&self) -> usize {
        self.0.state.enter().workers
    }

    /// What has come of it so far; it may be more a moment later.
    #[track_caller]
    pub fn statistics(&self) -> PoolStatistics {
        let core = &self.0;
        let target = core.target();
        point(Op::Look, target, Deadline::Now, || true);
        let statistics = {
            let state = core.state.enter();
            let ready = core.ready.0.lock();
            PoolStatistics {
                size: core.size,
                workers: state.workers,
                submitted: state.next,
                taken: ready.taken,
                waiting: ready.jobs.len() + state.arrived.len(),
                backlog: core.is_bounded().then_some(core.backlog),
            }
        };
        did(target, Effect::Looked);
        statistics
    }

    /// How many jobs no worker has taken.
    pub fn backlog_count(&self) -> usize {
        self.0.waiting(&self.0.state.enter())
    }
}

/// What has come of a pool so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatistics {
    /// How many workers there can be.
    pub size: usize,
    /// How many have been started.
    pub workers: usize,
    /// How many jobs were submitted.
    pub submitted: u64,
    /// How many of them workers have taken.
    pub taken: u64,
    /// How many of them wait for a worker.
    pub waiting: usize,
    /// How many may wait, if that is bounded.
    pub backlog: Option<usize>,
}

impl Builder {
    /// Sets how many workers there can be; as many as the machine has processors if this is not called.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn size(self, size: usize) -> Self {
        assert!(size > 0, "a pool must have at least one thread");
        Builder { size: Some(size), ..self }
    }

    /// Sets what the workers' names begin with; `pool` if this is not called.
    #[must_use]
    pub fn name_prefix(self, prefix: impl Into<String>) -> Self {
        Builder { prefix: prefix.into(), ..self }
    }

    /// Sets how many jobs may wait for a worker: while as many do, submissions wait for room. There is no bound if this is not called.
    ///
    /// A job that submits to its own pool may wait for a worker that will never be free, as may one that waits for a result.
    ///
    /// ```
    /// use raddle_exec::{SubmitError, ThreadPool};
    /// use raddle_sync::{Deadline, Event};
    /// use std::sync::Arc;
    ///
    /// let (pool, go) = (ThreadPool::builder().size(1).backlog(1).build(), Arc::new(Event::new()));
    /// let theirs = Arc::clone(&go);
    /// pool.submit(move || theirs.wait()).unwrap();
    /// // Waits until the worker has taken the first job.
    /// pool.submit(|| ()).unwrap();
    /// assert!(matches!(pool.submit_until(|| (), Deadline::Now), Err(SubmitError::Full)));
    /// go.set();
    /// ```
    ///
    /// # Panics
    /// If `backlog` is 0.
    #[must_use]
    pub fn backlog(self, backlog: usize) -> Self {
        assert!(backlog > 0, "a pool must let at least one job wait");
        Builder { backlog, ..self }
    }

    /// Sets what each worker runs first. If it panics the pool is broken: it takes no more jobs, and those that wait fail.
    #[must_use]
    pub fn initializer(self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        Builder { initializer: Some(Box::new(initializer)), ..self }
    }

    /// Sets how a worker's thread is started: `spawner` must see to it that a new thread calls [`Worker::run`].
    ///
    /// A worker that is dropped has not been started. An error of the kind [`Interrupted`](io::ErrorKind::Interrupted) says that
    /// something else than the start has failed: the submission fails with it, even if there are other workers.
    #[must_use]
    pub fn spawner(self, spawner: impl Fn(Worker) -> io::Result<Join> + Send + Sync + 'static) -> Self {
        Builder { spawner: Some(Box::new(spawner)), ..self }
    }

    /// The pool, with no worker started.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> ThreadPool {
        let Builder { size, prefix, backlog, initializer, spawner } = self;
        let size = size.unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get));
        let state = Monitor::new(State {
            arrived: Jobs::new(),
            next: 0,
            idle: 0,
            lookouts: 0,
            workers: 0,
            starting: 0,
            joins: Vec::new(),
            closed: None,
        });
        let (ready, news) = (Line(Latch::new(Ready::default())), Line(AtomicU32::new(0)));
        ThreadPool(Arc::new(Core { size, prefix, backlog, initializer, spawner, state, ready, news }))
    }
}

/// A worker that has yet to run. Dropped without, it leaves its place to another.
pub struct Worker {
    core: Arc<Core>,
    number: usize,
    /// Whether it has run.
    begun: bool,
    /// Whether it has taken a job since it was last counted as idle.
    busy: bool,
}

impl Worker {
    /// Its name: the pool's prefix and its number.
    pub fn name(&self) -> String {
        format!("{}_{}", self.core.prefix, self.number)
    }

    /// Runs jobs until the pool is closed and none is left.
    pub fn run(mut self) {
        self.begun = true;
        if let Some(initializer) = &self.core.initializer
            && !survived(initializer)
        {
            return self.give_up();
        }
        loop {
            match self.next_until(Deadline::Never) {
                // What can panic in here are the future's callbacks: a job's own panic is its future's error.
                Ok(Some(job)) => _ = survived(|| job.run()),
                Ok(None) => return,
                // A signal does not end this wait.
                Err(_) => {}
            }
        }
    }

    /// The next job, waiting for one until `deadline`; none when the pool is closed and none is left. For a loop in the place of [`run`](Worker::run).
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    pub fn next_until(&mut self, deadline: Deadline) -> Result<Option<Taken>, Stopped> {
        self.begun = true;
        let quick = self.busy && !watched() && !self.core.is_bounded();
        let next = match if quick { self.core.ready.0.lock().pop() } else { None } {
            Some(next) => Some(next),
            None => self.core.next_until(take(&mut self.busy), deadline)?,
        };
        self.busy = next.is_some();
        Ok(next.map(|(_, job)| Taken(job)))
    }

    /// What ends its pool, and does not keep it.
    pub fn closer(&self) -> Closer {
        Closer(Arc::downgrade(&self.core))
    }

    /// Breaks the pool: it takes no more jobs, and those that wait fail.
    pub fn give_up(mut self) {
        self.begun = true;
        for mut job in self.core.close(Closed::Broken, Pending::Cancel, self.core.site()) {
            job.fail(JobError::Broken);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.begun {
            let mut state = self.core.state.enter();
            state.idle -= 1;
            state.workers -= 1;
        }
    }
}

/// Ends a pool from outside: at the exit of the program.
pub struct Closer(Weak<Core>);

impl Closer {
    /// Shuts the pool down; the jobs that wait are run.
    #[track_caller]
    pub fn close(&self) {
        if let Some(core) = self.0.upgrade() {
            core.close(Closed::ShutDown, Pending::Run, Location::caller());
        }
    }
}

/// A job that a worker has taken; the worker counts as busy until it asks for the next one.
pub struct Taken(BoxedJob);

impl Taken {
    /// Runs it.
    pub fn run(mut self) {
        self.0.run();
    }
}

/// Runs `f`; whether it did not panic. The end of a controlled run goes on unwinding.
fn survived(f: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => true,
        Err(payload) if payload.is::<Over>() => resume_unwind(payload),
        Err(payload) => {
            failed(|| thread::panic_message(&*payload).to_owned());
            false
        }
    }
}

impl Core {
    const fn target(&self) -> Target<'_> {
        self.state.of(Kind::Pool)
    }

    /// Where the pool was made: the line that what nobody's code does belongs to.
    const fn site(&self) -> Site {
        self.target().object.site()
    }

    /// Starts worker `number`, for job `seq`.
    #[track_caller]
    fn hire(self: &Arc<Self>, number: usize, seq: u64) -> Result<(), SubmitError> {
        let missed = self.start(number, |state, error| {
            let interrupted = error.kind() == io::ErrorKind::Interrupted;
            let job = if interrupted || state.workers == 0 { self.withdraw(state, seq) } else { None };
            (error, interrupted, job, self.vacancy(state))
        });
        let Some((error, interrupted, job, vacancy)) = missed else { return Ok(()) };
        if job.is_some() {
            self.state.wake(self.target().lane(ROOM), usize::MAX);
        }
        if let Some(number) = vacancy {
            self.hire_for_others(number);
        }
        if interrupted || job.is_some() { Err(SubmitError::NoThread(error)) } else { Ok(()) }
    }

    /// Starts worker `number` for jobs that other tasks have submitted, or fails them.
    #[track_caller]
    fn hire_for_others(self: &Arc<Self>, number: usize) {
        let missed = self.start(number, |state, error| match error.kind() {
            io::ErrorKind::Interrupted => (self.vacancy(state), Vec::new()),
            _ if state.workers == 0 => (None, self.drain(state)),
            _ => (None, Vec::new()),
        });
        let Some((vacancy, stranded)) = missed else { return };
        if !stranded.is_empty() {
            self.state.wake(self.target().lane(ROOM), usize::MAX);
        }
        for mut job in stranded {
            job.fail(JobError::NoThread);
        }
        if let Some(number) = vacancy {
            self.hire_for_others(number);
        }
    }

    /// Starts worker `number`; if that fails, `missed` says what comes of it, at the same instant: nobody sees the start over
    /// before whoever is started in its place counts.
    #[track_caller]
    fn start<R>(self: &Arc<Self>, number: usize, missed: impl FnOnce(&mut State, io::Error) -> R) -> Option<R> {
        let worker = Worker { core: Arc::clone(self), number, begun: false, busy: false };
        let started = match &self.spawner {
            Some(spawner) => spawner(worker).map(Ends::Theirs),
            None => thread::Builder::new().name(worker.name()).spawn(move || worker.run()).map(Ends::Ours),
        };
        let missed = {
            let mut state = self.state.enter();
            state.starting -= 1;
            match started {
                Ok(join) => {
                    state.joins.push(Arc::new(join));
                    None
                }
                Err(error) => Some(missed(&mut state, error)),
            }
        };
        self.state.wake(self.target().lane(STARTS), usize::MAX);
        missed
    }

    /// The next job for a worker; none when it is to end.
    ///
    /// `back` says that the worker was busy until now.
    #[cold]
    #[inline(never)]
    fn next_until(&self, mut back: bool, deadline: Deadline) -> Result<Option<Numbered>, Stopped> {
        let target = self.target();
        if watched() && take(&mut back) {
            // Before the next point: a submission in between counts on it, if it might start one more.
            let may_hire = self.may_hire(&self.state.enter());
            if may_hire {
                point_at(Op::Begin, target, Deadline::Now, || true, self.site());
            }
            self.state.enter().idle += 1;
            did(target, Effect::Begun);
        }
        let (mut may_look_out, mut looks_out) = (!watched() && deadline != Deadline::Now, false);
        let ready = |state: &State| state.closed.is_some() || self.waiting(state) > 0;
        point_at(Op::Get, target, deadline, || self.state.allows(ready), self.site());
        let next = loop {
            let found = self.state.until(Op::Get, target.lane(JOBS), deadline, |state| {
                state.idle += usize::from(take(&mut back));
                // Nobody waits for there to be fewer lookouts.
                state.lookouts -= usize::from(take(&mut looks_out));
                let next = {
                    let mut ready = self.ready.0.lock();
                    if ready.jobs.is_empty() {
                        swap(&mut ready.jobs, &mut state.arrived);
                    }
                    ready.pop()
                };
                if next.is_some() || state.closed.is_some() {
                    state.idle -= 1;
                    return Some(Ok(next));
                }
                take(&mut may_look_out).then(|| {
                    state.lookouts += 1;
                    // Relaxed: see `hand_over`.
                    Err(self.news.0.load(Relaxed))
                })
            })?;
            match found {
                Ok(next) => break next,
                Err(seen) => {
                    looks_out = true;
                    spin(|| self.news.0.load(Relaxed) != seen);
                }
            }
        };
        did(target, next.as_ref().map_or(Effect::Saw, |(seq, _)| Effect::Got { seq: *seq, fifo: true }));
        self.state.wake(target.lane(ROOM), 1);
        Ok(next)
    }

    fn accept(&self, state: &mut State, job: BoxedJob) -> Result<Accepted, (BoxedJob, Closed)> {
        if let Some(closed) = state.closed {
            return Err((job, closed));
        }
        let seq = state.next;
        state.next += 1;
        state.arrived.push_back((seq, job));
        let watched_for = state.lookouts > 0 && self.waiting(state) <= state.lookouts;
        let may_hire = self.may_hire(state);
        Ok(Accepted { seq, may_hire, hire: self.vacancy(state), watched_for })
    }

    /// The number of one more worker, if there are jobs for it and there may be one; it counts from here on.
    fn vacancy(&self, state: &mut State) -> Option<usize> {
        let vacant = self.may_hire(state) && self.waiting(state) > state.idle;
        vacant.then(|| {
            state.idle += 1;
            state.workers += 1;
            state.starting += 1;
            state.workers - 1
        })
    }

    /// Whether there may be one more worker.
    const fn may_hire(&self, state: &State) -> bool {
        state.workers < self.size
    }

    /// Whether submissions may have to wait for room.
    const fn is_bounded(&self) -> bool {
        self.backlog != UNBOUNDED
    }

    /// How many jobs no worker has taken.
    fn waiting(&self, state: &State) -> usize {
        self.ready.0.lock().jobs.len() + state.arrived.len()
    }

    /// Takes job `seq` back, unless a worker has it.
    fn withdraw(&self, state: &mut State, seq: u64) -> Option<BoxedJob> {
        let from = |jobs: &mut Jobs| {
            let at = jobs.iter().position(|(known, _)| *known == seq)?;
            jobs.remove(at).map(|(_, job)| job)
        };
        from(&mut self.ready.0.lock().jobs).or_else(|| from(&mut state.arrived))
    }

    /// Takes all jobs back that no worker has.
    fn drain(&self, state: &mut State) -> Vec<BoxedJob> {
        self.ready.0.lock().jobs.drain(..).chain(state.arrived.drain(..)).map(|(_, job)| job).collect()
    }

    /// Takes no more jobs; returns those that are not to be run.
    fn close(&self, why: Closed, pending: Pending, site: Site) -> Vec<BoxedJob> {
        let target = self.target();
        point_at(Op::Shutdown, target, Deadline::Now, || true, site);
        let left: Vec<_> = {
            let mut state = self.state.enter();
            state.closed.get_or_insert(why);
            match pending {
                Pending::Run => Vec::new(),
                Pending::Cancel => self.drain(&mut state),
            }
        };
        did(target, Effect::Closed { dropped: left.len(), size: Some(self.size) });
        for lane in [JOBS, ROOM] {
            self.state.wake(target.lane(lane), usize::MAX);
        }
        left
    }
}

/// A job that was taken.
struct Accepted {
    seq: u64,
    /// Whether there may be one more worker.
    may_hire: bool,
    /// The number of the worker to start for it, if there is one.
    hire: Option<usize>,
    /// Whether a lookout is sure to see it.
    watched_for: bool,
}

impl Ready {
    fn pop(&mut self) -> Option<Numbered> {
        let next = self.jobs.pop_front();
        self.taken += u64::from(next.is_some());
        next
    }
}

/// What waits in the backlog of a pool.
pub trait Job: Any + Send {
    /// Does the work and settles its future, unless that was cancelled. It is asked for once.
    fn run(&mut self);
    /// Cancels its future: it will not be run.
    fn cancel(&mut self);
    /// Settles its future with `error`: it will not be run.
    fn fail(&mut self, error: JobError);
}

/// A job as a pool keeps it: in the backlog itself, with its number in one cache line, or in memory of its own if it is larger.
///
/// Memory that one thread takes and another gives back, job for job, would cost more than all the rest of a submission.
pub type BoxedJob = SmallBox<dyn Job, [usize; 5]>;

/// Makes of a job what a pool keeps.
pub fn boxed(job: impl Job) -> BoxedJob {
    smallbox!(job)
}

struct Work<T, E, F> {
    future: Future<T, E>,
    work: Option<F>,
    /// Where it was submitted: the line that what becomes of it belongs to.
    site: Site,
}

impl<T, E, F> Job for Work<T, E, F>
where
    T: Send + 'static,
    E: From<JobError> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    fn run(&mut self) {
        let Work { future, work, site } = self;
        let (Some(work), site) = (work.take(), *site) else { return };
        if future.start_at(site).is_err() {
            return;
        }
        let outcome = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(outcome) => outcome,
            Err(payload) if payload.is::<Over>() => resume_unwind(payload),
            Err(payload) => Err(JobError::Panicked(Panic::new(payload)).into()),
        };
        // Refused only if the user has settled it, who then knows better.
        let _ = future.settle_at(outcome, site);
    }

    fn cancel(&mut self) {
        self.future.cancel_at(self.site);
    }

    fn fail(&mut self, error: JobError) {
        // As in `run`.
        let _ = self.future.settle_at(Err(error.into()), self.site);
    }
}

/// Work whose result nobody waits for.
struct Errand<F>(Option<F>);

impl<F: FnOnce() + Send + 'static> Job for Errand<F> {
    fn run(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }

    fn cancel(&mut self) {}

    fn fail(&mut self, _error: JobError) {}
}

impl Executor for ThreadPool {
    fn submit<T, F>(&self, job: F) -> Result<Future<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        ThreadPool::submit(self, job)
    }

    fn shutdown(&self, pending: Pending) {
        ThreadPool::shutdown(self, pending);
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        let site = self.0.site();
        self.shutdown_at(Pending::Run, site);
        self.join_at(site);
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("object", self.0.target().object)
            .field("size", &self.0.size)
            .field("prefix", &self.0.prefix)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("size", &self.size).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl fmt::Debug for Closer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").finish_non_exhaustive()
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// Why a job came to nothing.
#[derive(Clone, Debug)]
pub enum JobError {
    /// It panicked.
    Panicked(Panic),
    /// It never ran: an initializer of its pool failed.
    Broken,
    /// It never ran: its pool has no thread, and the operating system gave none.
    NoThread,
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Panicked(panic) => panic.fmt(f),
            JobError::Broken => f.write_str("the pool broke before the job could run"),
            JobError::NoThread => f.write_str("the pool could not start a thread for the job"),
        }
    }
}

impl std::error::Error for JobError {}

/// Why a job was not taken.
#[derive(Debug)]
pub enum SubmitError {
    /// The executor is shut down.
    ShutDown,
    /// An initializer of the pool failed.
    Broken,
    /// The operating system gave no thread, and there is none yet.
    NoThread(io::Error),
    /// There was no room in the backlog in time.
    Full,
    /// The signal hook of [`Manner`](raddle_kernel::Manner) asked for it.
    Interrupted,
}

impl From<Stopped> for SubmitError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TimedOut => SubmitError::Full,
            Stopped::Interrupted => SubmitError::Interrupted,
        }
    }
}

impl From<Closed> for SubmitError {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::ShutDown => SubmitError::ShutDown,
            Closed::Broken => SubmitError::Broken,
        }
    }
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::ShutDown => "the executor is shut down",
            SubmitError::Broken => "the pool is broken",
            SubmitError::NoThread(_) => "the pool could not start a thread",
            SubmitError::Full => "the pool's backlog is full",
            SubmitError::Interrupted => "the wait was interrupted",
        })
    }
}

impl std::error::Error for SubmitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let SubmitError::NoThread(error) = self { Some(error) } else { None }
    }
}
