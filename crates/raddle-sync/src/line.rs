//! What is alone in its cache lines.

/// A value that is alone in its cache lines, so that who writes to it disturbs nobody else; lines are fetched in pairs.
///
/// ```
/// use raddle_sync::Line;
/// use std::sync::atomic::AtomicUsize;
///
/// let counts = [Line(AtomicUsize::new(0)), Line(AtomicUsize::new(0))];
/// assert_eq!(size_of_val(&counts), 256);
/// ```
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Line<T>(pub T);
