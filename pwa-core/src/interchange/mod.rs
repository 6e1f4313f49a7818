//! Models of other programs: import to and export from the config document.

pub mod amplitude_serialization;
pub mod tf_pwa;
