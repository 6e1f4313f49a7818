//! Where starts meet: each runs in a thread of its own and waits there for its evaluations, which
//! are made together.
//!
//! A round is evaluated when every start waits or has left, so the points of a round follow from the
//! starts alone and never from the timing of threads.
//!
//! A start leaves by returning or by a panic. Those that still run when the rendezvous is dropped are
//! told to end, so an error or a panic of its owner hangs nobody.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Result as Outcome, Scope};

use super::evaluator::{Answer, Ask, Stop, complete};
use crate::objective::{EvaluationError, Objective, Order};

/// What a start tells.
enum Message<T> {
    Asks(Vec<f64>, Order),
    Leaves(Outcome<T>),
}

/// A start that has not left.
struct Seat {
    /// One channel a thread: an answer wakes the thread it is for and no other.
    answers: Sender<Answer>,
    /// Absent while the start computes.
    request: Option<(Vec<f64>, Order)>,
}

/// One evaluation of a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub start: usize,
    pub order: Order,
    /// Absent where the objective has none.
    pub value: Option<f64>,
}

/// Starts in their threads and the objective they share; `T` is what a start returns.
pub(super) struct Rendezvous<'scope, 'env, T> {
    scope: &'scope Scope<'scope, 'env>,
    objective: &'env dyn Objective,
    seats: BTreeMap<usize, Seat>,
    /// Starts that compute.
    busy: usize,
    outbox: Sender<(usize, Message<T>)>,
    inbox: Receiver<(usize, Message<T>)>,
}

impl<'scope, 'env, T: Send + 'scope> Rendezvous<'scope, 'env, T> {
    pub fn new(scope: &'scope Scope<'scope, 'env>, objective: &'env dyn Objective) -> Self {
        let (outbox, inbox) = channel();
        Rendezvous {
            scope,
            objective,
            seats: BTreeMap::new(),
            busy: 0,
            outbox,
            inbox,
        }
    }

    pub fn seated(&self) -> usize {
        self.seats.len()
    }

    /// Lets `start` run in a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn enter(
        &mut self,
        start: usize,
        run: impl FnOnce(Ask<'_>) -> T + Send + 'scope,
    ) -> io::Result<()> {
        let (answers, answered) = channel();
        let outbox = self.outbox.clone();
        let body = move || {
            let ask = |point: &[f64], order: Order| {
                // Both channels are open until the rendezvous is dropped.
                let asked = outbox.send((start, Message::Asks(point.to_vec(), order)));
                (asked.ok().and_then(|()| answered.recv().ok()))
                    .unwrap_or(Answer::End(Stop::Interrupted))
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&ask)));
            drop(outbox.send((start, Message::Leaves(outcome))));
        };
        (Builder::new().name(format!("start {start}"))).spawn_scoped(self.scope, body)?;
        let request = None;
        self.seats.insert(start, Seat { answers, request });
        self.busy += 1;
        Ok(())
    }

    /// Waits until every start waits for an answer or has left; returns those that left, in order.
    pub fn meet(&mut self) -> Vec<(usize, Outcome<T>)> {
        let mut left = Vec::new();
        while self.busy > 0 {
            // The rendezvous holds a sender itself, so the channel is open.
            let Ok((start, message)) = self.inbox.recv() else {
                break;
            };
            self.busy -= 1;
            match message {
                Message::Asks(point, order) => {
                    if let Some(seat) = self.seats.get_mut(&start) {
                        seat.request = Some((point, order));
                    }
                }
                Message::Leaves(outcome) => {
                    self.seats.remove(&start);
                    left.push((start, outcome));
                }
            }
        }
        left.sort_by_key(|&(start, _)| start);
        left
    }

    /// Tells waiting starts to end instead of answering them; returns whether there was one.
    pub fn dismiss(&mut self, verdict: impl Fn(usize) -> Option<Stop>) -> bool {
        let mut dismissed = false;
        for (&start, seat) in &mut self.seats {
            if let Some(stop) = verdict(start)
                && seat.request.take().is_some()
            {
                dismissed = true;
                self.busy += 1;
                answer(seat, Answer::End(stop));
            }
        }
        dismissed
    }

    /// Evaluates what the waiting starts ask for, one call of the objective for each order, and
    /// answers them.
    pub fn evaluate(&mut self) -> Vec<Seen> {
        let mut round = Vec::with_capacity(self.seats.len());
        for order in [Order::Value, Order::Gradient, Order::Hessian] {
            let (mut starts, mut points) = (Vec::new(), Vec::new());
            for (&start, seat) in &mut self.seats {
                if let Some((point, _)) = seat.request.take_if(|(_, wanted)| *wanted == order) {
                    starts.push(start);
                    points.push(point);
                }
            }
            if points.is_empty() {
                continue;
            }
            let mut found = self.objective.evaluate_many(&points, order).into_iter();
            for (start, point) in starts.into_iter().zip(&points) {
                let found = found.next().unwrap_or_else(|| {
                    let reason = "the objective returned too few values".to_string();
                    Err(EvaluationError { reason })
                });
                let found = found.and_then(|found| complete(found, order, point.len()));
                let value = found.as_ref().ok().map(|found| found.value);
                round.push((
                    Seen {
                        start,
                        order,
                        value,
                    },
                    found,
                ));
            }
        }
        // Answers wait for the slowest order: a start that computes would take a core from it.
        self.busy += round.len();
        (round.into_iter())
            .map(|(seen, found)| {
                if let Some(seat) = self.seats.get(&seen.start) {
                    answer(seat, Answer::Found(found));
                }
                seen
            })
            .collect()
    }
}

fn answer(seat: &Seat, answer: Answer) {
    // A waiting thread holds the other end.
    drop(seat.answers.send(answer));
}
