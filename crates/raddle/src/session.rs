//! Checking a closure: the search on a thread of its own, its options, its outcome.

use raddle_explore::{Closure, Front, Options, Progress, StrategyKind, explore, replay};
use raddle_record::{Folder, Found, Replayed, Schedule, Share, Uncontrolled, Verdict, decode};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{env, fs};

/// Runs `program` over its interleavings and panics with an explanation if one of them goes wrong.
///
/// To be used in a `#[test]`. The default budget is 10,000 executions or 10 seconds; see [`Session`] for options and for what the
/// environment can change. `program` is called once for each execution and must make its objects anew each time.
///
/// # Panics
/// If there is a finding, if the program fails by itself, or if no answer can be given, as when a thread takes part that was not
/// started by [`thread`](crate::thread).
///
/// # Example
/// ```
/// use raddle::{check, thread, Mutex};
/// use std::sync::Arc;
///
/// check(|| {
///     let counter = Arc::new(Mutex::new(0));
///     let other = Arc::clone(&counter);
///     let child = thread::spawn(move || *other.lock().unwrap() += 1);
///     *counter.lock().unwrap() += 1;
///     child.join().unwrap();
///     assert_eq!(*counter.lock().unwrap(), 2);
/// });
/// ```
#[track_caller]
pub fn check(program: impl Fn() + Send + Sync + 'static) {
    Session::new().run(program).assert_clean();
}

/// Options of a search.
///
/// The environment overrides them: `RADDLE_EXECUTIONS`, `RADDLE_SECONDS`, `RADDLE_STRATEGY`, `RADDLE_SEED`, and `RADDLE_SHARD=2/3`,
/// which searches only the second of three parts, as on one of three machines;
/// `RADDLE_REPLAY=ID` runs only the schedule that was saved under `.raddle/ID.json`, in the test that it belongs to.
///
/// # Example
/// ```
/// use raddle::{Session, Strategy, thread};
///
/// let outcome = Session::new().strategy(Strategy::Random).executions(100).seed(7).run(|| {
///     thread::spawn(|| ()).join().unwrap();
/// });
/// outcome.assert_clean();
/// assert_eq!(outcome.executions, 100);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Session {
    options: Options,
}

impl Session {
    /// The default options: 10,000 executions or 10 seconds, all strategies in turn, by what they bring.
    pub fn new() -> Self {
        Session::default()
    }

    /// Who chooses at points.
    #[must_use]
    pub fn strategy(mut self, strategy: StrategyKind) -> Self {
        self.options.strategy = strategy;
        self
    }

    /// Ends the search after so many executions.
    #[must_use]
    pub fn executions(mut self, executions: u64) -> Self {
        self.options.executions = executions;
        self
    }

    /// Ends the search after this long; `None`: only executions count.
    #[must_use]
    pub fn time(mut self, time: Option<Duration>) -> Self {
        self.options.time = time;
        self
    }

    /// The seed of all random choices. Same seed, same search.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Searches only part `number` of `of`, counted from 1: a share of the tree of schedules, other random choices than the other
    /// parts', and a share of the executions. The parts need not know of each other; together they try what one search would.
    ///
    /// # Panics
    /// If there is no such part.
    #[must_use]
    pub fn share(mut self, number: u64, of: u64) -> Self {
        assert!((1..=of).contains(&number), "there is no part {number} of {of}");
        self.options.share = Some(Share { number, of });
        self
    }

    /// Goes on after a finding, until the budget ends.
    #[must_use]
    pub fn keep_going(mut self) -> Self {
        self.options.keep_going = true;
        self
    }

    /// Lets timers fire while others can go on.
    #[must_use]
    pub fn timing(mut self) -> Self {
        self.options.timing = true;
        self
    }

    /// Tries no execution with more preemptions: wherever a task can go on after so many, it does.
    ///
    /// A verdict then says so: `clean: all N interleavings with at most 2 preemptions`.
    #[must_use]
    pub fn preemptions(mut self, most: u64) -> Self {
        self.options.preemptions = Some(most);
        self
    }

    /// Tries no execution with more delays: tasks that are passed over before the one that goes on, counted from the one that
    /// would go on by itself (Emmi, Qadeer, Rakamarić: POPL 2011). A verdict then says so, too.
    #[must_use]
    pub fn delays(mut self, most: u64) -> Self {
        self.options.delays = Some(most);
        self
    }

