//! A search by several processes: each is `raddle check --shard` for one part, and what they come to is joined as `raddle merge` does.
//!
//! They hear of each other only through small files on a *desk*, a directory that is gone afterwards: each says there how it gets
//! on, and the process that started them says how far they are to go. So nothing is shared where executions are made.

use crate::fresh::code;
use crate::merge::joined;
use crate::part::Kept;
use crate::progress::ProgressLine;
use crate::{Interpreter, Problem, Saved};
use raddle::engine::explore::{Options, Progress, unlike};
use raddle::engine::kernel::{Deadline, sleep_until};
use raddle::engine::record::{Known, Outcome, Part, Share, Verdict};
use serde::Deserialize;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::{NamedTempFile, TempDir};

/// How often one looks whether a process has ended,
const LOOK: Duration = Duration::from_millis(5);
/// and how they get on: they tell it less often, and who looks keeps one of them from its work.
const HEAR: Duration = Duration::from_millis(40);
/// How long processes may take to end when the user wants that.
const PATIENCE: Duration = Duration::from_secs(10);

/// How far a part is to go: to this branch, if branches are taken as they come, and there so many executions; and, if a finding was
/// there, in which part.
type Limit = (u64, u64, u64);
/// No further.
const NOWHERE: Limit = (0, 0, 0);

/// Where a part hears of the process that started it, and tells it how it gets on.
#[derive(Debug)]
pub(crate) struct Desk {
    directory: PathBuf,
    share: Share,
    parent: u32,
    /// Where there was a finding: in which branch, after how many executions.
    found: Option<(u64, u64)>,
}

impl Desk {
    pub(crate) fn new(directory: &Path, share: Share) -> Self {
        Desk { directory: directory.to_owned(), share, parent: parent(), found: None }
    }

    /// Where the part is to be left.
    pub(crate) fn place(&self) -> PathBuf {
        place(&self.directory, self.share.number)
    }

    /// Tells how the search gets on; false if it is to end.
    pub(crate) fn goes_on(&mut self, progress: &Progress) -> bool {
        let Progress { executions, preliminary, points, findings, branch, .. } = *progress;
        if findings > 0 {
            self.found.get_or_insert((branch, executions));
        }
        let found = self.found.map_or(String::new(), |(branch, executions)| format!("{branch} {executions}"));
        let line = format!("{executions} {preliminary} {points} {findings} {found}\n");
        // Who does not read it waits for the end.
        let _unheard = fs::write(progress_of(&self.directory, self.share.number), line);
        parent() == self.parent && self.is_within_limit((branch, executions))
    }

    /// Whether a finding that comes first makes those of this part superfluous.
    pub(crate) fn is_late(&self) -> bool {
        // Who only has to stop, as the time has ended or the user wants it, keeps what he has found.
        let is_stopped = limit(&self.directory) == Some(NOWHERE);
        self.found.is_some_and(|found| !is_stopped && !self.is_within_limit(found))
    }

    fn is_within_limit(&self, here: (u64, u64)) -> bool {
        let Some(to) = limit(&self.directory) else { return true };
        match self.found {
            Some((branch, executions)) => (branch, executions, self.share.number) <= to,
            None => here < (to.0, to.1),
        }
    }
}

/// The number of the process that started this one.
#[cfg(unix)]
fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

#[cfg(not(unix))]
fn parent() -> u32 {
    0
}

fn place(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number}.json"))
}

fn progress_of(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number}.progress"))
}

/// How far parts are to go, if that has been said.
fn limit(directory: &Path) -> Option<Limit> {
    let text = fs::read_to_string(directory.join("limit")).ok()?;
    let numbers: Vec<u64> = text.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [branch, executions, share] = numbers.try_into().ok()?;
    Some((branch, executions, share))
}

/// Says how far parts are to go: all of it at once, as they look at any time.
fn set_limit(directory: &Path, (branch, executions, share): Limit) -> std::io::Result<()> {
    let new = directory.join("limit.new");
    fs::write(&new, format!("{branch} {executions} {share}"))?;
    fs::rename(new, directory.join("limit"))
}

/// What a search by several processes is told.
pub(crate) struct Jobs<'a> {
    /// How many processes.
    pub(crate) count: u64,
    /// The words after `raddle check`.
    pub(crate) words: &'a [OsString],
    pub(crate) options: &'a Options,
    pub(crate) directory: &'a Path,
}

