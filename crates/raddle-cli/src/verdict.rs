//! What a search came to, as the command tells it.

use crate::answer::command;
use crate::console::Console;
use crate::format::Format;
use crate::{Problem, Saved, store};
use raddle::engine::record::Outcome;
use raddle::engine::report::{Report, Style, captured, effort, json, summary_in, text_in};

/// Tells it; `saved` are the findings, as they were told by the processes that confirmed them, `next` is what to do next, if the
/// outcome alone does not say that.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn tell(
    outcome: &Outcome,
    saved: &[Saved],
    next: Option<&str>,
    format: Format,
    console: &mut Console<'_>,
) -> Result<(), Problem> {
    let report = |saved: &Saved| Report { text: saved.text.clone(), replay: Some(command(&store::id(saved))) };
    let reports: Vec<Report> = saved.iter().map(report).collect();
    if format.is_json() {
        return console.tell(&json(outcome, &reports));
    }
    if outcome.findings.is_empty() {
        console.tell(&summary_in(console.out_style, outcome, next))?;
        console.say(&effort(outcome));
        return Ok(());
    }
    let heading = summary_in(console.err_style, outcome, next);
    console.say(&heading);
    console.say(&effort(outcome));
    for (i, (found, report)) in outcome.findings.iter().zip(&reports).enumerate() {
        console.say("\n");
        let output = captured(&found.output);
        if !output.is_empty() {
            console.say(&format!("{output}\n"));
        }
        let gap = if i == 0 { "" } else { "\n" };
        let plain = console.out_style == Style::Plain;
        let dressed = text_in(console.out_style, &found.finding, report.replay.as_deref());
        let same = !plain && text_in(Style::Plain, &found.finding, report.replay.as_deref()) == report.text;
        console.tell(&format!("{gap}{}", if same { &dressed } else { &report.text }))?;
    }
    Ok(())
}
