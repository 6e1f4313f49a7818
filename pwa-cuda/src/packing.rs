//! How neighbouring tiles of a sample lie in the memory of a device: all that kernels read of them, packed.
//!
//! A piece is a complete little sample: its events and terms are numbered from zero.

use std::io;
use std::ops::Range;

use pwa_core::engine::{Columns, Plan, Precision};

use crate::error::CudaError;
use crate::layout::Layout;
use crate::octets::octets;

/// Tiles that one block adds one after the other, as one task of the CPU backend does.
pub const GROUP: usize = 4;
/// Each kind of numbers begins at a multiple of so many bytes, as an allocation does.
const ALIGN: usize = 256;

/// Some tiles of a sample, whole groups of them.
#[derive(Debug, Clone)]
pub struct Piece {
    pub groups: Range<usize>,
    pub tiles: Range<usize>,
    pub events: Range<usize>,
    pub terms: Range<usize>,
}

impl Piece {
    pub fn new(columns: &Columns, groups: Range<usize>) -> Self {
        let tile = |group: usize| (group * GROUP).min(columns.tiles());
        let tiles = tile(groups.start)..tile(groups.end);
        let (start, end) = (
            columns.tile_start(tiles.start),
            columns.tile_start(tiles.end),
        );
        Self {
            groups,
            tiles,
            events: start.event..end.event,
            terms: start.term..end.term,
        }
    }
}

/// One kind of numbers.
enum Numbers<'a> {
    /// Re and Im of all columns by octets of events, tile after tile.
    Columns,
    Doubles(&'a [f64]),
    /// The backgrounds of a term side by side.
    Backgrounds(Vec<&'a [f64]>),
    Integers(Vec<i32>),
}

/// The numbers of a piece, in the order of the kernels' arguments: columns, variables, tiles (first event, events,
/// first term, terms of each), weights, backgrounds, the first event of each term, shares.
pub struct Packing<'a> {
    columns: &'a Columns,
    tiles: Range<usize>,
    /// Bytes of the columns of a tile.
    tile_bytes: usize,
    column_order: Vec<usize>,
    kinds: [Numbers<'a>; 7],
}

impl<'a> Packing<'a> {
    /// # Errors
    /// When a piece has more events than a kernel can count.
    pub fn new(plan: &Plan, columns: &'a Columns, piece: &Piece) -> Result<Self, CudaError> {
        let terms = columns.terms();
        let mut tiles = Vec::new();
        for tile in piece.tiles.clone() {
            let (start, end) = (columns.tile_start(tile), columns.tile_start(tile + 1));
            tiles.extend([start.event - piece.events.start, end.event - start.event]);
            tiles.extend([start.term - piece.terms.start, end.term - start.term]);
        }
        let (mut firsts, mut shares): (Vec<usize>, &[f64]) = (Vec::new(), &[]);
        if let Some(groups) = terms.groups() {
            firsts.push(0);
            for size in &groups.sizes[piece.terms.clone()] {
                firsts.push(firsts.last().map_or(0, |first| first + size));
            }
            shares = &groups.shares[piece.events.clone()];
        }
        let backgrounds = terms.backgrounds.iter();
        let backgrounds = backgrounds.map(|b| &b[piece.terms.clone()]).collect();
        let variables = plan.variables * columns.stride();
        let variables = piece.tiles.start * variables..piece.tiles.end * variables;
        Ok(Self {
            columns,
            tiles: piece.tiles.clone(),
            tile_bytes: tile_bytes(plan, columns),
            column_order: Layout::new(plan).column_order,
            kinds: [
                Numbers::Columns,
                Numbers::Doubles(&columns.variable_planes()[variables]),
                Numbers::Integers(integers(&tiles)?),
                Numbers::Doubles(&columns.weights()[piece.terms.clone()]),
                Numbers::Backgrounds(backgrounds),
                Numbers::Integers(integers(&firsts)?),
                Numbers::Doubles(shares),
            ],
        })
    }

    /// Where each kind begins, and the end of all; never zero.
    pub fn places(&self) -> ([usize; 7], usize) {
        let mut end = 0;
        let places = std::array::from_fn(|kind| {
            let begin = end;
            let (units, bytes) = self.units(kind);
            end = (begin + units * bytes).next_multiple_of(ALIGN);
            begin
        });
        (places, end.max(ALIGN))
    }

    /// In how many units a kind may be copied, and the bytes of one.
    pub fn units(&self, kind: usize) -> (usize, usize) {
        match &self.kinds[kind] {
            Numbers::Columns if self.tile_bytes == 0 => (0, 1),
            Numbers::Columns => (self.tiles.len(), self.tile_bytes),
            Numbers::Doubles(numbers) => (numbers.len(), 8),
            Numbers::Backgrounds(all) => (all.iter().map(|b| b.len()).sum(), 8),
            Numbers::Integers(numbers) => (numbers.len(), 4),
        }
    }

    /// Writes units of a kind from number `first` on, as many as there is room for.
    ///
    /// # Errors
    /// When columns cannot be read back from their file.
    pub fn write(&self, kind: usize, first: usize, room: &mut [u8]) -> io::Result<()> {
        match &self.kinds[kind] {
            Numbers::Columns => {
                let mut buffer = Vec::new();
                for (tile, room) in room.chunks_exact_mut(self.tile_bytes).enumerate() {
                    let tile = self.tiles.start + first + tile;
                    let planes = self.columns.column_planes(tile, &mut buffer)?;
                    let numbers = octets(planes, self.columns.stride(), &self.column_order);
                    match self.columns.precision() {
                        Precision::Double => copy(numbers, f64::to_ne_bytes, room),
                        // They were singles before: nothing is rounded.
                        Precision::Single => copy(numbers, |x| (x as f32).to_ne_bytes(), room),
                    }
                }
            }
            Numbers::Doubles(numbers) => {
                copy(numbers[first..].iter().copied(), f64::to_ne_bytes, room)
            }
            Numbers::Backgrounds(all) => {
                let number = |place: usize| all[place % all.len()][place / all.len()];
                copy((first..).map(number), f64::to_ne_bytes, room);
            }
            Numbers::Integers(numbers) => {
                copy(numbers[first..].iter().copied(), i32::to_ne_bytes, room)
            }
        }
        Ok(())
    }
}

fn copy<T, const N: usize>(
    from: impl Iterator<Item = T>,
    bytes: impl Fn(T) -> [u8; N],
    to: &mut [u8],
) {
    for (to, from) in to.as_chunks_mut().0.iter_mut().zip(from) {
        *to = bytes(from);
    }
}

fn integers(numbers: &[usize]) -> Result<Vec<i32>, CudaError> {
    let too_many = |_| CudaError::Memory("2^31 events on one GPU".to_owned());
    let numbers = numbers.iter().map(|&n| i32::try_from(n).map_err(too_many));
    numbers.collect()
}

/// Bytes of the columns of a tile.
pub fn tile_bytes(plan: &Plan, columns: &Columns) -> usize {
    2 * plan.columns * columns.stride() * columns.precision().bytes()
}

/// Bytes of so many groups at most.
pub fn bytes_of_groups(plan: &Plan, columns: &Columns, groups: usize) -> u64 {
    // A weight, a first event and a share an event.
    let of_events = columns.stride() * (8 * (plan.variables + plan.backgrounds) + 20);
    let tile = tile_bytes(plan, columns) + of_events + 16;
    (groups * GROUP * tile + 8 * ALIGN) as u64
}
