// Whoever finds the configuration missing makes it while it holds the lock.
//
// verdict: clean

use raddle::{Mutex, atomic::AtomicU32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let made = Arc::new(AtomicU32::new(0));
    let config: Arc<Mutex<Option<u32>>> = Arc::new(Mutex::new(None));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (made, config) = (Arc::clone(&made), Arc::clone(&config));
            thread::spawn(move || {
                let mut config = config.lock().unwrap();
                if config.is_none() {
                    *config = Some(made.fetch_add(1, SeqCst));
                }
            })
        })
        .collect();
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(made.load(SeqCst), 1, "made more than once");
}
