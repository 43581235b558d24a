//! Short names for data: the same data, the same name, on every machine and in every release.

/// An FNV-1a hash (Fowler, Noll, Vo 1991): small, and fixed for ever, unlike the standard library's hasher.
///
/// Names findings and notices changed files; it keeps nobody out.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of nothing.
    pub const fn new() -> Self {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }

    /// The fingerprint with `bytes` added, as one part: parts do not run into each other.
    pub fn with(self, bytes: &[u8]) -> Self {
        let length = (bytes.len() as u64).to_le_bytes();
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Fingerprint(length.iter().chain(bytes).fold(self.0, step))
    }

    /// All of it: 16 hexadecimal digits.
    pub fn long(self) -> String {
        format!("{:016x}", self.0)
    }

    /// A short form: 8 hexadecimal digits.
    pub fn short(self) -> String {
        format!("{:08x}", (self.0 >> 32) ^ (self.0 & 0xffff_ffff))
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn names_stay_what_they_are() {
        let print = Fingerprint::new().with(b"store.py").with(b"");
        assert_eq!(print.long(), "cf91b94e91c089c3");
        assert_eq!(print.short().len(), 8);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let (one, other) = (Fingerprint::new().with(b"ab").with(b"c"), Fingerprint::new().with(b"a").with(b"bc"));
        assert_ne!(one.long(), other.long());
    }
}
