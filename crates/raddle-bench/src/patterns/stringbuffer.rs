//! A string is appended to another: its length is asked first, its characters after that, and in between it is cut.
//! After stringbuffer-jdk1.4 of SCTBench (Flanagan and Qadeer 2003).

use raddle::{Mutex, thread};
use std::sync::Arc;

#[derive(Default)]
struct Buffer(Mutex<String>);

impl Buffer {
    fn length(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn characters(&self, end: usize) -> String {
        let text = self.0.lock().unwrap();
        assert!(end <= text.len(), "the string has become shorter");
        text[..end].to_owned()
    }

    fn append(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }

    fn append_buffer(&self, other: &Buffer) {
        let mut mine = self.0.lock().unwrap();
        let length = other.length();
        mine.push_str(&other.characters(length));
    }

    fn erase(&self) {
        self.0.lock().unwrap().clear();
    }
}

pub(crate) fn program() {
    let buffer = Arc::new(Buffer::default());
    buffer.append("abc");
    let same = Arc::clone(&buffer);
    let other = thread::spawn(move || {
        same.erase();
        same.append("abc");
    });
    Buffer::default().append_buffer(&buffer);
    drop(other.join());
}
