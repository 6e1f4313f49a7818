//! Lines of a file: what stands in one, and whether it is as it was written.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub(super) fn line(record: &impl Serialize) -> io::Result<Vec<u8>> {
    // Keys in the order of a value's, as borrowed steps have them.
    let text = serde_json::to_value(record)?.to_string();
    Ok(format!("{} {text}\n", digest(text.as_bytes())).into_bytes())
}

/// The record of a line that is as it was written.
pub(super) fn whole<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    let (head, text) = line.strip_suffix(b"\n")?.split_at_checked(17)?;
    let sound = head == format!("{} ", digest(text)).as_bytes();
    sound.then(|| serde_json::from_slice(text).ok()).flatten()
}

fn digest(text: &[u8]) -> String {
    digits(&Sha256::digest(text)[..8])
}

pub(super) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
