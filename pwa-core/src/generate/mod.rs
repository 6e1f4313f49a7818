//! Simulated events: flat in phase space, or distributed as a model's intensity.

mod dalitz_grid;
mod events;
mod maximum;
mod phase_space;
mod random;
mod replica;
mod toys;
mod volume;
mod weight;

pub use dalitz_grid::dalitz_grid;
pub use events::GeneratedEvents;
pub use maximum::Pilot;
pub use phase_space::{PhaseSpace, PhaseSpaceError};
pub use random::{EventStreams, Purpose, uniform, waiting_time};
pub use replica::ReplicaNumbers;
pub use toys::{ToyError, ToyOptions, ToySize, Toys, generate_toys};
