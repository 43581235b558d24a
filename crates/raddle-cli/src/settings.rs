//! What a check is told: on the command line, or in `[tool.raddle]` of a pyproject.toml.

use crate::Problem;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use raddle::engine::explore::{Options, StrategyKind};
use std::fs;
use std::path::Path;
use std::time::Duration;
use toml::{Table, Value};

/// The settings of a search, each as far as it was given.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Search")]
pub(crate) struct Settings {
    /// Who chooses at each point which task goes on: mixed, natural, random, pct, pos, surw, rff, dfs or dpor [default: mixed]
    #[arg(long, value_name = "NAME", value_parser = strategies(), hide_possible_values = true)]
    strategy: Option<StrategyKind>,
    /// End after N executions, those of all processes and parts together [default: 10000, or no limit if only --time is given]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    executions: Option<u64>,
    /// End after this many seconds [default: 10, or no limit if only --executions is given]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time: Option<Duration>,
    /// The seed of all random choices: the same seed, the same search [default: 0]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// No execution has more than N preemptions: wherever a task can go on after so many, it does
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    preemptions: Option<u64>,
    /// No execution passes over more than N tasks, in order, before the one that goes on
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    delays: Option<u64>,
    /// Cut an execution off after N points; a search with one cut off is never clean [default: 100000]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    step_bound: Option<u64>,
    /// Do not stop at the first finding
    #[arg(long, overrides_with = "no_keep_going")]
    keep_going: bool,
    #[arg(long, hide = true, overrides_with = "keep_going")]
    no_keep_going: bool,
    /// Count every unordered pair of accesses as a finding, not only lost updates and stale checks
    #[arg(long, overrides_with = "no_races")]
    races: bool,
    #[arg(long, hide = true, overrides_with = "races")]
    no_races: bool,
    /// Let timers and timeouts fire at any time, however slow the others are
    #[arg(long, overrides_with = "no_timing")]
    timing: bool,
    #[arg(long, hide = true, overrides_with = "timing")]
    no_timing: bool,
    /// Tell a finding by the schedule that was found, not by the smallest that shows it
    #[arg(long, overrides_with = "shrink")]
    no_shrink: bool,
    #[arg(long, hide = true, overrides_with = "no_shrink")]
    shrink: bool,
    /// Search in N processes at a time, which divide the executions among them; auto: one for each core [default: 1]
    #[arg(short = 'j', long, value_name = "N", value_parser = processes, allow_negative_numbers = true)]
    jobs: Option<u64>,
    /// Watch the accesses in PACKAGE too, not only in the program's own modules (may be repeated)
    #[arg(long, value_name = "PACKAGE", value_parser = package)]
    include: Vec<String>,
}

/// The names of strategies, as values.
fn strategies() -> impl TypedValueParser<Value = StrategyKind> {
    let names = StrategyKind::ALL.map(StrategyKind::slug);
    PossibleValuesParser::new(names).map(|name| StrategyKind::from_slug(&name).unwrap_or_default())
}

/// A whole number.
fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "has to be a whole number, 0 or more".to_owned())
}

/// A whole number that is not 0.
fn at_least_one(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "has to be a whole number, 1 or more".to_owned())
}

/// More processes than any machine has use for would only be started, one after the other.
const MOST_JOBS: u64 = 1024;

/// How many processes.
fn processes(text: &str) -> Result<u64, String> {
    match text {
        "auto" => Ok(std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)),
        _ => at_least_one(text)
            .ok()
            .filter(|count| *count <= MOST_JOBS)
            .ok_or_else(|| format!("has to be a whole number, 1 to {MOST_JOBS}, or auto")),
    }
}

/// A positive number of seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "has to be a number".to_owned())?;
    if number.is_nan() || number <= 0.0 {
        return Err("has to be more than 0".to_owned());
    }
    Duration::try_from_secs_f64(number).map_err(|_| "too long".to_owned())
}