impl Jobs<'_> {
    /// Makes the search: what it came to, and its findings as they were saved.
    ///
    /// # Errors
    /// When it could not be made at all.
    pub(crate) fn search(
        &self,
        line: &ProgressLine,
        interpreter: &mut dyn Interpreter,
    ) -> Result<(Outcome, Vec<Saved>), Problem> {
        let started = Instant::now();
        let mut known_to: Vec<PathBuf> = Vec::new();
        let (mut rounds, mut tried, mut points) = (Vec::new(), 0, 0);
        loop {
            let desk = tempfile::tempdir().map_err(|e| Problem::new(format!("no place for a search in parts: {e}")))?;
            let mut round = Round { jobs: self, desk, workers: Vec::new(), started, stopped: None };
            let parts = round.run(&known_to, line, interpreter)?;
            let (outcomes, saved): (Vec<Outcome>, Vec<Vec<Saved>>) =
                parts.into_iter().map(|kept| (kept.outcome, kept.saved)).unzip();
            let again = unlike(&outcomes).is_some() && round.stopped.is_none() && !self.is_out_of_time(started);
            if again {
                // Nobody was wrong, but they were not divided alike: with what all of them know they are.
                tried += outcomes.iter().map(Outcome::tried).sum::<u64>();
                points += outcomes.iter().map(|outcome| outcome.points).sum::<u64>();
                known_to = (1..=self.count).map(|number| place(round.desk.path(), number)).collect();
                rounds.push(round.desk);
                continue;
            }
            let (mut outcome, saved) = joined(&outcomes, &saved);
            outcome.preliminary += tried;
            outcome.points += points;
            outcome.seconds = started.elapsed().as_secs_f64();
            outcome.interrupted = round.stopped.is_some();
            return Ok((outcome, saved));
        }
    }

    fn is_out_of_time(&self, started: Instant) -> bool {
        self.options.time.is_some_and(|time| started.elapsed() >= time)
    }
}

/// Every part once.
struct Round<'a> {
    jobs: &'a Jobs<'a>,
    desk: TempDir,
    workers: Vec<Worker>,
    started: Instant,
    /// When the user wanted it to end.
    stopped: Option<Instant>,
}

/// A process that searches a part.
struct Worker {
    share: Share,
    child: Child,
    out: NamedTempFile,
    err: NamedTempFile,
    ended: Option<ExitStatus>,
    executions: u64,
    preliminary: u64,
    points: u64,
    findings: usize,
    /// Where there was a finding: in which branch, after how many executions.
    found: Option<(u64, u64)>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.ended.is_none() {
            let _ended_already = self.child.kill();
            let _ended = self.child.wait();
        }
    }
}

impl Round<'_> {
    /// Starts the processes, waits for them, and reads what they left.
    fn run(
        &mut self,
        known_to: &[PathBuf],
        line: &ProgressLine,
        interpreter: &mut dyn Interpreter,
    ) -> Result<Vec<Kept>, Problem> {
        for number in 1..=self.jobs.count {
            let worker = self.start(Share { number, of: self.jobs.count }, known_to, interpreter)?;
            self.workers.push(worker);
        }
        let problem = |e| Problem::new(format!("cannot wait for a process: {e}"));
        let mut heard = Instant::now();
        while self.workers.iter().any(|worker| worker.ended.is_none()) {
            let _ = sleep_until(Deadline::after(LOOK));
            let hears = heard.elapsed() >= HEAR;
            for worker in self.workers.iter_mut().filter(|worker| worker.ended.is_none()) {
                worker.ended = worker.child.try_wait().map_err(problem)?;
                // What it said last is read after its end.
                if hears || worker.ended.is_some() {
                    worker.hear(self.desk.path());
                }
            }
            if hears {
                heard = Instant::now();
                line.show(&self.progress());
            }
            if interpreter.interrupted() && self.stopped.replace(Instant::now()).is_some() {
                break;
            }
            if self.stopped.is_some_and(|since| since.elapsed() >= PATIENCE) {
                break;
            }
            self.limit().map_err(problem)?;
        }
        if self.stopped.is_none() && interpreter.interrupted() {
            self.stopped = Some(Instant::now());
        }
        let first = self.first_finding();
        let is_told =
            |worker: &Worker| self.jobs.options.keep_going || first.is_none_or(|(.., of)| of == worker.share.number);
        self.workers.iter().map(|worker| self.read(worker, is_told(worker))).collect()
    }

    fn start(&self, share: Share, known_to: &[PathBuf], interpreter: &mut dyn Interpreter) -> Result<Worker, Problem> {
        let mut command = interpreter.fresh()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let problem = |e| Problem::new(format!("{program} does not start: {e}"));
        // Files, not pipes: what a program writes past us stops nobody.
        let (out, err) = (NamedTempFile::new().map_err(problem)?, NamedTempFile::new().map_err(problem)?);
        command.arg("check").arg("--desk").arg(self.desk.path()).args(["--shard", &share.to_string()]);
        known_to.iter().for_each(|file| {
            command.arg("--with").arg(file);
        });
        command.args(self.jobs.words).current_dir(self.jobs.directory).stdin(Stdio::null());
        command.stdout(out.reopen().map_err(problem)?).stderr(err.reopen().map_err(problem)?);
        let child = command.spawn().map_err(problem)?;
        let (executions, preliminary, points, findings) = (0, 0, 0, 0);
        Ok(Worker { share, child, out, err, ended: None, executions, preliminary, points, findings, found: None })
    }

    /// Where all of them stand; how many executions are distinct shows when they are joined.
    fn progress(&self) -> Progress {
        Progress {
            executions: self.workers.iter().map(|worker| worker.executions).sum(),
            preliminary: self.workers.iter().map(|worker| worker.preliminary).sum(),
            distinct: 0,
            branch: 0,
            points: self.workers.iter().map(|worker| worker.points).sum(),
            findings: self.workers.iter().map(|worker| worker.findings).sum(),
            elapsed: self.started.elapsed(),
        }
    }

    /// The finding that is told: in the first branch, after the fewest executions of its part, whoever was fastest.
    fn first_finding(&self) -> Option<Limit> {
        self.workers
            .iter()
            .filter_map(|worker| worker.found.map(|(branch, executions)| (branch, executions, worker.share.number)))
            .min()
    }

    /// Says how far the parts are to go.
    fn limit(&self) -> std::io::Result<()> {
        let out_of_time = self.jobs.is_out_of_time(self.started) && self.jobs.options.time.is_some();
        let to = match self.first_finding().filter(|_| !self.jobs.options.keep_going) {
            _ if self.stopped.is_some() => Some(NOWHERE),
            None if out_of_time => Some(NOWHERE),
            first => first,
        };
        match to {
            Some(to) if limit(self.desk.path()) != Some(to) => set_limit(self.desk.path(), to),
            _ => Ok(()),
        }
    }

    /// What a process left, or why it left nothing.
    fn read(&self, worker: &Worker, is_told: bool) -> Result<Kept, Problem> {
        match Kept::read(&place(self.desk.path(), worker.share.number), self.jobs.directory) {
            Ok(mut kept) => {
                // What the process that started it wanted is no wish of the user's.
                kept.outcome.interrupted &= self.stopped.is_some();
                if !is_told && kept.outcome.verdict == Verdict::Finding {
                    kept.outcome.verdict = Verdict::CleanSoFar;
                    kept.outcome.findings.clear();
                    kept.saved.clear();
                }
                Ok(kept)
            }
            Err(_) if worker.ended.and_then(|status| status.code()) == Some(2) => Err(worker.problem()),
            Err(_) => Ok(Kept::new(Vec::new(), worker.lost(self.jobs.options), Vec::new())),
        }
    }
}

