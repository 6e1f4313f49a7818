//! Modelled time. A card has three engines that work side by side, each does one thing at a time.
//!
//! Work begins at the latest of three times: those of its stream, of its engine and of the host when it gave it.
//! How long a kernel takes is known only when it has run. Times are therefore put together in the order in which
//! the host gave things: then it does not matter when streams do their work.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

use serde::Serialize;

use super::causality::Causality;
use crate::memory::{Clock, Position, locked};

/// What does work of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    ToDevice,
    ToHost,
    /// Kernels, and copies and fills within a device.
    Kernels,
}

/// How a stream and the default stream wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// It is the default stream.
    Default,
    /// Each waits for what the other was given before.
    Blocking,
    None,
}

/// A stream, as time knows it.
#[derive(Debug)]
pub struct Lane {
    pub card: usize,
    /// Number in the process.
    pub id: usize,
    /// Streams of a card are counted from 1; the default one is 0.
    pub number: u64,
    pub ties: Ties,
    until: Mutex<f64>,
}

/// What an event marks: its time, once it is known, and what is certain to be done before it.
#[derive(Debug, Default)]
pub struct Moment {
    time: OnceLock<f64>,
    clock: Clock,
}

/// What a host waits for.
pub enum Awaited {
    Lane(Arc<Lane>),
    Moment(Arc<Moment>),
    Card,
}

/// What work took, and what is to be told of it once it is known when that was.
pub struct Spent<T> {
    pub seconds: f64,
    pub work: Option<T>,
}

/// When and where something was done, in seconds since the card was switched on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Span {
    pub device: usize,
    pub stream: u64,
    pub begin: f64,
    pub end: f64,
}

enum Step<T> {
    Work(Arc<Lane>, Engine, State<T>),
    Record(Arc<Lane>, Arc<Moment>),
    Wait(Arc<Lane>, Arc<Moment>),
    /// The host of a card waits.
    Host(usize, Awaited),
}

enum State<T> {
    Waiting,
    /// It was not done, as the card had failed.
    Absent,
    Done(Spent<T>),
}

/// Times of a card until which it has something to do.
struct Times {
    engines: [f64; 3],
    host: f64,
    default_stream: f64,
    blocking_streams: f64,
    all: f64,
}

pub struct Timeline<T> {
    /// What has no time yet, in the order in which it was given.
    given: VecDeque<Step<T>>,
    /// How many steps have one: the number of the first that has none.
    placed: u64,
    cards: Vec<Times>,
    causality: Causality,
}

impl Lane {
    pub fn new(card: usize, number: u64, ties: Ties) -> Arc<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Arc::new(Self {
            card,
            id: NEXT.fetch_add(1, Relaxed),
            number,
            ties,
            until: Mutex::new(0.0),
        })
    }
}

impl<T> Timeline<T> {
    pub fn new(cards: usize) -> Self {
        let times = || Times {
            engines: [0.0; 3],
            host: 0.0,
            default_stream: 0.0,
            blocking_streams: 0.0,
            all: 0.0,
        };
        Self {
            given: VecDeque::new(),
            placed: 0,
            cards: std::iter::repeat_with(times).take(cards).collect(),
            causality: Causality::new(cards),
        }
    }

    /// Work that is to be done; its number, and its place among all.
    pub fn work(&mut self, lane: Arc<Lane>, engine: Engine) -> (u64, Position) {
        let position = self.causality.work(&lane);
        self.given
            .push_back(Step::Work(lane, engine, State::Waiting));
        (self.placed + self.given.len() as u64 - 1, position)
    }

    /// Work with this number is done, or, with nothing spent, never will be. What has its time now is returned.
    pub fn done(&mut self, number: u64, spent: Option<Spent<T>>) -> Vec<(T, Span)> {
        let index = (number - self.placed) as usize;
        if let Some(Step::Work(_, _, state)) = self.given.get_mut(index) {
            *state = spent.map_or(State::Absent, State::Done);
        }
        self.place()
    }

    /// The place of work that takes no time.
    pub fn position(&mut self, lane: &Lane) -> Position {
        self.causality.work(lane)
    }

    pub fn record(&mut self, lane: Arc<Lane>) -> Arc<Moment> {
        let moment = Arc::new(Moment {
            time: OnceLock::new(),
            clock: self.causality.record(&lane),
        });
        self.given.push_back(Step::Record(lane, moment.clone()));
        self.place();
        moment
    }

    /// A stream waits for an event.
    pub fn wait(&mut self, lane: Arc<Lane>, moment: Arc<Moment>) {
        self.causality.wait(&lane, &moment.clock);
        self.given.push_back(Step::Wait(lane, moment));
        self.place();
    }

    pub fn host_waits(&mut self, card: usize, awaited: Awaited) {
        match &awaited {
            Awaited::Lane(lane) => {
                let clock = self.causality.ready(lane);
                self.causality.host_waits(&clock);
            }
            Awaited::Moment(moment) => self.causality.host_waits(&moment.clock),
            Awaited::Card => self.causality.host_waits_for_card(card),
        }
        self.given.push_back(Step::Host(card, awaited));
        self.place();
    }

