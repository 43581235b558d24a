//! Two tasks add to a number, a third fails once both have.
//! After lazy01 of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let data = Arc::new(Mutex::new(0));
    let work: [fn(&mut i32); 3] = [|data| *data += 1, |data| *data += 2, |data| assert!(*data < 3, "both have added")];
    let tasks = work.map(|work| {
        let data = Arc::clone(&data);
        thread::spawn(move || work(&mut data.lock().unwrap()))
    });
    tasks.into_iter().for_each(|task| drop(task.join()));
}
