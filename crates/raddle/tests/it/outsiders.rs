//! What Raddle does not control is noticed: no such verdict is clean, and nothing hangs.

use raddle::engine::record::Verdict;
use raddle::{Mutex, Session, Strategy, thread};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn a_thread_of_the_standard_library_that_takes_a_lock_makes_the_verdict_inconclusive() {
    let outcome = Session::new().executions(20).run(|| {
        let total = Arc::new(Mutex::new(0));
        drop(total.lock());
        let total2 = Arc::clone(&total);
        let child = std::thread::spawn(move || *total2.lock().unwrap() += 1);
        child.join().unwrap();
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{}", outcome.text());
}

#[test]
fn a_lock_of_the_standard_library_held_across_a_switch_does_not_hang_the_test() {
    let outcome = Session::new().run(|| {
        let outside = Arc::new(std::sync::Mutex::new(()));
        let inside = Arc::new(Mutex::new(()));
        let (outside2, inside2) = (Arc::clone(&outside), Arc::clone(&inside));
        let child = thread::spawn(move || {
            let _outside = outside2.lock();
            drop(inside2.lock());
        });
        {
            let _outside = outside.lock();
            drop(inside.lock());
        }
        child.join().unwrap();
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{}", outcome.text());
    assert!(outcome.reasons[0].contains("outsiders.rs"), "{:?}", outcome.reasons);
}

#[test]
fn a_thread_of_the_standard_library_that_touches_nothing_of_ours_is_noticed_too() {
    let outcome = Session::new().executions(20).run(|| std::thread::spawn(|| ()).join().unwrap());
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{}", outcome.text());
    assert_eq!(outcome.uncontrolled[0].what, "a thread that Raddle did not start");
}

#[test]
fn an_object_that_an_execution_leaves_changed_is_an_error() {
    let event = Arc::new(raddle::Event::new());
    let outcome = Session::new().executions(20).run(move || {
        let event = Arc::clone(&event);
        thread::spawn(move || event.set()).join().unwrap();
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{}", outcome.text());
    assert!(outcome.reasons[0].contains("outsiders.rs"), "{:?}", outcome.reasons);
}

#[test]
fn what_no_effect_tells_forbids_to_call_one_execution_of_each_class_all() {
    let outcome = Session::new().strategy(Strategy::Dpor).run(|| {
        let loaded = Arc::new(AtomicBool::new(false));
        let loaded2 = Arc::clone(&loaded);
        let loader = thread::spawn(move || {
            drop(Mutex::new(()).lock());
            loaded2.store(true, Relaxed);
        });
        drop(Mutex::new(()).lock());
        assert!(!loaded.load(Relaxed), "too late");
        loader.join().unwrap();
    });
    // Each task has a lock of its own, so there is one class.
    assert_eq!((outcome.executions, outcome.distinct), (1, 1), "{}", outcome.text());
    assert_eq!(outcome.verdict, Verdict::Finding, "{}", outcome.text());
}
