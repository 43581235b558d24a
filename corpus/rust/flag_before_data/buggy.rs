// The cook rings the bell before the meal is on the counter.
//
// verdict: finding assertion
// shows: error
// source: Lu et al., ASPLOS 2008, order violation
// within: 1000

use raddle::{Event, Shared, thread};

pub(crate) fn program() {
    let (bell, meal) = (Event::new(), Shared::new(None));
    thread::scope(|scope| {
        scope.spawn(|| {
            bell.wait();
            assert_eq!(meal.get(), Some("soup"), "there is no meal");
        });
        bell.set();
        meal.set(Some("soup"));
    });
}
