//! An interpreter that only pretends, a directory for it, and the command over both.

use raddle::engine::explore::{Options, Progress};
use raddle::engine::record::{
    Access, Choice, Detail, Finding, FindingKind, Found, Frame, Mode, Outcome, Replayed, Schedule, TaskInfo, Verdict,
};
use raddle::engine::report::{Style, text};
use raddle_cli::{Console, Interpreter, Problem, Program, Saved, command};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the interpreter is told to say, and what it was asked.
#[derive(Debug)]
pub(crate) struct Pretended {
    pub(crate) outcome: Outcome,
    pub(crate) replayed: Replayed,
    pub(crate) version: &'static str,
    pub(crate) stops: Vec<bool>,
    pub(crate) fresh: Vec<OsString>,
    pub(crate) controlled: bool,
    pub(crate) checked: Option<(Program, Options, Vec<String>)>,
    pub(crate) ran: Option<Program>,
    pub(crate) benched: Vec<OsString>,
}

impl Interpreter for Pretended {
    fn version(&self) -> String {
        self.version.to_owned()
    }

    fn fresh(&self) -> Result<Command, Problem> {
        let (program, words) = self.fresh.split_first().ok_or_else(|| Problem::new("there is no command for one"))?;
        let mut command = Command::new(program);
        command.args(words);
        Ok(command)
    }

    fn find_module(&mut self, name: &str) -> Result<PathBuf, Problem> {
        match name {
            "shop" => Ok("shop.py".into()),
            _ => Err(Problem::new(format!("there is no module {name}"))),
        }
    }

    fn interrupted(&mut self) -> bool {
        if self.stops.is_empty() { false } else { self.stops.remove(0) }
    }

    fn take_control(&mut self) -> Result<(), Problem> {
        self.controlled = true;
        Ok(())
    }

    fn check(
        &mut self,
        program: &Program,
        options: &Options,
        include: &[String],
        progress: &mut dyn FnMut(&Progress) -> bool,
    ) -> Result<Outcome, Problem> {
        assert!(self.controlled, "programs run under control");
        self.checked = Some((program.clone(), options.clone(), include.to_vec()));
        assert!(progress(&Progress::default()), "nobody stops a search but the interpreter");
        Ok(self.outcome.clone())
    }

    fn replay(&mut self, _saved: &Saved) -> Result<Replayed, Problem> {
        assert!(self.controlled, "programs run under control");
        Ok(self.replayed.clone())
    }

    fn run(&mut self, program: &Program) -> u8 {
        self.ran = Some(program.clone());
        42
    }

    fn bench(&mut self, words: Vec<OsString>) -> Result<u8, Problem> {
        self.benched = words;
        Ok(0)
    }
}

/// A working directory with a program in it, and an interpreter.
#[derive(Debug)]
pub(crate) struct Desk {
    home: tempfile::TempDir,
    pub(crate) interpreter: Pretended,
    pub(crate) patience: Duration,
}

/// What the command said and did.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: u8,
}

/// An outcome without findings.
pub(crate) fn outcome(verdict: Verdict) -> Outcome {
    Outcome {
        verdict,
        executions: 12,
        preliminary: 0,
        redundant: 0,
        distinct: 9,
        exhausted: verdict == Verdict::Clean,
        points: 340,
        seconds: 0.25,
        seed: 0,
        strategy: "mixed".into(),
        preemptions: None,
        delays: None,
        covered: None,
        uncontrolled: vec![],
        notes: vec![],
        reasons: vec![],
        findings: vec![],
        interrupted: false,
        part: None,
    }
}

