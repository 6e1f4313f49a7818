//! Work that waits in streams. It is done in the order of its stream, and else as late or as early as the
//! program allows: what it does not order happens out of order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::session::{Session, Stream};
use super::{Outcome, Status};
use crate::card::{Awaited, Card, Lane, Ties};
use crate::memory::locked;
use crate::settings::Streams;

/// The legacy default stream and that of a thread. They wait for all streams that are not made to run
/// beside them, and what they are given is done at once.
const DEFAULT_STREAMS: std::ops::RangeInclusive<u64> = 0..=2;
/// `CU_STREAM_NON_BLOCKING`.
const NON_BLOCKING: u32 = 1;

type Work = Box<dyn FnOnce(&'static Session) + Send>;

/// What a stream is still to do.
#[derive(Default)]
pub struct Queue {
    waiting: VecDeque<Work>,
    /// Pieces of work that the stream was given, and that were begun.
    pub given: u64,
    begun: u64,
}

/// What kind of work it is: some orders treat them differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Copy,
    Other,
}

impl Session {
    /// The stream of a handle; none for a default stream.
    pub fn stream(&self, stream: u64) -> Outcome<Option<Arc<Stream>>> {
        if DEFAULT_STREAMS.contains(&stream) {
            return Ok(None);
        }
        self.streams.get(stream).map(Some)
    }

    /// Gives work to a stream: now, or when something waits for it. Its card is the one that is healthy now.
    pub fn give(
        &'static self,
        stream: u64,
        kind: Kind,
        work: impl FnOnce(&'static Session) + Send + 'static,
    ) -> Outcome {
        let Some(stream) = self.stream(stream)? else {
            self.run_blocking(self.current_ordinal()?);
            let turn = locked(self.turn.lock());
            work(self);
            drop(turn);
            return Ok(());
        };
        {
            let mut queue = locked(stream.queue.lock());
            queue.waiting.push_back(Box::new(work));
            queue.given += 1;
        }
        let now = match self.settings.streams {
            Streams::Late => false,
            Streams::Early => true,
            Streams::CopiesEarly => kind == Kind::Copy,
        };
        if now {
            self.run_all(&stream);
        }
        Ok(())
    }

    /// Runs a stream until this many pieces of its work are done.
    pub fn run(&'static self, stream: &Stream, until: u64) {
        let _turn = locked(self.turn.lock());
        self.run_in_turn(stream, until);
    }

    /// The same for work that waits for another stream: the turn is its own already.
    pub fn run_in_turn(&'static self, stream: &Stream, until: u64) {
        loop {
            let next = {
                let mut queue = locked(stream.queue.lock());
                if queue.begun >= until {
                    return;
                }
                queue.begun += 1;
                queue.waiting.pop_front()
            };
            match next {
                Some(work) => work(self),
                None => return,
            }
        }
    }

    pub fn run_all(&'static self, stream: &Stream) {
        let given = locked(stream.queue.lock()).given;
        self.run(stream, given);
    }

    /// Waits for a card, as the synchronisation of a context does.
    pub fn wait_card(&'static self, card: usize) {
        self.run_card(card);
        self.host_waits(card, Awaited::Card);
    }

    /// Runs all streams of a card. In modelled time nobody waits for them.
    pub fn run_card(&'static self, card: usize) {
        for stream in self.streams.all(|stream| stream.card == card) {
            self.run_all(&stream);
        }
    }

    /// Runs the streams that a default stream waits for.
    fn run_blocking(&'static self, card: usize) {
        let blocking = |stream: &Stream| stream.card == card && stream.flags & NON_BLOCKING == 0;
        for stream in self.streams.all(blocking) {
            self.run_all(&stream);
        }
    }

    /// Waits for a stream, as its synchronisation does.
    pub fn wait(&'static self, stream: u64) -> Outcome {
        match self.stream(stream)? {
            Some(stream) => self.run_all(&stream),
            None => self.run_blocking(self.current_ordinal()?),
        }
        let lane = self.lane(stream)?;
        self.host_waits(lane.card, Awaited::Lane(lane));
        Ok(())
    }

    /// What work does that a card is needed for: nothing once it has failed, and it fails with the work.
    pub fn work<T>(&self, card: &Card, work: impl FnOnce() -> Outcome<T>) -> Option<T> {
        self.healthy(card).ok()?;
        work().map_err(|Status(status)| card.fail(status)).ok()
    }
}

impl Stream {
    /// The n-th stream of a card.
    pub fn new(card: usize, number: u64, flags: u32, priority: i32) -> Self {
        let ties = match flags & NON_BLOCKING {
            0 => Ties::Blocking,
            _ => Ties::None,
        };
        Self {
            card,
            lane: Lane::new(card, number, ties),
            flags,
            priority,
            queue: Mutex::default(),
        }
    }
}
