// Who takes the end mark puts it back for the other.
//
// verdict: clean

use raddle::{Event, Queue, thread};

pub(crate) fn program() {
    let parcels = Queue::bounded(4);
    let closed = Event::new();
    let pack = || {
        loop {
            let parcel: Option<&str> = parcels.get().expect("nobody shuts the queue down");
            if parcel.is_none() {
                closed.set();
                parcels.put(None).expect("nobody shuts the queue down");
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