    /// Gives times to what can have one. A step that comes after work that waits can not.
    fn place(&mut self) -> Vec<(T, Span)> {
        let mut told = Vec::new();
        while let Some(step) = self.given.pop_front() {
            match step {
                Step::Work(lane, engine, State::Waiting) => {
                    let step = Step::Work(lane, engine, State::Waiting);
                    self.given.push_front(step);
                    return told;
                }
                Step::Work(_, _, State::Absent) => {}
                Step::Work(lane, engine, State::Done(spent)) => {
                    let times = &self.cards[lane.card];
                    let free = times.engines[engine as usize].max(times.host);
                    let begin = times.ready(&lane).max(free);
                    let end = begin + spent.seconds;
                    self.cards[lane.card].engines[engine as usize] = end;
                    self.advance(&lane, end);
                    let (device, stream) = (lane.card, lane.number);
                    let span = Span {
                        device,
                        stream,
                        begin,
                        end,
                    };
                    told.extend(spent.work.map(|work| (work, span)));
                }
                Step::Record(lane, moment) => {
                    let times = &self.cards[lane.card];
                    let time = times.ready(&lane).max(times.host);
                    self.advance(&lane, time);
                    // Each is recorded once: a new record of an event makes a new one.
                    let _ = moment.time.set(time);
                }
                Step::Wait(lane, moment) => {
                    let ready = self.cards[lane.card].ready(&lane);
                    self.advance(&lane, ready.max(moment.known()));
                }
                Step::Host(card, awaited) => {
                    let times = &mut self.cards[card];
                    times.host = times.host.max(match awaited {
                        Awaited::Lane(lane) => times.ready(&lane),
                        Awaited::Moment(moment) => moment.known(),
                        Awaited::Card => times.all,
                    });
                }
            }
            self.placed += 1;
        }
        told
    }

    fn advance(&mut self, lane: &Lane, until: f64) {
        *locked(lane.until.lock()) = until;
        let times = &mut self.cards[lane.card];
        times.all = times.all.max(until);
        match lane.ties {
            Ties::Default => times.default_stream = until,
            Ties::Blocking => times.blocking_streams = times.blocking_streams.max(until),
            Ties::None => {}
        }
    }
}

impl Times {
    /// When a stream is done with what it has to do before anything new.
    fn ready(&self, lane: &Lane) -> f64 {
        let until = *locked(lane.until.lock());
        match lane.ties {
            Ties::Default => self.default_stream.max(self.blocking_streams),
            Ties::Blocking => until.max(self.default_stream),
            Ties::None => until,
        }
    }
}

impl Moment {
    /// None while work that was given before it is to be done.
    pub fn time(&self) -> Option<f64> {
        self.time.get().copied()
    }

    /// An event was recorded before anything could wait for it, so it has its time.
    fn known(&self) -> f64 {
        self.time().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(seconds: f64) -> Option<Spent<()>> {
        let work = Some(());
        Some(Spent { seconds, work })
    }

    fn spans(told: Vec<((), Span)>) -> Vec<(f64, f64)> {
        told.iter()
            .map(|(_, span)| (span.begin, span.end))
            .collect()
    }

    /// Two streams, each with a copy and a kernel, done in an order.
    fn two_streams(order: [usize; 4]) -> Vec<(f64, f64)> {
        let mut timeline = Timeline::new(1);
        let lanes = [1, 2].map(|number| Lane::new(0, number, Ties::None));
        let numbers: Vec<_> = lanes
            .iter()
            .flat_map(|lane| [(lane, Engine::ToDevice), (lane, Engine::Kernels)])
            .map(|(lane, engine)| timeline.work(lane.clone(), engine).0)
            .collect();
        let done = order.map(|i| timeline.done(numbers[i], spent([2.0, 3.0][i % 2])));
        done.into_iter().flat_map(spans).collect()
    }

    #[test]
    fn engines_work_side_by_side_whatever_was_done_first() {
        let expected = [(0.0, 2.0), (2.0, 5.0), (2.0, 4.0), (5.0, 8.0)];
        for order in [[0, 1, 2, 3], [2, 3, 0, 1], [2, 0, 1, 3]] {
            assert_eq!(two_streams(order), expected, "{order:?}");
        }
    }

    #[test]
    fn the_default_stream_and_blocking_ones_wait_for_each_other() {
        let mut timeline = Timeline::new(1);
        let default = Lane::new(0, 0, Ties::Default);
        let blocking = Lane::new(0, 1, Ties::Blocking);
        let free = Lane::new(0, 2, Ties::None);
        let mut begin = |lane: &Arc<Lane>, engine| {
            let (number, _) = timeline.work(lane.clone(), engine);
            timeline.done(number, spent(1.0))[0].1.begin
        };
        assert_eq!(begin(&blocking, Engine::ToDevice), 0.0);
        assert_eq!(begin(&default, Engine::Kernels), 1.0);
        assert_eq!(begin(&free, Engine::ToHost), 0.0);
        assert_eq!(begin(&blocking, Engine::ToDevice), 2.0);
    }

    #[test]
    fn what_is_given_after_a_wait_of_the_host_begins_after_it() {
        let mut timeline = Timeline::new(1);
        let lanes = [1, 2].map(|number| Lane::new(0, number, Ties::None));
        let (first, _) = timeline.work(lanes[0].clone(), Engine::ToDevice);
        let event = timeline.record(lanes[0].clone());
        timeline.host_waits(0, Awaited::Moment(event.clone()));
        let (second, _) = timeline.work(lanes[1].clone(), Engine::Kernels);
        assert_eq!(spans(timeline.done(second, spent(1.0))), []);
        assert_eq!(event.time(), None);
        let told = timeline.done(first, spent(2.0));
        assert_eq!(spans(told), [(0.0, 2.0), (2.0, 3.0)]);
        assert_eq!(event.time(), Some(2.0));
    }

    #[test]
    fn work_that_is_not_done_takes_no_time_and_holds_nothing_up() {
        let mut timeline = Timeline::new(1);
        let lane = Lane::new(0, 1, Ties::None);
        let (failed, _) = timeline.work(lane.clone(), Engine::Kernels);
        let (next, _) = timeline.work(lane, Engine::Kernels);
        assert_eq!(spans(timeline.done(next, spent(1.0))), []);
        assert_eq!(spans(timeline.done(failed, None)), [(0.0, 1.0)]);
    }
}
