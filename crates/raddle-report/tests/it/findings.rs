//! Findings as a search would hand them over.

use raddle_record::{
    Access, Blocked, Detail, Finding, FindingKind, Frame, Held, Missed, Mode, ObjectInfo, Race, Starved, TaskInfo,
};

/// `file:line in function`, with its source.
pub(crate) fn frame(file: &str, line: u32, function: &str, text: &str) -> Frame {
    Frame { file: file.into(), line, function: function.into(), text: text.into() }
}

/// Tasks named so, `main` first.
fn tasks(names: &[&str]) -> Vec<TaskInfo> {
    let path = |i| if i == 0 { "0".to_owned() } else { format!("0.{}", i - 1) };
    names.iter().enumerate().map(|(i, name)| TaskInfo { path: path(i), name: (*name).into(), ended: false }).collect()
}

/// An object with a user's name.
fn named(kind: &str, name: &str) -> ObjectInfo {
    ObjectInfo { kind: kind.into(), name: Some(name.into()), created: None, stable: format!("{kind} 0/0") }
}

/// An object without one.
fn unnamed(kind: &str, created: Frame) -> ObjectInfo {
    ObjectInfo { kind: kind.into(), name: None, created: Some(created), stable: format!("{kind} 0/0") }
}

/// An access without locks.
fn access(task: usize, mode: Mode, value: &str, at: Frame) -> Access {
    Access { task, mode, value: Some(value.into()), at, holding: Vec::new() }
}

/// A task stuck, or a step.
fn blocked(task: usize, op: &str, object: usize, at: Frame, waits_for: &[usize]) -> Blocked {
    Blocked { task, op: op.into(), object, stack: vec![at], waits_for: waits_for.into() }
}

/// A finding that is not about timing.
fn finding(kind: FindingKind, names: &[&str], objects: Vec<ObjectInfo>, detail: Detail) -> Finding {
    Finding { kind, timing: false, early: Vec::new(), tasks: tasks(names), objects, detail }
}

/// A finding of each kind.
pub(crate) fn of(kind: FindingKind) -> Finding {
    match kind {
        FindingKind::LostUpdate => lost_update(),
        FindingKind::StaleCheck => stale_check(),
        FindingKind::DataRace => data_race(),
        FindingKind::Deadlock => deadlock(),
        FindingKind::LostWakeup => lost_wakeup(),
        FindingKind::LockLeaked => lock_leaked(),
        FindingKind::PoolStarvation => pool_starvation(),
        FindingKind::Livelock => livelock(),
        FindingKind::Assertion => assertion(),
        FindingKind::UncaughtException => uncaught_exception(),
    }
}

pub(crate) fn lost_update() -> Finding {
    let names = ["main", "pool-0_0 (deposit)", "pool-0_1 (deposit)"];
    let read = frame("examples/store.py", 14, "deposit", "balance = account.value");
    let write = frame("examples/store.py", 16, "deposit", "account.value = balance + amount");
    let detail = Detail::Accesses {
        location: "account.value".into(),
        accesses: vec![
            access(1, Mode::Read, "100", read),
            access(2, Mode::Wrote, "150", write.clone()),
            access(1, Mode::Wrote, "120", write),
        ],
        failure: Some("AssertionError: total is 120, not 170".into()),
    };
    finding(FindingKind::LostUpdate, &names, vec![], detail)
}

/// A lost update whose tasks hold these locks at read, the other's write, and write.
pub(crate) fn lost_update_holding(holding: [&[usize]; 3]) -> Finding {
    let mut finding = lost_update();
    finding.objects = vec![named("lock", "ledger.lock"), named("lock", "audit.lock")];
    let Detail::Accesses { accesses, .. } = &mut finding.detail else { unreachable!("built so") };
    for (access, locks) in accesses.iter_mut().zip(holding) {
        access.holding = locks.into();
    }
    finding
}

fn stale_check() -> Finding {
    let names = ["main", "Thread-1 (take)", "Thread-2 (take)"];
    let detail = Detail::Accesses {
        location: "stock[\"apple\"]".into(),
        accesses: vec![
            access(1, Mode::Read, "1", frame("shop.py", 9, "take", "if stock[name] > 0:")),
            access(2, Mode::Wrote, "0", frame("shop.py", 10, "take", "stock[name] -= 1")),
            access(1, Mode::Updated, "-1", frame("shop.py", 10, "take", "stock[name] -= 1")),
        ],
        failure: None,
    };
    finding(FindingKind::StaleCheck, &names, vec![], detail)
}

fn data_race() -> Finding {
    let names = ["main", "worker"];
    let mut read = access(0, Mode::Read, "Config(3)", frame("src/config.rs", 41, "main", "let now = CONFIG.get();"));
    read.holding = vec![0];
    let write = access(1, Mode::Wrote, "Config(4)", frame("src/config.rs", 57, "reload", "CONFIG.set(next);"));
    let detail = Detail::Accesses {
        location: "shared cell (src/config.rs:12)".into(),
        accesses: vec![write, read],
        failure: None,
    };
    let lock = unnamed("mutex", frame("src/config.rs", 11, "main", "static GUARD: Mutex<()> = Mutex::new(());"));
    finding(FindingKind::DataRace, &names, vec![lock], detail)
}

