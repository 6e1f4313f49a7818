//! Modules, their functions and variables.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use super::session::{Function, Module, Session};
use super::{Outcome, Status, call, put};
use crate::card::REGISTERS;
use crate::memory::locked;
use crate::program::{self, LoadError};
use crate::ptx::Space;

fn load(session: &Session, text: &str) -> Outcome<u64> {
    let ordinal = session.current_ordinal()?;
    let card = session.current_card()?;
    let mut place = |variable: &crate::ptx::Variable| {
        let is_constant = variable.space == Space::Constant;
        let mut memory = locked(card.memory.write());
        let allocation = memory.define(
            &variable.name,
            variable.size,
            &variable.initial,
            is_constant,
        );
        allocation.map(|allocation| allocation.base)
    };
    let (program, symbols) = program::load(text, card.model.arch, &mut place).map_err(|error| {
        session
            .report
            .error(&format!("the module is refused: {error}"));
        match error {
            LoadError::Target { .. } => Status::NO_BINARY_FOR_GPU,
            LoadError::Memory { .. } => Status::OUT_OF_MEMORY,
            _ => Status::INVALID_PTX,
        }
    })?;
    let functions = Mutex::new(HashMap::new());
    Ok(session.modules.insert(Module {
        card: ordinal,
        program,
        symbols,
        functions,
    }))
}

