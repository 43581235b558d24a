//! Who may use whom.

use crate::tree::{Package, Workspace};

/// What a crate may use beside crates of ours.
#[derive(Clone, Copy, Debug)]
enum Others {
    /// These and nothing else.
    Only(&'static [&'static str]),
    /// What its work needs.
    Any,
}

/// A crate, the crates of ours that it may use, and the others.
///
/// "explore cannot see sync" is what keeps a strategy from knowing what a mutex is.
/// Tests may use more: what a crate uses only for its tests does not count.
const TABLE: [(&str, &[&str], Others); 12] = [
    ("raddle-kernel", &[], Others::Only(&["libc"])),
    ("raddle-record", &["raddle-kernel"], Others::Only(&["serde", "serde_json"])),
    ("raddle-sync", &["raddle-kernel"], Others::Only(&[])),
    ("raddle-process", &["raddle-kernel", "raddle-sync"], Others::Only(&["libc"])),
    ("raddle-exec", &["raddle-kernel", "raddle-sync", "raddle-process"], Others::Only(&["smallbox"])),
    ("raddle-watch", &["raddle-kernel", "raddle-record"], Others::Any),
    ("raddle-explore", &["raddle-kernel", "raddle-record"], Others::Any),
    ("raddle-report", &["raddle-record"], Others::Any),
    (
        "raddle",
        &[
            "raddle-kernel",
            "raddle-record",
            "raddle-sync",
            "raddle-process",
            "raddle-exec",
            "raddle-watch",
            "raddle-explore",
            "raddle-report",
        ],
        Others::Any,
    ),
    // The wheel carries the command: docs/why/wheel-carries-the-command.md.
    ("raddle-py", &["raddle", "raddle-cli"], Others::Any),
    ("raddle-cli", &["raddle"], Others::Any),
    // Unpublished; it measures each layer on its own.
    ("raddle-bench", &["raddle", "raddle-kernel", "raddle-sync", "raddle-exec", "raddle-explore"], Others::Any),
];

/// What breaks the table.
pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let ours: Vec<&Package> = workspace.packages.iter().filter(|package| package.source.is_none()).collect();
    let is_ours = |name: &str| ours.iter().any(|package| package.name == name);
    let mut broken = Vec::new();
    for package in ours.iter().filter(|package| package.name != "xtask") {
        let Some((_, allowed, others)) = TABLE.iter().find(|(name, ..)| *name == package.name) else {
            broken.push(format!("{}: is not in the table of who may use whom", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind.as_deref() != Some("dev")) {
            let name = dependency.name.as_str();
            let fine = match others {
                _ if is_ours(name) => allowed.contains(&name),
                Others::Only(list) => list.contains(&name),
                Others::Any => true,
            };
            if !fine {
                broken.push(format!("{}: may not use {name}", package.name));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::{Dependency, Package, Workspace};

    fn uses(name: &str, used: &str, kind: Option<&str>) -> Vec<String> {
        let package = |name: &str, dependencies| Package {
            name: name.into(),
            version: "1.0.0".into(),
            license: None,
            source: None,
            dependencies,
        };
        let dependency = Dependency { name: used.into(), kind: kind.map(Into::into) };
        let sync = package("raddle-sync", vec![]);
        let packages = vec![package(name, vec![dependency]), sync];
        check(&Workspace { packages, target_directory: "target".into() })
    }

    #[test]
    fn explore_cannot_see_sync() {
        assert_eq!(uses("raddle-explore", "raddle-sync", None), ["raddle-explore: may not use raddle-sync"]);
        assert_eq!(uses("raddle-explore", "raddle-sync", Some("build")).len(), 1);
        assert_eq!(uses("raddle-explore", "raddle-sync", Some("dev")), [""; 0]);
        assert_eq!(uses("raddle-exec", "raddle-sync", None), [""; 0]);
    }

    #[test]
    fn the_kernel_stands_on_libc_alone() {
        assert_eq!(uses("raddle-kernel", "libc", None), [""; 0]);
        assert_eq!(uses("raddle-kernel", "serde", None), ["raddle-kernel: may not use serde"]);
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        assert_eq!(uses("raddle-extra", "libc", None), ["raddle-extra: is not in the table of who may use whom"]);
    }
}
