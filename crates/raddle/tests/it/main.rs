//! The crate as its users see it.

mod corpus;
mod outsiders;
mod session;
