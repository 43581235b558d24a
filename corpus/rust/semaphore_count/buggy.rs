// A semaphore that should let one in was made with two permits.
//
// verdict: finding assertion
// shows: error
// source: Downey, The Little Book of Semaphores, multiplex
// within: 1000

use raddle::{Semaphore, atomic::AtomicU32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (desks, busy) = (Arc::new(Semaphore::new(2)), Arc::new(AtomicU32::new(0)));
    let visits: Vec<_> = (0..2)
        .map(|_| {
            let (desks, busy) = (Arc::clone(&desks), Arc::clone(&busy));
            thread::spawn(move || {
                desks.acquire();
                assert_eq!(busy.fetch_add(1, SeqCst), 0, "two visitors at one desk");
                busy.fetch_sub(1, SeqCst);
                desks.release().expect("the semaphore is not bounded");
            })
        })
        .collect();
    visits.into_iter().for_each(|visit| visit.join().unwrap());
}
