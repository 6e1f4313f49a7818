//! Environment variables that say what the emulated machine is and how it behaves.

use std::path::PathBuf;

use crate::execute::Order;

/// README.md lists the variables with their meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub devices: usize,
    /// Bytes of memory of each card.
    pub memory: u64,
    /// Compute capability: 70 is 7.0.
    pub arch: u32,
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
        let arch = number("CUDA_EMULATOR_ARCH", 70)? as u32;
        if crate::card::Model::of(arch).is_none() {
            return Err(bad(
                "CUDA_EMULATOR_ARCH",
                &arch.to_string(),
                "60, 70, 80, 86 or 90 is wanted",
            ));
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
            devices: number("CUDA_EMULATOR_DEVICES", 1)? as usize,
            memory: number("CUDA_EMULATOR_MEMORY", 4 << 30)?,
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
            (settings.devices, settings.arch, settings.order),
            (1, 70, Order::Forward)
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
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("{name}={value}: ")),
                "{message}"
            );
        }
    }
}
