//! Journals cut, damaged, joined and shared.

use super::*;

fn identity(seed: u64) -> Identity {
    let mut identity = Identity::new();
    identity.insert("seed".to_owned(), seed.into());
    identity
}

/// Five steps, each computed where it is not recorded: what they gave and how many were computed.
fn work(journal: &mut Journal) -> (Vec<f64>, usize) {
    let (mut outcomes, mut computed) = (Vec::new(), 0);
    for step in 0..5 {
        let name = format!("step {step}");
        let outcome = journal.recall(&name).unwrap().unwrap_or_else(|| {
            computed += 1;
            let outcome = 1.0 / f64::from(3 + step);
            journal.record(&name, outcome).unwrap();
            outcome
        });
        outcomes.push(outcome);
    }
    (outcomes, computed)
}

#[test]
fn a_file_cut_anywhere_loses_the_step_that_is_cut_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (all, computed) = work(&mut Journal::begin(&path, &identity(1)).unwrap());
    assert_eq!(computed, 5);
    let text = std::fs::read(&path).unwrap();
    let head = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for length in head..=text.len() {
        std::fs::write(&path, &text[..length]).unwrap();
        let lines = text[head..length].iter().filter(|&&byte| byte == b'\n');
        let kept = lines.count();
        let mut journal = Journal::resume(&path, &identity(1)).unwrap();
        assert_eq!(work(&mut journal), (all.clone(), 5 - kept));
        assert_eq!(std::fs::read(&path).unwrap(), text);
    }
}

#[test]
fn a_changed_byte_is_no_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (all, _) = work(&mut Journal::begin(&path, &identity(1)).unwrap());
    let text = std::fs::read(&path).unwrap();
    let head = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for at in head..text.len() {
        let mut damaged = text.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let mut journal = Journal::resume(&path, &identity(1)).unwrap();
        assert_eq!(work(&mut journal).0, all);
    }
}

#[test]
fn a_step_of_another_name_forgets_what_lies_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    work(&mut Journal::begin(&path, &identity(1)).unwrap());
    let mut journal = Journal::resume(&path, &identity(1)).unwrap();
    assert!(journal.recall::<f64>("step 0").unwrap().is_some());
    assert_eq!(journal.recall::<f64>("step 7").unwrap(), None);
    journal.record("step 7", 0.5).unwrap();
    drop(journal);
    let mut journal = Journal::resume(&path, &identity(1)).unwrap();
    assert!(journal.recall::<f64>("step 0").unwrap().is_some());
    assert_eq!(journal.recall("step 7").unwrap(), Some(0.5));
    assert_eq!(journal.recall::<f64>("step 2").unwrap(), None);
}

#[test]
fn steps_of_other_processes_are_recalled_in_the_order_of_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (all, _) = work(&mut Journal::begin(&path("one"), &identity(1)).unwrap());
    for (name, steps) in [("a", [4, 1]), ("b", [3, 7])] {
        let mut journal = Journal::begin(&path(name), &identity(1)).unwrap();
        for step in steps {
            let outcome = 1.0 / f64::from(3 + step);
            journal.record(&format!("step {step}"), outcome).unwrap();
        }
    }
    let mut joined = Journal::begin(&path("joined"), &identity(1)).unwrap();
    for (name, there) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(joined.borrow(&path(name), &identity(1)).unwrap(), there);
    }
    assert!(joined.holds("step 3") && !joined.holds("step 0"));
    assert_eq!(work(&mut joined), (all, 2));
    let [one, joined] = ["one", "joined"].map(|name| std::fs::read(path(name)).unwrap());
    assert_eq!(one, joined);
    let mut other = Journal::begin(&path("other"), &identity(2)).unwrap();
    assert!(other.borrow(&path("a"), &identity(2)).is_err());
}

#[test]
fn other_work_is_refused_by_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    work(&mut Journal::begin(&path, &identity(1)).unwrap());
    let message = Journal::resume(&path, &identity(2))
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.ends_with("other work: not the same seed"),
        "{message}"
    );
    std::fs::write(&path, "something else\n").unwrap();
    let error = Journal::resume(&path, &identity(1)).err().unwrap();
    assert!(matches!(error, CheckpointError::Format { .. }));
}

#[test]
fn one_process_is_at_a_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let mut journal = Journal::begin(&path, &identity(1)).unwrap();
    journal.record("step 0", 0.5).unwrap();
    for other in [Journal::begin, Journal::resume] {
        let error = other(&path, &identity(1)).err().unwrap();
        assert!(matches!(error, CheckpointError::Busy { .. }));
    }
    journal.record("step 1", 0.25).unwrap();
    drop(journal);
    assert_eq!(Journal::resume(&path, &identity(1)).unwrap().ahead(), 2);
}

#[test]
fn work_without_a_step_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    drop(Journal::begin(&path, &identity(1)).unwrap());
    assert!(!path.exists());
    drop(Journal::resume(&path, &identity(1)).unwrap());
    assert!(!path.exists());
}
