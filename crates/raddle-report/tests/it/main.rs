//! Reports of realistic findings, as people and programs read them.

mod findings;
mod json;
mod summary;
mod text;
