//! The laws that every primitive keeps, natively, and the points and effects that each operation announces.

mod announced;
mod barriers;
mod conditions;
mod locks;
mod models;
mod queues;
mod recorder;
mod signals;
mod tasks;
