// There is one end mark for two packers: if one takes it while the other waits for a parcel, that one waits for ever.
//
// verdict: finding deadlock
// shows: hang
// source: CPython documentation, queue.Queue.get
// within: 1000

use raddle::{Event, Queue, thread};

pub(crate) fn program() {
    let parcels = Queue::bounded(4);
    let closed = Event::new();
    let pack = || {
        while !closed.is_set() {
            let parcel: Option<&str> = parcels.get().expect("nobody shuts the queue down");
            if parcel.is_none() {
                closed.set();
                return;
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(pack);
        scope.spawn(pack);
        parcels.put(Some("books")).expect("nobody shuts the queue down");
        parcels.put(None).expect("nobody shuts the queue down");
    });
    assert!(closed.is_set());
}
