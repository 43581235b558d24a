//! False answers that checkers are known to give, each with the answer that is right.
//!
//! Strategies that look for everything, and the default, have to give it.
//! A thread of the standard library within a test, another such answer, is in `outsiders`.

use raddle::atomic::AtomicU32;
use raddle::engine::record::{FindingKind, Verdict};
use raddle::{Condvar, Event, Mutex, Outcome, Queue, Session, Shared, Strategy, ThreadPool, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

/// Each strategy's answer.
fn answers(program: impl Fn() + Copy + Send + Sync + 'static) -> [Outcome; 3] {
    [Strategy::Mixed, Strategy::Dfs, Strategy::Dpor]
        .map(|strategy| Session::new().strategy(strategy).executions(20_000).time(None).run(program))
}

fn assert_found(kind: FindingKind, program: impl Fn() + Copy + Send + Sync + 'static) {
    for outcome in answers(program) {
        let kinds: Vec<FindingKind> = outcome.findings.iter().map(|found| found.finding.kind).collect();
        assert_eq!(kinds, [kind], "{}", outcome.text());
    }
}

fn assert_proved(program: impl Fn() + Copy + Send + Sync + 'static) {
    for outcome in answers(program) {
        assert_eq!(outcome.verdict, Verdict::Clean, "{}", outcome.text());
    }
}

#[test]
fn an_order_violation_under_a_lock_does_not_hold() {
    assert_found(FindingKind::UncaughtException, || {
        let loaded: Arc<Mutex<Option<u32>>> = Arc::default();
        let loaded2 = Arc::clone(&loaded);
        let loader = thread::spawn(move || *loaded2.lock().unwrap() = Some(7));
        assert_eq!(loaded.lock().unwrap().expect("it is loaded"), 7);
        loader.join().unwrap();
    });
}

#[test]
fn a_take_that_does_not_wait_may_come_before_the_put() {
    assert_found(FindingKind::Assertion, || {
        let letters = Arc::new(Queue::new());
        let letters2 = Arc::clone(&letters);
        let sender = thread::spawn(move || letters2.put("hello").unwrap());
        assert!(letters.try_get().is_ok(), "there is no letter");
        sender.join().unwrap();
    });
}

#[test]
fn a_wake_up_is_lost() {
    assert_found(FindingKind::LostWakeup, || {
        let kettle = Arc::new((Mutex::new(()), Condvar::new()));
        let kettle2 = Arc::clone(&kettle);
        let cook = thread::spawn(move || {
            let _guard = kettle2.0.lock().unwrap();
            kettle2.1.notify_one();
        });
        drop(kettle.1.wait(kettle.0.lock().unwrap()).unwrap());
        cook.join().unwrap();
    });
}

#[test]
fn locks_made_before_the_test_take_part() {
    static CUP: Mutex<()> = Mutex::new(());
    static POT: Mutex<()> = Mutex::new(());
    assert_found(FindingKind::Deadlock, || {
        let other = thread::spawn(|| {
            let _pot = POT.lock();
            let _cup = CUP.lock();
        });
        {
            let _cup = CUP.lock();
            let _pot = POT.lock();
        }
        other.join().unwrap();
    });
}

#[test]
fn a_pool_that_the_program_makes_is_followed() {
    assert_found(FindingKind::LostUpdate, || {
        let total = Arc::new(Shared::new(0));
        let pool = ThreadPool::new(2);
        let jobs = [1, 2].map(|step| {
            let total = Arc::clone(&total);
            pool.submit(move || total.set(total.get() + step)).unwrap()
        });
        jobs.into_iter().for_each(|job| job.result().unwrap());
    });
}

#[test]
fn a_bug_that_needs_three_preemptions_is_found() {
    let program = || {
        let (step, seen) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (step2, seen2) = (Arc::clone(&step), Arc::clone(&seen));
        let follower = thread::spawn(move || {
            for turn in [1, 3] {
                if step2.load(SeqCst) == turn {
                    seen2.fetch_add(1, SeqCst);
                }
            }
        });
        (1..=4).for_each(|turn| step.store(turn, SeqCst));
        assert!(seen.load(SeqCst) != 2, "the follower saw both odd steps");
        follower.join().unwrap();
    };
    assert_found(FindingKind::Assertion, program);
    let with_two = Session::new().strategy(Strategy::Dfs).preemptions(2).time(None).run(program);
    assert_eq!(with_two.findings.len(), 0, "{}", with_two.text());
}

#[test]
fn what_start_and_join_put_in_order_is_no_race() {
    assert_proved(|| {
        let total = Arc::new(Shared::new(0));
        total.set(1);
        for step in 1..=3 {
            let total = Arc::clone(&total);
            thread::spawn(move || total.set(total.get() + step)).join().unwrap();
        }
        assert_eq!(total.get(), 7);
    });
}

#[test]
fn sequentially_consistent_stores_are_not_buffered() {
    assert_proved(|| {
        let (x, y) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (x2, y2) = (Arc::clone(&x), Arc::clone(&y));
        let other = thread::spawn(move || {
            y2.store(1, SeqCst);
            x2.load(SeqCst)
        });
        x.store(1, SeqCst);
        let seen = (y.load(SeqCst), other.join().unwrap());
        assert!(seen != (0, 0), "neither saw what the other had stored");
    });
}

#[test]
fn a_deadlock_is_told_with_who_and_what_and_the_process_goes_on() {
    let stuck = Session::new().run(|| {
        let cup = Arc::new(Mutex::new(()));
        let pot = Arc::new(Mutex::new(()));
        let (cup2, pot2) = (Arc::clone(&cup), Arc::clone(&pot));
        let other = thread::Builder::new()
            .name("guest".to_owned())
            .spawn(move || {
                let _pot = pot2.lock();
                let _cup = cup2.lock();
            })
            .unwrap();
        {
            let _cup = cup.lock();
            let _pot = pot.lock();
        }
        other.join().unwrap();
    });
    let text = stuck.text();
    for word in ["deadlock", "main", "guest", "cup", "pot", "false_answers.rs"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_proved(|| {
        let door = Arc::new(Event::new());
        let door2 = Arc::clone(&door);
        let guest = thread::spawn(move || door2.set());
        door.wait();
        guest.join().unwrap();
    });
}

#[test]
fn a_right_use_of_a_condition_is_proved() {
    assert_proved(|| {
        let kettle = Arc::new((Mutex::new(false), Condvar::new()));
        let kettle2 = Arc::clone(&kettle);
        let cook = thread::spawn(move || {
            *kettle2.0.lock().unwrap() = true;
            kettle2.1.notify_all();
        });
        let boils = kettle.1.wait_while(kettle.0.lock().unwrap(), |boils| !*boils).unwrap();
        assert!(*boils);
        drop(boils);
        cook.join().unwrap();
    });
}

#[test]
fn who_has_read_again_overwrites_nothing() {
    assert_found(FindingKind::Assertion, || {
        let open = Arc::new((Mutex::new(()), Shared::new(0), Shared::new(0)));
        let visit = |open: &(Mutex<()>, Shared<u32>, Shared<u32>)| {
            let (lock, number, most) = open;
            {
                let _guard = lock.lock();
                number.set(number.get() + 1);
                most.set(most.get().max(number.get()));
            }
            let _guard = lock.lock();
            number.set(number.get() - 1);
        };
        let open2 = Arc::clone(&open);
        let other = thread::spawn(move || visit(&open2));
        visit(&open);
        other.join().unwrap();
        assert_eq!(open.2.get(), 1, "they were there together");
    });
}

#[test]
fn an_assertion_with_a_message_is_an_assertion() {
    let kind = |program: fn()| {
        let outcome = Session::new().run(move || {
            thread::spawn(program).join().ok();
        });
        outcome.findings[0].finding.kind
    };
    assert_eq!(kind(|| assert!("1".parse::<u32>().is_err(), "it is a number")), FindingKind::Assertion);
    assert_eq!(kind(|| assert!("x".parse::<u32>().unwrap() > 2, "not more")), FindingKind::UncaughtException);
    assert_eq!(kind(|| debug_assert!("1".parse::<u32>().is_err(), "it is a number")), FindingKind::Assertion);
    assert_eq!(kind(|| panic!("no assertion")), FindingKind::UncaughtException);
}
