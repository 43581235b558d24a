// The garage locks itself and asks its car, the car locks itself and tells its garage: two orders, in two functions.
//
// verdict: finding deadlock
// shows: hang
// source: GoBench GoKer blocking/moby/4951
// within: 1000

use raddle::{Mutex, thread};

struct Garage {
    moved: Mutex<u32>,
    car: Car,
}

struct Car {
    driven: Mutex<u32>,
}

fn report(garage: &Garage) -> u32 {
    let moved = garage.moved.lock().unwrap();
    *moved + *garage.car.driven.lock().unwrap()
}

fn drive(garage: &Garage) {
    let mut driven = garage.car.driven.lock().unwrap();
    *driven += 5;
    *garage.moved.lock().unwrap() += 1;
}

pub(crate) fn program() {
    let garage = Garage { moved: Mutex::new(0), car: Car { driven: Mutex::new(0) } };
    thread::scope(|scope| {
        scope.spawn(|| drive(&garage));
        report(&garage);
    });
    assert_eq!(report(&garage), 6);
}
