// The producer shuts the queue down; the consumer takes what is left and ends.
//
// verdict: clean

use raddle::{Queue, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let orders = Arc::new(Queue::bounded(2));
    let orders2 = Arc::clone(&orders);
    let consumer = thread::spawn(move || {
        let mut sum = 0;
        while let Ok(order) = orders2.get() {
            sum += order;
        }
        sum
    });
    orders.put(1).expect("it is still open");
    orders.put(2).expect("it is still open");
    orders.shutdown();
    assert_eq!(consumer.join().unwrap(), 3);
}
