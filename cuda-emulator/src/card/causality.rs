//! What is certain to be done before what: streams, events, the default stream, hosts that wait.
//!
//! It follows from what the host asks for alone, whenever streams do their work. All threads of the host are one
//! here: what one has waited for is done for all of them.

use super::timeline::{Lane, Ties};
use crate::memory::{Clock, Position};

pub struct Causality {
    /// Of each stream, by its number in the process.
    lanes: Vec<Clock>,
    cards: Vec<OfCard>,
    host: Clock,
}

/// What is certain at some places of a card.
#[derive(Clone, Default)]
struct OfCard {
    default_stream: Clock,
    blocking_streams: Clock,
    all: Clock,
}

impl Causality {
    pub fn new(cards: usize) -> Self {
        Self {
            lanes: Vec::new(),
            cards: vec![OfCard::default(); cards],
            host: Clock::default(),
        }
    }

    /// A stream is given work, after all that the host has waited for.
    pub fn work(&mut self, lane: &Lane) -> Position {
        let mut clock = self.here(lane);
        clock.tick(lane.id);
        self.advance(lane, &clock);
        let lane = lane.id;
        Position { lane, clock }
    }

    /// An event is recorded: what is certain there.
    pub fn record(&mut self, lane: &Lane) -> Clock {
        let clock = self.here(lane);
        self.advance(lane, &clock);
        clock
    }

    /// What is certain where a stream goes on.
    fn here(&self, lane: &Lane) -> Clock {
        let mut clock = self.ready(lane);
        clock.join(&self.host);
        clock
    }

    /// A stream waits for what was certain somewhere.
    pub fn wait(&mut self, lane: &Lane, event: &Clock) {
        let mut clock = self.ready(lane);
        clock.join(event);
        self.advance(lane, &clock);
    }

    pub fn host_waits(&mut self, clock: &Clock) {
        self.host.join(clock);
    }

    pub fn host_waits_for_card(&mut self, card: usize) {
        self.host.join(&self.cards[card].all);
    }

    /// What a stream is done with before anything new.
    pub fn ready(&self, lane: &Lane) -> Clock {
        let card = &self.cards[lane.card];
        let mut clock = self.lanes.get(lane.id).cloned().unwrap_or_default();
        match lane.ties {
            Ties::Default => clock.join(&card.blocking_streams),
            Ties::Blocking => clock.join(&card.default_stream),
            Ties::None => {}
        }
        clock
    }

    fn advance(&mut self, lane: &Lane, clock: &Clock) {
        if self.lanes.len() <= lane.id {
            self.lanes.resize_with(lane.id + 1, Clock::default);
        }
        self.lanes[lane.id].clone_from(clock);
        let card = &mut self.cards[lane.card];
        card.all.join(clock);
        match lane.ties {
            Ties::Default => card.default_stream.clone_from(clock),
            Ties::Blocking => card.blocking_streams.join(clock),
            Ties::None => {}
        }
    }
}
