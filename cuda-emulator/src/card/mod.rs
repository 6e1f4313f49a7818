//! Emulated cards: what they claim to be, what they hold, and how launches run on them.

mod model;
mod state;

pub use model::{Model, REGISTERS};
pub use state::{Arguments, Card, LaunchError};
