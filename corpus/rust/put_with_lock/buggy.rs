// The clerk puts a parcel on a full counter while holding the list that the customer needs to take one.
//
// verdict: finding deadlock
// shows: hang
// source: GoBench GoKer blocking/kubernetes/10182
// within: 1000

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
            let mut waiting = waiting.lock().unwrap();
            *waiting += 1;
            counter.put(parcel).expect("nobody shuts the queue down");
        }
    });
    assert_eq!(*waiting.lock().unwrap(), 0);
}
