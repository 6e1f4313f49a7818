//! Environment variables that say what the emulated machine is and how it behaves.

use std::path::PathBuf;

use crate::card::Model;
use crate::execute::Order;

/// README.md lists the variables with their meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Bytes of memory, one number for each card.
    pub memory: Vec<u64>,
    /// Bytes of each card's memory that other processes have.
    pub used: Vec<u64>,
    /// Whether a card is for one process alone: 1 for this one, 2 for another one.
    pub exclusive: Vec<u64>,
    /// Compute capability of each card: 70 is 7.0.
    pub arch: Vec<u64>,
    pub order: Order,
    pub report: Option<PathBuf>,
    pub fault: Option<Fault>,
    pub streams: Streams,
    /// The version of the interface that the driver says it has.
    pub driver: u64,
    /// Branches that a warp may execute.
    pub branches: u64,
    /// Whether every call is printed.
    pub trace: bool,
}

/// A failure that happens by order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The n-th allocation finds the card full.
    Allocation(u64),
    /// The n-th launch fails.
    Launch(u64),
    /// The card is gone from the n-th launch on.
    Lost(u64),
}

/// When streams do their work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// When something waits for it.
    Late,
    /// As soon as it is asked for.
    Early,
    /// Copies as soon as they are asked for, kernels when something waits for them.
    CopiesEarly,
}

/// A variable that says nothing one could do.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{name}={value}: {wanted}")]
pub struct BadSetting {
    name: &'static str,
    value: String,
    wanted: &'static str,
}

impl Settings {
    /// From a function that looks up a variable.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Settings, BadSetting> {
        let variable = |name: &str| look_up(name).filter(|value| !value.is_empty());
        let bad = |name, value: &str, wanted| BadSetting {
            name,
            value: value.to_owned(),
            wanted,
        };
        let number = |name: &'static str, default: u64| match variable(name) {
            None => Ok(default),
            Some(value) => value
                .parse()
                .map_err(|_| bad(name, &value, "a number is wanted")),
        };
        let devices = number("CUDA_EMULATOR_DEVICES", 1)? as usize;
        let of_cards = |name: &'static str, default: u64| {
            let Some(text) = variable(name) else {
                return Ok(vec![default; devices]);
            };
            let numbers: Result<Vec<u64>, _> = text.split(',').map(str::parse).collect();
            match numbers.as_deref() {
                Ok([one]) => Ok(vec![*one; devices]),
                Ok(list) if list.len() == devices => Ok(list.to_vec()),
                _ => {
                    let wanted =
                        "a number is wanted, or one for each of CUDA_EMULATOR_DEVICES cards";
                    Err(bad(name, &text, wanted))
                }
            }
        };
        let arch = of_cards("CUDA_EMULATOR_ARCH", 70)?;
        if let Some(unknown) = arch.iter().find(|arch| Model::of(**arch).is_none()) {
            return Err(bad(
                "CUDA_EMULATOR_ARCH",
                &unknown.to_string(),
                "60, 70, 80, 86 or 90 is wanted",
            ));
        }
        let memory = of_cards("CUDA_EMULATOR_MEMORY", 4 << 30)?;
        let used = of_cards("CUDA_EMULATOR_USED", 0)?;
        if let Some((used, _)) = (used.iter().zip(&memory)).find(|(used, memory)| used > memory) {
            let wanted = "no more than CUDA_EMULATOR_MEMORY is wanted";
            return Err(bad("CUDA_EMULATOR_USED", &used.to_string(), wanted));
        }
        let exclusive = of_cards("CUDA_EMULATOR_EXCLUSIVE", 0)?;
        if let Some(unknown) = exclusive.iter().find(|card| **card > 2) {
            let wanted = "0, 1 or 2 is wanted";
            return Err(bad("CUDA_EMULATOR_EXCLUSIVE", &unknown.to_string(), wanted));
        }
        let order = match variable("CUDA_EMULATOR_ORDER") {
            None => Order::Forward,
            Some(text) => Order::parse(&text).ok_or_else(|| {
                bad(
                    "CUDA_EMULATOR_ORDER",
                    &text,
                    "forward, reverse or shuffled:SEED is wanted",
                )
            })?,
        };
        let fault = match variable("CUDA_EMULATOR_FAULT") {
            None => None,
            Some(text) => Some(Fault::parse(&text).ok_or_else(|| {
                bad(
                    "CUDA_EMULATOR_FAULT",
                    &text,
                    "alloc:N, launch:N or lost:N is wanted, N from 1",
                )
            })?),
        };
        let streams = match variable("CUDA_EMULATOR_STREAMS").as_deref() {
            None | Some("late") => Streams::Late,
            Some("early") => Streams::Early,
            Some("copies-early") => Streams::CopiesEarly,
            Some(text) => {
                let wanted = "late, early or copies-early is wanted";
                return Err(bad("CUDA_EMULATOR_STREAMS", text, wanted));
            }
        };
        Ok(Settings {
            streams,
            driver: number("CUDA_EMULATOR_DRIVER", 12_090)?,
            memory,
            used,
            exclusive,
            arch,
            order,
            report: variable("CUDA_EMULATOR_REPORT").map(PathBuf::from),
            fault,
            branches: number("CUDA_EMULATOR_BRANCHES", 1 << 32)?,
            trace: variable("CUDA_EMULATOR_TRACE").is_some_and(|value| value != "0"),
        })
    }
}