/// A lost update at this line of shop.py.
pub(crate) fn found(line: u32) -> Found {
    let at = |line| Frame { file: "shop.py".into(), line, function: "sell".into(), text: "stock.apples -= 1".into() };
    let access =
        |task, mode, value: &str| Access { task, mode, value: Some(value.into()), at: at(line), holding: vec![] };
    let task = |path: &str, name: &str| TaskInfo { path: path.into(), name: name.into(), ended: false };
    let finding = Finding {
        kind: FindingKind::LostUpdate,
        timing: false,
        early: vec![],
        tasks: vec![task("0.0", "Thread-1 (sell)"), task("0.1", "Thread-2 (sell)")],
        objects: vec![],
        detail: Detail::Accesses {
            location: "stock.apples".into(),
            accesses: vec![access(0, Mode::Read, "2"), access(1, Mode::Wrote, "1"), access(0, Mode::Wrote, "1")],
            failure: None,
        },
    };
    let choices = vec![Choice { task: "0.1".into(), op: "read".into(), object: format!("shop.py:{line}") }];
    let schedule = Schedule { strategy: "random".into(), execution: 12, choices, ..Schedule::default() };
    Found { finding, schedule, output: "open\nclosed\n".into() }
}

/// What a replay that shows `found` again comes to.
pub(crate) fn shown_again(found: &Found) -> Replayed {
    Replayed { found: Some(found.clone()), diverged: None, output: found.output.clone() }
}

impl Desk {
    /// A directory with shop.py, and an interpreter whose searches are clean.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory for the test");
        let interpreter = Pretended {
            outcome: outcome(Verdict::Clean),
            replayed: Replayed::default(),
            version: "CPython 3.11.7",
            stops: vec![],
            fresh: vec![],
            controlled: false,
            checked: None,
            ran: None,
            benched: Vec::new(),
        };
        let desk = Desk { home, interpreter, patience: Duration::from_secs(60) };
        desk.write("shop.py", b"stock = {}\n");
        desk
    }

    /// As [`new`](Self::new), with a search that finds these, and fresh processes that show them again.
    pub(crate) fn with(findings: &[Found]) -> Self {
        let mut desk = Desk::new();
        desk.interpreter.outcome = Outcome { findings: findings.to_vec(), ..outcome(Verdict::Finding) };
        let said: Vec<String> = findings.iter().map(|found| reproduced(&found.finding)).collect();
        desk.fresh_says(&said);
        desk
    }

    /// Makes fresh processes say these, one after the other; `@ID@` becomes the id that they were asked for.
    pub(crate) fn fresh_says(&mut self, said: &[String]) {
        for (i, said) in said.iter().enumerate() {
            self.write(&format!("fresh/{i}.json"), said.as_bytes());
        }
        let script = "for said in fresh/*.json; do sed \"s/@ID@/$4/g\" \"$said\"; rm \"$said\"; exit 1; done\n";
        self.write("fresh.sh", script.as_bytes());
        self.interpreter.fresh = vec!["sh".into(), "fresh.sh".into()];
    }

    /// The directory.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file into the directory.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder for a file");
        std::fs::write(path, bytes).expect("a file of the test");
    }

    /// The names of the findings that are kept.
    pub(crate) fn kept(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home().join(".raddle")).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
        ids.sort_unstable();
        ids
    }

    /// The command with these words.
    pub(crate) fn raddle(&mut self, words: &[&str]) -> Said {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            out_style: Style::Plain,
            err_style: Style::Plain,
            lively: false,
            directory: self.home.path().to_owned(),
            patience: self.patience,
        };
        let words = words.iter().map(OsString::from).collect();
        let code = command(words, &mut self.interpreter, &mut console);
        let text = |bytes| String::from_utf8(bytes).expect("the command speaks UTF-8");
        Said { out: text(out), err: text(err), code }
    }
}

/// What a fresh process says that shows `finding` again.
pub(crate) fn reproduced(finding: &Finding) -> String {
    let replay = "raddle replay @ID@";
    serde_json::json!({
        "format": 1, "id": "@ID@", "reproduced": true, "kind": finding.kind, "text": text(finding, Some(replay)),
        "timing": false, "replay": replay, "output": "open\nclosed\n", "diverged": null,
    })
    .to_string()
}

/// What a fresh process says whose execution left the schedule.
pub(crate) fn diverged() -> String {
    serde_json::json!({
        "format": 1, "id": "@ID@", "reproduced": false, "kind": null, "text": "", "timing": false,
        "replay": "raddle replay @ID@", "output": "",
        "diverged": { "at": 4, "expected": "0.1 read stock.apples", "got": "0.2 read stock.apples" },
    })
    .to_string()
}
