//! An event that is set and cleared at once: those who wait already go on, those who begin later do not.

use raddle::engine::record::{FindingKind, Verdict};
use raddle::{Event, Mutex, Outcome, Session, Strategy, thread};
use std::sync::Arc;
use std::time::Duration;

fn search(program: impl Fn() + Send + Sync + 'static) -> Outcome {
    Session::new().strategy(Strategy::Dfs).time(None).run(program)
}

#[test]
fn a_pulse_releases_who_waits_already() {
    let outcome = search(|| {
        let event = Arc::new(Event::new());
        let waiters = [Arc::clone(&event), Arc::clone(&event)].map(|event| thread::spawn(move || event.wait()));
        // Nobody can go on but by this timer: both wait.
        thread::sleep(Duration::from_secs(1));
        event.set();
        event.clear();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
    assert_eq!(outcome.verdict, Verdict::Clean, "{outcome:?}");
}

#[test]
fn a_pulse_does_not_release_who_begins_to_wait_after_it() {
    let outcome = search(|| {
        let shared = Arc::new((Event::new(), Mutex::new(0)));
        let shared2 = Arc::clone(&shared);
        let waiter = thread::spawn(move || {
            let (event, count) = &*shared2;
            *count.lock().unwrap() += 1;
            event.wait();
        });
        let (event, count) = &*shared;
        if *count.lock().unwrap() == 1 {
            event.set();
            event.clear();
        } else {
            event.set();
        }
        waiter.join().unwrap();
    });
    assert_eq!(outcome.findings[0].finding.kind, FindingKind::Deadlock, "{outcome:?}");
}
