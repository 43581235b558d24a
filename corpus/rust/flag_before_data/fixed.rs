// The cook rings the bell when the meal is on the counter.
//
// verdict: clean

use raddle::{Event, Shared, thread};

pub(crate) fn program() {
    let (bell, meal) = (Event::new(), Shared::new(None));
    thread::scope(|scope| {
        scope.spawn(|| {
            bell.wait();
            assert_eq!(meal.get(), Some("soup"), "there is no meal");
        });
        meal.set(Some("soup"));
        bell.set();
    });
}
