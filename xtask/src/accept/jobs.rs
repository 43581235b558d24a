//! Two processes beside one: the same search, in how much less time.

use super::{Answer, Stage, all_well, ask};
use crate::tree::root;
use std::fs;

/// How much faster two are on two cores.
const AT_LEAST: f64 = 1.8;
/// So many times each, in turn; the pair in the middle counts.
const PAIRS: usize = 5;

/// A search: what it is, its words, and how many interleavings it counts if that is known.
const SEARCHES: [(&str, &[&str], Option<u64>); 2] = [
    ("all interleavings", &["--strategy", "dpor", "--executions", "1000000"], Some(48_620)),
    ("samples", &["--strategy", "random", "--executions", "100000"], None),
];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let model = root().join("corpus/python/models/model_b_5.py");
    let text = fs::read_to_string(&model).map_err(|e| format!("cannot read {}: {e}", model.display()))?;
    // Nine times lock and unlock in each of two threads: 18 over 9.
    let larger = stage.target.join("model_b_9.py");
    fs::write(&larger, text.replace("range(5)", "range(9)")).map_err(|e| e.to_string())?;
    let larger = larger.to_string_lossy();
    let mut shortfalls = Vec::new();
    for (name, words, classes) in SEARCHES {
        let mut ratios = Vec::new();
        for _ in 0..PAIRS {
            let search = |jobs: &str| -> Result<(Answer, Option<u64>), String> {
                let words = words.iter().copied().chain(["--format", "json", "--jobs", jobs, &larger]);
                let answer = ask(stage.first(), std::iter::once("check").chain(words))?;
                let executions = answer.page()?["executions"].as_u64();
                Ok((answer, executions))
            };
            let ((one, alone), (two, together)) = (search("1")?, search("2")?);
            if alone != together || classes.is_some_and(|classes| alone != Some(classes)) {
                shortfalls.push(format!("{name}: {alone:?} executions in one process, {together:?} in two"));
            }
            ratios.push(one.took.as_secs_f64() / two.took.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        let ratio = ratios[PAIRS / 2];
        println!("{name}: {ratio:.2} times as fast in two processes ({:.2} to {:.2})", ratios[0], ratios[PAIRS - 1]);
        if ratio < AT_LEAST {
            shortfalls.push(format!("{name}: {ratio:.2} times as fast"));
        }
    }
    all_well(&shortfalls)
}
