//! Where which code may stand.

use super::{has_word, numbered};

/// Names that say nothing about what a module is.
const VAGUE: [&str; 6] = ["utils", "helpers", "common", "types", "misc", "imp"];
/// Where `unsafe` may stand.
const UNSAFE: [&str; 5] = [
    "crates/raddle-kernel/",
    "crates/raddle-sync/",
    "crates/raddle-process/",
    "crates/raddle-py/",
    "crates/raddle-explore/src/fiber.rs",
];
/// Calls that block a thread: only the kernel makes them, so that there is one wait loop in the tree.
const BLOCKING: [&str; 7] = [
    "thread::park",
    "thread::park_timeout",
    "thread::sleep",
    "std::sync::Condvar",
    "std::sync::Barrier",
    "SYS_futex",
    "hint::spin_loop",
];

/// What measures waiting has the peers' own calls in it.
const MEASURING: [&str; 2] = ["crates/raddle-bench/", "crates/raddle-py/src/floor.rs"];

/// What breaks a rule in this file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") || path.starts_with("corpus/") || path.starts_with("xtask/") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    let stem = path.trim_end_matches("/mod.rs").trim_end_matches(".rs").rsplit('/').next().unwrap_or_default();
    if VAGUE.contains(&stem) {
        broken.push(format!("{path}: a module is called after the one thing that it is about, not `{stem}`"));
    }
    for (number, line) in numbered(text) {
        let code = line.split("//").next().unwrap_or_default();
        if has_word(code, "unsafe") && !code.contains("unsafe_") && !UNSAFE.iter().any(|place| path.starts_with(place))
        {
            broken.push(format!("{path}:{number}: unsafe code has no place here"));
        }
        let allowed =
            path.starts_with("crates/raddle-kernel/") || MEASURING.iter().any(|place| path.starts_with(place));
        // Our own `thread` has the standard library's names.
        let standard = |call: &str| {
            !call.starts_with("thread::") || text.contains("use std::thread") || code.contains("std::thread")
        };
        if let Some(call) = BLOCKING.iter().find(|call| !allowed && has_word(code, call) && standard(call)) {
            broken.push(format!("{path}:{number}: only the kernel waits; `{call}` would be a second wait loop"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_the_kernel_waits() {
        let sleeps = "fn doze() {\n    std::thread::sleep(A_WHILE);\n}\n";
        assert_eq!(check("crates/raddle-exec/src/pool.rs", sleeps).len(), 1);
        assert_eq!(check("crates/raddle-exec/tests/it/pool.rs", sleeps).len(), 1);
        assert_eq!(check("crates/raddle-kernel/src/sys/portable.rs", sleeps), [""; 0]);
        assert_eq!(check("crates/raddle-bench/src/pool.rs", sleeps), [""; 0]);
        let ours = "use raddle_sync::thread;\nfn doze() {\n    thread::sleep(A_WHILE);\n}\n";
        assert_eq!(check("crates/raddle-sync/tests/it/main.rs", ours), [""; 0]);
        assert_eq!(check("crates/raddle-sync/tests/it/main.rs", &ours.replace("raddle_sync", "std")).len(), 1);
        assert_eq!(check("crates/raddle-sync/src/thread.rs", "/// As `std::thread::sleep`.\n"), [""; 0]);
    }

    #[test]
    fn unsafe_code_stays_where_it_is_argued() {
        let danger = "let x = unsafe { *p };\n";
        assert_eq!(check("crates/raddle-report/src/text.rs", danger).len(), 1);
        assert_eq!(check("crates/raddle-explore/src/fiber.rs", danger), [""; 0]);
        assert_eq!(check("crates/raddle-report/src/lib.rs", "#![forbid(unsafe_code)]\n"), [""; 0]);
    }

    #[test]
    fn a_module_is_a_noun() {
        assert_eq!(check("crates/raddle-sync/src/utils.rs", "").len(), 1);
        assert_eq!(check("crates/raddle-sync/src/utils/mod.rs", "").len(), 1);
        assert_eq!(check("crates/raddle-sync/src/queue.rs", ""), [""; 0]);
    }
}
