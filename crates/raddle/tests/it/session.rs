//! Sessions: options, determinism, replay, parallel tests.

use raddle::engine::explore::{Closure, Front, replay};
use raddle::engine::record::{FindingKind, Verdict};
use raddle::{Condvar, Mutex, Session, Strategy, check, thread};
use std::rc::Rc;
use std::sync::Arc;

/// Two tasks take two locks in opposite order.
fn inversion() {
    let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
    let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
    let child = thread::spawn(move || {
        let _b = b2.lock();
        let _a = a2.lock();
    });
    {
        let _a = a.lock();
        let _b = b.lock();
    }
    child.join().unwrap();
}

#[test]
fn each_strategy_that_can_finds_the_inversion() {
    for strategy in Strategy::ALL.into_iter().filter(|strategy| *strategy != Strategy::Natural) {
        let outcome = Session::new().strategy(strategy).time(None).run(inversion);
        assert_eq!(outcome.findings[0].finding.kind, FindingKind::Deadlock, "{strategy:?}");
    }
    let natural = Session::new().strategy(Strategy::Natural).run(inversion);
    assert_eq!((natural.verdict, natural.executions), (Verdict::CleanSoFar, 1));
}

#[test]
fn a_finding_replays_with_the_same_text_a_hundred_times() {
    let outcome = Session::new().time(None).run(inversion);
    let found = &outcome.findings[0];
    let front: Rc<dyn Front> = Rc::new(Closure::new(inversion, |_| panic!("a test stands still")));
    for _ in 0..100 {
        assert_eq!(replay(&front, &found.schedule).found.as_ref(), Some(found));
    }
}

#[test]
fn what_outlives_an_execution_makes_the_answer_uncertain() {
    let left = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let outcome = Session::new().time(None).run(move || {
        thread::spawn(|| ()).join().unwrap();
        assert_eq!(left.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
    });
    assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Inconclusive, 0));
    assert!(outcome.reasons[0].contains("something that it changes outlives it"), "{:?}", outcome.reasons);
}

#[test]
fn sessions_in_parallel_do_not_disturb_each_other() {
    std::thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let clean = Session::new().seed(seed).executions(200).run(|| {
                    let total = Arc::new(Mutex::new(0));
                    let total2 = Arc::clone(&total);
                    let child = thread::spawn(move || *total2.lock().unwrap() += 1);
                    *total.lock().unwrap() += 1;
                    child.join().unwrap();
                    assert_eq!(*total.lock().unwrap(), 2);
                });
                clean.assert_clean();
                let stuck = Session::new().seed(seed).time(None).run(inversion);
                assert_eq!(stuck.verdict, Verdict::Finding);
            });
        }
    });
}

#[test]
fn a_panic_with_a_destructor_that_locks_poisons_only_its_own_mutex() {
    check(|| {
        struct Locks(Arc<Mutex<u32>>);
        impl Drop for Locks {
            fn drop(&mut self) {
                drop(self.0.lock());
            }
        }
        let (mine, other) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let (mine2, other2) = (Arc::clone(&mine), Arc::clone(&other));
        let child = thread::spawn(move || {
            let result = std::panic::catch_unwind(|| {
                let _at_the_end = Locks(other2);
                let _guard = mine2.lock();
                panic!("on purpose");
            });
            assert!(result.is_err());
        });
        drop(other.lock().unwrap());
        child.join().unwrap();
        assert!(mine.is_poisoned() && !other.is_poisoned());
    });
}

#[test]
#[should_panic(expected = "replay: RADDLE_REPLAY=")]
fn check_panics_with_the_replay_command() {
    check(inversion);
}

#[test]
fn findings_of_two_tests_have_names_of_their_own() {
    let text = |test: &str| {
        let run = || Session::new().time(None).run(inversion).text();
        let told = std::thread::Builder::new().name(test.to_owned()).spawn(run).unwrap().join().unwrap();
        told.split_once("RADDLE_REPLAY=").unwrap().1.to_owned()
    };
    let (one, other) = (text("one"), text("other"));
    assert!(one.contains(" cargo test one") && other.contains(" cargo test other"), "{one}{other}");
    assert_ne!(one[..8], other[..8]);
    assert_eq!(one, text("one"));
}

#[test]
fn who_waits_on_a_condition_is_told_at_the_line_of_the_wait() {
    let outcome = Session::new().time(None).run(|| {
        let (door, opened) = (Mutex::new(()), Condvar::new());
        let guard = door.lock().unwrap();
        drop(opened.wait(guard).unwrap());
    });
    assert_eq!(outcome.findings.len(), 1);
    let places = outcome.findings[0].finding.places(|at| at.text.trim());
    assert!(places[0].starts_with("drop(opened.wait(guard)"), "{places:?}");
}
