//! A search: execution after execution, until a bug is found, nothing is left to try, or the budget ends.

use crate::classes::Classes;
use crate::coverage::Coverage;
use crate::deal::Deal;
use crate::dependence::{Class, mix};
use crate::diagnose::{root_cause, signature, tell, tell_cut_off};
use crate::execution::{End, Execution, Inner, Legacy, Replaying, Setup, site_label};
use crate::fiber::Stacks;
use crate::front::Front;
use crate::options::{Options, Progress, StrategyKind};
use crate::panics;
use crate::shrink::{Size, Trail, shrink};
use crate::strategy::{Dfs, Division, Natural, Portfolio, Pos, Random, Strategy};
use crate::visible::Visible;
use crate::watchdog::Watchdog;
use fastrand::Rng;
use raddle_record::{
    Choice, Finding, FindingKind, Found, Frame, Known, Note, Outcome, Part, Replayed, Schedule, Uncontrolled, Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often the caller hears of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);
/// After a bare race the search looks so many executions further for what the race does.
const RACE_LOOKAHEAD: u64 = 100;
/// A search that goes on after findings keeps this many.
const FINDINGS_KEPT: usize = 50;
/// What [`Gap::Strayed`], [`Gap::Missed`] and [`Gap::SetBehind`] are told as.
pub(crate) const STRAYED: &str = "the same choices did not lead to the same operations each time";
pub(crate) const MISSED: &str = "an order of operations that came once did not come again when all were tried";
const SET_BEHIND: &str = "tasks that ran on and on were set behind the others";
/// A search by one execution of each class is held against so many that are drawn.
const SAMPLES: u64 = 32;
/// So many races are told as notes.
const RACES_TOLD: usize = 5;
/// So many other notes are kept.
const NOTES_KEPT: usize = 20;

/// Searches the interleavings of the front's program.
///
/// `progress` hears about every 50 ms where the search stands, and ends it by returning false.
/// The same options give the same search, but for a limit of time.
pub fn explore(front: &Rc<dyn Front>, options: &Options, progress: &mut dyn FnMut(&Progress) -> bool) -> Outcome {
    Session::new(front, options).explore(progress)
}

/// Runs the execution of a schedule again and tells what it shows.
pub fn replay(front: &Rc<dyn Front>, schedule: &Schedule) -> Replayed {
    let options = Options {
        races: schedule.races,
        timing: schedule.timing,
        step_bound: schedule.step_bound,
        seed: schedule.seed,
        ..Options::default()
    };
    let mut session = Session::new(front, &options);
    let run = session.rerun(schedule);
    let found = run.finding.map(|finding| Found { finding, schedule: schedule.clone(), output: run.output.clone() });
    Replayed { found, diverged: run.diverged, output: run.output }
}

/// Why a search through all that the strategy tries proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// An execution was cut off.
    CutOff,
    /// The same choices led elsewhere.
    Strayed,
    /// Some choices were never offered, so that others got on.
    SetBehind,
    /// What was exhausted is not all that there is.
    Missed,
}

pub(crate) struct Session<'a> {
    front: &'a Rc<dyn Front>,
    options: &'a Options,
    /// How many executions it may have.
    budget: u64,
    /// Its own, if it is a part of a search.
    seed: u64,
    /// Which branches of the tree are its own, then.
    deal: Option<Rc<Deal>>,
    /// Where it is among them.
    division: Division,
    /// Whether every schedule has to be tried, as it cannot be told who could have gone first.
    plain: bool,
    stacks: Rc<Stacks>,
    watchdog: Watchdog,
    /// The operations that are points.
    pub(crate) visible: Visible,
    legacy: Legacy,
    classes: Classes,
    /// What executions have shown, if a strategy wants to know.
    coverage: Option<Box<Coverage>>,
    started: Instant,
    told: Instant,
    points: u64,
    executions: u64,
    /// How many of them an exhaustive strategy must do again, as more places have become points.
    preliminary: u64,
    /// Executions that were ended since whatever came had been seen.
    redundant: u64,
    /// Why the search is not complete, in a sentence each.
    gaps: BTreeMap<Gap, String>,
    uncontrolled: Vec<Uncontrolled>,
    races: BTreeSet<(u32, u32)>,
    /// What the front noticed.
    noted: Vec<Note>,
    /// Why every schedule is tried, if DPOR had to give up.
    lost: Option<&'static str>,
    /// Whether a sleep or a wait would have ended earlier, had the others been slow enough.
    timers: bool,
    findings: Vec<Found>,
    /// The first execution, if it showed no bug, until a finding has been held against it.
    first: Option<Schedule>,
    /// What the findings, and the bugs that did not show themselves again, are recognised by.
    known: HashSet<String>,
    reasons: Vec<String>,
}