/// What a process may have written instead of a part.
#[derive(Deserialize)]
struct Page {
    reasons: Vec<String>,
}

impl Worker {
    /// Reads how it gets on.
    fn hear(&mut self, desk: &Path) {
        let Ok(text) = fs::read_to_string(progress_of(desk, self.share.number)) else { return };
        // It may be about to write.
        let Some(line) = text.strip_suffix('\n') else { return };
        let mut numbers = line.split(' ').map_while(|word| word.parse::<u64>().ok());
        let mut next = || numbers.next();
        if let (Some(executions), Some(preliminary), Some(points), Some(findings)) = (next(), next(), next(), next()) {
            (self.executions, self.preliminary) = (executions, preliminary);
            (self.points, self.findings) = (points, findings as usize);
            self.found = self.found.or(next().zip(next()));
        }
    }

    /// Why it could do nothing.
    fn problem(&self) -> Problem {
        let text = fs::read_to_string(self.err.path()).unwrap_or_default();
        let said = |lead| text.lines().find_map(|line| line.strip_prefix(lead)).map(str::to_owned);
        let problem = Problem::new(said("error: ").unwrap_or_else(|| self.last_words()));
        match said("help: ") {
            Some(help) => problem.help(help),
            None => problem,
        }
    }

    /// The last line that it wrote where it complains.
    fn last_words(&self) -> String {
        let text = fs::read(self.err.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned()
    }

    /// What its part came to, as it left none.
    fn lost(&self, options: &Options) -> Outcome {
        let out = fs::read_to_string(self.out.path()).unwrap_or_default();
        let mut reasons = match serde_json::from_str::<Page>(&out) {
            Ok(page) => page.reasons,
            Err(_) => out.lines().filter_map(|line| line.trim().strip_prefix("because: ")).map(str::to_owned).collect(),
        };
        if reasons.is_empty() {
            let how = self
                .ended
                .map_or_else(|| "had to be ended".to_owned(), |status| format!("ended with {}", code(status)));
            reasons.push(format!("the process for part {} {how}: {}", self.share, self.last_words()));
        }
        Outcome {
            verdict: Verdict::Inconclusive,
            executions: self.executions - self.preliminary,
            preliminary: self.preliminary,
            redundant: 0,
            distinct: 0,
            exhausted: false,
            points: self.points,
            seconds: 0.0,
            seed: options.seed,
            strategy: options.strategy.slug().to_owned(),
            preemptions: options.preemptions,
            delays: options.delays,
            covered: None,
            uncontrolled: Vec::new(),
            notes: Vec::new(),
            reasons,
            findings: Vec::new(),
            interrupted: false,
            part: Some(Box::new(Part {
                share: self.share,
                known: Known::default(),
                divided: String::new(),
                more: 0,
                met: String::new(),
                sampled: String::new(),
                drawn: String::new(),
            })),
        }
    }
}
