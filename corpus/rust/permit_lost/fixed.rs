// The boat is given back on that way, too.
//
// verdict: clean

use raddle::{Semaphore, Shared, thread};

pub(crate) fn program() {
    let (boats, somebody_is_back) = (Semaphore::new(1), Shared::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            boats.acquire();
            if !somebody_is_back.get() {
                boats.release().expect("the semaphore is not bounded");
                return;
            }
            boats.release().expect("the semaphore is not bounded");
        });
        boats.acquire();
        somebody_is_back.set(true);
        boats.release().expect("the semaphore is not bounded");
    });
}
