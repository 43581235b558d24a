//! What a search came to, in a few lines.

use crate::layout::{Cut, Line, Role, Style, WIDTH, clean, cut};
use crate::names::{at, listed, place};
use crate::schedule::shrunk;
use raddle_record::{Covered, Frame, Note, Outcome, Uncontrolled, Verdict};

/// The most notes, reasons or uncontrolled things that are listed.
const LISTED: usize = 8;

/// The most lines of a program's output that are shown.
const CAPTURED: usize = 20;
/// The most columns of such a line.
const LONGEST: usize = 400;

/// The verdict, how small the schedules of findings are, why it is no better, what was not controlled, notes, and one hint at what to do next.
///
/// Says nothing about the findings themselves but their kinds: those have texts of their own; beside them, notes are left out.
/// The first line of a clean verdict is `clean: all N interleavings`, `clean: the only interleaving` or `clean so far: N executions, M distinct`.
pub fn summary(outcome: &Outcome) -> String {
    summary_in(Style::Plain, outcome, None)
}

/// As [`summary`], dressed for a terminal or not; the hint is `next`, if that is given.
pub fn summary_in(style: Style, outcome: &Outcome, next: Option<&str>) -> String {
    let mut lines = vec![verdict(outcome)];
    let sizes = outcome.findings.iter().filter_map(|found| shrunk(&found.schedule));
    lines.extend(list(sizes.map(|size| Line::new().plain(size)).collect(), "shrunk"));
    for (i, reason) in outcome.reasons.iter().enumerate().take(LISTED) {
        let lead = match outcome.verdict {
            _ if i == 0 => "because: ",
            // A program that fails on its own leaves what it printed, which says the most.
            Verdict::Failed => "it printed: ",
            _ => "and: ",
        };
        let first = reason.lines().next().unwrap_or_default();
        lines.push(Line::new().plain("  ").add(Role::Place, lead).plain(first));
        lines.extend(last_lines(reason).map(|line| Line::new().plain("    ").plain(line)));
    }
    let covered = outcome.covered.filter(|_| outcome.verdict == Verdict::CleanSoFar);
    lines.extend(list(covered.map(|covered| Line::new().plain(extent(covered))).into_iter().collect(), "covered"));
    let mut seen: Vec<&Uncontrolled> = Vec::new();
    for one in &outcome.uncontrolled {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    lines.extend(list(seen.into_iter().map(uncontrolled).collect(), "not controlled"));
    // Where there is a bug to fix, what is none would only be in its way.
    let notes = outcome.notes.iter().filter(|_| outcome.findings.is_empty());
    lines.extend(list(notes.map(note).collect(), "note"));
    if let Some(hint) = next.or_else(|| hint(outcome)) {
        lines.push(Line::new().add(Role::Good, "next:").plain(" ").plain(hint));
    }
    let mut out = String::new();
    for line in lines.into_iter().flat_map(|line| line.wrap(WIDTH, 4)) {
        line.write(style, &mut out);
        out.push('\n');
    }
    out
}

/// A sentence in lines no wider than a report's; those after the first are indented.
pub fn wrapped(sentence: &str) -> String {
    let mut out = String::new();
    for line in Line::new().plain(sentence).wrap(WIDTH, 4) {
        line.write(Style::Plain, &mut out);
        out.push('\n');
    }
    out
}

/// The lines of a reason after its first, not too many: what a program printed can be one.
fn last_lines(reason: &str) -> impl Iterator<Item = &str> {
    let count = reason.lines().count();
    reason.lines().skip(count.saturating_sub(CAPTURED).max(1))
}

/// What a failing execution printed: its last lines, indented under a heading; empty if there is nothing.
pub fn captured(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let last = &lines[lines.len().saturating_sub(CAPTURED)..];
    let mut out = match last.len() {
        n if n == lines.len() => "output of the failing execution:\n".to_owned(),
        n => format!("output of the failing execution (the last {n} of {} lines):\n", lines.len()),
    };
    for line in last {
        out.push_str(format!("    {}", cut(&clean(line), Cut::End, LONGEST)).trim_end());
        out.push('\n');
    }
    out
}

/// What the search took, in one line.
pub fn effort(outcome: &Outcome) -> String {
    let points = counted(outcome.points, "point");
    format!("{points} in {:.2} s ({}, seed {})\n", outcome.seconds, outcome.strategy, outcome.seed)
}

/// The first line.
fn verdict(outcome: &Outcome) -> Line {
    let Outcome { executions, distinct, .. } = *outcome;
    let explored = format!("{}, {} distinct", counted(executions, "execution"), grouped(distinct));
    let within = within(outcome);
    let part = outcome.part.as_ref().map(|part| format!("part {} of {}, ", part.share.number, part.share.of));
    let explored = part.unwrap_or_default() + &explored + &within;
    let stopped = if outcome.interrupted { " (stopped by you)" } else { "" };
    let (role, word, rest) = match outcome.verdict {
        Verdict::Clean => (Role::Good, "clean", format!(": {}{within}", all(distinct))),
        Verdict::CleanSoFar => (Role::Good, "clean so far", format!(": {explored}{stopped}")),
        Verdict::Finding => {
            let kinds: Vec<&str> = outcome.findings.iter().map(|found| found.finding.kind.slug()).collect();
            (Role::Kind, "finding", format!(": {} in {explored}{stopped}", listed(&kinds)))
        }
        Verdict::Failed => (Role::Kind, "failed", ": the program fails before a second task exists".to_owned()),
        Verdict::Inconclusive => {
            (Role::Kind, "inconclusive", format!(": {explored}{stopped}, and no answer can be given"))
        }
    };
    Line::new().add(role, word).plain(rest)
}

/// What was tried, where that is all that there is.
fn all(interleavings: u64) -> String {
    if interleavings == 1 {
        "the only interleaving".to_owned()
    } else {
        format!("all {} interleavings", grouped(interleavings))
    }
}

/// How much was covered.
fn extent(Covered { operations, pairs, both_orders }: Covered) -> String {
    let (operations, pairs) = (counted(operations, "operation"), counted(pairs, "pair"));
    format!("{operations} on what tasks share, {pairs} of them in conflict, {} in both orders", grouped(both_orders))
}

/// What the executions were kept to.
fn within(outcome: &Outcome) -> String {
    let bounds = [(outcome.preemptions, "preemption"), (outcome.delays, "delay")];
    let bounds = bounds.into_iter().filter_map(|(most, what)| most.map(|most| counted(most, what)));
    let bounds = bounds.collect::<Vec<_>>().join(" and ");
    if bounds.is_empty() { bounds } else { format!(" with at most {bounds}") }
}

/// Lines with a word before each, not too many.
fn list(lines: Vec<Line>, word: &str) -> Vec<Line> {
    let missing = lines.len().saturating_sub(LISTED);
    let lead = |line| Line::new().plain("  ").add(Role::Place, format!("{word}: ")).join(line);
    let mut shown: Vec<Line> = lines.into_iter().take(LISTED).map(lead).collect();
    if missing > 0 {
        shown.push(Line::new().plain(format!("  … and {missing} more")));
    }
    shown
}

/// Something worth knowing, with its place unless it says that itself.
fn note(note: &Note) -> Line {
    let says = |frame: &&Frame| note.text.contains(&format!("{}:{}", frame.file, frame.line));
    let spot = note.at.as_ref().filter(|frame| !says(frame)).map(at).unwrap_or_default();
    Line::new().plain(&note.kind).plain(": ").plain(&note.text).add(Role::Place, spot)
}

/// Something that was not controlled.
fn uncontrolled(one: &Uncontrolled) -> Line {
    let line = Line::new().plain(&one.what);
    match &one.at {
        Some(frame) if !frame.file.is_empty() => {
            let source = if frame.text.is_empty() {
                String::new()
            } else {
                format!("  {}", cut(&clean(&frame.text), Cut::End, 60))
            };
            line.plain(" at ").add(Role::Place, place(frame)).plain(source)
        }
        _ => line,
    }
}

/// What to do next, if there is something.
fn hint(outcome: &Outcome) -> Option<&'static str> {
    match outcome.verdict {
        Verdict::Clean => {
            outcome.preemptions.or(outcome.delays).map(|_| "leave out `--preemptions` and `--delays` to try the others")
        }
        Verdict::CleanSoFar if outcome.interrupted => None,
        Verdict::CleanSoFar if outcome.part.is_some() && outcome.exhausted => None,
        Verdict::CleanSoFar if outcome.strategy == "natural" => {
            Some("this was one execution: leave out `--strategy natural` to try others")
        }
        Verdict::CleanSoFar if outcome.exhausted && outcome.strategy == "mixed" => None,
        Verdict::CleanSoFar if outcome.exhausted => Some("another strategy may see more: `--strategy mixed`"),
        Verdict::CleanSoFar => Some("look longer with `--time SECONDS` or `--executions N`"),
        Verdict::Finding => None,
        Verdict::Failed => Some("make the program run on its own first"),
        Verdict::Inconclusive if !outcome.uncontrolled.is_empty() => {
            Some("keep what cannot be controlled out of the checked program, or replace it by a stand-in there")
        }
        Verdict::Inconclusive => None,
    }
}

/// `1 execution`, `1,203 executions`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A number with commas: `1,203`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
