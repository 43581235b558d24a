//! The header of every primitive: where it was made, its number, its state word.

use crate::words::{Kind, ObjectId, Site};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

/// What every primitive starts with: 16 bytes that hold its creation site, its number and its state word.
///
/// The word belongs to the primitive; the kernel never looks into it.
/// The number is given by the first controlled run that meets the object, and stays with it.
pub struct Object {
    site: Site,
    id: AtomicU32,
    word: AtomicU32,
}

impl Object {
    /// An object created by the caller's caller, in state `word`.
    #[track_caller]
    pub const fn new(word: u32) -> Self {
        Object { site: Location::caller(), id: AtomicU32::new(0), word: AtomicU32::new(word) }
    }

    /// The state word.
    #[inline(always)]
    pub const fn word(&self) -> &AtomicU32 {
        &self.word
    }

    /// Where the object was created.
    pub const fn site(&self) -> Site {
        self.site
    }

    /// The object's number; 0 if no controlled run has met it.
    pub fn id(&self) -> ObjectId {
        // Relaxed: only a controller writes it, and reads its own write; a stranger needs no order to compare numbers.
        self.id.load(Ordering::Relaxed)
    }

    /// Numbers the object; for controllers.
    pub fn number(&self, id: ObjectId) {
        // Relaxed: as in `id`.
        self.id.store(id, Ordering::Relaxed);
    }

    /// This object as the target of an operation.
    #[inline(always)]
    pub const fn of(&self, kind: Kind) -> Target<'_> {
        Target { kind, object: self, lane: 0 }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "created at {}:{}", self.site.file(), self.site.line())
    }
}

/// An object together with its kind: what an operation is done to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// What sort of thing it is.
    pub kind: Kind,
    /// The thing.
    pub object: &'a Object,
    /// Which of the object's lanes of waiters; 0 unless its waiters are of several sorts.
    pub lane: u8,
}

/// A target's kind and lane, and its object.
pub(crate) type Split<'a> = ((Kind, u8), &'a Object);

impl<'a> Target<'a> {
    /// This target with its waiters in lane `lane`, so that a wake reaches those of one sort only (a queue's getters, its putters).
    ///
    /// Lanes matter to waiting and waking alone: to effects and findings the object is one.
    #[must_use]
    pub const fn lane(self, lane: u8) -> Self {
        assert!((lane as usize) < align_of::<Object>(), "an object has as many lanes as its alignment");
        Target { lane, ..self }
    }

    /// In two parts that fit into registers: what the verbs hand to their cold halves, so that a fast path keeps nothing in memory.
    #[inline(always)]
    pub(crate) const fn split(self) -> Split<'a> {
        ((self.kind, self.lane), self.object)
    }

    /// The target that was [`split`](Target::split).
    pub(crate) const fn joined(((kind, lane), object): Split<'a>) -> Self {
        Target { kind, object, lane }
    }

    /// What waiters queue under: the address, which cannot be used again while anybody waits, and the lane in its free low bits.
    pub(crate) fn key(self) -> usize {
        std::ptr::from_ref(self.object).addr() + usize::from(self.lane)
    }
}
