//! Fibers: stackful coroutines that carry the tasks of a controlled run on one thread.
//!
//! The hub, on the thread's own stack, only moves control: whoever suspends names its successor.
//! A stack is 16 MiB of address space, touched lazily, and is used again together with what the language keeps for it,
//! because making either costs more than a short execution.

use crate::front::{Front, StackBounds};
use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use raddle_kernel::{AtomicU32, Carrier};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// Address space of a stack. Smaller ones crash before CPython's own recursion limit is reached.
const STACK_BYTES: usize = 16 << 20;
/// The successor that is no task: the execution is over.
pub(crate) const HUB: usize = usize::MAX;

#[derive(Clone, Copy, PartialEq)]
enum Resume {
    Go,
    Unwind,
}

type Body = Box<dyn FnOnce()>;
/// Runs a task's body, and what comes when it has ended.
pub(crate) type Runs = Box<dyn Fn(usize, Body)>;
type Thread = Coroutine<Resume, usize, usize, DefaultStack>;

enum Fiber {
    Fresh(Body),
    Suspended(Thread, usize),
    Running,
    Ended,
    Abandoned,
}

/// Stacks that no task uses, with the front's number for each.
#[derive(Default)]
pub(crate) struct Stacks(RefCell<Vec<(DefaultStack, usize)>>);

impl fmt::Debug for Stacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stacks", self.0.borrow().len())
    }
}

/// The fibers of one execution.
pub(crate) struct Fibers {
    front: Rc<dyn Front>,
    runs: Runs,
    stacks: Rc<Stacks>,
    /// Each with what suspends it, once it has begun.
    fibers: RefCell<Vec<(Fiber, *const Yielder<Resume, usize>)>>,
    running: Cell<usize>,
    /// Who goes on when the running task ends.
    successor: Cell<usize>,
}

impl Fibers {
    pub(crate) fn new(front: Rc<dyn Front>, stacks: Rc<Stacks>, runs: Runs) -> Self {
        Fibers {
            front,
            runs,
            stacks,
            fibers: RefCell::new(Vec::with_capacity(8)),
            running: Cell::new(HUB),
            successor: Cell::new(HUB),
        }
    }

    /// Runs `first` and whoever it and its successors name, until one names the hub.
    pub(crate) fn run(&self, first: usize) {
        let mut next = first;
        while next != HUB {
            next = self.resume(next, Resume::Go);
        }
        self.front.fiber_resumed(None);
    }

    /// Names who goes on when the running task's body returns.
    pub(crate) fn name_successor(&self, next: usize) {
        self.successor.set(next);
    }

    /// Gives the running task up for good: it is never resumed, and its stack is lost.
    pub(crate) fn abandon(&self) -> ! {
        let me = self.running.get();
        self.fibers.borrow_mut()[me].0 = Fiber::Abandoned;
        loop {
            self.suspend(me, HUB);
        }
    }

    fn suspend(&self, me: usize, to: usize) -> Resume {
        let yielder = self.fibers.borrow()[me].1;
        // SAFETY: the pointer was stored by this fiber's own body, which is still running below this frame.
        let yielder = unsafe { &*yielder };
        yielder.suspend(to)
    }

    fn resume(&self, task: usize, how: Resume) -> usize {
        let mut fiber = std::mem::replace(&mut self.fibers.borrow_mut()[task].0, Fiber::Running);
        if let Fiber::Fresh(body) = fiber {
            let (thread, token) = self.begin(task, body);
            fiber = Fiber::Suspended(thread, token);
        }
        let Fiber::Suspended(thread, token) = &mut fiber else { panic!("task {task} is resumed but is not suspended") };
        let token = *token;
        self.running.set(task);
        self.front.fiber_resumed(Some(token));
        match thread.resume(how) {
            CoroutineResult::Yield(next) => {
                let place = &mut self.fibers.borrow_mut()[task].0;
                if matches!(place, Fiber::Abandoned) {
                    // Dropping it would unwind through frames of another language by force.
                    std::mem::forget(fiber);
                } else {
                    *place = fiber;
                }
                next
            }
            CoroutineResult::Return(next) => {
                self.front.fiber_emptied(token);
                self.fibers.borrow_mut()[task].0 = Fiber::Ended;
                if let Fiber::Suspended(thread, token) = fiber {
                    self.stacks.0.borrow_mut().push((thread.into_stack(), token));
                }
                next
            }
        }
    }

