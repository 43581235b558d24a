//! The Rust programs of the corpus, for the tests and for the example that runs one of them.

/// Declares the programs of the corpus: module, its file, its text.
macro_rules! programs {
    ($($name:ident = $path:literal;)*) => {
        $(mod $name {
            include!(concat!("../../../../corpus/rust/", $path));
        })*

        /// Where each program stands, its text, and what runs it.
        pub(crate) const PROGRAMS: &[(&str, &str, fn())] =
            &[$(($path, include_str!(concat!("../../../../corpus/rust/", $path)), $name::program)),*];
    };
}

programs! {
    barrier_correct = "barrier/correct.rs";
    consumer_stuck_buggy = "consumer_stuck/buggy.rs";
    consumer_stuck_fixed = "consumer_stuck/fixed.rs";
    data_store_buggy = "data_store/buggy.rs";
    data_store_fixed = "data_store/fixed.rs";
    join_with_lock_buggy = "join_with_lock/buggy.rs";
    join_with_lock_fixed = "join_with_lock/fixed.rs";
    lazy_init_buggy = "lazy_init/buggy.rs";
    lazy_init_fixed = "lazy_init/fixed.rs";
    lock_ring_buggy = "lock_ring/buggy.rs";
    lock_ring_fixed = "lock_ring/fixed.rs";
    notify_before_wait_buggy = "notify_before_wait/buggy.rs";
    notify_before_wait_fixed = "notify_before_wait/fixed.rs";
    pool_starvation_buggy = "pool_starvation/buggy.rs";
    pool_starvation_fixed = "pool_starvation/fixed.rs";
    reentrant_lock_correct = "reentrant_lock/correct.rs";
    scoped_correct = "scoped/correct.rs";
    semaphore_count_buggy = "semaphore_count/buggy.rs";
    semaphore_count_fixed = "semaphore_count/fixed.rs";
    start_join_correct = "start_join/correct.rs";
    three_preemptions_buggy = "three_preemptions/buggy.rs";
    three_preemptions_fixed = "three_preemptions/fixed.rs";
    transfer_buggy = "transfer/buggy.rs";
    transfer_fixed = "transfer/fixed.rs";
}

/// A line `key: value` of a program's head.
pub(crate) fn stated<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(key)?.strip_prefix(": "))
}
