//! `raddle replay`.

use crate::pretended::{Desk, Said, found, shown_again};
use expect_test::expect;
use raddle::engine::record::{Detail, Divergence, Replayed};

/// A directory in which a finding was found, and its id.
fn with_a_finding() -> (Desk, String) {
    let mut desk = Desk::with(&[found(7)]);
    desk.raddle(&["check", "shop.py"]);
    desk.interpreter.replayed = shown_again(&found(7));
    let id = desk.kept()[0].clone();
    (desk, id)
}

#[test]
fn the_text_is_the_same_byte_for_byte() {
    let mut desk = Desk::with(&[found(7)]);
    let checked = desk.raddle(&["check", "shop.py"]);
    desk.interpreter.replayed = shown_again(&found(7));
    let id = desk.kept()[0].clone();
    let path = format!(".raddle/{id}.json");
    for name in [id.as_str(), &id[..3], &path] {
        let said = desk.raddle(&["replay", name]);
        assert_eq!((said.code, &said.out), (1, &checked.out));
        assert_eq!(said.err, "output of the failing execution:\n    open\n    closed\n\n");
    }
}

#[test]
fn a_divergence_is_located() {
    let (mut desk, id) = with_a_finding();
    let diverged = Divergence { at: 4, expected: "0.1 read stock".into(), got: "0.1 write stock".into() };
    desk.interpreter.replayed = Replayed { diverged: Some(diverged), ..Replayed::default() };
    desk.interpreter.version = "CPython 3.13.0";
    desk.write("shop.py", b"stock = []\n");
    let said = desk.raddle(&["replay", &id]);
    assert_eq!(said.code, 4);
    expect![[r"
        not reproduced: choice 5 of its schedule was 0.1 read stock, but the program offered 0.1 write stock
          because: shop.py has changed since
          and: it was found by CPython 3.11.7, this is CPython 3.13.0
        next: check the program again
    "]]
    .assert_eq(&said.out);
}

#[test]
fn another_bug_is_not_the_bug() {
    let (mut desk, id) = with_a_finding();
    let mut other = found(7);
    if let Detail::Accesses { accesses, .. } = &mut other.finding.detail {
        accesses[2].at.function = "refund".into();
    }
    desk.interpreter.replayed = shown_again(&other);
    let said = desk.raddle(&["replay", &id]);
    assert_eq!(said.code, 4);
    assert!(
        said.out.starts_with("not reproduced: the same choices led to another bug (lost-update)\n"),
        "{}",
        said.out
    );
    desk.interpreter.replayed = Replayed::default();
    assert!(desk.raddle(&["replay", &id]).out.starts_with("not reproduced: the same choices led to no bug\n"));
}

#[test]
fn a_bug_in_other_words_is_the_bug_and_that_is_said() {
    let (mut desk, id) = with_a_finding();
    let mut other = found(7);
    other.finding.tasks[0].name = "Thread-9 (sell)".into();
    if let Detail::Accesses { accesses, .. } = &mut other.finding.detail {
        accesses[2].at.text.push_str("  # once");
    }
    desk.interpreter.replayed = shown_again(&other);
    let Said { out, err, code } = desk.raddle(&["replay", &id]);
    assert_eq!(code, 1);
    assert!(out.contains("Thread-9") && err.contains("not in the same words"), "{out}{err}");
}

#[test]
fn a_bug_that_has_moved_in_its_file_is_the_bug_and_that_is_said() {
    let (mut desk, id) = with_a_finding();
    desk.write("shop.py", b"# the shop\nstock = {}\n");
    desk.interpreter.replayed = shown_again(&found(8));
    let Said { out, err, code } = desk.raddle(&["replay", &id]);
    assert_eq!(code, 1);
    assert!(out.contains("shop.py:8"), "{out}");
    assert!(err.contains("not in the same words: shop.py has changed since\n"), "{err}");
}

#[test]
fn json_says_the_same() {
    let (mut desk, id) = with_a_finding();
    let said = desk.raddle(&["replay", "--format", "json", &id]);
    let page: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    assert_eq!(page["reproduced"], true);
    assert_eq!(page["kind"], "lost-update");
    assert_eq!(page["id"], id);
    assert_eq!(page["diverged"], serde_json::Value::Null);
    desk.interpreter.replayed = Replayed::default();
    let said = desk.raddle(&["replay", "--format", "json", &id]);
    let page: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((said.code, &page["reproduced"], &page["text"]), (4, &false.into(), &"".into()));
}

#[test]
fn a_stopped_replay_says_nothing() {
    let (mut desk, id) = with_a_finding();
    desk.interpreter.stops = vec![true];
    let said = desk.raddle(&["replay", &id]);
    assert_eq!((said.code, said.out.as_str()), (130, ""));
}

#[test]
fn a_finding_that_is_not_there_is_named() {
    let mut desk = Desk::new();
    let said = desk.raddle(&["replay", "3f2a"]);
    assert_eq!(said.code, 2);
    expect![[r"
        error: there is no finding `3f2a`: .raddle holds none
        help: run `raddle check` here first, or name the file of a finding
    "]]
    .assert_eq(&said.err);
    let (mut desk, _) = with_a_finding();
    let text = std::fs::read(desk.home().join(format!(".raddle/{}.json", desk.kept()[0]))).expect("it is there");
    for name in ["aa1", "aa2", "bb"] {
        desk.write(&format!(".raddle/{name}.json"), &text);
    }
    assert_eq!(desk.raddle(&["replay", "aa1"]).code, 1);
    assert!(desk.raddle(&["replay", "aa"]).err.contains("`aa` can be any of aa1, aa2"));
    assert!(desk.raddle(&["replay", "zz"]).err.contains("there is no finding `zz`\nhelp: .raddle holds "));
    assert!(desk.raddle(&["replay", ".raddle/zz.json"]).err.contains("there is no file .raddle/zz.json"));
    assert!(desk.raddle(&["replay", ""]).err.contains("there is no finding ``"));
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let (mut desk, id) = with_a_finding();
    let file = format!(".raddle/{id}.json");
    let text = std::fs::read_to_string(desk.home().join(&file)).expect("it is there");
    for (content, complaint) in [
        (&text.as_bytes()[..text.len() / 2], "not in Raddle's format (EOF"),
        (b"".as_slice(), "not in Raddle's format (EOF"),
        (b"{}", "not in Raddle's format (missing field `raddle`"),
        (b"{\"raddle\": 1}", "not in Raddle's format (missing field `program`"),
        (b"\xff\xfe", "is damaged: not UTF-8"),
        (b"{\"raddle\": 99}", "written by a newer Raddle"),
    ] {
        desk.write(&file, content);
        let said = desk.raddle(&["replay", &id]);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert!(said.err.contains(complaint) && said.err.contains(&id) && said.err.contains("help: "), "{}", said.err);
    }
}

#[test]
fn a_finding_of_a_test_in_rust_is_replayed_by_that_test() {
    let mut desk = Desk::new();
    let schedule = raddle::engine::record::encode(&found(7).schedule).replacen("{", "", 1);
    let (version, schedule) = schedule.split_once(',').expect("more than a version");
    let text = format!("{{{version}, \"test\": \"shop::sells\", \"text\": \"\", \"schedule\": {{{schedule}}}");
    desk.write(".raddle/3f2a9c1d.json", text.as_bytes());
    let said = desk.raddle(&["replay", "3f2a"]);
    assert_eq!(said.code, 2);
    expect![[r"
        error: .raddle/3f2a9c1d.json is a finding of a test in Rust
        help: replay it with `RADDLE_REPLAY=3f2a9c1d cargo test shop::sells`
    "]]
    .assert_eq(&said.err);
}

#[test]
fn a_program_that_is_gone_is_named() {
    let (mut desk, id) = with_a_finding();
    std::fs::remove_file(desk.home().join("shop.py")).expect("it was there");
    let said = desk.raddle(&["replay", &id]);
    assert_eq!((said.code, said.err), (2, format!("error: cannot replay {id}: there is no file shop.py\n")));
}