/// A package's dotted name.
fn package(text: &str) -> Result<String, String> {
    let is_name = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && letters.all(|c| c == '_' || c.is_alphanumeric())
    };
    if text.split('.').all(is_name) { Ok(text.to_owned()) } else { Err("not the name of a package".to_owned()) }
}

/// One of a pair of switches, if either was used.
const fn switch(on: bool, off: bool) -> Option<bool> {
    match (on, off) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// The keys of `[tool.raddle]`.
const KEYS: [&str; 13] = [
    "strategy",
    "executions",
    "time",
    "seed",
    "preemptions",
    "delays",
    "step-bound",
    "keep-going",
    "races",
    "timing",
    "shrink",
    "jobs",
    "include",
];

/// The settings of a search, whoever gave them.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) options: Options,
    /// The packages whose accesses are points, beside the program's own modules.
    pub(crate) include: Vec<String>,
    /// In how many processes.
    pub(crate) jobs: u64,
}

impl Settings {
    /// Whether the command line says in how many processes.
    pub(crate) fn has_jobs(&self) -> bool {
        self.jobs.is_some_and(|jobs| jobs > 1)
    }

    /// What the search is told: the command line first, then the nearest pyproject.toml at or above `directory`.
    ///
    /// # Errors
    /// When that file cannot be read or says something that we do not understand.
    pub(crate) fn resolve(&self, directory: &Path) -> Result<Resolved, Problem> {
        let file = match directory.ancestors().map(|d| d.join("pyproject.toml")).find(|path| path.is_file()) {
            Some(path) => Settings::read(&path, directory)?,
            None => Settings::default(),
        };
        let defaults = Options::default();
        let (executions, time) = (self.executions.or(file.executions), self.time.or(file.time));
        let (executions, time) = match (executions, time) {
            (None, None) => (defaults.executions, defaults.time),
            (executions, time) => (executions.unwrap_or(u64::MAX), time),
        };
        let switched = |mine, other, default| match mine {
            Some(value) => value,
            None => Option::unwrap_or(other, default),
        };
        let options = Options {
            strategy: self.strategy.or(file.strategy).unwrap_or(defaults.strategy),
            executions,
            time,
            seed: self.seed.or(file.seed).unwrap_or(defaults.seed),
            preemptions: self.preemptions.or(file.preemptions),
            delays: self.delays.or(file.delays),
            step_bound: self.step_bound.or(file.step_bound).unwrap_or(defaults.step_bound),
            keep_going: switched(
                switch(self.keep_going, self.no_keep_going),
                switch(file.keep_going, file.no_keep_going),
                defaults.keep_going,
            ),
            races: switched(switch(self.races, self.no_races), switch(file.races, file.no_races), defaults.races),
            timing: switched(switch(self.timing, self.no_timing), switch(file.timing, file.no_timing), defaults.timing),
            shrink: switched(switch(self.shrink, self.no_shrink), switch(file.shrink, file.no_shrink), defaults.shrink),
            ..defaults
        };
        let mut include = file.include;
        include.extend(self.include.iter().cloned());
        include.sort_unstable();
        include.dedup();
        let jobs = self.jobs.or(file.jobs).unwrap_or(1);
        Ok(Resolved { options, include, jobs })
    }

    /// The settings in `[tool.raddle]` of a file.
    fn read(path: &Path, directory: &Path) -> Result<Settings, Problem> {
        let shown = path.strip_prefix(directory).unwrap_or(path).display().to_string();
        let text = fs::read_to_string(path).map_err(|e| Problem::new(format!("cannot read {shown}: {e}")))?;
        let file: Table =
            text.parse().map_err(|e: toml::de::Error| Problem::new(format!("{shown} is not TOML: {}", e.message())))?;
        let mut settings = Settings::default();
        let Some(tool) = file.get("tool").and_then(|tool| tool.get("raddle")) else { return Ok(settings) };
        let Value::Table(tool) = tool else {
            return Err(Problem::new(format!("{shown}: tool.raddle has to be a table")));
        };
        for (key, value) in tool {
            settings.set(key, value).map_err(|why| why.of_file(&shown, key))?;
        }
        Ok(settings)
    }

