//! Emulated cards: what they claim to be, what they hold, and how launches run on them.

mod causality;
mod model;
mod state;
mod timeline;

pub use model::{Model, REGISTERS};
pub use state::{Arguments, Card, LaunchError, Launched, copy_seconds};
pub use timeline::{Awaited, Engine, Lane, Moment, Span, Spent, Ties, Timeline};
