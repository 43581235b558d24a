//! The line that says how a search gets on.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use raddle::engine::explore::Progress;
use raddle::engine::report::counted;
use std::time::Duration;

/// Nobody needs to hear of a search that ends sooner.
const SILENT: Duration = Duration::from_secs(1);

/// A line on the terminal; nothing elsewhere.
#[derive(Debug)]
pub(crate) struct ProgressLine(Option<ProgressBar>);

impl ProgressLine {
    /// A line that shows itself after a while, if `lively`.
    pub(crate) fn new(lively: bool) -> Self {
        if !lively {
            return ProgressLine(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        ProgressLine(Some(bar))
    }

    /// Shows where the search stands.
    pub(crate) fn show(&self, progress: &Progress) {
        let Some(bar) = self.0.as_ref().filter(|_| progress.elapsed >= SILENT) else { return };
        let findings = match progress.findings {
            0 => String::new(),
            n => format!(", {}", counted(n as u64, "finding")),
        };
        // Several processes know only in the end how many of theirs are the same.
        let distinct = match progress.distinct {
            0 => String::new(),
            n => format!(", {n} distinct"),
        };
        let preliminary = match progress.preliminary {
            0 => String::new(),
            n => format!(", {n} preliminary"),
        };
        let executions = counted(progress.executions - progress.preliminary, "execution");
        let seconds = progress.elapsed.as_secs();
        bar.set_message(format!("{executions}{distinct}{preliminary}{findings}, {seconds} s"));
        bar.tick();
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
