//! What the parts of a search came to, joined.

use raddle_record::{Known, Outcome, Part, Verdict};

use crate::session::{MISSED, STRAYED};

/// Joins what parts of one search came to; the order in which they are given does not matter.
///
/// The whole is clean only if no part is missing, each had nothing left to try, all were divided alike, and no class was met by
/// samplers alone. What is no part is left out.
pub fn merge(parts: &[Outcome]) -> Outcome {
    let mut parts: Vec<(&Outcome, &Part)> =
        parts.iter().filter_map(|outcome| Some((outcome, outcome.part.as_deref()?))).collect();
    parts.sort_by_key(|(_, part)| part.share.number);
    let outcomes = || parts.iter().map(|(outcome, _)| *outcome);
    let sum = |of: fn(&Outcome) -> u64| outcomes().map(of).sum::<u64>();
    let has = |verdict| outcomes().any(|outcome| outcome.verdict == verdict);
    let met = sorted(parts.iter().flat_map(|(_, part)| part.met()));
    let only_sampled = sorted(parts.iter().flat_map(|(_, part)| part.sampled()));
    let only_sampled = only_sampled.iter().filter(|class| met.binary_search(class).is_err()).count();
    let has_missed = only_sampled > 0
        || parts.iter().flat_map(|(_, part)| part.drawn()).any(|class| met.binary_search(&class).is_err());
    let mut whole = Outcome {
        verdict: Verdict::CleanSoFar,
        executions: sum(|outcome| outcome.executions),
        preliminary: sum(|outcome| outcome.preliminary),
        redundant: sum(|outcome| outcome.redundant),
        distinct: (met.len() + only_sampled) as u64 + parts.iter().map(|(_, part)| part.more).sum::<u64>(),
        exhausted: false,
        points: sum(|outcome| outcome.points),
        seconds: outcomes().map(|outcome| outcome.seconds).fold(0.0, f64::max),
        seed: outcomes().next().map_or(0, |outcome| outcome.seed),
        strategy: outcomes().next().map(|outcome| outcome.strategy.clone()).unwrap_or_default(),
        preemptions: outcomes().find_map(|outcome| outcome.preemptions),
        delays: outcomes().find_map(|outcome| outcome.delays),
        // What several parts have covered together is not known from how much each has.
        covered: None,
        uncontrolled: Vec::new(),
        notes: Vec::new(),
        reasons: Vec::new(),
        findings: Vec::new(),
        interrupted: outcomes().any(|outcome| outcome.interrupted),
        part: None,
    };
    for outcome in outcomes() {
        add(&mut whole.uncontrolled, &outcome.uncontrolled);
        add(&mut whole.notes, &outcome.notes);
        add(&mut whole.reasons, &outcome.reasons);
        for found in &outcome.findings {
            if !whole.findings.iter().any(|known| known.finding.same_bug(&found.finding)) {
                whole.findings.push(found.clone());
            }
        }
    }
    let of = parts.first().map_or(1, |(_, part)| part.share.of);
    let missing: Vec<u64> =
        (1..=of).filter(|number| parts.iter().all(|(_, part)| part.share.number != *number)).collect();
    whole.exhausted = missing.is_empty() && outcomes().all(|outcome| outcome.exhausted);
    if whole.exhausted && !are_alike(&parts.iter().map(|(_, part)| *part).collect::<Vec<_>>()) {
        whole.reasons.push(UNLIKE.to_owned());
        whole.exhausted = false;
    }
    let is_divided_as = |part: &Part| part.divided == parts[0].1.divided;
    if whole.exhausted && !parts.iter().all(|(_, part)| is_divided_as(part)) {
        whole.reasons.push(STRAYED.to_owned());
    }
    if whole.exhausted && !met.is_empty() && has_missed {
        whole.reasons.push(MISSED.to_owned());
    }
    if !missing.is_empty() {
        whole.reasons.push(absent(&missing, of));
    }
    whole.verdict = match () {
        () if !whole.findings.is_empty() => Verdict::Finding,
        () if has(Verdict::Failed) => Verdict::Failed,
        () if has(Verdict::Inconclusive) => Verdict::Inconclusive,
        () if whole.is_complete() => Verdict::Clean,
        () => Verdict::CleanSoFar,
    };
    whole
}

/// What parts are told as that were not divided alike.
const UNLIKE: &str = "the parts were not divided alike, as some came to know of places where tasks race that others did not: run them again, each with `--with` and the files of all";

/// Whether all parts knew the same in the end.
fn are_alike(parts: &[&Part]) -> bool {
    parts.iter().all(|part| part.known == parts[0].known)
}

/// What all the parts know together, if one of them does not know it all and this keeps them from proving anything.
pub fn unlike(parts: &[Outcome]) -> Option<Known> {
    let all: Vec<&Part> = parts.iter().filter_map(|outcome| outcome.part.as_deref()).collect();
    if are_alike(&all) || !parts.iter().all(Outcome::is_complete) {
        return None;
    }
    let mut known = Known::default();
    all.iter().for_each(|part| known.learn(&part.known));
    Some(known)
}

/// Each once.
fn sorted<'a>(classes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut sorted: Vec<&str> = classes.collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Adds what is not there yet.
fn add<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

/// Says which parts are missing.
fn absent(missing: &[u64], of: u64) -> String {
    let numbers: Vec<String> = missing.iter().map(u64::to_string).collect();
    match numbers.as_slice() {
        [one] => format!("part {one} of {of} is missing"),
        several => format!("parts {} of {of} are missing", several.join(", ")),
    }
}
