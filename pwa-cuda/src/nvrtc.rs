//! The compiler of the kernels: NVIDIA's NVRTC, a library that is looked for when it is needed.
//!
//! cudarc takes an unversioned `libnvrtc.so` first, which beside CUDA 13 no longer knows V100 cards. So the library is
//! opened here, by the path of the user, beside the binary, as `libnvrtc.so.12`, and only then by any other name.

#![allow(unsafe_code)]

use std::error::Error;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};

use libloading::Library;

use crate::error::CudaError;

/// Names to look for, the best one first.
const NAMES: [&str; 3] = ["libnvrtc.so.12", "libnvrtc.so.13", "libnvrtc.so"];

type Program = *mut c_void;
type Status = c_int;

/// An open NVRTC.
#[derive(Debug)]
pub struct Nvrtc {
    library: Library,
    /// Where it was found.
    pub name: String,
    pub version: (i32, i32),
    /// sm_70 as 70.
    pub architectures: Vec<u32>,
}

/// What is wanted of a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// Text for any card from this architecture on, which the driver assembles.
    Ptx,
    /// Machine code of this architecture; its log names registers and spills of each kernel.
    Cubin,
}

/// A compiled source.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub image: Vec<u8>,
    pub log: String,
}

impl Nvrtc {
    /// Opens the library of the user, or the first that is found.
    ///
    /// # Errors
    /// When there is none, or it is not what it is called.
    pub fn open(of_user: Option<&Path>) -> Result<Self, CudaError> {
        let candidates: Vec<PathBuf> = match of_user {
            Some(path) => vec![path.to_owned()],
            None => {
                let beside = std::env::current_exe().ok();
                let beside = beside.and_then(|path| Some(path.parent()?.join(NAMES[0])));
                (beside.into_iter().filter(|path| path.exists()))
                    .chain(NAMES.iter().map(PathBuf::from))
                    .collect()
            }
        };
        let mut reasons = Vec::new();
        for candidate in candidates {
            // SAFETY: opening a shared library runs its initialisers; NVRTC's do nothing.
            match unsafe { Library::new(&candidate) } {
                Ok(library) => return Self::with(library, candidate.display().to_string()),
                Err(error) => reasons.push(match error.source() {
                    Some(source) => source.to_string(),
                    None => format!("{}: {error}", candidate.display()),
                }),
            }
        }
        Err(CudaError::NoCompiler(reasons.join("; ")))
    }

    fn with(library: Library, name: String) -> Result<Self, CudaError> {
        let mut nvrtc = Self {
            library,
            name,
            version: (0, 0),
            architectures: Vec::new(),
        };
        let (mut major, mut minor, mut count) = (0, 0, 0);
        // SAFETY: the signatures are those of nvrtc.h; pointers are valid during the calls, and the
        // array is as long as the library asks.
        unsafe {
            let version = nvrtc.symbol::<Two>(b"nvrtcVersion\0")?;
            nvrtc.check(version(&raw mut major, &raw mut minor))?;
            let number = nvrtc.symbol::<One>(b"nvrtcGetNumSupportedArchs\0")?;
            nvrtc.check(number(&raw mut count))?;
            let mut list = vec![0; usize::try_from(count).unwrap_or(0)];
            let get = nvrtc.symbol::<One>(b"nvrtcGetSupportedArchs\0")?;
            nvrtc.check(get(list.as_mut_ptr()))?;
            nvrtc.architectures = list.iter().filter_map(|&a| u32::try_from(a).ok()).collect();
        }
        nvrtc.version = (major, minor);
        Ok(nvrtc)
    }

