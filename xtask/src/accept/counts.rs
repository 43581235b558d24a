//! The field's small models: as many executions as there are classes of equivalent ones, and none in vain.

use super::{Stage, all_well, ask};
use crate::step::command;
use crate::tree::cargo;

/// A model and its number of inequivalent interleavings.
const MODELS: [(&str, u64); 7] = [
    ("model_a_2", 4),
    ("model_a_3", 36),
    ("model_a_4", 576),
    ("model_b_1", 2),
    ("model_b_3", 20),
    ("model_b_5", 252),
    ("own_locks", 1),
];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.ends() {
        for (model, classes) in MODELS {
            let path = format!("corpus/python/models/{model}.py");
            let words = ["check", "--format", "json", "--strategy", "dpor", "--keep-going", "--no-shrink"];
            let page = ask(python, words.into_iter().chain([path.as_str()]))?.page()?;
            let counts = ["distinct", "executions", "redundant"].map(|count| page[count].as_u64());
            let [distinct, executions, redundant] = counts.map(Option::unwrap_or_default);
            println!(
                "Python {:<6} {model:<10} {distinct} of {classes} classes in {executions} executions, {redundant} more in vain",
                python.version
            );
            if counts != [Some(classes), Some(classes), Some(0)] || page["exhausted"].as_bool() != Some(true) {
                shortfalls.push(format!("{model} on {}", python.version));
            }
        }
    }
    command(cargo().args(["test", "--release", "-p", "raddle-explore", "--test", "it", "counts"]))?;
    all_well(&shortfalls)
}