pub(crate) fn deadlock() -> Finding {
    let names = ["main", "Thread-1 (transfer)", "Thread-2 (transfer)"];
    let outer = frame("bank.py", 12, "transfer", "with source.lock:");
    let inner = frame("bank.py", 13, "transfer", "with target.lock:");
    let detail = Detail::Stuck {
        blocked: vec![
            blocked(1, "acquire", 1, inner.clone(), &[2]),
            blocked(2, "acquire", 0, inner, &[1]),
            blocked(0, "join", 2, frame("bank.py", 24, "<module>", "first.join()"), &[1]),
        ],
        cycle: 2,
        held: vec![Held { object: 0, task: 1, since: outer.clone() }, Held { object: 1, task: 2, since: outer }],
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    let objects = vec![
        named("lock", "accounts[0].lock"),
        named("lock", "accounts[1].lock"),
        unnamed("thread", frame("bank.py", 21, "<module>", "first = Thread(target=transfer)")),
    ];
    finding(FindingKind::Deadlock, &names, objects, detail)
}

/// A ring of `count` tasks, each holding one lock and wanting the next's.
pub(crate) fn ring(count: usize) -> Finding {
    let names: Vec<String> = (0..count).map(|i| format!("philosopher {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = frame("table.py", 5, "<module>", "forks = [Lock() for _ in range(n)]");
    let detail = Detail::Stuck {
        blocked: (0..count)
            .map(|i| {
                blocked(
                    i,
                    "acquire",
                    (i + 1) % count,
                    frame("table.py", 12, "dine", "right.acquire()"),
                    &[(i + 1) % count],
                )
            })
            .collect(),
        cycle: count,
        held: (0..count)
            .map(|i| Held { object: i, task: i, since: frame("table.py", 11, "dine", "left.acquire()") })
            .collect(),
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    finding(FindingKind::Deadlock, &names, vec![unnamed("lock", made); count], detail)
}

/// One task that waits for itself.
pub(crate) fn own_trap() -> Finding {
    let mut finding = deadlock();
    finding.detail = Detail::Stuck {
        blocked: vec![Blocked {
            task: 0,
            op: "acquire".into(),
            object: 0,
            stack: vec![
                frame("bank.py", 31, "Account.audit", "with self.lock:"),
                frame("bank.py", 38, "Account.close", "self.audit()"),
            ],
            waits_for: vec![0],
        }],
        cycle: 1,
        held: vec![Held { object: 0, task: 0, since: frame("bank.py", 37, "Account.close", "with self.lock:") }],
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    finding
}

/// The main task joins a task while holding the lock that it needs.
pub(crate) fn join_under_lock() -> Finding {
    let mut finding = deadlock();
    finding.detail = Detail::Stuck {
        blocked: vec![
            blocked(0, "join", 2, frame("bank.py", 24, "<module>", "first.join()"), &[1]),
            blocked(1, "acquire", 0, frame("bank.py", 12, "transfer", "with source.lock:"), &[0]),
        ],
        cycle: 2,
        held: vec![Held { object: 0, task: 0, since: frame("bank.py", 22, "<module>", "with accounts[0].lock:") }],
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    finding
}

/// One task stuck in `op` on a `kind` called `name`, with the main task joining it.
pub(crate) fn dead_end(op: &str, kind: &str, name: &str) -> Finding {
    let detail = Detail::Stuck {
        blocked: vec![
            blocked(1, op, 0, frame("jobs.py", 8, "work", &format!("{name}.{op}()")), &[]),
            blocked(0, "join", 1, frame("jobs.py", 19, "<module>", "worker.join()"), &[1]),
        ],
        cycle: 0,
        held: vec![],
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    let thread = unnamed("thread", frame("jobs.py", 15, "<module>", "worker = Thread(target=work)"));
    finding(FindingKind::Deadlock, &["main", "Thread-1 (work)"], vec![named(kind, name), thread], detail)
}

fn lost_wakeup() -> Finding {
    let wait = frame("loader.py", 17, "<module>", "ready.wait()");
    let detail = Detail::Stuck {
        blocked: vec![blocked(0, "wait", 0, wait.clone(), &[])],
        cycle: 0,
        held: vec![],
        missed: Some(Missed {
            notifier: 1,
            notified: frame("loader.py", 9, "load", "ready.notify()"),
            waiter: 0,
            waited: wait,
        }),
        starved: None,
        spent: Vec::new(),
    };
    let mut finding =
        finding(FindingKind::LostWakeup, &["main", "Thread-1 (load)"], vec![named("condition", "ready")], detail);
    finding.tasks[1].ended = true;
    finding
}

fn lock_leaked() -> Finding {
    let detail = Detail::Stuck {
        blocked: vec![blocked(0, "acquire", 0, frame("log.py", 22, "<module>", "with journal.lock:"), &[1])],
        cycle: 0,
        held: vec![Held { object: 0, task: 1, since: frame("log.py", 7, "rotate", "journal.lock.acquire()") }],
        missed: None,
        starved: None,
        spent: Vec::new(),
    };
    let mut finding =
        finding(FindingKind::LockLeaked, &["main", "Thread-1 (rotate)"], vec![named("lock", "journal.lock")], detail);
    finding.tasks[1].ended = true;
    finding
}

fn pool_starvation() -> Finding {
    let inner = frame("tree.py", 11, "size", "return 1 + sum(f.result() for f in parts)");
    let detail = Detail::Stuck {
        blocked: vec![
            blocked(1, "result", 1, inner.clone(), &[]),
            blocked(2, "result", 2, inner, &[]),
            blocked(0, "result", 3, frame("tree.py", 15, "<module>", "print(pool.submit(size, root).result())"), &[1]),
        ],
        cycle: 0,
        held: vec![],
        missed: None,
        starved: Some(Starved { pool: 0, workers: 2 }),
        spent: Vec::new(),
    };
    let made = frame("tree.py", 10, "size", "parts = [pool.submit(size, child) for child in node]");
    let objects = vec![
        named("pool", "pool"),
        unnamed("future", made.clone()),
        unnamed("future", made),
        unnamed("future", frame("tree.py", 15, "<module>", "print(pool.submit(size, root).result())")),
    ];
    finding(FindingKind::PoolStarvation, &["main", "pool_0 (size)", "pool_1 (size)"], objects, detail)
}

fn livelock() -> Finding {
    let at = frame("polite.py", 13, "eat", "if second.acquire(blocking=False):");
    let detail =
        Detail::Spinning { loops: vec![blocked(1, "acquire", 1, at.clone(), &[]), blocked(2, "acquire", 0, at, &[])] };
    let objects = vec![named("lock", "left"), named("lock", "right")];
    finding(FindingKind::Livelock, &["main", "Thread-1 (eat)", "Thread-2 (eat)"], objects, detail)
}

fn assertion() -> Finding {
    let detail = Detail::Failure {
        task: 0,
        class: "AssertionError".into(),
        message: "2 seats sold, 1 booked".into(),
        stack: vec![frame("seats.py", 30, "<module>", "assert sold == len(booked), f\"{sold} seats sold, …\"")],
        before: vec![blocked(1, "release", 0, frame("seats.py", 12, "sell", "with desk:"), &[])],
        race: None,
        written: None,
    };
    finding(FindingKind::Assertion, &["main", "Thread-1 (sell)"], vec![named("lock", "desk")], detail)
}

/// The main task fails and has read, on this line, what another task writes at any time.
pub(crate) fn racy_assertion(read_at: u32) -> Finding {
    let mut finding = assertion();
    let Detail::Failure { race, .. } = &mut finding.detail else { panic!("an assertion is a failure") };
    *race = Some(Race {
        location: "sold".into(),
        accesses: vec![
            access(0, Mode::Read, "2", frame("seats.py", read_at, "<module>", "assert sold == len(booked)")),
            access(1, Mode::Wrote, "3", frame("seats.py", 14, "sell", "sold += 1")),
        ],
    });
    finding
}

fn uncaught_exception() -> Finding {
    let detail = Detail::Failure {
        task: 1,
        class: "_queue.Empty".into(),
        message: String::new(),
        stack: vec![
            frame("jobs.py", 10, "drain", "job = jobs.get_nowait()"),
            frame("jobs.py", 17, "work", "drain(jobs)"),
        ],
        before: vec![
            blocked(2, "get", 0, frame("jobs.py", 10, "drain", "job = jobs.get_nowait()"), &[]),
            blocked(0, "put", 0, frame("jobs.py", 26, "<module>", "jobs.put(1)"), &[]),
        ],
        race: None,
        written: None,
    };
    let names = ["main", "Thread-1 (work)", "Thread-2 (work)"];
    finding(FindingKind::UncaughtException, &names, vec![named("queue", "jobs")], detail)
}

/// A panic in a Rust task.
pub(crate) fn panic() -> Finding {
    let detail = Detail::Failure {
        task: 1,
        class: "panic".into(),
        message: "index out of bounds: the len is 0 but the index is 0\nsecond line".into(),
        stack: vec![frame("src/jobs.rs", 44, "drain", "let job = jobs[0];")],
        before: vec![],
        race: None,
        written: None,
    };
    finding(FindingKind::UncaughtException, &["main", "worker"], vec![], detail)
}

/// Names, values and lines much longer than a page is wide.
pub(crate) fn oversized() -> Finding {
    let long = "a_rather_long_name_".repeat(12);
    let at = |line| frame(&format!("packages/{long}/storage.py"), line, &long, &format!("self.{long} = {long}"));
    let detail = Detail::Accesses {
        location: format!("self.{long}.balance"),
        accesses: vec![
            access(1, Mode::Read, &long, at(1400)),
            access(0, Mode::Wrote, "line one\nline two\x1b[31m", at(1410)),
            access(1, Mode::Wrote, &long, at(1410)),
        ],
        failure: Some(long.clone()),
    };
    finding(FindingKind::LostUpdate, &[&long, &long], vec![], detail)
}
