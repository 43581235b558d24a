//! The directory `.raddle/`: findings that can be replayed; safe to delete.

use crate::encode;
use serde::Serialize;
use std::fs;
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// The findings that are kept in a working directory, each in a file of its own.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The directory's name.
    pub const NAME: &'static str = ".raddle";

    /// The folder of a working directory, which need not exist.
    pub fn of(working: &Path) -> Self {
        Folder(working.join(Self::NAME))
    }

    /// Makes it if it is missing, and keeps it out of version control.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Result<()> {
        fs::create_dir_all(&self.0)?;
        let ignored = self.0.join(".gitignore");
        if ignored.exists() { Ok(()) } else { fs::write(ignored, "*\n") }
    }

    /// Keeps a finding under `id`, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep<T: Serialize>(&self, id: &str, finding: &T) -> Result<()> {
        let draft = self.0.join(format!("{id}.{}.draft", std::process::id()));
        fs::File::create(&draft).and_then(|mut file| file.write_all(encode(finding).as_bytes()))?;
        fs::rename(draft, self.path(id))
    }

    /// The file of the finding with this id.
    pub fn path(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Folder;
    use crate::decode;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Seed {
        seed: u32,
    }

    #[test]
    fn what_is_kept_can_be_read_and_is_out_of_version_control() {
        let working = std::env::temp_dir().join(format!("raddle-folder-{}", std::process::id()));
        let folder = Folder::of(&working);
        folder.make().unwrap();
        folder.make().unwrap();
        folder.keep("12ab", &Seed { seed: 7 }).unwrap();
        folder.keep("12ab", &Seed { seed: 8 }).unwrap();
        let text = std::fs::read_to_string(folder.path("12ab")).unwrap();
        assert_eq!(decode::<Seed>(&text).unwrap(), Seed { seed: 8 });
        let mut names: Vec<_> =
            std::fs::read_dir(folder.directory()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".gitignore", "12ab.json"]);
        std::fs::remove_dir_all(working).unwrap();
    }
}