    /// Tells findings by the schedules that were found, and does not look for the smallest that show them.
    #[must_use]
    pub fn no_shrink(mut self) -> Self {
        self.options.shrink = false;
        self
    }

    /// Ends an execution after so many points; a search with such an execution is never clean.
    #[must_use]
    pub fn step_bound(mut self, points: u64) -> Self {
        self.options.step_bound = points;
        self
    }

    /// Searches `program`'s interleavings.
    ///
    /// The search has a thread of its own, so sessions in parallel tests do not disturb each other.
    ///
    /// # Panics
    /// If the environment holds an option that cannot be understood.
    pub fn run(mut self, program: impl Fn() + Send + Sync + 'static) -> Outcome {
        let saved = from_environment(&mut self.options).unwrap_or_else(|problem| panic!("raddle: {problem}"));
        let test = std::thread::current().name().map(str::to_owned);
        let program = Arc::new(program);
        let mine = saved.filter(|saved| {
            if saved.test != test {
                // Whoever asked for the replay thinks that it is this test's.
                let (theirs, ours) = (named(saved.test.as_ref()), named(test.as_ref()));
                eprintln!("raddle: the schedule is {theirs}, not {ours}, which is searched as without it");
            }
            saved.test == test
        });
        let outcome = on_own_thread(program, move |front| match &mine {
            Some(saved) => from_replay(replay(front, &saved.schedule), &saved.schedule),
            None => explore(front, &self.options, &mut |_: &Progress| true),
        });
        Outcome { outcome, test }
    }
}

fn named(test: Option<&String>) -> String {
    test.map_or_else(|| "one of no test".to_owned(), |test| format!("one of the test {test}"))
}

/// Why a search that stands still has no answer.
fn stands_still(at: Option<raddle_kernel::Site>) -> raddle_record::Outcome {
    let after = at.map_or_else(String::new, |at| format!(" after {}:{}", at.file(), at.line()));
    let what =
        format!("no operation of Raddle's for 5 s{after}: something blocks there, or loops, that Raddle does not see");
    let mut outcome = empty();
    outcome.verdict = Verdict::Inconclusive;
    outcome.uncontrolled.push(Uncontrolled { what: "something that blocks".to_owned(), at: None });
    outcome.reasons.push(what);
    outcome
}

fn empty() -> raddle_record::Outcome {
    raddle_record::Outcome {
        verdict: Verdict::CleanSoFar,
        executions: 0,
        preliminary: 0,
        redundant: 0,
        distinct: 0,
        exhausted: false,
        points: 0,
        seconds: 0.0,
        seed: 0,
        strategy: "replay".to_owned(),
        preemptions: None,
        delays: None,
        covered: None,
        uncontrolled: Vec::new(),
        notes: Vec::new(),
        reasons: Vec::new(),
        findings: Vec::new(),
        interrupted: false,
        part: None,
    }
}

fn from_replay(replayed: Replayed, schedule: &Schedule) -> raddle_record::Outcome {
    let mut outcome = empty();
    (outcome.executions, outcome.distinct) = (1, 1);
    outcome.seed = schedule.seed;
    if let Some(diverged) = replayed.diverged {
        outcome.verdict = Verdict::Inconclusive;
        outcome.reasons.push(format!(
            "the program is no longer the one that the schedule was made for: choice {} was {}, but the program offers {}",
            diverged.at + 1,
            diverged.expected,
            diverged.got
        ));
    } else if let Some(found) = replayed.found {
        outcome.verdict = Verdict::Finding;
        outcome.findings.push(found);
    } else {
        // The test passes, as it should if the bug is gone; whoever asked for the replay wants to know.
        eprintln!("raddle: not reproduced: the same choices led to no bug");
    }
    outcome
}

