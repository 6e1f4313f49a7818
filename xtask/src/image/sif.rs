//! The same SIF from the same files: times and identity of an image file follow from its content.
//!
//! Source: <https://github.com/apptainer/sif>, version 1 of the format. Numbers are little-endian.
//!
//! ```text
//! header      launch[32] magic[10] version[3] arch[3] id[16] created modified (i64) free total offset size … (i64)
//! descriptor  type (i32) used (1 byte) id group link (u32) offset size padded (i64) created modified (i64) …
//! ```

use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"SIF_MAGIC\0";
const MAGIC_AT: usize = 32;
const ID_AT: usize = 48;
const TIMES_AT: usize = 64;
/// How many descriptors there is room for, where they begin, and the bytes of all.
const TOTAL_AT: usize = 88;
const OFFSET_AT: usize = 96;
const SIZE_AT: usize = 104;
const USED_AT: usize = 4;
/// Of the two times in a descriptor.
const DESCRIBED_AT: usize = 41;

/// Dates everything in a SIF and names it after its content.
pub fn normalise(sif: &mut [u8], date: u64) -> Result<(), String> {
    if sif.get(MAGIC_AT..MAGIC_AT + MAGIC.len()) != Some(MAGIC) {
        return Err("this is no SIF".to_owned());
    }
    let short = || "the SIF is shorter than its header says".to_owned();
    let total = number(sif, TOTAL_AT).ok_or_else(short)?;
    let offset = number(sif, OFFSET_AT).ok_or_else(short)?;
    let size = number(sif, SIZE_AT).ok_or_else(short)?;
    let each = size.checked_div(total).ok_or_else(short)?;
    set_times(sif, TIMES_AT, date).ok_or_else(short)?;
    for index in 0..total {
        let at = offset + index * each;
        if *sif.get(at + USED_AT).ok_or_else(short)? != 0 {
            set_times(sif, at + DESCRIBED_AT, date).ok_or_else(short)?;
        }
    }
    let id = sif.get_mut(ID_AT..ID_AT + 16).ok_or_else(short)?;
    id.fill(0);
    let mut id: [u8; 16] = Sha256::digest(&*sif)[..16]
        .try_into()
        .map_err(|_| short())?;
    // A UUID of version 4 and the usual variant, RFC 9562.
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    sif[ID_AT..ID_AT + 16].copy_from_slice(&id);
    Ok(())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 8)?;
    usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn set_times(bytes: &mut [u8], at: usize, date: u64) -> Option<()> {
    let date = date.to_le_bytes();
    bytes
        .get_mut(at..at + 16)?
        .copy_from_slice(&[date, date].concat());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SIF of one descriptor in a list of two, made at a time by a program that draws identities.
    fn sif(time: u64, id: u8, content: &[u8]) -> Vec<u8> {
        let (offset, each) = (128, 100);
        let mut bytes = vec![0; offset + 2 * each];
        bytes[MAGIC_AT..MAGIC_AT + MAGIC.len()].copy_from_slice(MAGIC);
        bytes[ID_AT..ID_AT + 16].fill(id);
        for (at, value) in [
            (64, time),
            (72, time),
            (TOTAL_AT, 2),
            (OFFSET_AT, 128),
            (SIZE_AT, 200),
        ] {
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        bytes[offset + USED_AT] = 1;
        let at = offset + DESCRIBED_AT;
        bytes[at..at + 8].copy_from_slice(&time.to_le_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn equal_content_makes_equal_files() {
        let normal = |mut bytes: Vec<u8>| {
            normalise(&mut bytes, 7).unwrap();
            bytes
        };
        let first = normal(sif(1, 2, b"files"));
        assert_eq!(first, normal(sif(3, 4, b"files")));
        assert_ne!(
            first[ID_AT..ID_AT + 16],
            normal(sif(1, 2, b"other"))[ID_AT..ID_AT + 16]
        );
        assert_eq!(first[TIMES_AT], 7);
    }

    #[test]
    fn damaged_files_are_refused() {
        assert!(normalise(&mut [0; 200], 7).is_err());
        let mut short = sif(1, 2, b"");
        short.truncate(150);
        assert!(normalise(&mut short, 7).is_err());
        short.truncate(60);
        assert!(normalise(&mut short, 7).is_err());
    }
}
