//! The program's source, as far as the command has to look at it.

use crate::{Interpreter, Problem, Program, Target};
use raddle::engine::record::Fingerprint;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Words of the command line that say what to run; what follows the program is handed to it.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub(crate) struct Words {
    /// PROGRAM is a module, as in `python -m`
    #[arg(short = 'm', long)]
    module: bool,
    /// A file of Python (with -m, a module); what follows it is handed to it
    #[arg(value_name = "PROGRAM", required = true, num_args = 1.., trailing_var_arg = true)]
    words: Vec<OsString>,
}

impl Words {
    /// The program; `directory` is what its path is relative to.
    ///
    /// # Errors
    /// When a word is not UTF-8: it could not be saved with a finding.
    pub(crate) fn program(&self, directory: &Path) -> Result<Program, Problem> {
        let text = |word: &OsString| {
            let plain = word.to_str().map(str::to_owned);
            plain.ok_or_else(|| Problem::new(format!("`{}` is not UTF-8", word.to_string_lossy())))
        };
        let [target, args @ ..] = self.words.as_slice() else {
            return Err(Problem::new("no program was named"));
        };
        let name = text(target)?;
        let target = if self.module { Target::Module(name) } else { Target::Script(relative(&name, directory)) };
        Ok(Program { target, args: args.iter().map(text).collect::<Result<_, _>>()? })
    }
}

/// A path without what does not matter, relative to `directory` if it lies below.
fn relative(path: &str, directory: &Path) -> PathBuf {
    let path = Path::new(path);
    let below = path.strip_prefix(directory).unwrap_or(path);
    let plain: PathBuf = below.components().filter(|part| *part != Component::CurDir).collect();
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
}

/// The fingerprint of the source of `program`, which has been seen to be one.
///
/// # Errors
/// When there is no such program, or it is none.
pub(crate) fn fingerprint(
    program: &Program,
    directory: &Path,
    interpreter: &mut dyn Interpreter,
) -> Result<String, Problem> {
    let path = match &program.target {
        Target::Script(path) => path.clone(),
        Target::Module(name) => interpreter.find_module(name)?,
    };
    let source = read(&path, directory)?;
    Ok(Fingerprint::new().with(&source).long())
}

/// The bytes of a file of Python.
fn read(path: &Path, directory: &Path) -> Result<Vec<u8>, Problem> {
    let (shown, full) = (path.display(), directory.join(path));
    let kind = match fs::metadata(&full) {
        Ok(found) => found.file_type(),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let problem = Problem::new(format!("there is no file {shown}"));
            let longer = PathBuf::from(format!("{shown}.py"));
            let exists = directory.join(&longer).is_file();
            return Err(if exists { problem.help(format!("is it {}?", longer.display())) } else { problem });
        }
        Err(e) => return Err(Problem::new(format!("cannot read {shown}: {e}"))),
    };
    if kind.is_dir() {
        let problem = Problem::new(format!("{shown} is a directory, not a program"));
        let inner = path.join("__main__.py");
        let help = if directory.join(&inner).is_file() {
            format!("its program is {}", inner.display())
        } else {
            "name a file of Python, or a module with -m".to_owned()
        };
        return Err(problem.help(help));
    }
    if !kind.is_file() {
        return Err(Problem::new(format!(
            "{shown} is no ordinary file; it could not be read again for each execution"
        )));
    }
    let source = fs::read(&full).map_err(|e| Problem::new(format!("cannot read {shown}: {e}")))?;
    if std::str::from_utf8(&source).is_err() && !names_its_encoding(&source) {
        return Err(Problem::new(format!("{shown} is not a file of Python: not UTF-8, and no other encoding named"))
            .help("name its encoding in the first line: # -*- coding: latin-1 -*-"));
    }
    Ok(source)
}

/// Whether one of the first two lines names an encoding, as Python wants it.
fn names_its_encoding(source: &[u8]) -> bool {
    let names = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        line.trim_start().starts_with('#') && (line.contains("coding:") || line.contains("coding="))
    };
    source.split(|byte| *byte == b'\n').take(2).any(names)
}

#[cfg(test)]
mod tests {
    use super::{names_its_encoding, relative};
    use std::path::{Path, PathBuf};

    #[test]
    fn paths_are_named_as_short_as_they_can_be() {
        let home = Path::new("/srv/shop");
        for path in ["shop.py", "./shop.py", "/srv/shop/shop.py", "/srv/shop/./shop.py"] {
            assert_eq!(relative(path, home), PathBuf::from("shop.py"), "{path}");
        }
        assert_eq!(relative(".", home), PathBuf::from("."));
        assert_eq!(relative("../shop.py", home), PathBuf::from("../shop.py"));
        assert_eq!(relative("/elsewhere/shop.py", home), PathBuf::from("/elsewhere/shop.py"));
    }

    #[test]
    fn an_encoding_is_named_in_one_of_two_lines() {
        assert!(names_its_encoding(b"#!/usr/bin/python\n# -*- coding: latin-1 -*-\n\xe9"));
        assert!(names_its_encoding(b"# vim: set fileencoding=latin-1 :\n"));
        assert!(!names_its_encoding(b"1\n2\n# coding: latin-1\n"));
        assert!(!names_its_encoding(b"coding = 1\n"));
    }
}
