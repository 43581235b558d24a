//! A driver counts the requests that it works on, so that it stops only after the last; a request looks at the flag before it is counted.
//! After bluetooth_driver of SCTBench (Qadeer and Wu 2004).

use raddle::{
    atomic::{AtomicBool, AtomicI32},
    thread,
};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

struct Device {
    pending: AtomicI32,
    stopping: AtomicBool,
    no_more: AtomicBool,
    stopped: AtomicBool,
}

impl Device {
    fn done_with_one(&self) {
        if self.pending.fetch_sub(1, SeqCst) == 1 {
            self.no_more.store(true, SeqCst);
        }
    }
}

pub(crate) fn program() {
    let device = Arc::new(Device {
        pending: AtomicI32::new(1),
        stopping: AtomicBool::new(false),
        no_more: AtomicBool::new(false),
        stopped: AtomicBool::new(false),
    });
    let same = Arc::clone(&device);
    let stop = thread::spawn(move || {
        same.stopping.store(true, SeqCst);
        same.done_with_one();
        if same.no_more.load(SeqCst) {
            same.stopped.store(true, SeqCst);
        }
    });
    if !device.stopping.load(SeqCst) {
        device.pending.fetch_add(1, SeqCst);
        assert!(!device.stopped.load(SeqCst), "the driver works on a request after it has stopped");
    }
    device.done_with_one();
    drop(stop.join());
}
