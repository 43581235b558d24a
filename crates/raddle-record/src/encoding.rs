//! The encoding: JSON in an envelope with a version number.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version that this build writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// Why data could not be read.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Malformed(serde_json::Error),
    Newer(u32),
}

impl Error {
    /// Whether the data was written by a newer Raddle.
    pub fn is_newer(&self) -> bool {
        matches!(self.0, Kind::Newer(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Malformed(e) => write!(f, "not in Raddle's format ({e})"),
            Kind::Newer(version) => {
                write!(f, "written by a newer Raddle (format {version}, this one reads up to {VERSION})")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Malformed(e) => Some(e),
            Kind::Newer(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    raddle: u32,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    raddle: u32,
    #[serde(flatten)]
    data: &'a T,
}

/// `data` as text: the same data, the same bytes.
///
/// # Panics
/// Never for the types of this crate: they hold nothing that JSON cannot say.
pub fn encode<T: Serialize>(data: &T) -> String {
    let mut text = serde_json::to_string_pretty(&Envelope { raddle: VERSION, data })
        .unwrap_or_else(|e| panic!("plain data is encodable: {e}"));
    text.push('\n');
    text
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When the text is not what `T` looks like, or was written by a newer version.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let header: Header = serde_json::from_str(text).map_err(|e| Error(Kind::Malformed(e)))?;
    if header.raddle > VERSION {
        return Err(Error(Kind::Newer(header.raddle)));
    }
    serde_json::from_str(text).map_err(|e| Error(Kind::Malformed(e)))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::{Choice, Schedule};

    #[test]
    fn a_schedule_survives_its_encoding() {
        let schedule = Schedule {
            strategy: "random".into(),
            seed: 7,
            choices: vec![Choice { task: "0.1".into(), op: "acquire".into(), object: "lock 0/1".into() }],
            ..Schedule::default()
        };
        assert_eq!(decode::<Schedule>(&encode(&schedule)).unwrap(), schedule);
    }

    #[test]
    fn a_newer_version_is_refused_by_name() {
        let error = decode::<Schedule>("{\"raddle\": 99}").unwrap_err();
        assert!(error.is_newer());
        assert_eq!(error.to_string(), "written by a newer Raddle (format 99, this one reads up to 1)");
    }

    #[test]
    fn damage_is_located() {
        let error = decode::<Schedule>("{\"raddle\": 1, \"strategy\": ").unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
