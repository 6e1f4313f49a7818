//! What the host gives to a device by the way.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, DeviceRepr};

use crate::error::CudaError;

/// Numbers of the host on their way. Most drivers have put them aside when the call returns; one that reads pageable memory by
/// itself (Grace Hopper, unified memory of the system) may do so later. They stay until they have arrived.
pub struct Sent {
    stream: Arc<CudaStream>,
    arrived: CudaEvent,
    numbers: Vec<Box<dyn Any>>,
}

impl Sent {
    pub fn new(stream: &Arc<CudaStream>) -> Result<Self, CudaError> {
        Ok(Self {
            stream: Arc::clone(stream),
            arrived: stream.context().new_event(None)?,
            numbers: Vec::new(),
        })
    }

    /// A copy on the device; one zero for none, which cannot be allocated.
    pub fn send<T: DeviceRepr + Default + 'static>(
        &mut self,
        mut numbers: Vec<T>,
    ) -> Result<CudaSlice<T>, CudaError> {
        if numbers.is_empty() {
            numbers.push(T::default());
        }
        let copy = self.stream.clone_htod(&numbers);
        self.keep(numbers)?;
        Ok(copy?)
    }

    /// A copy of some of them.
    pub fn send_part(
        &mut self,
        numbers: &Arc<[f64]>,
        range: Range<usize>,
    ) -> Result<CudaSlice<f64>, CudaError> {
        let copy = self.stream.clone_htod(&numbers[range]);
        self.keep(Arc::clone(numbers))?;
        Ok(copy?)
    }

    fn keep(&mut self, numbers: impl Any) -> Result<(), CudaError> {
        self.numbers.push(Box::new(numbers));
        Ok(self.arrived.record(&self.stream)?)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        // Where waiting fails, the device has failed.
        self.arrived.synchronize().ok();
    }
}
