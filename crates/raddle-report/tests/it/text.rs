//! The text of each kind of finding.

use crate::findings;
use expect_test::{Expect, expect};
use raddle_record::{Detail, Finding, FindingKind, Frame};
use raddle_report::{MOST_LINES, Style, text, text_in};
use std::path::Path;

const REPLAY: &str = "raddle replay 3f2a9c1d";

#[track_caller]
fn check(finding: &Finding, expected: &Expect) {
    let told = text(finding, Some(REPLAY));
    expected.assert_eq(&told);
    within_a_page(finding);
}

#[track_caller]
fn within_a_page(finding: &Finding) {
    let told = text(finding, Some(REPLAY));
    assert!(told.lines().count() <= MOST_LINES, "too long:\n{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 100), "too wide:\n{told}");
    assert!(told.lines().all(|line| line == line.trim_end()), "spaces at the end of a line:\n{told}");
    assert_eq!(told.lines().last(), Some("replay: raddle replay 3f2a9c1d"));
    assert!(told.starts_with(finding.kind.slug()));
    assert_eq!(told, text(finding, Some(REPLAY)));
    let dressed = text_in(Style::Colour, finding, Some(REPLAY));
    assert_eq!(undressed(&dressed), told, "colour changes nothing but colour");
}

fn undressed(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn each_kind_has_its_page_its_text_and_its_command() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings");
    for kind in FindingKind::ALL {
        let finding = findings::of(kind);
        assert_eq!(finding.kind, kind);
        within_a_page(&finding);
        let page = docs.join(format!("{}.md", kind.slug()));
        assert!(page.is_file(), "docs/findings/{}.md is missing", kind.slug());
    }
}

#[test]
fn a_text_without_a_command_ends_with_the_fix() {
    let told = text(&findings::lost_update(), None);
    assert!(told.lines().last().is_some_and(|line| line.trim_start().starts_with("fix:") || line.starts_with("     ")));
}

#[test]
fn only_a_schedule_with_an_early_timer_says_so() {
    let mut finding = findings::deadlock();
    assert!(!text(&finding, None).contains("timer"));
    finding.timing = true;
    let title = |finding: &Finding| {
        let told = text(finding, None);
        told.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(title(&finding).ends_with("(only when a timer fires early)"));
    finding.early = [7, 9].map(|line| Frame { file: "shop.py".into(), line, ..Frame::default() }).into();
    assert!(title(&finding).ends_with("(only when the timers at shop.py:7 and shop.py:9 fire early)"));
    finding.early.truncate(1);
    assert!(title(&finding).ends_with("(only when the timer at shop.py:7 fires early)"));
}

#[test]
fn damaged_indices_still_give_a_text() {
    let mut finding = findings::deadlock();
    finding.tasks.clear();
    finding.objects.clear();
    within_a_page(&finding);
    let mut finding = findings::lost_update_holding([&[7], &[], &[9]]);
    finding.tasks.clear();
    within_a_page(&finding);
}

#[test]
fn any_detail_goes_with_any_kind() {
    for detail in FindingKind::ALL {
        for kind in FindingKind::ALL {
            let mut finding = findings::of(detail);
            finding.kind = kind;
            within_a_page(&finding);
        }
    }
}

#[test]
fn many_tasks_fit_on_a_page() {
    for count in [3, 4, 5, 8, 40, 200] {
        within_a_page(&findings::ring(count));
    }
}

#[test]
fn a_lost_update() {
    check(
        &findings::lost_update(),
        &expect![[r#"
            lost-update: an update of account.value is overwritten

              pool-0_0 (deposit)  read   account.value = 100  examples/store.py:14  balance = account.value
              pool-0_1 (deposit)  wrote  account.value = 150  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit)  wrote  account.value = 120  examples/store.py:16  account.value = balance + a…
              then failed: AssertionError: total is 120, not 170

            pool-0_0 (deposit) read 100, then pool-0_1 (deposit) wrote 150, then pool-0_0 (deposit) wrote 120
            over that: the update of pool-0_1 (deposit) is lost.
            fix: hold one lock from the read at examples/store.py:14 to the write at examples/store.py:16, in
                 every task that writes account.value
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_lost_update_between_two_holds_of_one_lock() {
    check(
        &findings::lost_update_holding([&[0], &[0], &[0]]),
        &expect![[r#"
            lost-update: an update of account.value is overwritten

              pool-0_0 (deposit)  read   account.value = 100  examples/store.py:14  balance = account.value
              pool-0_1 (deposit)  wrote  account.value = 150  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit)  wrote  account.value = 120  examples/store.py:16  account.value = balance + a…
              each of them held ledger.lock
              then failed: AssertionError: total is 120, not 170

            pool-0_0 (deposit) read 100, then pool-0_1 (deposit) wrote 150, then pool-0_0 (deposit) wrote 120
            over that: the update of pool-0_1 (deposit) is lost.
            fix: hold ledger.lock from the read at examples/store.py:14 to the write at examples/store.py:16,
                 without releasing it in between
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_lost_update_past_a_task_that_holds_the_lock() {
    check(
        &findings::lost_update_holding([&[0], &[1], &[0]]),
        &expect![[r#"
            lost-update: an update of account.value is overwritten

              pool-0_0 (deposit)  read   account.value = 100  examples/store.py:14  balance = account.value
              pool-0_1 (deposit)  wrote  account.value = 150  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit)  wrote  account.value = 120  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit) held ledger.lock; pool-0_1 (deposit) held audit.lock
              then failed: AssertionError: total is 120, not 170

            pool-0_0 (deposit) read 100, then pool-0_1 (deposit) wrote 150, then pool-0_0 (deposit) wrote 120
            over that: the update of pool-0_1 (deposit) is lost.
            fix: hold ledger.lock at examples/store.py:16 too, in every task that writes account.value
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_lost_update_by_a_read_outside_the_lock() {
    check(
        &findings::lost_update_holding([&[], &[0], &[0]]),
        &expect![[r#"
            lost-update: an update of account.value is overwritten

              pool-0_0 (deposit)  read   account.value = 100  examples/store.py:14  balance = account.value
              pool-0_1 (deposit)  wrote  account.value = 150  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit)  wrote  account.value = 120  examples/store.py:16  account.value = balance + a…
              pool-0_0 (deposit) held no lock at the read and ledger.lock at the write; pool-0_1 (deposit) held
              ledger.lock
              then failed: AssertionError: total is 120, not 170

            pool-0_0 (deposit) read 100, then pool-0_1 (deposit) wrote 150, then pool-0_0 (deposit) wrote 120
            over that: the update of pool-0_1 (deposit) is lost.
            fix: hold ledger.lock from the read at examples/store.py:14 to the write at examples/store.py:16, in
                 every task that writes account.value
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_stale_check() {
    check(
        &findings::of(FindingKind::StaleCheck),
        &expect![[r#"
            stale-check: a test of stock["apple"] is no longer true when it is acted on

              Thread-1 (take)  read     stock["apple"] = 1   shop.py:9   if stock[name] > 0:
              Thread-2 (take)  wrote    stock["apple"] = 0   shop.py:10  stock[name] -= 1
              Thread-1 (take)  updated  stock["apple"] = -1  shop.py:10  stock[name] -= 1

            Thread-1 (take) tested stock["apple"] and saw 1, then Thread-2 (take) changed it to 0, then Thread-1
            (take) went on at shop.py:10 as if its test still held.
            fix: hold one lock from the test at shop.py:9 to the act at shop.py:10, in every task that writes
                 stock["apple"]
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_data_race() {
    check(
        &findings::of(FindingKind::DataRace),
        &expect![[r#"
            data-race: nothing orders the accesses to shared cell (src/config.rs:12)

              worker  wrote  Config(4)  src/config.rs:57  CONFIG.set(next);
              main    read   Config(3)  src/config.rs:41  let now = CONFIG.get();
              worker held no lock; main held the mutex
              the mutex was made at src/config.rs:11  static GUARD: Mutex<()> = Mutex::new(());

            Nothing orders the write by worker at src/config.rs:57 and the read by main at src/config.rs:41:
            which of them comes first is left to chance.
            fix: hold the mutex at src/config.rs:57 too
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_deadlock() {
    check(
        &findings::deadlock(),
        &expect![[r#"
            deadlock: Thread-1 (transfer) and Thread-2 (transfer) wait for each other

              Thread-1 (transfer)
                holds  accounts[0].lock     since bank.py:12  with source.lock:
                wants  accounts[1].lock     at bank.py:13     with target.lock:  held by Thread-2 (transfer)
              Thread-2 (transfer)
                holds  accounts[1].lock     since bank.py:12  with source.lock:
                wants  accounts[0].lock     at bank.py:13     with target.lock:  held by Thread-1 (transfer)
              main
                joins  Thread-1 (transfer)  at bank.py:24     first.join()

            Thread-1 (transfer) waits for Thread-2 (transfer), which waits for Thread-1 (transfer): neither can
            go on.
            fix: take accounts[0].lock and accounts[1].lock in one order in every task, for instance always
                 accounts[0].lock first
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_ring_of_three() {
    check(
        &findings::ring(3),
        &expect![[r#"
            deadlock: 3 tasks wait for each other in a ring

              philosopher 0
                holds  lock #1  since table.py:11  left.acquire()
                wants  lock #2  at table.py:12     right.acquire()  held by philosopher 1
              philosopher 1
                holds  lock #2  since table.py:11  left.acquire()
                wants  lock #3  at table.py:12     right.acquire()  held by philosopher 2
              philosopher 2
                holds  lock #3  since table.py:11  left.acquire()
                wants  lock #1  at table.py:12     right.acquire()  held by philosopher 0
              lock #1, lock #2 and lock #3 were made at table.py:5  forks = [Lock() for _ in range(n)]

            philosopher 0 waits for philosopher 1, which waits for philosopher 2, which waits for philosopher 0:
            none of them can go on.
            fix: take lock #1, lock #2 and lock #3 in one order in every task, for instance always lock #1 first
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_ring_of_eight() {
    check(
        &findings::ring(8),
        &expect![[r#"
            deadlock: 8 tasks wait for each other in a ring

              philosopher 0  wants  lock #2  table.py:12  right.acquire()  held by philosopher 1
              philosopher 1  wants  lock #3  table.py:12  right.acquire()  held by philosopher 2
              philosopher 2  wants  lock #4  table.py:12  right.acquire()  held by philosopher 3
              philosopher 3  wants  lock #5  table.py:12  right.acquire()  held by philosopher 4
              philosopher 4  wants  lock #6  table.py:12  right.acquire()  held by philosopher 5
              philosopher 5  wants  lock #7  table.py:12  right.acquire()  held by philosopher 6
              philosopher 6  wants  lock #8  table.py:12  right.acquire()  held by philosopher 7
              philosopher 7  wants  lock #1  table.py:12  right.acquire()  held by philosopher 0
              lock #1, lock #2, lock #3 and 5 more were made at table.py:5  forks = [Lock() for _ in range(n)]

            philosopher 0 waits for philosopher 1, which waits for philosopher 2, which waits for 5 more in
            turn, the last of which waits for philosopher 0: none of them can go on.
            fix: take these locks in one order in every task
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_task_that_waits_for_itself() {
    check(
        &findings::own_trap(),
        &expect![[r#"
        deadlock: main waits for itself

          main
            holds  accounts[0].lock  since bank.py:37  with self.lock:
            wants  accounts[0].lock  at bank.py:31     with self.lock:  held by itself
                                     from bank.py:38   self.audit()

        main has held accounts[0].lock since bank.py:37 and asks for it again at bank.py:31.
        fix: do not take accounts[0].lock while holding it, or make it a re-entrant lock
        replay: raddle replay 3f2a9c1d
    "#]],
    );
}

#[test]
fn a_join_under_a_lock() {
    check(
        &findings::join_under_lock(),
        &expect![[r#"
            deadlock: main and Thread-1 (transfer) wait for each other

              main
                holds  accounts[0].lock     since bank.py:22  with accounts[0].lock:
                joins  Thread-1 (transfer)  at bank.py:24     first.join()
              Thread-1 (transfer)
                wants  accounts[0].lock     at bank.py:12     with source.lock:  held by main

            main waits for Thread-1 (transfer), which waits for main: neither can go on.
            fix: release accounts[0].lock before waiting at bank.py:24 for Thread-1 (transfer) to end
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_lost_wakeup() {
    check(
        &findings::of(FindingKind::LostWakeup),
        &expect![[r#"
            lost-wakeup: ready is notified before main waits for it

              Thread-1 (load)  notified  ready  loader.py:9   ready.notify()
              main             waits on  ready  loader.py:17  ready.wait()

            Thread-1 (load) notified ready at loader.py:9 when nobody waited; main came to its wait after that,
            and nobody is left to notify it again.
            fix: let the notifier set a flag while it holds ready, and wait at loader.py:17 only while the flag
                 is not set
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_leaked_lock() {
    check(
        &findings::of(FindingKind::LockLeaked),
        &expect![[r#"
            lock-leaked: journal.lock is never released

              Thread-1 (rotate)  took   journal.lock  log.py:7   journal.lock.acquire()
              main               wants  journal.lock  log.py:22  with journal.lock:

            Thread-1 (rotate) took journal.lock at log.py:7 and ended without releasing it; main can never have
            journal.lock.
            fix: release journal.lock on every path after log.py:7, errors too: a `with` block or a guard does
                 it
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_starved_pool() {
    check(
        &findings::of(FindingKind::PoolStarvation),
        &expect![[r#"
            pool-starvation: every worker of pool waits for work queued behind it

              pool_0 (size)  waits for  future #1  tree.py:11  return 1 + sum(f.result() for f in parts)
              pool_1 (size)  waits for  future #2  tree.py:11  return 1 + sum(f.result() for f in parts)
              main           waits for  future #3  tree.py:15  print(pool.submit(size, roo…  up to pool_0 (size)
              future #1 and future #2 were made at tree.py:10  parts = [pool.submit(size, child) for child in n…
              future #3 was made at tree.py:15  print(pool.submit(size, root).result())

            Both workers of pool wait for results of work that pool has not begun; no worker is left to begin
            it.
            fix: do not wait inside a task of pool for another task of pool: return the future, or give the
                 inner work a pool of its own
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_livelock() {
    check(
        &findings::of(FindingKind::Livelock),
        &expect![[r#"
        livelock: 2 tasks run without getting on

          Thread-1 (eat)  wants  right  polite.py:13  if second.acquire(blocking=False):
          Thread-2 (eat)  wants  left   polite.py:13  if second.acquire(blocking=False):

        Each repeats the same steps, and nothing that one of them does lets another get on.
        fix: wait for the change itself (an event, a condition, a blocking get) instead of looking again and
             again; where tasks step back for each other, take their locks in one order
        replay: raddle replay 3f2a9c1d
    "#]],
    );
}

#[test]
fn an_assertion() {
    check(
        &findings::of(FindingKind::Assertion),
        &expect![[r#"
            assertion: AssertionError in main: 2 seats sold, 1 booked

              main
                raised in  <module>  seats.py:30  assert sold == len(booked), f"{sold} seats sold, …"
              just before
                Thread-1 (sell)  released  desk  seats.py:12  with desk:

            The assertion of main at seats.py:30 does not hold, after Thread-1 (sell) released desk at
            seats.py:12.
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn an_assertion_on_what_another_task_writes_at_any_time() {
    check(
        &findings::racy_assertion(30),
        &expect![[r#"
            assertion: AssertionError in main: 2 seats sold, 1 booked

              main
                raised in  <module>  seats.py:30  assert sold == len(booked), f"{sold} seats sold, …"
              nothing orders the accesses to sold
                main             read   2  seats.py:30  assert sold == len(booked)
                Thread-1 (sell)  wrote  3  seats.py:14  sold += 1
              just before
                Thread-1 (sell)  released  desk  seats.py:12  with desk:

            The assertion of main at seats.py:30 does not hold, and nothing orders its read of sold and the
            write by Thread-1 (sell) at seats.py:14.
            fix: let main come to seats.py:30 only after Thread-1 (sell) is past seats.py:14 (a join, an event,
                 a queue), or hold one lock over all that belongs together in each
            replay: raddle replay 3f2a9c1d
        "#]],
    );
    check(
        &findings::racy_assertion(29),
        &expect![[r#"
        assertion: AssertionError in main: 2 seats sold, 1 booked

          main
            raised in  <module>  seats.py:30  assert sold == len(booked), f"{sold} seats sold, …"
          nothing orders the accesses to sold
            main             read   2  seats.py:29  assert sold == len(booked)
            Thread-1 (sell)  wrote  3  seats.py:14  sold += 1
          just before
            Thread-1 (sell)  released  desk  seats.py:12  with desk:

        The assertion of main at seats.py:30 does not hold, after Thread-1 (sell) released desk at
        seats.py:12.
        replay: raddle replay 3f2a9c1d
    "#]],
    );
    let mut late = findings::racy_assertion(30);
    let Detail::Failure { race: Some(race), .. } = &mut late.detail else { panic!("an assertion is a failure") };
    race.accesses.reverse();
    check(
        &late,
        &expect![[r#"
            assertion: AssertionError in main: 2 seats sold, 1 booked

              main
                raised in  <module>  seats.py:30  assert sold == len(booked), f"{sold} seats sold, …"
              nothing orders the accesses to sold
                Thread-1 (sell)  wrote  3  seats.py:14  sold += 1
                main             read   2  seats.py:30  assert sold == len(booked)
              just before
                Thread-1 (sell)  released  desk  seats.py:12  with desk:

            The assertion of main at seats.py:30 does not hold, and nothing orders its read of sold and the
            write by Thread-1 (sell) at seats.py:14.
            fix: let Thread-1 (sell) come to seats.py:14 only after main is past seats.py:30 (a join, an event,
                 a queue), or hold one lock over all that belongs together in each
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn an_uncaught_exception() {
    check(
        &findings::of(FindingKind::UncaughtException),
        &expect![[r#"
            uncaught-exception: _queue.Empty in Thread-1 (work)

              Thread-1 (work)
                raised in  drain  jobs.py:10  job = jobs.get_nowait()
                called by  work   jobs.py:17  drain(jobs)
              just before
                main             put into  jobs  jobs.py:26  jobs.put(1)
                Thread-2 (work)  got from  jobs  jobs.py:10  job = jobs.get_nowait()

            Thread-1 (work) ends with _queue.Empty at jobs.py:10, after Thread-2 (work) got from jobs at
            jobs.py:10.
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_panic() {
    check(
        &findings::panic(),
        &expect![[r#"
            uncaught-exception: panic in worker: index out of bounds: the len is 0 but the index is 0 …

              worker
                raised in  drain  src/jobs.rs:44  let job = jobs[0];

            worker ends with panic at src/jobs.rs:44.
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn names_and_lines_longer_than_a_page() {
    check(
        &findings::oversized(),
        &expect![[r#"
            lost-update: an update of …r_long_name_a_rather_long_name_.balance is overwritten

              a_rather_l…me_ [0.0]  read   a_rather_long_name_…  …/storage.py:1400  self.a_rather_long_name_a_r…
              a_rather_l…name_ [0]  wrote  line one\nline two\…  …/storage.py:1410  self.a_rather_long_name_a_r…
              a_rather_l…me_ [0.0]  wrote  a_rather_long_name_…  …/storage.py:1410  self.a_rather_long_name_a_r…
              then failed: a_rather_long_name_a_rather_long_name_a_rather_long_name_a_rather_long_name_a_rathe…

            a_rather_long_…er_long_name_ [0.0] read a_rather_long_name_a_rather…, then
            a_rather_long_…er_long_name_ [0] wrote line one\nline two\u{1b}[31m, then
            a_rather_long_…er_long_name_ [0.0] wrote a_rather_long_name_a_rather… over that: the update of
            a_rather_long_…er_long_name_ [0] is lost.
            fix: hold one lock from the read at …/storage.py:1400 to the write at …/storage.py:1410, in every
                 task that writes …r_long_name_a_rather_long_name_.balance
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_get_that_nobody_answers() {
    check(
        &findings::dead_end("get", "queue", "jobs"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for an item in jobs

              Thread-1 (work)  gets from  jobs             jobs.py:8   jobs.get()
              main             joins      Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs an item in jobs; no task is left that could bring it about.
            fix: put an end mark for each consumer into jobs after the last item, or get with a timeout
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_put_into_a_full_queue() {
    check(
        &findings::dead_end("put", "queue", "jobs"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for room in jobs

              Thread-1 (work)  puts into  jobs             jobs.py:8   jobs.put()
              main             joins      Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs room in jobs; no task is left that could bring it about.
            fix: keep a consumer of jobs until its producers have ended, or put with a timeout and look at the
                 stop signal
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_queue_joined_without_task_done() {
    check(
        &findings::dead_end("join-queue", "queue", "jobs"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for a task_done() for every item of jobs

              Thread-1 (work)  joins  jobs             jobs.py:8   jobs.join-queue()
              main             joins  Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs a task_done() for every item of jobs; no task is left that could bring it
            about.
            fix: call task_done() once for every item got from jobs, errors too: put it in a `finally`
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn an_event_never_set() {
    check(
        &findings::dead_end("wait", "event", "stop"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for stop to be set

              Thread-1 (work)  waits for  stop             jobs.py:8   stop.wait()
              main             joins      Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs stop to be set; no task is left that could bring it about.
            fix: set stop on every path, errors too, or wait with a timeout
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_condition_never_notified() {
    check(
        &findings::dead_end("wait", "condition", "ready"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for a notify of ready

              Thread-1 (work)  waits on  ready            jobs.py:8   ready.wait()
              main             joins     Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs a notify of ready; no task is left that could bring it about.
            fix: wait on ready only while what it announces is not there yet, and notify it after each change
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_semaphore_without_permits() {
    check(
        &findings::dead_end("acquire", "semaphore", "slots"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for a permit of slots

              Thread-1 (work)  wants  slots            jobs.py:8   slots.acquire()
              main             joins  Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs a permit of slots; no task is left that could bring it about.
            fix: release slots on every path, once for each time it is acquired, or start it with more permits
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_barrier_with_too_many_parties() {
    check(
        &findings::dead_end("pass", "barrier", "start"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for the others to arrive at start

              Thread-1 (work)  waits at  start            jobs.py:8   start.pass()
              main             joins     Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs the others to arrive at start; no task is left that could bring it about.
            fix: give start as many parties as tasks come to it, each time round, or a timeout
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}

#[test]
fn a_future_never_settled() {
    check(
        &findings::dead_end("result", "future", "answer"),
        &expect![[r#"
            deadlock: Thread-1 (work) waits for ever for the result of answer

              Thread-1 (work)  waits for  answer           jobs.py:8   answer.result()
              main             joins      Thread-1 (work)  jobs.py:19  worker.join()

            Thread-1 (work) needs the result of answer; no task is left that could bring it about.
            fix: settle answer on every path, errors too, or wait with a timeout
            replay: raddle replay 3f2a9c1d
        "#]],
    );
}
