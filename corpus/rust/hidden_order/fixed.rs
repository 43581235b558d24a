// The car tells its garage when it has given its own lock back.
//
// verdict: clean

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
    drop(driven);
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
