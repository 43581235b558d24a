//! Memory over long searches; a program of its own, because it measures the whole process.

use raddle::{Mutex, Session, Strategy, thread};
use std::sync::Arc;

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