/// What one execution came to.
pub(crate) struct Run {
    class: Class,
    points: u64,
    strategy: Box<dyn Strategy>,
    /// Ended since whatever came had been seen.
    redundant: bool,
    /// Only if it shows a bug.
    shown: Option<(FindingKind, Schedule)>,
    /// Its preemptions and delays do not count: some are at places that were no points yet.
    uncounted: bool,
    /// Only in a recording.
    pub(crate) finding: Option<Finding>,
    /// Only in a recording that shows a bug.
    pub(crate) trail: Option<Trail>,
    failed_alone: Option<String>,
    pub(crate) diverged: Option<raddle_record::Divergence>,
    pub(crate) output: String,
}

/// What came of an execution that was to show a bug in a smaller way.
pub(crate) struct Attempt {
    pub(crate) strategy: Box<dyn Strategy>,
    pub(crate) points: u64,
    pub(crate) shown: Option<Shown>,
    /// Whether nothing but the strategy and the bound on preemptions kept a task from being chosen.
    pub(crate) whole: bool,
}

/// A bug that an execution showed, and how.
pub(crate) struct Shown {
    pub(crate) signature: String,
    pub(crate) schedule: Schedule,
    pub(crate) trail: Trail,
}

/// Where a search is among its executions.
struct Walk<'a> {
    portfolio: Portfolio,
    progress: &'a mut dyn FnMut(&Progress) -> bool,
    /// A bare race, and how many executions are looked at for what it does.
    race: Option<(Schedule, u64)>,
    /// What showed a bug outside of the bounds.
    uncounted: Vec<Schedule>,
    /// How many executions an exhaustive strategy has done since it began.
    walked: u64,
    /// An exhaustive strategy is about to begin.
    begins: bool,
}

/// How the executions of a search came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The budget is spent.
    Spent,
    /// Nothing is left to try.
    Exhausted,
    /// The user wants no more.
    Interrupted,
    /// The program fails on its own.
    Failed,
    /// There is a finding, or a reason why there can be no answer.
    Settled,
}

impl<'a> Session<'a> {
    pub(crate) fn new(front: &'a Rc<dyn Front>, options: &'a Options) -> Self {
        panics::keep_quiet();
        let now = Instant::now();
        let (seed, share) = (options.seed, options.share);
        Session {
            front,
            options,
            budget: share.map_or(options.executions, |share| share.of_amount(options.executions)),
            seed: share.filter(|share| share.number > 1).map_or(seed, |share| mix(seed ^ mix(share.number))),
            deal: share.map(|share| Rc::new(Deal::new(share, options.desk.clone()))),
            division: Division::default(),
            plain: options.known.plain,
            stacks: Rc::default(),
            watchdog: Watchdog::new(front.alarm()),
            visible: Visible::from_names(&options.known.visible),
            legacy: Legacy::default(),
            classes: Classes::default(),
            coverage: None,
            started: now,
            told: now,
            points: 0,
            executions: 0,
            preliminary: 0,
            redundant: 0,
            gaps: BTreeMap::new(),
            uncontrolled: Vec::new(),
            races: BTreeSet::new(),
            noted: Vec::new(),
            lost: None,
            timers: false,
            findings: Vec::new(),
            first: None,
            known: HashSet::new(),
            reasons: Vec::new(),
        }
    }

    fn explore(mut self, progress: &mut dyn FnMut(&Progress) -> bool) -> Outcome {
        self.learn();
        let portfolio = Portfolio::new(self.options, self.deal.as_ref());
        self.coverage = portfolio.learns().then(Box::default);
        let mut walk = Walk { portfolio, progress, race: None, uncounted: Vec::new(), walked: 0, begins: true };
        let ended = loop {
            if let ControlFlow::Break(ended) = self.go_on(&mut walk) {
                break ended;
            }
        };
        let Walk { progress, race, uncounted, .. } = walk;
        for schedule in race.map(|(schedule, _)| schedule).into_iter().chain(uncounted) {
            if self.options.keep_going || self.findings.is_empty() {
                self.confirm(schedule);
            }
        }
        let mut interrupted = ended == Ended::Interrupted;
        if self.options.shrink && !interrupted {
            interrupted = !self.shrink_findings(progress);
        }
        progress(&self.progress());
        let exhausted = ended == Ended::Exhausted && self.options.strategy != StrategyKind::Natural;
        self.outcome(exhausted, interrupted, ended == Ended::Failed)
    }

