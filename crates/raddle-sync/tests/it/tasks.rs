//! Laws of tasks.

use raddle_sync::thread::{self, Builder};
use raddle_sync::{Deadline, Event, Shared};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

#[test]
fn a_join_returns_what_the_task_returned_or_its_panic() {
    assert_eq!(thread::spawn(|| "done").join().unwrap(), "done");
    let payload = thread::spawn(|| panic!("number {}", 7)).join().unwrap_err();
    assert_eq!(thread::panic_message(&*payload), "number 7");
    let payload = thread::spawn(|| panic!("plain")).join().unwrap_err();
    assert_eq!(thread::panic_message(&*payload), "plain");
}

#[test]
fn a_join_that_runs_out_of_time_gives_the_handle_back() {
    let go = Arc::new(Event::new());
    let theirs = Arc::clone(&go);
    let task = thread::spawn(move || {
        theirs.wait();
        1
    });
    let task = task.join_until(Deadline::Now).unwrap_err();
    let task = task.join_until(Deadline::after(Duration::ZERO)).unwrap_err();
    assert!(!task.is_finished());
    task.wait_until(Deadline::Now).unwrap_err();
    go.set();
    task.wait_until(Deadline::Never).unwrap();
    assert!(task.is_finished());
    assert_eq!(task.join_until(Deadline::Never).unwrap().unwrap(), 1);
}

#[test]
fn what_a_task_did_is_seen_after_its_end() {
    for _ in 0..200 {
        let cell = Arc::new(AtomicU32::new(0));
        let theirs = Arc::clone(&cell);
        let task = thread::spawn(move || theirs.store(1, Relaxed));
        while !task.is_finished() {
            thread::yield_now();
        }
        assert_eq!(cell.load(Relaxed), 1);
    }
}

#[test]
fn tasks_have_names_and_numbers() {
    let task = Builder::new().name("clerk".to_owned()).stack_size(1 << 20).spawn(thread::current).unwrap();
    let (outside, id) = (task.thread().clone(), task.thread().id());
    let inside = task.join().unwrap();
    assert_eq!((inside.id(), inside.name()), (id, Some("clerk")));
    assert_eq!(outside.name(), Some("clerk"));
    assert_ne!(thread::current().id(), id);
    assert_eq!(thread::current().id(), thread::current().id());
    assert_eq!(thread::spawn(|| thread::current().name().map(str::to_owned)).join().unwrap(), None);
}

#[test]
fn a_scope_waits_for_its_tasks_and_lends_to_them() {
    let mut words = vec!["a"];
    let total = AtomicU32::new(0);
    let lent = thread::scope(|scope| {
        scope.spawn(|| words.push("b"));
        for n in 0..10 {
            let total = &total;
            // A task of the scope may start more.
            scope.spawn(move || scope.spawn(move || total.fetch_add(n, Relaxed)));
        }
        "value"
    });
    assert_eq!((lent, words, total.into_inner()), ("value", vec!["a", "b"], 45));
}

/// Never drops `value`; a leak checker finds it here, and tells only of what is lost.
fn forget<T>(value: T) {
    static FORGOTTEN: std::sync::Mutex<Vec<AtomicPtr<()>>> = std::sync::Mutex::new(Vec::new());
    FORGOTTEN.lock().unwrap().push(AtomicPtr::new(Box::into_raw(Box::new(value)).cast()));
}

#[test]
fn results_of_a_scope_are_dropped_in_it() {
    struct Counts<'a>(&'a AtomicU32);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    for _ in 0..200 {
        let drops = AtomicU32::new(0);
        thread::scope(|scope| {
            drop(scope.spawn(|| Counts(&drops)));
            let kept = scope.spawn(|| Counts(&drops));
            forget(kept);
        });
        assert_eq!(drops.into_inner(), 2);
    }
}

#[test]
fn a_panic_in_a_scope_waits_for_the_others_and_goes_on() {
    let ran = Shared::new(false);
    let scoped = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            scope.spawn(|| ran.set(true));
            panic!("mine");
        })
    }));
    assert_eq!(thread::panic_message(&*scoped.unwrap_err()), "mine");
    assert!(ran.get());
    let scoped = catch_unwind(|| thread::scope(|scope| drop(scope.spawn(|| panic!("theirs")))));
    assert_eq!(thread::panic_message(&*scoped.unwrap_err()), "a scoped thread panicked");
    thread::scope(|scope| scope.spawn(|| panic!("seen")).join().unwrap_err());
}

#[test]
fn a_scope_waits_for_all_even_if_dropping_a_result_panics() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    for _ in 0..50 {
        let (go, ended) = (Event::new(), AtomicU32::new(0));
        let scoped = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    go.wait();
                    ended.fetch_add(1, Relaxed);
                });
                forget(scope.spawn(|| {
                    go.set();
                    Panics
                }));
            });
        }));
        assert!(scoped.is_err());
        assert_eq!(ended.into_inner(), 1);
    }
}

#[test]
fn a_task_drops_what_it_was_given_on_its_own_thread() {
    thread_local!(static HERE: Rc<Cell<u32>> = Rc::default());
    let task = thread::spawn(|| {
        let here = HERE.with(Rc::clone);
        here.set(5);
        HERE.with(|again| again.get())
    });
    assert_eq!((task.join().unwrap(), HERE.with(|here| here.get())), (5, 0));
}
