//! Several things timed in turn, round after round.

use std::time::{Duration, Instant};

use miette::Result;

use super::clock::cpu_time;

/// What a task takes in a round, unless one call takes longer.
const SHARE: f64 = 0.02;
/// Calls of a task in a round, at most.
const MOST_CALLS: usize = 1000;
/// Below this many rounds a median says nothing about a shared machine.
const FEWEST_ROUNDS: usize = 3;

/// When it is enough.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    Rounds(usize),
    /// And at least three rounds.
    After(Duration),
}

/// Something to be timed.
pub struct Task<'a> {
    run: Box<dyn FnMut() -> Result<()> + 'a>,
    calls: usize,
}

/// Times of one task, in seconds a call.
#[derive(Debug, Clone)]
pub struct Times {
    /// The median of each round.
    pub rounds: Vec<f64>,
    pub best: f64,
    /// Processor time, on average; none where the system does not say.
    pub cpu: Option<f64>,
    /// Calls a round.
    pub calls: usize,
}

impl<'a> Task<'a> {
    pub fn new(run: impl FnMut() -> Result<()> + 'a) -> Self {
        Self {
            run: Box::new(run),
            calls: 1,
        }
    }

    fn time(&mut self) -> Result<f64> {
        let begin = Instant::now();
        (self.run)()?;
        Ok(begin.elapsed().as_secs_f64())
    }

    /// Takes as many calls a round as fit its share; the first call only warms up.
    fn calibrate(&mut self) -> Result<()> {
        self.time()?;
        let calls = (SHARE / self.time()?).ceil();
        // A float beyond the integers saturates.
        self.calls = (calls as usize).clamp(1, MOST_CALLS);
        Ok(())
    }

    fn round(&mut self, times: &mut Times) -> Result<()> {
        let before = cpu_time();
        let mut calls = Vec::with_capacity(self.calls);
        for _ in 0..self.calls {
            calls.push(self.time()?);
        }
        let after = cpu_time();
        times.best = calls.iter().copied().fold(times.best, f64::min);
        times.rounds.push(median(calls));
        let used = before.zip(after);
        let used = used.map(|(before, after)| after.saturating_sub(before).as_secs_f64());
        times.cpu = times.cpu.zip(used).map(|(sum, used)| sum + used);
        Ok(())
    }
}

impl Times {
    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// The median over rounds of a number made of this time and that of another task.
    pub fn against(&self, other: &Self, number: impl Fn(f64, f64) -> f64) -> f64 {
        let rounds = self.rounds.iter().zip(&other.rounds);
        median(rounds.map(|(&mine, &its)| number(mine, its)).collect())
    }
}

/// Times all tasks, one after the other in each round.
pub fn measure<const N: usize>(mut tasks: [Task; N], stop: Stop) -> Result<[Times; N]> {
    for task in &mut tasks {
        task.calibrate()?;
    }
    let mut times = tasks.each_ref().map(|task| Times {
        rounds: Vec::new(),
        best: f64::INFINITY,
        cpu: Some(0.0),
        calls: task.calls,
    });
    let begin = Instant::now();
    let mut rounds = 0;
    loop {
        for (task, times) in tasks.iter_mut().zip(&mut times) {
            task.round(times)?;
        }
        rounds += 1;
        let enough = match stop {
            Stop::Rounds(wanted) => rounds >= wanted,
            Stop::After(wanted) => rounds >= FEWEST_ROUNDS && begin.elapsed() >= wanted,
        };
        if enough {
            break;
        }
    }
    for times in &mut times {
        times.cpu = times.cpu.map(|sum| sum / (rounds * times.calls) as f64);
    }
    Ok(times)
}

/// The middle one, or the mean of the two in the middle.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => f64::NAN,
        n if n.is_multiple_of(2) => 0.5 * (numbers[middle - 1] + numbers[middle]),
        _ => numbers[middle],
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn rounds_go_through_all_tasks_in_turn() {
        let log = RefCell::new(String::new());
        let task = |letter: char| {
            let log = &log;
            Task::new(move || {
                // So long that one call fills its share of a round.
                std::thread::sleep(Duration::from_secs_f64(1.2 * SHARE));
                log.borrow_mut().push(letter);
                Ok(())
            })
        };
        let times = measure([task('a'), task('b')], Stop::Rounds(3)).unwrap();
        assert_eq!(*log.borrow(), "aabb".to_owned() + "ab" + "ab" + "ab");
        for times in times {
            assert_eq!((times.rounds.len(), times.calls), (3, 1));
            assert!(times.best >= SHARE && times.median() >= times.best);
        }
    }
}
