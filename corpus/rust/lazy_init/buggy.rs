// Two tasks find that the configuration is not there yet, and both make it.
//
// verdict: finding lost-update
// shows: error
// source: Goetz et al., Java Concurrency in Practice, LazyInitRace
// within: 1000

use raddle::{Shared, atomic::AtomicU32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let made = Arc::new(AtomicU32::new(0));
    let config: Arc<Shared<Option<u32>>> = Arc::new(Shared::new(None));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (made, config) = (Arc::clone(&made), Arc::clone(&config));
            thread::spawn(move || {
                if config.get().is_none() {
                    config.set(Some(made.fetch_add(1, SeqCst)));
                }
            })
        })
        .collect();
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(made.load(SeqCst), 1, "made more than once");
}