    /// Runs the next execution, and takes in what it shows.
    fn go_on(&mut self, walk: &mut Walk<'_>) -> ControlFlow<Ended> {
        if self.executions - self.preliminary + self.redundant >= self.budget || self.out_of_time() {
            return ControlFlow::Break(Ended::Spent);
        }
        let mut rng = Rng::with_seed(mix(self.seed ^ mix(self.executions + self.redundant)));
        let mut strategy = walk.portfolio.take(&mut rng);
        if walk.portfolio.is_exhausting() && std::mem::take(&mut walk.begins) {
            // What came before may have done what is done once in a process, as an import is.
            self.classes.clear();
        }
        if !strategy.begin(&mut rng) {
            self.division = strategy.division();
            return self.nothing_is_left(walk, strategy.follows());
        }
        if let Some(coverage) = &mut self.coverage {
            coverage.begin();
            strategy.plan(coverage, &mut rng);
        }
        let mut run = self.run(strategy, rng, false, None);
        let gain = self.coverage.as_mut().map(|coverage| coverage.end()).unwrap_or_default();
        let is_new = self.count(walk, &run);
        // What more points are for may have been the reason.
        if let Some(why) = run.strategy.lost().filter(|_| !self.visible.grows()) {
            // An execution that was broken off ends before its threads do, and somewhere else.
            self.tell(walk)?;
            self.lost.get_or_insert(why);
            run.strategy = Box::new(Dfs::of(self.deal.as_ref()));
            self.plain = true;
            walk.begins = true;
        }
        if run.strategy.strayed() && !self.gaps.contains_key(&Gap::Strayed) {
            // An execution that was broken off did not lead to the same operations, either.
            self.tell(walk)?;
            self.gaps.insert(Gap::Strayed, STRAYED.to_owned());
        }
        walk.portfolio.give_back(std::mem::replace(&mut run.strategy, Box::new(Random)), gain, is_new);
        if let Some(why) = run.failed_alone.take() {
            self.reasons.push(why);
            self.keep_output(&run);
            return ControlFlow::Break(Ended::Failed);
        }
        self.take_in(walk, run)?;
        if (self.begin_anew(&mut walk.portfolio) || walk.begins) && walk.walked > 0 {
            self.preliminary += std::mem::take(&mut walk.walked);
            self.classes.clear();
        }
        if self.hears(walk.progress) { ControlFlow::Continue(()) } else { ControlFlow::Break(Ended::Interrupted) }
    }

    /// A strategy has tried all that it can; it goes on if that was not all that there is.
    fn nothing_is_left(&mut self, walk: &mut Walk<'_>, follows: bool) -> ControlFlow<Ended> {
        // The last execution may have been broken off.
        self.tell(walk)?;
        if self.findings.is_empty() && self.gaps.is_empty() {
            let goes_on = self.try_otherwise(if follows { SAMPLES } else { 0 }, walk.progress);
            if !goes_on {
                return ControlFlow::Break(Ended::Interrupted);
            }
            if !self.findings.is_empty() || !self.reasons.is_empty() {
                return ControlFlow::Break(Ended::Settled);
            }
            if self.begin_anew(&mut walk.portfolio) {
                self.preliminary += std::mem::take(&mut walk.walked);
                return ControlFlow::Continue(());
            }
        }
        // Another part may have met it.
        let is_whole = self.options.share.is_none();
        if is_whole && walk.portfolio.is_exhausting() && self.classes.has_missed() {
            self.gaps.insert(Gap::Missed, MISSED.to_owned());
        }
        if !self.gaps.is_empty() && walk.portfolio.drop_this() {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Ended::Exhausted)
    }