    fn begin(&self, task: usize, body: Body) -> (Thread, usize) {
        let pooled = self.stacks.0.borrow_mut().pop();
        let (stack, token) = pooled.unwrap_or_else(|| {
            let stack = DefaultStack::new(STACK_BYTES)
                .unwrap_or_else(|e| panic!("no address space for the stack of one more task: {e}"));
            let bounds = StackBounds { base: stack.base().get(), limit: stack.limit().get() };
            let token = self.front.fiber_made(bounds);
            (stack, token)
        });
        let this: *const Fibers = self;
        let thread = Coroutine::with_stack(stack, move |yielder: &Yielder<Resume, usize>, _: Resume| {
            // SAFETY: an execution's fibers run only inside `run` and `unwind`, which borrow `self`.
            let this = unsafe { &*this };
            this.fibers.borrow_mut()[task].1 = yielder;
            (this.runs)(task, body);
            this.successor.get()
        });
        (thread, token)
    }
}

/// A question about an object that lives in a frame of a suspended task, and the object's word.
#[derive(Clone, Copy)]
pub(crate) struct Ready(*const dyn Fn() -> bool, *const AtomicU32);

impl Ready {
    /// To be asked only while the task whose frame `question` lives in, and that keeps `word` alive, stands below that frame.
    pub(crate) fn new(question: &dyn Fn() -> bool, word: &AtomicU32) -> Self {
        let question: *const (dyn Fn() -> bool + '_) = question;
        // SAFETY: only the lifetime changes; `ask` says when the pointer may be followed.
        let question = unsafe {
            std::mem::transmute::<*const (dyn Fn() -> bool + '_), *const (dyn Fn() -> bool + 'static)>(question)
        };
        Ready(question, word)
    }

    pub(crate) fn ask(self) -> bool {
        // SAFETY: an execution keeps this in a task's state only while the task is suspended at the point that made it.
        let question = unsafe { &*self.0 };
        question()
    }

    pub(crate) fn word(self) -> u32 {
        // SAFETY: as in `ask`. Relaxed: the tasks of a run share a thread.
        unsafe { &*self.1 }.load(Ordering::Relaxed)
    }
}

impl Carrier for Fibers {
    fn start(&self, task: usize, body: Body) {
        let mut fibers = self.fibers.borrow_mut();
        assert_eq!(fibers.len(), task, "tasks start in order");
        fibers.push((Fiber::Fresh(body), std::ptr::null()));
    }

    fn switch(&self, to: usize) {
        let me = self.running.get();
        self.suspend(me, to);
    }

    fn unwind(&self, task: usize) -> bool {
        if !matches!(self.fibers.borrow()[task].0, Fiber::Fresh(_) | Fiber::Suspended(..)) {
            return true;
        }
        self.successor.set(HUB);
        self.resume(task, Resume::Unwind);
        self.front.fiber_resumed(None);
        self.ended(task)
    }

    fn ended(&self, task: usize) -> bool {
        matches!(self.fibers.borrow()[task].0, Fiber::Ended)
    }
}

impl Drop for Fibers {
    fn drop(&mut self) {
        for (fiber, _) in self.fibers.get_mut().drain(..) {
            if let Fiber::Suspended(thread, _) = fiber {
                // As for an abandoned one: its frames may belong to another language.
                std::mem::forget(thread);
            }
        }
    }
}
