//! The crate as its users see it.

mod corpus;
mod dependence;
mod outsiders;
mod programs;
mod pulse;
mod session;
