//! The engine on toy primitives of a few lines, since it may not see the real ones.

mod accesses;
mod counts;
mod findings;
mod parts;
mod samplers;
mod shrink;
mod toy;
