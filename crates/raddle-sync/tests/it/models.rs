//! Random histories of one task against models of a few lines.

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::{collection::vec, prop_assert_eq};
use raddle_sync::queue::{Fifo, GetError, Lifo, Priority, PutReason, Store};
use raddle_sync::{Deadline, Queue, Reentrant, Semaphore};

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(u8),
    Get,
    Done,
    Shut,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![8 => any::<u8>().prop_map(Step::Put), 8 => proptest::strategy::Just(Step::Get),
        4 => proptest::strategy::Just(Step::Done), 1 => proptest::strategy::Just(Step::Shut)]
}

/// Runs the steps on a queue and on a list from which `next` says what to take.
fn follows<S: Store<u8>>(
    store: S,
    capacity: Option<usize>,
    steps: &[Step],
    next: fn(&[u8]) -> usize,
) -> Result<(), proptest::test_runner::TestCaseError> {
    let queue = Queue::with_store(store, capacity);
    let (mut items, mut unfinished, mut shut) = (Vec::new(), 0u64, false);
    for step in steps {
        match *step {
            Step::Put(item) => {
                let full = capacity.is_some_and(|capacity| items.len() >= capacity);
                let reason = queue.try_put(item).map_err(|e| matches!(e.reason, PutReason::ShutDown));
                prop_assert_eq!(
                    reason,
                    if shut {
                        Err(true)
                    } else if full {
                        Err(false)
                    } else {
                        Ok(())
                    }
                );
                if !shut && !full {
                    items.push(item);
                    unfinished += 1;
                }
            }
            Step::Get => {
                let got = queue.try_get().map_err(|e| matches!(e, GetError::ShutDown));
                prop_assert_eq!(got, if items.is_empty() { Err(shut) } else { Ok(items.remove(next(&items))) });
            }
            Step::Done => {
                prop_assert_eq!(queue.task_done().is_ok(), unfinished > 0);
                unfinished = unfinished.saturating_sub(1);
            }
            Step::Shut => {
                queue.shutdown();
                shut = true;
            }
        }
        prop_assert_eq!((queue.len(), queue.unfinished_count()), (items.len(), unfinished));
        prop_assert_eq!(queue.join_until(Deadline::Now).is_ok(), unfinished == 0);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_queue_is_a_list(steps in vec(step(), 0..60), bound in 0..4usize) {
        let capacity = (bound > 0).then_some(bound);
        follows(Fifo::new(), capacity, &steps, |_| 0)?;
        follows(Lifo::new(), capacity, &steps, |items| items.len() - 1)?;
        let smallest = |items: &[u8]| (0..items.len()).min_by_key(|at| (items[*at], *at)).unwrap();
        follows(Priority::new(), capacity, &steps, smallest)?;
    }

    #[test]
    fn a_semaphore_is_a_number(start in 0..4u32, steps in vec(0..4u32, 0..40)) {
        let (plain, bounded) = (Semaphore::new(start), Semaphore::bounded(start));
        let (mut p, mut b) = (start, start);
        for step in steps {
            // 0 takes one; n gives n.
            if step == 0 {
                prop_assert_eq!((plain.try_acquire(), bounded.try_acquire()), (p > 0, b > 0));
                (p, b) = (p.saturating_sub(1), b.saturating_sub(1));
            } else {
                prop_assert_eq!(plain.release_many(step).is_ok(), true);
                prop_assert_eq!(bounded.release_many(step).is_ok(), b + step <= start);
                p += step;
                b = if b + step <= start { b + step } else { b };
            }
            prop_assert_eq!((plain.permits(), bounded.permits()), (p, b));
        }
    }

    #[test]
    fn a_reentrant_lock_is_a_depth(steps in vec(any::<bool>(), 0..40)) {
        let lock = Reentrant::new();
        let mut depth = 0u32;
        for take in steps {
            if take {
                lock.acquire(Deadline::Now).unwrap();
                depth += 1;
            } else {
                prop_assert_eq!(lock.release().is_ok(), depth > 0);
                depth = depth.saturating_sub(1);
            }
            prop_assert_eq!((lock.count(), lock.is_locked()), (depth, depth > 0));
        }
    }
}
