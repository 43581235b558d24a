//! Every program under `corpus/rust` gets the verdict that it states.

use crate::programs::{PROGRAMS, stated};
use raddle::engine::record::Verdict;
use raddle::{Outcome, Session};

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
                assert!(outcome.tried() <= within, "{path}: {} executions", outcome.tried());
            }
            None => {
                let clean = matches!(outcome.verdict, Verdict::Clean | Verdict::CleanSoFar);
                assert!(clean, "{path}: {}", outcome.text());
                assert!(classes.is_none_or(|n| n == outcome.distinct), "{path}: {} distinct", outcome.distinct);
            }
        }
    }
}