    /// Takes one key of a file over.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), Wrong> {
        match key {
            "strategy" => {
                let name = value.as_str().ok_or(Wrong::Type("the name of a strategy"))?;
                let kind = StrategyKind::from_slug(name);
                self.strategy =
                    Some(kind.ok_or(Wrong::Type("mixed, natural, random, pct, pos, surw, rff, dfs or dpor"))?);
            }
            "executions" => self.executions = Some(count(value)?),
            "step-bound" => self.step_bound = Some(count(value)?),
            "seed" => self.seed = Some(number(value)?),
            "preemptions" => self.preemptions = Some(number(value)?),
            "delays" => self.delays = Some(number(value)?),
            "time" => {
                let text = value.as_float().map(|n| n.to_string()).or(value.as_integer().map(|n| n.to_string()));
                let time = text.and_then(|text| seconds(&text).ok());
                self.time = Some(time.ok_or(Wrong::Type("a number of seconds, more than 0"))?);
            }
            "keep-going" => (self.keep_going, self.no_keep_going) = pair(value)?,
            "races" => (self.races, self.no_races) = pair(value)?,
            "timing" => (self.timing, self.no_timing) = pair(value)?,
            "shrink" => (self.shrink, self.no_shrink) = pair(value)?,
            "jobs" => {
                let text = value.as_str().map(str::to_owned).or(value.as_integer().map(|n| n.to_string()));
                let jobs = text.and_then(|text| processes(&text).ok());
                self.jobs = Some(jobs.ok_or(Wrong::Type("a whole number, 1 to 1024, or \"auto\""))?);
            }
            "include" => {
                let wrong = Wrong::Type("a list of names of packages");
                let list = value.as_array().ok_or(wrong)?;
                let names = list.iter().map(|one| one.as_str().and_then(|name| package(name).ok()).ok_or(wrong));
                self.include = names.collect::<Result<_, _>>()?;
            }
            _ => return Err(Wrong::Key),
        }
        Ok(())
    }
}

/// What is wrong with a key of a file.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Nobody knows it.
    Key,
    /// Its value has to be this.
    Type(&'static str),
}

impl Wrong {
    /// As a problem of this key of this file.
    fn of_file(self, file: &str, key: &str) -> Problem {
        match self {
            Wrong::Type(expected) => Problem::new(format!("{file}: `{key}` in [tool.raddle] has to be {expected}")),
            Wrong::Key => {
                let problem = Problem::new(format!("{file}: unknown key `{key}` in [tool.raddle]"));
                let meant = key.replace('_', "-");
                match meant.strip_prefix("no-") {
                    _ if KEYS.contains(&meant.as_str()) => problem.help(format!("it is called `{meant}`")),
                    Some(on) if KEYS.contains(&on) => problem.help(format!("write `{on} = false`")),
                    _ => problem.help(format!("the keys are {}", KEYS.join(", "))),
                }
            }
        }
    }
}

/// A whole number, 0 or more.
fn number(value: &Value) -> Result<u64, Wrong> {
    let number = value.as_integer().and_then(|n| u64::try_from(n).ok());
    number.ok_or(Wrong::Type("a whole number, 0 or more"))
}

/// A whole number, 1 or more.
fn count(value: &Value) -> Result<u64, Wrong> {
    let number = value.as_integer().and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    number.ok_or(Wrong::Type("a whole number, 1 or more"))
}

/// A truth value, as a pair of switches.
fn pair(value: &Value) -> Result<(bool, bool), Wrong> {
    value.as_bool().map(|on| (on, !on)).ok_or(Wrong::Type("true or false"))
}
