//! Who takes which branch of a tree that is divided.

use raddle_record::Share;
use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The branches of a part of a search.
///
/// They are dealt out in turn; or, where the parts have a directory in common, to whoever asks first, so that none waits for another.
#[derive(Debug)]
pub(crate) struct Deal {
    share: Share,
    directory: Option<PathBuf>,
    /// A number for what the tree is divided by: branches of trees that are divided otherwise are others.
    known: Cell<u64>,
}

impl Deal {
    pub(crate) fn new(share: Share, directory: Option<PathBuf>) -> Self {
        Deal { share, directory, known: Cell::new(0) }
    }

    /// From now on the tree is divided by what has this number.
    pub(crate) fn learn(&self, known: u64) {
        self.known.set(known);
    }

    /// How many parts there are.
    pub(crate) fn parts(&self) -> usize {
        usize::try_from(self.share.of).unwrap_or(usize::MAX)
    }

    /// Whether branches go to whoever asks first.
    pub(crate) fn is_open(&self) -> bool {
        self.directory.is_some()
    }

    /// Whether the branch with this place among those of a tree of this sort belongs to this part; to be asked once.
    pub(crate) fn takes(&self, sort: &str, place: u64) -> bool {
        let Some(directory) = &self.directory else { return self.share.takes(place) };
        let name = format!("{sort}-{:016x}-{place}", self.known.get());
        let made = OpenOptions::new().write(true).create_new(true).open(directory.join(name));
        // Where that cannot be told, twice is better than never.
        !matches!(made, Err(e) if e.kind() == ErrorKind::AlreadyExists)
    }
}
