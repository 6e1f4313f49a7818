//! A sample on the device: columns by octets, variables and terms as they lie on the CPU.

use std::io;
use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream};
use pwa_core::engine::{Columns, Plan, Precision};

use crate::error::CudaError;
use crate::octets::octets;

/// Columns as they are stored.
#[derive(Debug)]
pub enum ColumnNumbers {
    Double(CudaSlice<f64>),
    Single(CudaSlice<f32>),
}

/// What kernels read of a sample. Where a kind of numbers is absent, one number stands for it.
#[derive(Debug)]
pub struct DeviceSample {
    pub columns: ColumnNumbers,
    pub variables: CudaSlice<f64>,
    /// First event, events, first term, terms of each tile; then the numbers of all of them.
    pub tiles: CudaSlice<i32>,
    pub weights: CudaSlice<f64>,
    pub backgrounds: CudaSlice<f64>,
    /// The first event of each term.
    pub firsts: CudaSlice<i32>,
    pub shares: CudaSlice<f64>,
}

impl DeviceSample {
    /// Copies a sample.
    ///
    /// # Errors
    /// When the memory does not suffice, or columns cannot be read back from their file.
    pub fn new(
        stream: &Arc<CudaStream>,
        plan: &Plan,
        columns: &Columns,
    ) -> Result<Self, CudaError> {
        let terms = columns.terms();
        let (mut tiles, mut firsts) = (Vec::new(), Vec::new());
        for tile in 0..columns.tiles() {
            let (start, end) = (columns.tile_start(tile), columns.tile_start(tile + 1));
            tiles.extend([start.event, end.event - start.event]);
            tiles.extend([start.term, end.term - start.term]);
        }
        let end = columns.tile_start(columns.tiles());
        tiles.extend([end.event, 0, end.term, 0]);
        let mut shares: &[f64] = &[];
        if let Some(groups) = terms.groups() {
            let mut first = 0;
            for size in &groups.sizes {
                firsts.push(first);
                first += size;
            }
            firsts.push(first);
            shares = &groups.shares;
        }
        Ok(Self {
            columns: upload_columns(stream, columns, 2 * plan.columns * columns.stride())?,
            variables: doubles(stream, columns.variable_planes())?,
            tiles: integers(stream, &tiles)?,
            weights: doubles(stream, columns.weights())?,
            backgrounds: doubles(stream, terms.background.as_deref().unwrap_or(&[]))?,
            firsts: integers(stream, &firsts)?,
            shares: doubles(stream, shares)?,
        })
    }
}

/// `numbers` of a tile.
fn upload_columns(
    stream: &Arc<CudaStream>,
    columns: &Columns,
    numbers: usize,
) -> Result<ColumnNumbers, CudaError> {
    let mut buffer = Vec::new();
    let length = (numbers * columns.tiles()).max(1);
    let range = |tile: usize| tile * numbers..(tile + 1) * numbers;
    let read = |error: io::Error| CudaError::Read(error.to_string());
    let filled = (0..columns.tiles()).filter(|_| numbers > 0);
    Ok(match columns.precision() {
        Precision::Double => {
            let mut on_device = stream.alloc_zeros::<f64>(length)?;
            for tile in filled {
                let planes = columns.column_planes(tile, &mut buffer).map_err(read)?;
                let pairs: Vec<f64> = octets(planes, columns.stride()).collect();
                stream.memcpy_htod(&pairs, &mut on_device.slice_mut(range(tile)))?;
            }
            ColumnNumbers::Double(on_device)
        }
        Precision::Single => {
            let mut on_device = stream.alloc_zeros::<f32>(length)?;
            for tile in filled {
                let planes = columns.column_planes(tile, &mut buffer).map_err(read)?;
                // They were singles before: nothing is rounded.
                let pairs: Vec<f32> = octets(planes, columns.stride()).map(|x| x as f32).collect();
                stream.memcpy_htod(&pairs, &mut on_device.slice_mut(range(tile)))?;
            }
            ColumnNumbers::Single(on_device)
        }
    })
}

/// Numbers on the device; one zero for none, which cannot be allocated.
pub fn doubles(stream: &Arc<CudaStream>, numbers: &[f64]) -> Result<CudaSlice<f64>, CudaError> {
    let numbers = if numbers.is_empty() { &[0.0] } else { numbers };
    Ok(stream.clone_htod(numbers)?)
}

fn integers(stream: &Arc<CudaStream>, numbers: &[usize]) -> Result<CudaSlice<i32>, CudaError> {
    let too_many = |_| CudaError::Memory("a sample has 2^31 events or more".to_owned());
    let numbers: Vec<i32> = (numbers.iter())
        .map(|&number| i32::try_from(number).map_err(too_many))
        .collect::<Result<_, _>>()?;
    let numbers = if numbers.is_empty() { vec![0] } else { numbers };
    Ok(stream.clone_htod(&numbers)?)
}