/// PTX ends with a zero. Machine code is refused as a card refuses that of another card, so that programs
/// fall back to PTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleLoadData(module: *mut u64, image: *const c_void) -> Status {
    call("cuModuleLoadData", |session| {
        if image.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        // SAFETY: an image is machine code, which begins with more than four bytes, or ends with a zero.
        let text = unsafe { CStr::from_ptr(image.cast()) };
        let is_binary = |bytes: &[u8]| {
            bytes.starts_with(b"\x7fELF") || bytes.starts_with(&[0x50, 0xed, 0x55, 0xba])
        };
        if is_binary(text.to_bytes()) {
            return Err(Status::NO_BINARY_FOR_GPU);
        }
        let text = text.to_str().map_err(|_| Status::INVALID_PTX)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(module, load(session, text)?) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleLoadDataEx(
    module: *mut u64,
    image: *const c_void,
    _count: c_uint,
    _options: *mut c_uint,
    _values: *mut *mut c_void,
) -> Status {
    // SAFETY: as `cuda.h` asks; options of the assembler mean nothing here.
    unsafe { cuModuleLoadData(module, image) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleLoad(module: *mut u64, path: *const c_char) -> Status {
    call("cuModuleLoad", |session| {
        // SAFETY: as `cuda.h` asks.
        let path = unsafe { CStr::from_ptr(path) }
            .to_str()
            .map_err(|_| Status::INVALID_VALUE)?;
        let bytes = std::fs::read(path).map_err(|_| Status::FILE_NOT_FOUND)?;
        let text = String::from_utf8(bytes).map_err(|_| Status::NO_BINARY_FOR_GPU)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(module, load(session, &text)?) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuModuleUnload(module: u64) -> Status {
    call("cuModuleUnload", |session| {
        let unloaded = session.modules.remove(module)?;
        session.wait_card(unloaded.card);
        session
            .functions
            .remove_if(|function| function.module == module);
        let mut memory = locked(session.cards[unloaded.card].memory.write());
        for symbol in unloaded.symbols.values() {
            // A module's variables live as long as the module.
            let _ = memory.free(symbol.address);
        }
        session.healthy(&session.cards[unloaded.card])
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleGetFunction(
    function: *mut u64,
    module: u64,
    name: *const c_char,
) -> Status {
    call("cuModuleGetFunction", |session| {
        let loaded = session.modules.get(module)?;
        // SAFETY: as `cuda.h` asks.
        let name = unsafe { CStr::from_ptr(name) }
            .to_str()
            .map_err(|_| Status::NOT_FOUND)?;
        let kernel = loaded.program.kernels.get(name).ok_or(Status::NOT_FOUND)?;
        let mut functions = locked(loaded.functions.lock());
        let handle = *functions.entry(name.to_owned()).or_insert_with(|| {
            let most_dynamic = AtomicI32::new(0);
            session.functions.insert(Function {
                card: loaded.card,
                module,
                kernel: kernel.clone(),
                most_dynamic,
            })
        });
        // SAFETY: as `cuda.h` asks.
        unsafe { put(function, handle) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleGetGlobal_v2(
    address: *mut u64,
    bytes: *mut usize,
    module: u64,
    name: *const c_char,
) -> Status {
    call("cuModuleGetGlobal_v2", |session| {
        let loaded = session.modules.get(module)?;
        // SAFETY: as `cuda.h` asks.
        let name = unsafe { CStr::from_ptr(name) }
            .to_str()
            .map_err(|_| Status::NOT_FOUND)?;
        let symbol = loaded.symbols.get(name).ok_or(Status::NOT_FOUND)?;
        // SAFETY: as `cuda.h` asks; either may be null.
        let (_, _) = unsafe {
            (
                put(address, symbol.address),
                put(bytes, symbol.bytes as usize),
            )
        };
        Ok(())
    })
}

/// Numbers of `CUfunction_attribute`.
const MAX_THREADS: c_int = 0;
const SHARED_BYTES: c_int = 1;
const CONSTANT_BYTES: c_int = 2;
const LOCAL_BYTES: c_int = 3;
const REGISTER_COUNT: c_int = 4;
const PTX_VERSION: c_int = 5;
const BINARY_VERSION: c_int = 6;
const CACHE_MODE: c_int = 7;
const MOST_DYNAMIC: c_int = 8;
const CARVEOUT: c_int = 9;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuFuncGetAttribute(
    value: *mut c_int,
    attribute: c_int,
    function: u64,
) -> Status {
    call("cuFuncGetAttribute", |session| {
        let function = session.functions.get(function)?;
        let kernel = &function.kernel;
        let arch = session.cards[function.card].model.arch as c_int;
        let found = match attribute {
            MAX_THREADS => kernel.max_threads.unwrap_or(1024).min(1024) as c_int,
            SHARED_BYTES => kernel.shared_bytes as c_int,
            LOCAL_BYTES => kernel.local_bytes as c_int,
            REGISTER_COUNT => REGISTERS as c_int,
            PTX_VERSION | BINARY_VERSION => arch,
            MOST_DYNAMIC => function
                .most_dynamic
                .load(SeqCst)
                .max((48 << 10) - kernel.shared_bytes as c_int),
            CONSTANT_BYTES | CACHE_MODE => 0,
            CARVEOUT => -1,
            _ => return Err(Status::INVALID_VALUE),
        };
        // SAFETY: as `cuda.h` asks.
        unsafe { put(value, found) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuFuncSetAttribute(function: u64, attribute: c_int, value: c_int) -> Status {
    call("cuFuncSetAttribute", |session| {
        let function = session.functions.get(function)?;
        let most = session.cards[function.card].model.shared_bytes_optin as c_int
            - function.kernel.shared_bytes as c_int;
        match attribute {
            MOST_DYNAMIC if (0..=most).contains(&value) => {
                function.most_dynamic.store(value, SeqCst);
                Ok(())
            }
            CARVEOUT if (-1..=100).contains(&value) => Ok(()),
            _ => Err(Status::INVALID_VALUE),
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuFuncSetCacheConfig(function: u64, _config: c_uint) -> Status {
    call("cuFuncSetCacheConfig", |session| {
        session.functions.get(function).map(|_| ())
    })
}

/// Where a parameter lies in the list, for programs that check their arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuFuncGetParamInfo(
    function: u64,
    index: usize,
    offset: *mut usize,
    bytes: *mut usize,
) -> Status {
    call("cuFuncGetParamInfo", |session| {
        let function = session.functions.get(function)?;
        let parameter = function
            .kernel
            .parameters
            .get(index)
            .ok_or(Status::INVALID_VALUE)?;
        // SAFETY: as `cuda.h` asks; the size may be null.
        let _ = unsafe { put(bytes, parameter.bytes as usize) };
        // SAFETY: as `cuda.h` asks.
        unsafe { put(offset, parameter.offset as usize) }
    })
}
