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
    auction_buggy = "auction/buggy.rs";
    auction_fixed = "auction/fixed.rs";
    barrier_correct = "barrier/correct.rs";
    consumer_stuck_buggy = "consumer_stuck/buggy.rs";
    consumer_stuck_fixed = "consumer_stuck/fixed.rs";
    data_store_buggy = "data_store/buggy.rs";
    data_store_fixed = "data_store/fixed.rs";
    flag_before_data_buggy = "flag_before_data/buggy.rs";
    flag_before_data_fixed = "flag_before_data/fixed.rs";
    guard_in_match_buggy = "guard_in_match/buggy.rs";
    guard_in_match_fixed = "guard_in_match/fixed.rs";
    hidden_order_buggy = "hidden_order/buggy.rs";
    hidden_order_fixed = "hidden_order/fixed.rs";
    if_not_while_buggy = "if_not_while/buggy.rs";
    if_not_while_fixed = "if_not_while/fixed.rs";
    join_with_lock_buggy = "join_with_lock/buggy.rs";
    join_with_lock_fixed = "join_with_lock/fixed.rs";
    lazy_init_buggy = "lazy_init/buggy.rs";
    lazy_init_fixed = "lazy_init/fixed.rs";
    lock_ring_buggy = "lock_ring/buggy.rs";
    lock_ring_fixed = "lock_ring/fixed.rs";
    look_then_take_buggy = "look_then_take/buggy.rs";
    look_then_take_fixed = "look_then_take/fixed.rs";
    notify_before_wait_buggy = "notify_before_wait/buggy.rs";
    notify_before_wait_fixed = "notify_before_wait/fixed.rs";
    number_range_buggy = "number_range/buggy.rs";
    number_range_fixed = "number_range/fixed.rs";
    one_end_mark_buggy = "one_end_mark/buggy.rs";
    one_end_mark_fixed = "one_end_mark/fixed.rs";
    overdraft_buggy = "overdraft/buggy.rs";
    overdraft_fixed = "overdraft/fixed.rs";
    permit_lost_buggy = "permit_lost/buggy.rs";
    permit_lost_fixed = "permit_lost/fixed.rs";
    pool_starvation_buggy = "pool_starvation/buggy.rs";
    pool_starvation_fixed = "pool_starvation/fixed.rs";
    put_with_lock_buggy = "put_with_lock/buggy.rs";
    put_with_lock_fixed = "put_with_lock/fixed.rs";
    reentrant_lock_correct = "reentrant_lock/correct.rs";
    reference_count_buggy = "reference_count/buggy.rs";
    reference_count_fixed = "reference_count/fixed.rs";
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
