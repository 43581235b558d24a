//! Accesses to shared locations, one by one and several at once, on small random programs: the reduced search meets what the full one
//! meets.

use crate::toy::{Lock, search, together};
use raddle_explore::{How, Member, Order, StrategyKind, Touch, at_once, touch};
use raddle_kernel::Deadline;
use raddle_record::Outcome;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

/// What is done to a dictionary.
#[derive(Clone, Copy, Debug)]
enum Act {
    Get(u64),
    Put(u64),
    Remove(u64),
    Walk,
    Clear,
}

/// A dictionary, which keeps the order in which its keys came.
type Dict = Vec<(u64, u32)>;
type World = [Mutex<Dict>; 3];

/// What is done to these dictionaries at once, and whether under the lock.
type Step = (Vec<(usize, Act)>, bool);

/// For each task its steps.
type Program = Vec<Vec<Step>>;

/// What each task saw, and what was left.
type Observed = Vec<Vec<u32>>;

/// Numbers that follow from a seed (Steele, Lea and Flood's SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as usize % bound
    }

    fn act(&mut self) -> (usize, Act) {
        let key = self.below(2) as u64;
        let acts = [Act::Get(key), Act::Get(key), Act::Put(key), Act::Remove(key), Act::Walk, Act::Walk, Act::Clear];
        (self.below(3), acts[self.below(acts.len())])
    }

    /// So many acts, which change no dictionary twice: what the second one finds is told before the first one is done.
    fn acts(&mut self, count: usize) -> Vec<(usize, Act)> {
        let mut acts: Vec<(usize, Act)> = Vec::new();
        for (place, act) in (0..count).map(|_| self.act()) {
            let changes = |act| matches!(act, Act::Put(_) | Act::Remove(_) | Act::Clear);
            let again = changes(act) && acts.iter().any(|(before, act)| *before == place && changes(*act));
            acts.push((place, if again { Act::Walk } else { act }));
        }
        acts
    }

    /// Two or three tasks of one to three steps.
    fn program(&mut self, most_at_once: usize) -> Program {
        let tasks = 2 + self.below(2);
        let step = |random: &mut Random| {
            let count = 1 + random.below(most_at_once);
            (random.acts(count), random.below(4) == 0)
        };
        (0..tasks).map(|_| (0..=self.below(5 - tasks)).map(|_| step(self)).collect()).collect()
    }
}

fn dict(world: &World, place: usize) -> MutexGuard<'_, Dict> {
    world[place].lock().unwrap()
}

fn announce(world: &World, (place, act): (usize, Act), site: u32) {
    let (how, member) = match act {
        Act::Get(key) => (How::Read, Member::Key(key)),
        Act::Put(key) | Act::Remove(key) => (How::Write, Member::Key(key)),
        Act::Walk => (How::Read, Member::Whole),
        Act::Clear => (How::Write, Member::Whole),
    };
    let keys = || Some(dict(world, place).iter().map(|(key, _)| *key).collect());
    let is_new = || dict(world, place).iter().all(|(key, _)| Member::Key(*key) != member);
    let order = match act {
        // Who removes a key may find none, and so may have come before one that adds it.
        Act::Put(_) | Act::Remove(_) => Order::Adds(&is_new),
        Act::Walk => Order::Shows(&keys),
        _ => Order::Kept,
    };
    // Not sure, so that no race is told.
    let (is_stale, is_there, is_sure) = (&|_| false, &|| false, false);
    touch(&Touch { how, owner: 1 + place, member, site, is_stale, is_there, order, is_sure });
}

/// Does what was announced, and adds what it sees.
fn make(world: &World, (place, act): (usize, Act), value: u32, seen: &mut Vec<u32>) {
    let mut dict = dict(world, place);
    let found = |dict: &Dict, key| dict.iter().position(|(known, _)| *known == key);
    match act {
        Act::Get(key) => seen.push(found(&dict, key).map_or(0, |at| dict[at].1)),
        Act::Put(key) => match found(&dict, key) {
            Some(at) => dict[at].1 = value,
            None => dict.push((key, value)),
        },
        Act::Remove(key) => dict.retain(|(known, _)| *known != key),
        Act::Walk => seen.extend(dict.iter().flat_map(|(key, value)| [100 + *key as u32, *value])),
        Act::Clear => dict.clear(),
    }
}