/// Runs a search on a thread of its own, and gives up on it when it stands still: a thread that is blocked by something that is
/// not ours cannot be ended, so it stays behind.
fn on_own_thread<P: Fn() + Send + Sync + 'static>(
    program: Arc<P>,
    search: impl FnOnce(&Rc<dyn Front>) -> raddle_record::Outcome + Send + 'static,
) -> raddle_record::Outcome {
    let (told, answer) = channel();
    let alarmed: Sender<raddle_record::Outcome> = told.clone();
    let run = move || {
        let alarm = move |at| {
            // Nobody listens any more if the search ended in the same moment.
            let _ = alarmed.send(stands_still(at));
        };
        let front: Rc<dyn Front> = Rc::new(Closure::new(move || program(), alarm));
        let _ = told.send(search(&front));
    };
    let thread = std::thread::Builder::new().name("raddle-session".to_owned()).spawn(run);
    let thread = thread.unwrap_or_else(|e| panic!("raddle: no thread for the search: {e}"));
    match answer.recv() {
        Ok(outcome) => outcome,
        Err(_) => match thread.join() {
            Ok(()) => unreachable!("a search ends with an answer or a panic"),
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// A schedule of a test, as it lies under `.raddle/`.
#[derive(Serialize, Deserialize)]
struct Saved {
    test: Option<String>,
    text: String,
    schedule: Schedule,
}

fn from_environment(options: &mut Options) -> Result<Option<Saved>, String> {
    fn number(name: &str) -> Result<Option<u64>, String> {
        let Ok(text) = env::var(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|e| format!("{name} is `{text}`, but must be a whole number ({e})"))
    }
    if let Some(executions) = number("RADDLE_EXECUTIONS")? {
        (options.executions, options.time) = (executions, None);
    }
    if let Some(seconds) = number("RADDLE_SECONDS")? {
        options.time = Some(Duration::from_secs(seconds));
    }
    if let Some(seed) = number("RADDLE_SEED")? {
        options.seed = seed;
    }
    if let Ok(slug) = env::var("RADDLE_STRATEGY") {
        let known = StrategyKind::ALL.map(StrategyKind::slug).join(", ");
        options.strategy = StrategyKind::from_slug(&slug)
            .ok_or_else(|| format!("RADDLE_STRATEGY is `{slug}`, but must be one of {known}"))?;
    }
    if let Ok(text) = env::var("RADDLE_SHARD") {
        let wrong = || format!("RADDLE_SHARD is `{text}`, but must be a part of a search, as `2/3` is");
        options.share = Some(Share::from_text(&text).ok_or_else(wrong)?);
    }
    let Ok(id) = env::var("RADDLE_REPLAY") else { return Ok(None) };
    let path = if Path::new(&id).is_file() { PathBuf::from(&id) } else { Folder::of(Path::new("")).path(&id) };
    let text = fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    decode(&text).map(Some).map_err(|e| format!("{} is {e}", path.display()))
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    outcome: raddle_record::Outcome,
    test: Option<String>,
}

impl std::ops::Deref for Outcome {
    type Target = raddle_record::Outcome;

    fn deref(&self) -> &raddle_record::Outcome {
        &self.outcome
    }
}

impl Outcome {
    /// Panics with an explanation unless no bug was found.
    ///
    /// Each finding is saved under `.raddle/`, and its text ends with the command that replays it.
    ///
    /// # Panics
    /// If there is a finding, if the program fails by itself, or if no answer can be given.
    #[track_caller]
    pub fn assert_clean(&self) {
        if matches!(self.verdict, Verdict::Clean | Verdict::CleanSoFar) {
            return;
        }
        panic!("{}", self.text());
    }

    /// The outcome for people: each finding, then a summary. Saves the findings, so that their replay commands work.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for found in &self.findings {
            let command = self.save(found);
            let _ = writeln!(text, "\n{}", raddle_report::text(&found.finding, command.as_deref()));
        }
        text.push_str(&raddle_report::summary(&self.outcome));
        text
    }

    /// Saves a finding's schedule; returns the command that replays it, if it could be saved.
    fn save(&self, found: &Found) -> Option<String> {
        let id = found.finding.id(&found.schedule, &self.test);
        let saved = Saved {
            test: self.test.clone(),
            text: raddle_report::text(&found.finding, None),
            schedule: found.schedule.clone(),
        };
        let folder = Folder::of(Path::new(""));
        let written = folder.make().and_then(|()| folder.keep(&id, &saved));
        let test = self.test.as_deref().map_or_else(String::new, |test| format!(" {test}"));
        written.ok().map(|()| format!("RADDLE_REPLAY={id} cargo test{test}"))
    }
}
