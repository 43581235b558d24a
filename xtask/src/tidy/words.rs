//! Words that have no place here.

use super::{has_word, numbered};

/// Paths of somebody's machine; put together here, so that this file does not hold them itself.
const MACHINES: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/"), concat!("/ho", "me/")];
/// Work left undone.
const UNDONE: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
/// Synonyms, and the word that we use instead.
const SYNONYMS: [(&str, &str); 6] = [
    (concat!("yield ", "point"), "point"),
    (concat!("switch ", "point"), "point"),
    (concat!("scheduling ", "point"), "point"),
    (concat!("preemption ", "point"), "point"),
    (concat!("event ", "log"), "recording"),
    (concat!("execution ", "trace"), "recording"),
];

/// What breaks a rule in this file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if path.ends_with(".lock") || path.starts_with("LICENSE") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (number, line) in numbered(text) {
        if let Some(machine) = MACHINES.iter().find(|machine| line.contains(**machine)) {
            broken.push(format!("{path}:{number}: names a path of one machine ({machine})"));
        }
        if let Some(word) = UNDONE.iter().find(|word| has_word(line, word)) {
            broken.push(format!("{path}:{number}: {word} means that it is not done"));
        }
        let lower = line.to_lowercase();
        if let Some((word, ours)) = SYNONYMS.iter().find(|(word, _)| has_word(&lower, word)) {
            broken.push(format!("{path}:{number}: `{word}` is called `{ours}` here (docs/reference/words.md)"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::{MACHINES, SYNONYMS, UNDONE, check};

    #[test]
    fn each_word_is_noticed() {
        let words = MACHINES.iter().chain(&UNDONE).chain(SYNONYMS.iter().map(|(word, _)| word));
        for word in words {
            assert_eq!(check("docs/page.md", &format!("a line\nwith {word} in it\n")).len(), 1, "{word}");
        }
        assert_eq!(check("docs/page.md", "an ordinary point\n"), [""; 0]);
    }
}
