//! Every program under `corpus/rust` gets the verdict that it states.

use raddle::engine::record::Verdict;
use raddle::{Outcome, Session};

/// Declares the programs of the corpus: module, its file, its text.
macro_rules! programs {
    ($($name:ident = $path:literal;)*) => {
        $(mod $name {
            include!(concat!("../../../../corpus/rust/", $path));
        })*

        /// Where each program stands, its text, and what runs it.
        const PROGRAMS: &[(&str, &str, fn())] =
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
fn stated<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(key)?.strip_prefix(": "))
}

#[test]
fn every_file_of_the_corpus_is_declared() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rust");
    let mut files: Vec<String> = Vec::new();
    for topic in std::fs::read_dir(&folder).unwrap() {
        let topic = topic.unwrap();
        for file in std::fs::read_dir(topic.path()).unwrap() {
            let (topic, file) = (topic.file_name(), file.unwrap().file_name());
            files.push(format!("{}/{}", topic.to_str().unwrap(), file.to_str().unwrap()));
        }
    }
    files.sort();
    let mut declared: Vec<&str> = PROGRAMS.iter().map(|(path, ..)| *path).collect();
    declared.sort_unstable();
    assert_eq!(files, declared);
}

#[test]
fn every_program_gets_its_verdict() {
    for (path, text, program) in PROGRAMS {
        let verdict = stated(text, "verdict").unwrap_or_else(|| panic!("{path} states no verdict"));
        let within = stated(text, "within").map_or(2_000, |n| n.parse().unwrap());
        let outcome: Outcome = Session::new().executions(within).time(None).run(*program);
        let classes = stated(text, "classes").map(|n| n.parse::<u64>().unwrap());
        println!("{path}: {} executions, {} distinct", outcome.executions, outcome.distinct);
        match verdict.strip_prefix("finding ") {
            Some(slug) => {
                let kinds: Vec<&str> = outcome.findings.iter().map(|found| found.finding.kind.slug()).collect();
                assert_eq!(kinds, [slug], "{path}: {}", outcome.text());
            }
            None => {
                let clean = matches!(outcome.verdict, Verdict::Clean | Verdict::CleanSoFar);
                assert!(clean, "{path}: {}", outcome.text());
                assert!(classes.is_none_or(|n| n == outcome.distinct), "{path}: {} distinct", outcome.distinct);
            }
        }
    }
}
