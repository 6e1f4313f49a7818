//! How a job of HTCondor stands, from the log of its events.
//!
//! ```text
//! 012 (0042.000.000) 2026-11-27 02:10:11 Job was held.      number of the event, job, time, words
//!     the reason
//!     Code 3 Subcode 0
//! ...                                                        the end of an event
//! ```

use std::fmt;

/// By its last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No event.
    NotSent,
    Waiting,
    Running,
    Held {
        job: String,
        reason: String,
    },
    Done,
    /// Ended with another status than 0, or by a signal.
    Failed(String),
    Removed,
}

impl State {
    /// Whether it takes somebody to make it go on.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Failed(_) | Self::Removed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("not sent"),
            Self::Waiting => f.write_str("waiting for a node"),
            Self::Running => f.write_str("running"),
            Self::Held { job, reason } => write!(f, "held (job {job}): {reason}"),
            Self::Done => f.write_str("done"),
            Self::Failed(how) => write!(f, "failed: {how}"),
            Self::Removed => f.write_str("removed"),
        }
    }
}

/// The state after the events of a log.
pub fn state(log: &str) -> State {
    // The last one may be half.
    let events = log.split_inclusive("\n...\n");
    let whole = events.filter_map(|event| event.strip_suffix("\n...\n"));
    whole.fold(State::NotSent, |state, event| {
        after(state, event.trim_start())
    })
}

fn after(before: State, event: &str) -> State {
    let (head, details) = event.split_once('\n').unwrap_or((event, ""));
    let first = details.lines().next().unwrap_or_default().trim();
    let number = head.split_whitespace().next().unwrap_or_default();
    match number {
        // Submitted, released, evicted, lost with its node.
        "000" | "004" | "007" | "013" | "024" => State::Waiting,
        "001" | "011" | "023" => State::Running,
        "005" => match (result(first, "(return value "), result(first, "(signal ")) {
            (Some("0"), _) => State::Done,
            (Some(status), _) => State::Failed(format!("exit status {status}")),
            (None, Some(signal)) => State::Failed(format!("ended by signal {signal}")),
            (None, None) => State::Failed(first.to_owned()),
        },
        "009" => State::Removed,
        "012" => State::Held {
            job: job(head).unwrap_or_default(),
            reason: first.to_owned(),
        },
        _ => before,
    }
}

fn result<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    line.split_once(before)?.1.split(')').next()
}

/// `(0042.003.000)` is the job 42.3.
fn job(head: &str) -> Option<String> {
    let numbers = head.split_once('(')?.1.split_once(')')?.0;
    let mut numbers = numbers.split('.').map(str::parse::<u64>);
    let (cluster, process) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(format!("{cluster}.{process}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBMITTED: &str = "000 (042.003.000) 2026-11-27 02:10:00 Job submitted from host: <127.0.0.1:19618>\n    DAG Node: part-3\n...\n";
    const RUNNING: &str = "001 (042.003.000) 2026-11-27 02:10:05 Job executing on host: <127.0.0.1:19618>\n\tSlotName: slot1_1@node\n...\n";
    const HELD: &str = "012 (042.003.000) 2026-11-27 02:10:11 Job was held.\n\tthe node lacks something (image, memory, GPU)\n\tCode 3 Subcode 0\n...\n";

    #[test]
    fn the_last_event_counts() {
        let of = |events: &[&str]| state(&events.concat());
        let ended = |how: &str| {
            format!("005 (042.003.000) 2026-11-27 02:11:00 Job terminated.\n\t(1) {how}\n...\n")
        };
        assert_eq!(of(&[]), State::NotSent);
        assert_eq!(of(&[SUBMITTED]), State::Waiting);
        assert_eq!(of(&[SUBMITTED, RUNNING]), State::Running);
        let held = State::Held {
            job: "42.3".to_owned(),
            reason: "the node lacks something (image, memory, GPU)".to_owned(),
        };
        assert_eq!(of(&[SUBMITTED, RUNNING, HELD]), held);
        let released =
            "013 (042.003.000) 2026-11-27 02:12:00 Job was released.\n\tvia condor_release\n...\n";
        assert_eq!(of(&[SUBMITTED, HELD, released]), State::Waiting);
        let good = ended("Normal termination (return value 0)");
        assert_eq!(of(&[SUBMITTED, RUNNING, &good]), State::Done);
        let bad = ended("Normal termination (return value 1)");
        assert_eq!(of(&[SUBMITTED, &bad]).to_string(), "failed: exit status 1");
        let killed = ended("Abnormal termination (signal 9)");
        assert_eq!(
            of(&[SUBMITTED, &killed]).to_string(),
            "failed: ended by signal 9"
        );
        assert_eq!(of(&[&bad, SUBMITTED]), State::Waiting);
    }

    #[test]
    fn other_events_and_halves_change_nothing() {
        let size = "006 (042.003.000) 2026-11-27 02:10:20 Image size of job updated: 5\n\t3  -  MemoryUsage of job (MB)\n...\n";
        let half = &HELD[..HELD.len() - 5];
        assert_eq!(
            state(&[SUBMITTED, RUNNING, size, half].concat()),
            State::Running
        );
    }
}
