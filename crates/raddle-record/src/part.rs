//! A search that is divided: its parts, and what they must know alike.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which part of a search: `1/3` is the first of three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// Counted from 1.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

impl Share {
    /// The share that is written so; none if there is no such share.
    pub fn from_text(text: &str) -> Option<Self> {
        let (number, of) = text.split_once('/')?;
        let share = Share { number: number.parse().ok()?, of: of.parse().ok()? };
        (1..=share.of).contains(&share.number).then_some(share)
    }

    /// Whether what has this place among all, counted from 0, belongs to it.
    pub const fn takes(self, place: u64) -> bool {
        place % self.of == self.number - 1
    }

    /// How much of something belongs to it: as much as to any other, or one more.
    pub const fn of_amount(self, amount: u64) -> u64 {
        if amount == u64::MAX { amount } else { amount / self.of + (self.number <= amount % self.of) as u64 }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// What decides where a search can be divided: parts that know different things are not parts of one search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The places whose accesses are points, and what else is one only at need, by stable names, sorted.
    pub visible: Vec<String>,
    /// Whether which tasks could have gone first cannot be told, so that every schedule has to be tried.
    pub plain: bool,
}

impl Known {
    /// Adds what `other` knows.
    pub fn learn(&mut self, other: &Known) {
        self.visible.extend(other.visible.iter().cloned());
        self.visible.sort_unstable();
        self.visible.dedup();
        self.plain |= other.plain;
    }
}

/// What a part of a search leaves for those who join the parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub share: Share,
    /// What it was divided by in the end.
    pub known: Known,
    /// A number for the parts that it came to.
    pub divided: String,
    /// The classes that a strategy met that tries all there is, by their fingerprints, sorted, one after the other: there may be many.
    pub met: String,
    /// How many more, that no other part met.
    pub more: u64,
    /// Those that only the others met.
    pub sampled: String,
    /// Those that only executions met that do not count.
    #[serde(default)]
    pub drawn: String,
}

impl Part {
    /// The digits of a fingerprint.
    const DIGITS: usize = 32;

    /// The fingerprints of the classes that were met by a strategy that tries all there is.
    pub fn met(&self) -> impl Iterator<Item = &str> {
        one_by_one(&self.met)
    }

    /// Those that only the others met.
    pub fn sampled(&self) -> impl Iterator<Item = &str> {
        one_by_one(&self.sampled)
    }

    /// Those that only executions met that do not count.
    pub fn drawn(&self) -> impl Iterator<Item = &str> {
        one_by_one(&self.drawn)
    }
}

fn one_by_one(fingerprints: &str) -> impl Iterator<Item = &str> {
    (0..fingerprints.len()).step_by(Part::DIGITS).filter_map(|at| fingerprints.get(at..at + Part::DIGITS))
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn shares_are_written_as_they_are_read() {
        let share = Share::from_text("2/3").expect("a share");
        assert_eq!((share.to_string().as_str(), share), ("2/3", Share { number: 2, of: 3 }));
        for wrong in ["", "2", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert_eq!(Share::from_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn everything_belongs_to_one_share() {
        let shares = [1, 2, 3].map(|number| Share { number, of: 3 });
        for amount in [0, 1, 2, 3, 10_000] {
            assert_eq!(shares.map(|share| share.of_amount(amount)).iter().sum::<u64>(), amount);
            assert_eq!(shares.iter().filter(|share| share.takes(amount)).count(), 1);
        }
    }
}
