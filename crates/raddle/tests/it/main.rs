//! The crate as its users see it.

mod corpus;
mod outsiders;
mod programs;
mod session;
