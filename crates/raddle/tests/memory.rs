//! Memory over long searches; a program of its own, because it measures the whole process and counts allocations.

use raddle::atomic::AtomicU32;
use raddle::engine::explore::{Closure, Front, Options, explore};
use raddle::{Mutex, Session, Strategy, thread};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

#[test]
fn a_long_search_keeps_its_memory() {
    fn resident_pages() -> u64 {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0)
    }
    let search = |executions| {
        Session::new().strategy(Strategy::Random).executions(executions).time(None).run(|| {
            let total = Arc::new(Mutex::new(0));
            let children: Vec<_> = (0..3)
                .map(|_| {
                    let total = Arc::clone(&total);
                    thread::spawn(move || *total.lock().unwrap() += 1)
                })
                .collect();
            children.into_iter().for_each(|child| child.join().unwrap());
        })
    };
    search(1_000).assert_clean();
    let before = resident_pages();
    search(20_000).assert_clean();
    let grown = resident_pages().saturating_sub(before);
    assert!(grown < 2_000, "{grown} pages more after 20,000 executions");
}

/// How many allocations one execution needs, once some have been done.
fn allocations(strategy: Strategy, program: impl Fn() + Clone + Send + Sync + 'static) -> u64 {
    let search = |executions| {
        let options = Options { strategy, executions, time: None, ..Options::default() };
        let front: Rc<dyn Front> = Rc::new(Closure::new(program.clone(), |_| ()));
        allocation_counter::measure(|| drop(explore(&front, &options, &mut |_| true))).count_total
    };
    // What a search needs once is in both.
    let (short, long) = (search(200), search(300));
    (long - short) / 100
}

/// Two tasks that so often each take a lock, and add to an atomic.
fn steps(times: usize) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Mutex::new(0), AtomicU32::new(0)));
        let children = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                for _ in 0..times {
                    *shared.0.lock().unwrap() += 1;
                    shared.1.fetch_add(1, SeqCst);
                }
            })
        });
        children.into_iter().for_each(|child| child.join().unwrap());
    }
}

#[test]
fn steps_of_an_execution_allocate_nothing() {
    use Strategy::{Dfs, Dpor, Pct, Pos, Random, Rff, Surw};
    for strategy in [Random, Pct, Pos, Surw, Rff, Dfs, Dpor] {
        let (few, many) = (allocations(strategy, steps(8)), allocations(strategy, steps(32)));
        // A hash table that grows, now and then, is none of a step's.
        assert!(many <= few + 2, "{strategy:?}: {few} allocations, and {many} with four times as many steps");
    }
}
