//! What was measured, for people and for programs.

use crate::pairs::Times;
use crate::row::Row;
use serde_json::{Value, json};

/// A measured row.
pub(crate) struct Measured {
    row: Row,
    /// The middle one of our times, in nanoseconds.
    ns: f64,
    peers: Vec<Peer>,
}

struct Peer {
    name: &'static str,
    ns: f64,
    /// The middle one of the ratios of our time to its time in the same round.
    ratio: f64,
    /// The ratio of our processor time to its, in rows with threads: who waits may sleep or not.
    processors: Option<f64>,
}

impl Measured {
    pub(crate) fn take(row: Row) -> Self {
        if row.one_processor { on_one_processor(|| Measured::of(row)) } else { Measured::of(row) }
    }

    fn of(row: Row) -> Self {
        let mut rivals = (row.rivals)();
        let times = Times::take(&row, &mut rivals);
        let peer = |rival: usize| Peer {
            name: rivals[rival].name,
            ns: times.median(rival),
            ratio: times.ratio(0, rival),
            processors: times.processor_ratio(0, rival).filter(|_| row.ceiling.is_none()),
        };
        Measured { row, ns: times.median(0), peers: (1..rivals.len()).map(peer).collect() }
    }

    pub(crate) fn json(&self) -> Value {
        let goal = self.row.goal;
        let peer = |peer: &Peer| json!({ "name": peer.name, "ns": peer.ns, "ratio": peer.ratio, "processors": peer.processors, "goal": goal, "met": peer.ratio <= goal });
        json!({ "name": self.row.name, "ns": self.ns, "peers": self.peers.iter().map(peer).collect::<Vec<_>>() })
    }

    pub(crate) fn print(&self) {
        for (number, peer) in self.peers.iter().enumerate() {
            let (name, ns) = if number == 0 { (self.row.name, format!("{:.1}", self.ns)) } else { Default::default() };
            let missed = if peer.ratio <= self.row.goal { "" } else { "  missed" };
            let processors = peer.processors.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            println!(
                "{name:34}{ns:>10}{:11.1}{:8.3}{:7.2}{processors:>12}  {}{missed}",
                peer.ns, peer.ratio, self.row.goal, peer.name
            );
        }
    }
}

/// Runs `f` in a thread that shares a processor with all threads that it starts, where the system allows that.
fn on_one_processor<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    let in_thread = || {
        #[cfg(target_os = "linux")]
        if let Ok(allowed) = rustix::thread::sched_getaffinity(None) {
            let mut one = rustix::thread::CpuSet::new();
            if let Some(first) = (0..rustix::thread::CpuSet::MAX_CPU).find(|cpu| allowed.is_set(*cpu)) {
                one.set(first);
                let _only_slower = rustix::thread::sched_setaffinity(None, &one);
            }
        }
        f()
    };
    std::thread::scope(|scope| scope.spawn(in_thread).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Prints the columns' names.
pub(crate) fn print_head() {
    println!("{:34}{:>10}{:>11}{:>8}{:>7}{:>12}", "ns", "ours", "peer", "ratio", "goal", "processors");
}
