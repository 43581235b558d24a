//! The crate as its users see it.

mod corpus;
mod dependence;
mod false_answers;
mod histories;
mod outsiders;
mod programs;
mod pulse;
mod session;
mod smallest;
mod stress;
mod waits;
