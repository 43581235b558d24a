//! The licences of what we depend on.

use crate::tree::{Workspace, root};

/// What is not among the licences that `deny.toml` allows.
pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let allowed = match std::fs::read_to_string(root().join("deny.toml")) {
        Ok(text) => allowed(&text),
        Err(e) => return vec![format!("deny.toml: cannot be read: {e}")],
    };
    let others = workspace.packages.iter().filter(|package| package.source.is_some());
    others
        .filter_map(|package| {
            let licence = package.license.as_deref().unwrap_or("none");
            let named = format!("{} {}", package.name, package.version);
            (!fits(licence, &allowed))
                .then(|| format!("{named}: its licence is {licence}, which deny.toml does not allow"))
        })
        .collect()
}

/// The list `allow` of a `deny.toml`.
fn allowed(text: &str) -> Vec<String> {
    let list = text.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.split(',').map(|name| name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Whether an expression can be satisfied by licences of the list: some alternative has only such.
fn fits(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    // Brackets around alternatives inside an AND are read as if the AND bound its neighbours alone: too strict, never too lax.
    flat.split(" OR ").any(|all| all.split(" AND ").all(|one| allowed.iter().any(|name| name == one.trim())))
}

#[cfg(test)]
mod tests {
    use super::{allowed, fits};

    #[test]
    fn one_alternative_is_enough() {
        let list = allowed("[licenses]\nallow = [\n    \"MIT\",\n    \"Apache-2.0\",\n    \"Unicode-3.0\",\n]\n");
        assert_eq!(list, ["MIT", "Apache-2.0", "Unicode-3.0"]);
        assert!(fits("MIT OR GPL-3.0", &list));
        assert!(fits("MIT/Apache-2.0", &list));
        assert!(fits("(MIT OR Apache-2.0) AND Unicode-3.0", &list));
        assert!(!fits("GPL-3.0", &list));
        assert!(!fits("MIT AND GPL-3.0", &list));
        assert!(!fits("none", &list));
    }
}
