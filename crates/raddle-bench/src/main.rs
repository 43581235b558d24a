//! Raddle and its peers, measured in one run: one module per question.
//!
//! `cargo run --release -p raddle-bench` answers all questions, `... -- uncontended-lock` one.
//! Figures are ratios of runs that were made in turn, because absolute ones move with the machine.

mod executions;
mod instructions;
mod pairs;
mod uncontended_lock;
mod uncontended_reentrant;

use std::process::ExitCode;

/// A question: its name, and what prints the answer.
const QUESTIONS: [(&str, fn()); 3] = [
    ("uncontended-lock", uncontended_lock::answer),
    ("uncontended-reentrant", uncontended_reentrant::answer),
    ("executions", executions::answer),
];

/// What `instructions` can count.
fn workload(name: &str) -> Option<pairs::Workload> {
    uncontended_lock::workload(name).or_else(|| uncontended_reentrant::workload(name))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => QUESTIONS.iter().for_each(|(_, answer)| answer()),
        // What `instructions` runs under valgrind.
        ["repeat", name, times] => match (workload(name), times.parse()) {
            (Some(workload), Ok(times)) => workload(times),
            _ => return ExitCode::from(2),
        },
        [name] => match QUESTIONS.iter().find(|(known, _)| *known == name) {
            Some((_, answer)) => answer(),
            None => {
                eprintln!("raddle-bench answers: {}", QUESTIONS.map(|(name, _)| name).join(", "));
                return ExitCode::from(2);
            }
        },
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}
