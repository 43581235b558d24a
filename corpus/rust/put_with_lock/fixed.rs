// The clerk writes the list, gives it back, and puts the parcel on the counter then.
//
// verdict: clean

use raddle::{Mutex, Queue, thread};

pub(crate) fn program() {
    let counter = Queue::bounded(1);
    let waiting = Mutex::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3 {
                counter.get().expect("nobody shuts the queue down");
                *waiting.lock().unwrap() -= 1;
            }
        });
        for parcel in ["books", "shoes", "lamp"] {
            *waiting.lock().unwrap() += 1;
            counter.put(parcel).expect("nobody shuts the queue down");
        }
    });
    assert_eq!(*waiting.lock().unwrap(), 0);
}
