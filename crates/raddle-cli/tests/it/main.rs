//! The command, in this process, over an interpreter that only pretends.

mod check;
mod pretended;
mod replay;
mod settings;
mod verbs;
