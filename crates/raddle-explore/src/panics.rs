//! Panics in controlled tasks: kept for the finding instead of printed.

use crate::execution::{Failure, with_current};
use raddle_record::Frame;
use std::any::Any;
use std::cell::RefCell;
use std::panic;
use std::sync::Once;

thread_local! {
    static PLACE: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

/// Sees to it that a panic in a controlled task is not printed, but its place kept; other panics go to the hook that was there.
pub(crate) fn keep_quiet() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if with_current(|_| ()).is_none() {
                return before(info);
            }
            let place =
                info.location().map(|at| Frame { file: at.file().to_owned(), line: at.line(), ..Frame::default() });
            PLACE.set(place);
        }));
    });
}

/// The failure that a panic with this payload is.
pub(crate) fn failure(payload: &(dyn Any + Send)) -> Failure {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    from_message(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default())
}

/// The failure that the last panic of this thread is, if it said `message`.
pub(crate) fn from_message(message: String) -> Failure {
    Failure {
        class: "panic".to_owned(),
        assertion: message.starts_with("assertion "),
        message,
        stack: PLACE.take().into_iter().collect(),
    }
}