    /// Counts an execution; whether its class is new.
    fn count(&mut self, walk: &mut Walk<'_>, run: &Run) -> bool {
        self.points += run.points;
        let is_exhausting = walk.portfolio.is_exhausting();
        if is_exhausting {
            self.division = run.strategy.division();
        }
        let is_first_share = self.options.share.is_none_or(|share| share.number == 1);
        if run.strategy.scouts() || (walk.portfolio.is_first() && !is_first_share) {
            self.executions += 1;
            self.preliminary += 1;
            return false;
        }
        if run.redundant {
            self.redundant += 1;
            return false;
        }
        self.executions += 1;
        walk.walked += u64::from(is_exhausting);
        let once = self.options.strategy == StrategyKind::Dpor && !self.plain;
        self.classes.meet(run.class, is_exhausting, once)
    }

    /// Takes in the bug that an execution shows, if it shows one.
    fn take_in(&mut self, walk: &mut Walk<'_>, mut run: Run) -> ControlFlow<Ended> {
        if run.uncounted {
            // The same bug may show within the bounds, once that can be told; so may what was tried not lie within them.
            self.classes.clear();
            walk.uncounted.extend(run.shown.take().map(|(_, schedule)| schedule));
        }
        let bare_race = |shown: &(FindingKind, Schedule)| shown.0 == FindingKind::DataRace;
        if let Some((_, schedule)) = run.shown.take_if(|shown| bare_race(shown)) {
            walk.race.get_or_insert((schedule, self.executions + RACE_LOOKAHEAD));
        }
        let late_race = || walk.race.take_if(|(_, until)| *until <= self.executions).map(|(schedule, _)| schedule);
        let mut is_settled = false;
        if let Some(schedule) = run.shown.take().map(|(_, schedule)| schedule).or_else(late_race) {
            walk.race = None;
            self.confirm(schedule);
            is_settled = !self.options.keep_going || self.findings.len() >= FINDINGS_KEPT;
        }
        if is_settled || !self.reasons.is_empty() {
            return ControlFlow::Break(Ended::Settled);
        }
        ControlFlow::Continue(())
    }

