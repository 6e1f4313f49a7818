//! Which cards there are, and their properties.

use std::ffi::{c_char, c_int, c_uint};

use super::{Status, call, put};
use crate::memory::locked;

/// `CU_DEVICE_ATTRIBUTE_COMPUTE_MODE`, and the mode of a card for one process at a time.
const COMPUTE_MODE: c_int = 20;
const EXCLUSIVE_PROCESS: c_int = 3;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetCount(count: *mut c_int) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuDeviceGetCount", |session| unsafe {
        put(count, session.cards.len() as c_int)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGet(device: *mut c_int, ordinal: c_int) -> Status {
    call("cuDeviceGet", |session| {
        session.card(ordinal)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(device, ordinal) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetName(
    name: *mut c_char,
    length: c_int,
    device: c_int,
) -> Status {
    call("cuDeviceGetName", |session| {
        let text = session.card(device)?.model.name;
        let room = usize::try_from(length).unwrap_or(0);
        if name.is_null() || room == 0 {
            return Err(Status::INVALID_VALUE);
        }
        let bytes = text.bytes().take(room - 1).chain([0]);
        for (at, byte) in bytes.enumerate() {
            // SAFETY: `at` is below `length`, the size of the caller's buffer.
            unsafe { name.add(at).write(byte as c_char) };
        }
        Ok(())
    })
}

/// `CUuuid`: the number of the card in its last byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetUuid_v2(uuid: *mut [u8; 16], device: c_int) -> Status {
    call("cuDeviceGetUuid_v2", |session| {
        session.card(device)?;
        let mut bytes = *b"cuda-emulator\0\0\0";
        bytes[15] = device as u8;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(uuid, bytes) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetUuid(uuid: *mut [u8; 16], device: c_int) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuDeviceGetUuid_v2(uuid, device) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceTotalMem_v2(bytes: *mut usize, device: c_int) -> Status {
    call("cuDeviceTotalMem_v2", |session| {
        let capacity = locked(session.card(device)?.memory.read()).capacity();
        // SAFETY: as `cuda.h` asks.
        unsafe { put(bytes, capacity as usize) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetAttribute(
    value: *mut c_int,
    attribute: c_int,
    device: c_int,
) -> Status {
    call("cuDeviceGetAttribute", |session| {
        let model = session.card(device)?.model;
        let found = match (attribute, session.settings.exclusive[device as usize]) {
            (COMPUTE_MODE, 1 | 2) => Some(EXCLUSIVE_PROCESS),
            _ => model.attribute(attribute),
        };
        // SAFETY: as `cuda.h` asks.
        unsafe { put(value, found.ok_or(Status::INVALID_VALUE)?) }
    })
}

/// Emulated cards do not see each other's memory; copies between them go through the host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceCanAccessPeer(
    can: *mut c_int,
    device: c_int,
    peer: c_int,
) -> Status {
    call("cuDeviceCanAccessPeer", |session| {
        session.card(device)?;
        session.card(peer)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(can, 0) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetP2PAttribute(
    value: *mut c_int,
    _which: c_uint,
    device: c_int,
    peer: c_int,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuDeviceCanAccessPeer(value, device, peer) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetPCIBusId(
    text: *mut c_char,
    length: c_int,
    device: c_int,
) -> Status {
    call("cuDeviceGetPCIBusId", |session| {
        session.card(device)?;
        let bus = format!("0000:{:02x}:00.0\0", device + 1);
        if text.is_null() || usize::try_from(length).unwrap_or(0) < bus.len() {
            return Err(Status::INVALID_VALUE);
        }
        for (at, byte) in bus.bytes().enumerate() {
            // SAFETY: the caller's buffer has room, as was just checked.
            unsafe { text.add(at).write(byte as c_char) };
        }
        Ok(())
    })
}
