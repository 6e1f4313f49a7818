//! Sizes in a ROOT file, checked against the file before hep-root allocates by them.
//!
//! A record of a ROOT file says how long it is on disk and in memory. hep-root reserves what it says; a flipped bit
//! there may ask for gigabytes. So every record is looked at first: it must lie inside the file, and the compressed
//! blocks it is made of (each 16 MiB at most, each with a header of its own) must add up to what it promises.

use hep_root::cursor::Cursor;
use hep_root::file::{FileHeader, Key, parse_directory, parse_header, parse_key};
use hep_root::{Branch, ByteSource, LocalFile, RootFile};

/// Bytes of a record read to find its header; names and titles longer than this are read in full.
const HEADER_READ: u64 = 1024;
/// Bytes of the header of a compressed block: two letters, a method, two lengths of 24 bits.
const BLOCK_HEADER: u64 = 9;

fn read(source: &impl ByteSource, offset: u64, length: u64) -> Result<Vec<u8>, String> {
    let end = offset
        .checked_add(length)
        .filter(|end| *end <= source.len());
    if end.is_none() {
        return Err(format!(
            "the file is cut short or damaged: {length} bytes should stand at byte {offset}, it has {} bytes",
            source.len()
        ));
    }
    // The length was just compared with the file's, so it fits memory as well as the file does.
    let mut bytes = vec![0; length as usize];
    source
        .read_at(offset, &mut bytes)
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// The header of a file and its list of keys, before `RootFile::open` reads them.
pub(super) fn check_file(source: &LocalFile) -> Result<FileHeader, String> {
    let head = read(source, 0, source.len().min(100))?;
    let header = parse_header(&head).map_err(|e| e.to_string())?;
    if header.end > source.len() {
        return Err(format!(
            "the file is cut short: its header says {} bytes, it has {}",
            header.end,
            source.len()
        ));
    }
    let start = header.begin.saturating_add(u64::from(header.nbytes_name));
    let record = read(source, start, 64.min(source.len().saturating_sub(start)))?;
    let directory = parse_directory(&record, start).map_err(|e| e.to_string())?;
    if directory.seek_keys == 0 {
        return Err("the file was never closed: it has no list of its contents".into());
    }
    read(
        source,
        directory.seek_keys,
        u64::from(directory.nbytes_keys),
    )?;
    Ok(header)
}

/// What a record says of itself.
pub(super) struct Record {
    /// Bytes of its object in memory.
    length: u64,
    /// Number of entries, should it be a basket: the header of one follows the key.
    entries: Option<i32>,
}

/// One record: its place, its blocks and its promises.
pub(super) fn check_record(
    source: &impl ByteSource,
    offset: u64,
    nbytes: u64,
) -> Result<Record, String> {
    let head = read(source, offset, nbytes.min(HEADER_READ))?;
    if nbytes > source.len() - offset {
        return Err(format!(
            "the file is cut short or damaged: a record of {nbytes} bytes at byte {offset} passes its end"
        ));
    }
    let (key, entries) = match header(&head) {
        Ok(header) => header,
        Err(_) if nbytes > HEADER_READ => {
            header(&read(source, offset, nbytes)?).map_err(|e| e.to_string())?
        }
        Err(e) => return Err(e.to_string()),
    };
    let (length, start) = (u64::from(key.obj_len), u64::from(key.key_len));
    if start > nbytes || u64::from(key.nbytes) != nbytes {
        return Err(format!(
            "the record at byte {offset} contradicts the list that names it"
        ));
    }
    if !key.compressed() {
        return Ok(Record { length, entries });
    }
    let (mut at, mut inside) = (start, 0);
    while inside < length {
        if at + BLOCK_HEADER > nbytes {
            return Err(format!(
                "the record at byte {offset} promises {length} bytes and holds {inside}"
            ));
        }
        let block = read(source, offset + at, BLOCK_HEADER)?;
        let u24 = |b: &[u8]| u64::from(b[0]) | u64::from(b[1]) << 8 | u64::from(b[2]) << 16;
        at += BLOCK_HEADER + u24(&block[3..6]);
        let size = u24(&block[6..9]);
        if size == 0 || at > nbytes {
            return Err(format!("the record at byte {offset} has a damaged block"));
        }
        inside += size;
    }
    if inside != length {
        return Err(format!(
            "the record at byte {offset} promises {length} bytes and holds {inside}"
        ));
    }
    Ok(Record { length, entries })
}

/// The key at the start of a record and, where the record is a basket, its number of entries.
fn header(head: &[u8]) -> hep_root::Result<(Key, Option<i32>)> {
    let mut cursor = Cursor::new(head, 0);
    let key = parse_key(&mut cursor)?;
    // A version of 2 bytes, the size of the buffer and that of its table of offsets, 4 bytes each.
    let entries = cursor.skip(10).and_then(|()| cursor.i32()).ok();
    Ok((key, entries))
}

/// The keys of a directory, all sizes checked.
pub(super) fn directory_keys(file: &RootFile<LocalFile>, key: &Key) -> Result<Vec<Key>, String> {
    let source = file.source();
    check_record(source, key.seek_key, u64::from(key.nbytes))?;
    let (object, origin) = file.read_object(key).map_err(|e| e.to_string())?;
    let directory = parse_directory(&object, key.seek_key + origin).map_err(|e| e.to_string())?;
    if directory.nbytes_keys == 0 {
        return Ok(Vec::new());
    }
    let list = read(
        source,
        directory.seek_keys,
        u64::from(directory.nbytes_keys),
    )?;
    hep_root::file::parse_key_list(&list, directory.seek_keys).map_err(|e| e.to_string())
}

/// Every basket of a branch. An entry of it takes `entry_bytes` where that is fixed; otherwise at least its offset of
/// 4 bytes, or one byte where the branch keeps no offsets.
pub(super) fn check_branch(
    source: &impl ByteSource,
    branch: &Branch,
    entry_bytes: Option<u64>,
) -> Result<(), String> {
    let entry_bytes = entry_bytes.unwrap_or(if branch.entry_offset_len > 0 { 4 } else { 1 });
    let check = |entries: i32, bytes: u64| match u64::try_from(entries) {
        // Both factors are below 2^32 and 2^31.
        Ok(entries) if entries * entry_bytes <= bytes => Ok(entries),
        _ => Err(format!(
            "a basket says {entries} entries and has {bytes} bytes"
        )),
    };
    let written = usize::try_from(branch.write_basket).unwrap_or(0);
    if written > branch.basket_seek.len() || written > branch.basket_bytes.len() {
        return Err("its list of baskets is shorter than it says".into());
    }
    let mut entries = 0;
    for (seek, nbytes) in branch
        .basket_seek
        .iter()
        .zip(&branch.basket_bytes)
        .take(written)
    {
        let (Ok(seek @ 1..), Ok(nbytes @ 1..)) = (u64::try_from(*seek), u64::try_from(*nbytes))
        else {
            return Err("one of its baskets has no place in the file".into());
        };
        let record = check_record(source, seek, nbytes)?;
        entries += check(record.entries.unwrap_or(-1), record.length)?;
    }
    for basket in &branch.embedded_baskets {
        entries += check(basket.nev_buf, basket.data.len() as u64)?;
    }
    if u64::try_from(branch.entries) != Ok(entries) {
        return Err(format!(
            "it says {} entries, its baskets hold {entries}",
            branch.entries
        ));
    }
    Ok(())
}
