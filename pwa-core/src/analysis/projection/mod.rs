//! Distributions of events and of the model in variables of the event: numbers to draw, without a picture.

mod histogram;
mod model_weights;
mod observable;
mod plane;
mod spectrum;
mod standard;
mod variable;

pub use histogram::{Binning, Histogram};
pub use model_weights::{ModelWeights, Pairs};
pub use observable::{Observable, ObservableError};
pub use plane::Plane;
pub use spectrum::{Axis, Named, Projection, Stack, pull};
pub use standard::{Decay, angles, cosines, dalitz_pairs, decays, masses};
pub use variable::{EventVariable, evaluate};
