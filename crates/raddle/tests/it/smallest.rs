//! The schedules that findings of the corpus are told by, beside the fewest preemptions that an exhaustive search proves.

use crate::programs::{PROGRAMS, stated};
use raddle::{Session, Strategy};

/// The fewest preemptions that show a finding of this kind, as far as a search proves it.
fn fewest(kind: &str, program: fn()) -> Option<u64> {
    (0..5).find_map(|most| {
        let session = Session::new().strategy(Strategy::Dfs).preemptions(most).no_shrink();
        let outcome = session.executions(100_000).time(None).run(program);
        let shown = outcome.findings.iter().any(|found| found.finding.kind.slug() == kind) && !outcome.exhausted;
        (shown || !outcome.exhausted).then(|| shown.then_some(most))
    })?
}

#[test]
fn no_schedule_has_more_preemptions_than_it_takes() {
    let buggy = |text| stated(text, "verdict").is_some_and(|verdict| verdict.starts_with("finding"));
    for (path, _, program) in PROGRAMS.iter().filter(|(_, text, _)| buggy(text)) {
        for strategy in [Strategy::Mixed, Strategy::Random] {
            let outcome = Session::new().strategy(strategy).time(None).run(*program);
            let found = outcome.findings.first().unwrap_or_else(|| panic!("{path}: {}", outcome.text()));
            let (kind, schedule) = (found.finding.kind.slug(), &found.schedule);
            let shrunk = schedule.shrunk.expect("schedules are made small unless somebody does not want it");
            let fewest = fewest(kind, *program);
            println!(
                "{path:<36} {kind:<18} {:>6} {:>3} of {fewest:?}{}",
                shrunk.preemptions_before,
                schedule.preemptions,
                if shrunk.fewest_preemptions { ", proved" } else { "" }
            );
            assert!(fewest.is_none_or(|fewest| schedule.preemptions <= fewest + 1), "{path}: {shrunk:?}");
            assert!(!shrunk.fewest_preemptions || fewest.is_none_or(|fewest| schedule.preemptions == fewest), "{path}");
        }
    }
}
