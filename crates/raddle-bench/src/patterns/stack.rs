//! A flag says that a stack has had an item, not that it has one.
//! After stack of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

const SIZE: usize = 10;

pub(crate) fn program() {
    let shared = Arc::new(Mutex::new((Vec::new(), false)));
    let same = Arc::clone(&shared);
    let pusher = thread::spawn(move || {
        for item in 0..SIZE {
            let (stack, flag) = &mut *same.lock().unwrap();
            stack.push(item);
            *flag = true;
        }
    });
    let popper = thread::spawn(move || {
        for _ in 0..SIZE {
            let (stack, flag) = &mut *shared.lock().unwrap();
            if *flag {
                assert!(stack.pop().is_some(), "the stack is empty");
            }
        }
    });
    drop((pusher.join(), popper.join()));
}
