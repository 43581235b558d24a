//! `cargo xtask tidy`: the rules of the repository that no compiler knows.

mod dependencies;
mod licences;
mod sources;
mod words;

use crate::tree::{files, root, workspace};

/// Checks every rule and says all that breaks one.
///
/// # Errors
/// When something does.
pub(crate) fn run() -> Result<(), String> {
    let workspace = workspace()?;
    let mut broken = dependencies::check(&workspace);
    broken.extend(licences::check(&workspace));
    broken.extend(crate::corpus::check()?);
    for path in files()? {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        let path = path.to_string_lossy().replace('\\', "/");
        broken.extend(words::check(&path, &text));
        broken.extend(sources::check(&path, &text));
    }
    if broken.is_empty() {
        return Ok(());
    }
    for one in &broken {
        println!("{one}");
    }
    Err(format!(
        "{} broken",
        if broken.len() == 1 { "a rule is".to_owned() } else { format!("{} rules are", broken.len()) }
    ))
}

/// The lines of `text` with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line))
}

/// Whether `word` stands in `line`, with no letter, digit or underscore beside it.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c == '_' || c.is_alphanumeric();
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_word_stands_alone() {
        assert!(has_word("an fn park() of ours", "park"));
        assert!(has_word("park", "park"));
        assert!(!has_word("parking, spark, park_all, un_park", "park"));
    }
}
