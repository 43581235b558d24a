//! The field's small models, searched to the end.

use super::{Stage, all_well, ask};
use crate::step::command;
use crate::tree::cargo;

/// A model and its number of inequivalent interleavings.
const MODELS: [(&str, u64); 5] =
    [("model_a_2", 4), ("model_a_3", 36), ("model_b_1", 2), ("model_b_3", 20), ("own_locks", 1)];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.ends() {
        for (model, classes) in MODELS {
            let path = format!("corpus/python/models/{model}.py");
            let words = ["check", "--format", "json", "--strategy", "dfs", "--keep-going", "--executions", "10000000"];
            let page = ask(python, words.into_iter().chain(["--time", "600", &path]))?.page()?;
            let (distinct, executions) = (page["distinct"].as_u64(), page["executions"].as_u64().unwrap_or(0));
            let exhausted = page["exhausted"].as_bool() == Some(true);
            println!(
                "Python {:<6} {model:<10} {distinct:?} of {classes} classes in {executions} executions",
                python.version
            );
            if distinct != Some(classes) || !exhausted {
                shortfalls.push(format!("{model} on {}", python.version));
            }
        }
    }
    command(cargo().args(["test", "--release", "-p", "raddle-explore", "--test", "it", "counts"]))?;
    all_well(&shortfalls)
}
