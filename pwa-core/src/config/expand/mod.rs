//! A document with every default written out.
//!
//! What the particle table, the convention and the program filled in is said explicitly, so that
//! the text keeps its meaning when a table or a default changes. The expanded document gives the
//! same model, and expanding it again changes nothing.

mod chains;
mod document;
#[cfg(test)]
mod tests;

pub use document::expand;
