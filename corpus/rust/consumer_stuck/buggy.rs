// The consumer looks at the stop event between items, but the event is set while it is stuck in `get`.
//
// verdict: finding deadlock
// shows: hang
// source: GoBench GoKer blocking/kubernetes/38669
// within: 1000

use raddle::{Event, Queue, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let orders = Arc::new(Queue::bounded(2));
    let stop = Arc::new(Event::new());
    let (orders2, stop2) = (Arc::clone(&orders), Arc::clone(&stop));
    let consumer = thread::spawn(move || {
        while !stop2.is_set() {
            let _order: u32 = orders2.get().expect("nobody shuts the queue down");
        }
    });
    orders.put(1).expect("nobody shuts the queue down");
    stop.set();
    consumer.join().unwrap();
}