    /// Compiles a source for an architecture: 70 is V100.
    ///
    /// # Errors
    /// When the library does not know the architecture or refuses the source.
    pub fn compile(
        &self,
        source: &str,
        architecture: u32,
        image: Image,
    ) -> Result<Compiled, CudaError> {
        let best = self.check_architecture(architecture)?;
        let mut options = options(best, image);
        let source = CString::new(source).map_err(|e| CudaError::Compile(e.to_string()))?;
        // SAFETY: signatures of nvrtc.h; strings and buffers outlive the calls, buffers have the size
        // that the library asks for, and the program is destroyed once.
        unsafe {
            let mut program: Program = std::ptr::null_mut();
            let create = self.symbol::<Create>(b"nvrtcCreateProgram\0")?;
            self.check(create(
                &raw mut program,
                source.as_ptr(),
                c"gpuwa.cu".as_ptr(),
                0,
                std::ptr::null(),
                std::ptr::null(),
            ))?;
            let pointers: Vec<*const c_char> =
                options.iter_mut().map(|option| option.as_ptr()).collect();
            let count = pointers.len() as c_int;
            let compile = self.symbol::<Compile>(b"nvrtcCompileProgram\0")?;
            let status = compile(program, count, pointers.as_ptr());
            let log = self.fetch(
                program,
                b"nvrtcGetProgramLogSize\0",
                b"nvrtcGetProgramLog\0",
            );
            let code = match (status, image) {
                (0, Image::Ptx) => self.fetch(program, b"nvrtcGetPTXSize\0", b"nvrtcGetPTX\0"),
                (0, Image::Cubin) => {
                    self.fetch(program, b"nvrtcGetCUBINSize\0", b"nvrtcGetCUBIN\0")
                }
                _ => Ok(Vec::new()),
            };
            let destroy = self.symbol::<Destroy>(b"nvrtcDestroyProgram\0")?;
            destroy(&raw mut program);
            let log = String::from_utf8_lossy(&log?)
                .trim_end_matches('\0')
                .to_owned();
            if status != 0 {
                return Err(CudaError::Compile(log));
            }
            Ok(Compiled { image: code?, log })
        }
    }

    /// The best architecture to compile for: this one, or the next older one, whose text the driver of a newer
    /// card takes.
    ///
    /// # Errors
    /// When the library knows newer ones only.
    pub fn check_architecture(&self, wanted: u32) -> Result<u32, CudaError> {
        let known = || self.architectures.iter().copied();
        let best = known().filter(|&architecture| architecture <= wanted).max();
        best.ok_or_else(|| CudaError::Architecture {
            library: self.name.clone(),
            wanted,
            known: known()
                .map(|a| a.to_string())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// Whether code that it makes for an architecture runs there: that of the same generation and not newer does.
    ///
    /// # Errors
    /// When the library knows newer ones only.
    pub fn has_machine_code(&self, wanted: u32) -> Result<bool, CudaError> {
        Ok(self.check_architecture(wanted)? / 10 == wanted / 10)
    }

    fn check(&self, status: Status) -> Result<(), CudaError> {
        match status {
            0 => Ok(()),
            status => Err(CudaError::NoCompiler(format!(
                "{} answers with error {status}",
                self.name
            ))),
        }
    }

    unsafe fn symbol<F>(
        &self,
        name: &'static [u8],
    ) -> Result<libloading::Symbol<'_, F>, CudaError> {
        // SAFETY: the caller gives the type that nvrtc.h has for this name.
        unsafe { self.library.get(name) }.map_err(|_| {
            let name = String::from_utf8_lossy(name);
            let name = name.trim_end_matches('\0');
            CudaError::NoCompiler(format!("{} has no {name}", self.name))
        })
    }

    unsafe fn fetch(
        &self,
        program: Program,
        size: &'static [u8],
        get: &'static [u8],
    ) -> Result<Vec<u8>, CudaError> {
        let mut length = 0;
        // SAFETY: as in `compile`, which calls this.
        unsafe {
            let size = self.symbol::<Size>(size)?;
            self.check(size(program, &raw mut length))?;
            let mut bytes = vec![0_u8; length];
            let get = self.symbol::<Get>(get)?;
            self.check(get(program, bytes.as_mut_ptr().cast()))?;
            Ok(bytes)
        }
    }
}

type One = unsafe extern "C" fn(*mut c_int) -> Status;
type Two = unsafe extern "C" fn(*mut c_int, *mut c_int) -> Status;
type Create = unsafe extern "C" fn(
    *mut Program,
    *const c_char,
    *const c_char,
    c_int,
    *const *const c_char,
    *const *const c_char,
) -> Status;
type Compile = unsafe extern "C" fn(Program, c_int, *const *const c_char) -> Status;
type Destroy = unsafe extern "C" fn(*mut Program) -> Status;
type Size = unsafe extern "C" fn(Program, *mut usize) -> Status;
type Get = unsafe extern "C" fn(Program, *mut c_char) -> Status;

/// Products and sums are fused where the kernels say so and nowhere else: digits depend on it.
pub(crate) fn options(architecture: u32, image: Image) -> Vec<CString> {
    let kind = match image {
        Image::Ptx => format!("--gpu-architecture=compute_{architecture}"),
        Image::Cubin => format!("--gpu-architecture=sm_{architecture}"),
    };
    let mut options = vec![kind, "--std=c++17".to_owned(), "--fmad=false".to_owned()];
    if image == Image::Cubin {
        options.push("--ptxas-options=-v".to_owned());
    }
    // None of them has a zero byte.
    options
        .into_iter()
        .filter_map(|option| CString::new(option).ok())
        .collect()
}