    /// Tells the caller where the search stands.
    fn tell(&self, walk: &mut Walk<'_>) -> ControlFlow<Ended> {
        if (walk.progress)(&self.progress()) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(Ended::Interrupted)
        }
    }

    /// Takes in what has become points; true if that was anything, and what an exhaustive strategy has done must be done again.
    fn begin_anew(&mut self, portfolio: &mut Portfolio) -> bool {
        let grows = self.visible.grow();
        if grows {
            if let Some(coverage) = &mut self.coverage {
                coverage.restart();
            }
            self.learn();
            portfolio.restart();
            self.classes.clear();
        }
        grows
    }

    /// Holds a search that has nothing left to try against executions that it has no part in; false when the user wants no more.
    ///
    /// A program that differs from run to run is not searched by trying all choices once. And where tasks share what tells nobody
    /// (an atomic that is not ours, a file, a cache in compiled code), their order matters though no effect says so: then drawn
    /// executions may show a bug, or a class, that one execution of each class does not.
    fn try_otherwise(&mut self, samples: u64, progress: &mut dyn FnMut(&Progress) -> bool) -> bool {
        let coverage = self.coverage.take();
        let [one, two, three] = [0; 3].map(|number| self.run_besides(Box::<Natural>::default(), number));
        if one != two || two != three {
            self.gaps.insert(Gap::Strayed, STRAYED.to_owned());
        }
        let mut goes_on = true;
        for number in 0..samples {
            let is_settled = !self.findings.is_empty() || !self.reasons.is_empty() || self.visible.grows();
            goes_on = self.hears(progress);
            if is_settled || !goes_on || self.out_of_time() {
                break;
            }
            let class = self.run_besides(Box::<Pos>::default(), number);
            if self.classes.more() == 0 {
                self.classes.draw(class);
            }
        }
        self.coverage = coverage;
        goes_on
    }

    /// Runs an execution that does not count.
    fn run_besides(&mut self, strategy: Box<dyn Strategy>, number: u64) -> Class {
        let seed = mix(self.seed ^ mix(self.executions + self.redundant + number));
        let run = self.run(strategy, Rng::with_seed(seed), false, None);
        if let Some((_, schedule)) = run.shown {
            self.confirm(schedule);
        }
        run.class
    }

    /// Makes the schedules of the findings smaller; false when the user wants no more.
    fn shrink_findings(&mut self, progress: &mut dyn FnMut(&Progress) -> bool) -> bool {
        (0..self.findings.len()).all(|place| {
            let mut found = self.findings[place].clone();
            let goes_on = shrink(self, &mut found, progress);
            self.findings[place] = found;
            goes_on
        })
    }

    /// Tells the caller now and then where the search stands; false if it is to end.
    pub(crate) fn hears(&mut self, progress: &mut dyn FnMut(&Progress) -> bool) -> bool {
        if self.told.elapsed() < PROGRESS_EVERY {
            return true;
        }
        self.told = Instant::now();
        progress(&self.progress())
    }

    fn out_of_time(&self) -> bool {
        // The natural run always happens, however short the time.
        self.executions > 0 && self.options.time.is_some_and(|time| self.started.elapsed() >= time)
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            executions: self.executions,
            preliminary: self.preliminary,
            distinct: self.classes.count(),
            points: self.points,
            findings: self.findings.len(),
            branch: self.division.branch,
            elapsed: self.started.elapsed(),
        }
    }

    /// A failure before a second task exists has no schedule; what was printed says the most.
    fn keep_output(&mut self, run: &Run) {
        let output = run.output.trim_end();
        if !output.is_empty() {
            self.reasons.push(output.to_owned());
        }
    }

    /// Runs the execution of `schedule` again with everything recorded, and keeps the finding if it shows itself again.
    fn confirm(&mut self, schedule: Schedule) {
        let run = self.rerun(&schedule);
        match (run.finding, run.diverged) {
            (Some(finding), None) => {
                if let Some(first) = self.first.take()
                    && self.rerun(&first).finding.is_some()
                {
                    self.reasons.push("the program is not deterministic: the first execution showed no bug, but run again with the same choices it does; something that it changes outlives it".to_owned());
                } else if !self.findings.iter().any(|known| known.finding.same_bug(&finding)) {
                    self.findings.push(Found { finding, schedule, output: run.output });
                }
            }
            (_, Some(diverged)) => self.reasons.push(format!(
                "the program is not deterministic: run again with the same choices, choice {} of the schedule was {}, but the program offered {}",
                diverged.at + 1, diverged.expected, diverged.got
            )),
            (None, None) => self.reasons.push(
                "the program is not deterministic: run again with the same choices, it does not show the same bug".to_owned(),
            ),
        }
    }

    /// Runs the execution of a schedule again, with everything recorded.
    pub(crate) fn rerun(&mut self, schedule: &Schedule) -> Run {
        let visible = std::mem::replace(&mut self.visible, Visible::from_names(&schedule.visible));
        let replaying = Replaying { choices: schedule.choices.clone(), diverged: None };
        let run = self.run(Box::new(Random), Rng::with_seed(0), true, Some(replaying));
        self.visible = visible;
        run
    }

    /// Runs an execution with at most so many preemptions; its schedule is told if `worth` says so of what it shows.
    pub(crate) fn attempt(
        &mut self,
        strategy: Box<dyn Strategy>,
        preemptions: Option<u64>,
        worth: &dyn Fn(&str, Size) -> bool,
    ) -> Attempt {
        let options = Options { preemptions, delays: None, ..self.options.clone() };
        self.front.reset();
        let execution =
            Execution::new(Setup { options: &options, ..self.setup(strategy, Rng::with_seed(options.seed)) });
        let mut raw = None;
        execution.run(|execution| raw = root_cause(&execution.inner.borrow(), self.races_count()));
        self.front.finish();
        let mut inner = execution.inner.borrow_mut();
        let shown = raw.and_then(|raw| {
            let (signature, trail) = (signature(&inner, &raw), Trail::of(&inner, &raw));
            worth(&signature, trail.size).then(|| {
                let schedule = self.schedule(&execution, &inner, raw.at);
                Shown { signature, schedule, trail }
            })
        });
        std::mem::swap(&mut self.visible, &mut inner.visible);
        let whole = !inner.pruned && !matches!(inner.end, Some(End::StepBound));
        let attempt = Attempt { strategy: inner.take_strategy(), points: inner.steps, shown, whole };
        self.legacy = inner.leave();
        attempt
    }

    /// Whether a race alone is a bug.
    fn races_count(&self) -> bool {
        self.options.races || self.front.races_are_bugs()
    }

    /// What the next execution is made of.
    fn setup(&mut self, strategy: Box<dyn Strategy>, rng: Rng) -> Setup<'a> {
        Setup {
            front: Rc::clone(self.front),
            stacks: Rc::clone(&self.stacks),
            options: self.options,
            strategy,
            coverage: None,
            rng,
            visible: std::mem::take(&mut self.visible),
            legacy: std::mem::take(&mut self.legacy),
            recording: false,
            replay: None,
            pulse: self.watchdog.pulse(),
        }
    }

    /// The schedule of an execution that is over; `operations`: up to where.
    fn schedule(&self, execution: &Execution, inner: &Inner, operations: u64) -> Schedule {
        Schedule {
            strategy: self.options.strategy.slug().to_owned(),
            seed: self.options.seed,
            execution: self.executions + 1,
            timing: self.options.timing,
            races: self.options.races,
            step_bound: self.options.step_bound,
            visible: inner.visible.names(|site| execution.site_label(site)),
            preemptions: inner.preemptions,
            operations,
            shrunk: None,
            choices: inner.choices.iter().map(|candidate| inner.choice(candidate)).collect::<Vec<Choice>>(),
        }
    }

    fn run(&mut self, strategy: Box<dyn Strategy>, rng: Rng, recording: bool, replay: Option<Replaying>) -> Run {
        self.front.reset();
        let coverage = if recording { None } else { self.coverage.take() };
        let execution = Execution::new(Setup { coverage, recording, replay, ..self.setup(strategy, rng) });
        let races = self.races_count();
        let (mut raw, mut told, mut cut_off) = (None, None, None);
        execution.run(|execution| {
            execution.note_strangers(&mut execution.inner.borrow_mut());
            if recording {
                execution.settle_value();
            }
            raw = root_cause(&execution.inner.borrow(), races);
            if recording {
                told = raw.as_ref().map(|raw| tell(execution, raw));
            }
            if !recording
                && execution.inner.borrow().end == Some(End::StepBound)
                && !self.gaps.contains_key(&Gap::CutOff)
            {
                cut_off = Some(tell_cut_off(execution));
            }
        });
        let output = self.front.finish();
        let noted = self.front.notes();
        let mut inner = execution.inner.borrow_mut();
        let failed_alone = match &raw {
            Some(raw) if self.executions == 0 && inner.failed_alone && !recording => raw.failure().map(failure_line),
            _ => None,
        };
        if raw.is_none() && inner.end == Some(End::Done) {
            self.note(noted);
        }
        let is_first = self.executions == self.preliminary && inner.end != Some(End::Redundant);
        if raw.is_none() && is_first && !recording {
            self.first = Some(self.schedule(&execution, &inner, inner.steps));
        }
        let trail = raw.as_ref().filter(|_| recording).map(|raw| Trail::of(&inner, raw));
        let bounded = self.options.preemptions.or(self.options.delays).is_some();
        let uncounted = bounded && inner.visible.grows();
        let new = raw.filter(|raw| !recording && (uncounted || self.known.insert(signature(&inner, raw))));
        let shown = new.map(|raw| (raw.kind, self.schedule(&execution, &inner, raw.at)));
        std::mem::swap(&mut self.visible, &mut inner.visible);
        for (what, at) in std::mem::take(&mut inner.uncontrolled) {
            if !self.uncontrolled.iter().any(|known| known.what == what) {
                self.uncontrolled.push(Uncontrolled { what, at });
            }
        }
        self.races.extend(inner.races.drain(..));
        self.timers |= inner.timers;
        if !recording {
            self.coverage = inner.coverage.take();
        }
        if !self.front.has_frames()
            && let Some((kind, site)) = inner.left_changed.first()
        {
            self.reasons.push(format!(
                "the {} made at {}:{} was left in another state than it was in when the execution before began: make it anew in each execution",
                kind.word(), site.file(), site.line()
            ));
        }
        if inner.pruned && !recording {
            self.gaps.insert(Gap::SetBehind, SET_BEHIND.to_owned());
        }
        if let Some(cut_off) = cut_off {
            self.gaps.insert(Gap::CutOff, cut_off);
        }
        let run = Run {
            class: inner.class,
            points: inner.steps,
            redundant: inner.end == Some(End::Redundant),
            strategy: inner.take_strategy(),
            shown,
            uncounted,
            finding: told,
            trail,
            failed_alone,
            diverged: inner.replay.take().and_then(|replay| replay.diverged),
            output,
        };
        self.legacy = inner.leave();
        run
    }

    fn visible_names(&self) -> Vec<String> {
        self.visible.names(|site| site_label(self.front.as_ref(), site))
    }

    /// Divides the tree by what is known now.
    fn learn(&self) {
        if let Some(deal) = &self.deal {
            let print =
                |sum: u64, name: &String| sum ^ name.bytes().fold(1, |print, byte| mix(print ^ u64::from(byte)));
            deal.learn(self.visible_names().iter().fold(0, print));
        }
    }

    /// What this leaves for those who join the parts of a search, if it is one.
    fn part(&self) -> Option<Box<Part>> {
        let share = self.options.share?;
        let known = Known { visible: self.visible_names(), plain: self.plain };
        let divided = format!("{:016x}", self.division.print);
        let (met, sampled) = (self.classes.fingerprints(true), self.classes.fingerprints(false));
        let drawn = self.classes.drawn_fingerprints();
        Some(Box::new(Part { share, known, divided, met, more: self.classes.more(), sampled, drawn }))
    }

    fn outcome(self, exhausted: bool, interrupted: bool, failed: bool) -> Outcome {
        let mut reasons = self.reasons.clone();
        let verdict = if failed {
            Verdict::Failed
        } else if !self.findings.is_empty() {
            Verdict::Finding
        } else if !reasons.is_empty() || !self.uncontrolled.is_empty() || self.gaps.contains_key(&Gap::CutOff) {
            reasons.extend(self.gaps.values().cloned());
            Verdict::Inconclusive
        } else if exhausted && self.gaps.is_empty() && !interrupted && self.options.share.is_none() {
            Verdict::Clean
        } else {
            reasons.extend(self.gaps.values().cloned());
            Verdict::CleanSoFar
        };
        let part = self.part();
        let executions = self.executions - self.preliminary;
        Outcome {
            verdict,
            executions,
            preliminary: self.preliminary,
            redundant: self.redundant,
            // The last that found new places was in some class, too.
            distinct: self.classes.count().max(executions.min(1)),
            exhausted,
            points: self.points,
            seconds: self.started.elapsed().as_secs_f64(),
            seed: self.options.seed,
            strategy: self.options.strategy.slug().to_owned(),
            preemptions: self.options.preemptions,
            delays: self.options.delays,
            covered: self.coverage.as_ref().map(|coverage| coverage.covered()),
            notes: self.notes(),
            uncontrolled: self.uncontrolled,
            reasons,
            part,
            findings: self.findings,
            interrupted,
        }
    }

    /// Keeps what is worth knowing about an execution.
    fn note(&mut self, notes: Vec<Note>) {
        for note in notes {
            if self.noted.len() < NOTES_KEPT && !self.noted.contains(&note) {
                self.noted.push(note);
            }
        }
    }

    /// What is worth knowing, and races that are no finding.
    fn notes(&self) -> Vec<Note> {
        let timers = self.timers && !self.options.timing;
        let timers = timers.then(|| Note {
            kind: "timers".to_owned(),
            text: "sleeps and timeouts ended on time or not at all, as if no task were slow; --timing lets them end at any time"
                .to_owned(),
            at: None,
        });
        let lost = self.lost.filter(|_| self.options.strategy == StrategyKind::Dpor).map(|why| Note {
            kind: "every-schedule".to_owned(),
            text: format!("{why}: all schedules are tried, as by `--strategy dfs`, though many come to the same"),
            at: None,
        });
        let rest = self.noted.iter().cloned().chain(timers).chain(lost);
        let told = |(one, other): &(u32, u32)| {
            let (first, second) = (self.front.site_frame(*one), self.front.site_frame(*other));
            let text = self.front.site_text(*other);
            let place = |frame: &Frame| format!("{}:{}", frame.file, frame.line);
            let both = if one == other { place(&second) } else { format!("{} and {}", place(&first), place(&second)) };
            Note {
                kind: "data-race".to_owned(),
                text: format!("nothing orders the accesses to {text} at {both}; --races makes this a finding"),
                at: Some(first),
            }
        };
        if self.options.races || self.front.races_are_bugs() || !self.findings.is_empty() {
            return rest.collect();
        }
        self.races.iter().take(RACES_TOLD).map(told).chain(rest).collect()
    }
}

fn failure_line(failure: &crate::execution::Failure) -> String {
    let at = failure.stack.first().map(|f| format!(" at {}:{}", f.file, f.line)).unwrap_or_default();
    let message = if failure.message.is_empty() { String::new() } else { format!(": {}", failure.message) };
    format!("{}{message}{at}", failure.class)
}
