//! Runs one Rust program of the corpus and prints what `raddle::check` would say: `cargo run --example corpus transfer/buggy.rs`.
//!
//! With `RADDLE_REPLAY=ID` it replays a saved schedule instead. Without a name it lists the programs.

#[path = "../tests/it/programs.rs"]
mod programs;

use programs::{PROGRAMS, stated};

fn main() {
    let Some(wanted) = std::env::args().nth(1) else {
        for (path, text, _) in PROGRAMS {
            println!("{path}: {}", stated(text, "verdict").unwrap_or("no verdict"));
        }
        return;
    };
    match PROGRAMS.iter().find(|(path, ..)| *path == wanted) {
        Some((_, _, program)) => {
            let outcome = raddle::Session::new().run(*program);
            print!("{}", outcome.text());
            std::process::exit(outcome.verdict.exit_code().into());
        }
        None => {
            eprintln!("there is no program `{wanted}` in the corpus; without a name, all are listed");
            std::process::exit(2);
        }
    }
}
