//! The outcome as programs read it.

use crate::findings;
use crate::summary::{outcome, with_a_finding};
use expect_test::expect;
use raddle_record::{Note, Uncontrolled, Verdict};
use raddle_report::{Report, json};

#[test]
fn a_finding_has_its_text_schedule_and_command() {
    let report = Report { text: "lost-update: …\n".into(), replay: Some("raddle replay 3f2a9c1d".into()) };
    expect![[r#"
        {
          "format": 1,
          "verdict": "finding",
          "executions": 12,
          "preliminary": 0,
          "redundant": 0,
          "distinct": 9,
          "exhausted": false,
          "interrupted": false,
          "points": 81344,
          "seconds": 2.5,
          "seed": 7,
          "shard": null,
          "strategy": "mixed",
          "preemptions": null,
          "delays": null,
          "covered": null,
          "uncontrolled": [],
          "notes": [],
          "reasons": [],
          "findings": [
            {
              "kind": "lost-update",
              "text": "lost-update: …\n",
              "timing": false,
              "schedule": {
                "strategy": "random",
                "seed": 7,
                "execution": 12,
                "timing": false,
                "races": false,
                "step_bound": 0,
                "visible": [],
                "preemptions": 0,
                "operations": 0,
                "shrunk": null,
                "choices": []
              },
              "shrunk": null,
              "replay": "raddle replay 3f2a9c1d",
              "output": "start\n"
            }
          ]
        }
    "#]]
    .assert_eq(&json(&with_a_finding(), &[report]));
}

#[test]
fn notes_and_what_was_not_controlled_have_their_places() {
    let mut outcome = outcome(Verdict::Inconclusive);
    outcome.reasons = vec!["something ran that is not controlled".into()];
    outcome.uncontrolled = vec![Uncontrolled { what: "a thread of the operating system".into(), at: None }];
    let at = Some(findings::frame("poll.py", 4, "poll", "while running:"));
    outcome.notes = vec![Note { kind: "data-race".into(), text: "nothing orders the accesses".into(), at }];
    expect![[r#"
        {
          "format": 1,
          "verdict": "inconclusive",
          "executions": 10000,
          "preliminary": 0,
          "redundant": 0,
          "distinct": 1203,
          "exhausted": false,
          "interrupted": false,
          "points": 81344,
          "seconds": 2.5,
          "seed": 7,
          "shard": null,
          "strategy": "mixed",
          "preemptions": null,
          "delays": null,
          "covered": null,
          "uncontrolled": [
            {
              "text": "a thread of the operating system",
              "file": null,
              "line": null
            }
          ],
          "notes": [
            {
              "kind": "data-race",
              "text": "nothing orders the accesses",
              "file": "poll.py",
              "line": 4
            }
          ],
          "reasons": [
            "something ran that is not controlled"
          ],
          "findings": []
        }
    "#]]
    .assert_eq(&json(&outcome, &[]));
}