fn searched(strategy: StrategyKind, program: &Program) -> (Outcome, BTreeSet<Observed>) {
    let (observed, program) = (Arc::new(Mutex::new(BTreeSet::new())), program.clone());
    let sink = Arc::clone(&observed);
    let outcome = search(strategy, move || {
        let world: Arc<World> = Arc::default();
        let seen: Arc<Mutex<Observed>> = Arc::new(Mutex::new(vec![Vec::new(); program.len()]));
        let lock = Lock::new();
        let body = |(task, steps): (usize, Vec<Step>)| -> Box<dyn FnOnce() + Send> {
            let (world, seen, lock) = (Arc::clone(&world), Arc::clone(&seen), lock.clone());
            Box::new(move || {
                for (number, (step, guarded)) in (8 * task as u32..).zip(steps) {
                    if guarded {
                        lock.acquire(Deadline::Never);
                    }
                    let all = at_once();
                    (8 * number..).zip(&step).for_each(|(site, act)| announce(&world, *act, site));
                    drop(all);
                    let mut saw = Vec::new();
                    step.into_iter().for_each(|act| make(&world, act, number + 1, &mut saw));
                    seen.lock().unwrap()[task].extend(saw);
                    if guarded {
                        lock.release();
                    }
                }
            })
        };
        together(program.clone().into_iter().enumerate().map(body).collect());
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.extend((0..3).map(|place| {
            let mut left = dict(&world, place).clone();
            // Nobody has looked in which order they came.
            left.sort_unstable();
            left.into_iter().flat_map(|(key, value)| [key as u32, value]).collect()
        }));
        sink.lock().unwrap().insert(seen);
    });
    let observed = std::mem::take(&mut *observed.lock().unwrap());
    (outcome, observed)
}

/// What the reduced search of a program gets wrong; `exactly`: it meets each class once.
fn wrong(program: &Program, exactly: bool) -> Option<String> {
    let (full, all) = searched(StrategyKind::Dfs, program);
    assert!(full.exhausted && full.reasons.is_empty(), "{program:?}: {full:?}");
    let (reduced, seen) = searched(StrategyKind::Dpor, program);
    let once = !exactly || (reduced.executions, reduced.redundant) == (full.distinct, 0);
    let met = reduced.exhausted && reduced.reasons.is_empty() && reduced.distinct == full.distinct;
    let is_right = once && met && seen == all && all.len() as u64 <= full.distinct;
    (!is_right).then(|| {
        format!(
            "{program:?}: {} classes, {} observations; reduced: {} classes in {} executions and {} in vain, {} observations {:?}",
            full.distinct, all.len(), reduced.distinct, reduced.executions, reduced.redundant, seen.len(), reduced.reasons
        )
    })
}

/// So many programs: a few in the everyday tests, as many as the environment asks for where it does (`cargo xtask accept classes`).
fn programs() -> usize {
    std::env::var("RADDLE_PROGRAMS").map_or(300, |count| count.parse().unwrap())
}

#[track_caller]
fn check(seed: u64, most_at_once: usize) {
    let mut random = Random(seed);
    let wrong: Vec<String> = std::iter::repeat_with(|| random.program(most_at_once))
        .take(programs())
        .filter_map(|program| wrong(&program, most_at_once == 1))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_class_of_programs_that_access_dictionaries_is_met_once() {
    check(1, 1);
}

#[test]
fn each_class_of_programs_that_do_several_things_at_once_is_met() {
    check(2, 3);
}

/// Programs of which classes were once lost.
#[test]
fn each_class_of_programs_that_were_once_wrong_is_met() {
    use Act::{Clear, Get, Put, Walk};
    let alone = |acts: &[(usize, Act)]| (acts.to_vec(), false);
    // The second task had come to nothing in the dictionary when it was foreseen that it would.
    let foreseen = vec![
        vec![alone(&[(1, Put(1))])],
        vec![(vec![], true), alone(&[(1, Get(0))])],
        vec![alone(&[(1, Walk)]), alone(&[(1, Clear)])],
    ];
    // What is read is changed at once.
    let both = vec![vec![alone(&[(0, Walk), (0, Clear)])], vec![alone(&[(0, Put(0))]), alone(&[(0, Walk)])]];
    for (program, exactly) in [(foreseen, true), (both, false)] {
        assert_eq!(wrong(&program, exactly), None);
    }
}
