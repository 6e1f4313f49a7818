//! What the functions of the driver tell the timeline of the machine (`card/timeline.rs`), and what they ask it.

use std::sync::Arc;

use super::Outcome;
use super::session::Session;
use super::uses::Worker;
use crate::card::{Awaited, Engine, Lane, Moment, copy_seconds};
use crate::memory::locked;
use crate::report::Work;

/// What work of a driver takes; the report has a line for some of it.
pub type Spent = crate::card::Spent<Work>;

/// A copy or a fill within a device.
pub fn within_device() -> Spent {
    Spent {
        seconds: copy_seconds(0),
        work: None,
    }
}

/// Work that was given to a stream. One that is dropped was never done.
pub struct Ticket {
    session: &'static Session,
    number: u64,
    spent: Option<Spent>,
}

impl Ticket {
    /// The work is done.
    pub fn redeem(mut self, spent: Option<Spent>) {
        self.spent = spent;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut timeline = locked(self.session.timeline.lock());
        // Under the lock, so that lines have the order of what was given.
        for (work, span) in timeline.done(self.number, self.spent.take()) {
            self.session.report.work(&work, &span);
        }
    }
}

impl Session {
    /// The stream of a handle, as time knows it.
    pub fn lane(&self, stream: u64) -> Outcome<Arc<Lane>> {
        Ok(match self.stream(stream)? {
            Some(stream) => stream.lane.clone(),
            None => self.cards[self.current_ordinal()?].default_lane.clone(),
        })
    }

    /// A place on the timeline for work that is given to a stream now, and who does it, by what it is.
    pub fn ticket(
        &'static self,
        stream: u64,
        engine: Engine,
        what: &str,
    ) -> Outcome<(Ticket, Worker)> {
        let lane = self.lane(stream)?;
        let (number, position) = locked(self.timeline.lock()).work(lane.clone(), engine);
        let ticket = Ticket {
            session: self,
            number,
            spent: None,
        };
        Ok((ticket, Worker::new(what, &lane, position)))
    }

    /// Who does work that takes no time.
    pub fn worker(&self, stream: u64, what: &str) -> Outcome<Worker> {
        let lane = self.lane(stream)?;
        let position = locked(self.timeline.lock()).position(&lane);
        Ok(Worker::new(what, &lane, position))
    }

    pub fn host_waits(&self, card: usize, awaited: Awaited) {
        locked(self.timeline.lock()).host_waits(card, awaited);
    }

    /// The time of an event. Kernels that were given before it may have to run for it, whoever waits for them.
    pub fn time_of(&'static self, moment: &Moment) -> f64 {
        loop {
            if let Some(time) = moment.time() {
                return time;
            }
            for card in 0..self.cards.len() {
                self.run_card(card);
            }
            // Another thread may be about to give or do some of it.
            std::thread::yield_now();
        }
    }
}
