//! Models of other programs: import to and export from the config document.

pub mod tf_pwa;
