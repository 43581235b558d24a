//! The panic of a job, kept until somebody asks for its result.

use raddle_sync::Latch;
use raddle_sync::thread::panic_message;
use std::any::Any;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;

/// A panic that was caught: what it said, and its payload for whoever takes it first.
#[derive(Clone)]
pub struct Panic(Arc<Caught>);

struct Caught {
    message: String,
    payload: Latch<Option<Box<dyn Any + Send>>>,
}

impl Panic {
    /// The panic with this payload.
    pub fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = panic_message(&*payload).to_owned();
        Panic(Arc::new(Caught { message, payload: Latch::new(Some(payload)) }))
    }

    /// What the panic said.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The payload; the message in its place if another clone's owner has taken it.
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        let payload = self.0.payload.lock().take();
        payload.unwrap_or_else(|| Box::new(self.0.message.clone()))
    }

    /// Panics on, in this task.
    pub fn resume(self) -> ! {
        resume_unwind(self.into_payload())
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message()).finish()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a job panicked: {}", self.message())
    }
}

impl std::error::Error for Panic {}