impl Fault {
    fn parse(text: &str) -> Option<Fault> {
        let (kind, number) = text.split_once(':')?;
        let number = number.parse().ok().filter(|n| *n > 0)?;
        match kind {
            "alloc" => Some(Fault::Allocation(number)),
            "launch" => Some(Fault::Launch(number)),
            "lost" => Some(Fault::Lost(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        let find = |name: &str| {
            pairs
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        Settings::read(find)
    }

    #[test]
    fn without_variables_there_is_one_card() {
        let settings = read(&[]).unwrap();
        assert_eq!(
            (settings.memory, settings.arch, settings.order),
            (vec![4 << 30], vec![70], Order::Forward)
        );
    }

    #[test]
    fn variables_are_read_or_refused_by_name() {
        let settings = read(&[
            ("CUDA_EMULATOR_FAULT", "launch:3"),
            ("CUDA_EMULATOR_ORDER", "shuffled:5"),
        ])
        .unwrap();
        assert_eq!(settings.fault, Some(Fault::Launch(3)));
        assert_eq!(settings.order, Order::Shuffled { seed: 5 });
        for (name, value) in [
            ("CUDA_EMULATOR_FAULT", "alloc:0"),
            ("CUDA_EMULATOR_ORDER", "up"),
            ("CUDA_EMULATOR_STREAMS", "never"),
            ("CUDA_EMULATOR_ARCH", "30"),
            ("CUDA_EMULATOR_MEMORY", "much"),
            ("CUDA_EMULATOR_USED", "5000000000"),
            ("CUDA_EMULATOR_EXCLUSIVE", "3"),
            ("CUDA_EMULATOR_MEMORY", "1000,2000"),
            ("CUDA_EMULATOR_ARCH", "70,80"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("{name}={value}: ")),
                "{message}"
            );
        }
    }

    #[test]
    fn cards_may_differ() {
        let read = |arch, memory| {
            read(&[
                ("CUDA_EMULATOR_DEVICES", "2"),
                ("CUDA_EMULATOR_ARCH", arch),
                ("CUDA_EMULATOR_MEMORY", memory),
            ])
        };
        let settings = read("70,90", "1000000,2000000").unwrap();
        assert_eq!(settings.arch, [70, 90]);
        assert_eq!(settings.memory, [1_000_000, 2_000_000]);
        assert_eq!(read("80", "5").unwrap().memory, [5, 5]);
        for (arch, memory) in [
            ("70,80,90", "5"),
            ("70,30", "5"),
            ("70", "5,"),
            ("70", "1,2,3"),
        ] {
            assert!(read(arch, memory).is_err(), "{arch} {memory}");
        }
    }
}
