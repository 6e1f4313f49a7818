//! Programs that use CUDA through cudarc, as products do. They print what happens to them.

#![allow(unsafe_code, reason = "launches are unsafe in cudarc")]

mod compiled;
mod leaks;
mod streams;
mod timeline;

pub use compiled::BUGS;

use std::sync::Arc;

use cudarc::driver::sys::{CUdevice_attribute as Attribute, CUevent_flags, CUfunction_attribute};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaSlice, CudaStream, DriverError, LaunchConfig, PushKernelArg,
};
use cudarc::nvrtc::Ptx;

/// `twice(x, y, n)`: y = 2 x.
const TWICE: &str = ".version 8.0\n.target sm_70\n.address_size 64\n.visible .entry twice(.param .u64 x, .param .u64 y, .param .u32 n)\n\
    .maxntid 128, 1, 1\n{\n.reg .pred %p;\n.reg .b32 %r<5>;\n.reg .b64 %a<5>;\n.reg .f64 %d<2>;\n.shared .align 8 .b8 s[1024];\n\
    ld.param.u64 %a0, [x];\nld.param.u64 %a1, [y];\nld.param.u32 %r0, [n];\nmov.u32 %r1, %ctaid.x;\nmov.u32 %r2, %ntid.x;\n\
    mov.u32 %r3, %tid.x;\nmad.lo.u32 %r4, %r1, %r2, %r3;\nsetp.ge.u32 %p, %r4, %r0;\n@%p bra END;\nmad.wide.u32 %a2, %r4, 8, %a0;\n\
    mad.wide.u32 %a3, %r4, 8, %a1;\nld.global.f64 %d0, [%a2];\nadd.f64 %d1, %d0, %d0;\nst.global.f64 [%a3], %d1;\nEND:\nret;\n}\n";

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

pub fn run(program: &str) {
    let result = match program {
        "doubles" => doubles(),
        "count" => count(),
        "properties" => properties(),
        "cards" => cards(),
        "objects" => objects(),
        "images" => images(),
        "launches" => launches(),
        "leak at context" => leaks::at(true),
        "leak at exit" => leaks::at(false),
        "gives back" => leaks::gives_back(),
        "gives back elsewhere" => leaks::gives_back_elsewhere(),
        "raw frees" => leaks::raw_frees(),
        "bug" => bug(),
        "uninitialised" => uninitialised(),
        "faults" => faults(),
        "compiled" => compiled::compiled(),
        "streams" => streams::streams("none"),
        _ if program.starts_with("leak of ") => leaks::of(&program["leak of ".len()..]),
        _ if program.starts_with("time ") => timeline::timeline(&program["time ".len()..]),
        _ if program.starts_with("streams ") => {
            if let Err(error) = streams::streams(&program["streams ".len()..]) {
                println!("{error}");
            }
            Ok(())
        }
        _ => match program
            .strip_prefix("bug ")
            .and_then(|number| number.parse().ok())
        {
            Some(number) => compiled::total(number).map(|sum| println!("sum {sum:?}")),
            None => Err(format!("no program `{program}`").into()),
        },
    };
    result.unwrap();
}

fn outcome<T>(result: std::result::Result<T, DriverError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error
            .error_name()
            .map_or("?".to_owned(), |name| name.to_string_lossy().into_owned()),
    }
}

fn config(blocks: usize, threads: usize) -> LaunchConfig {
    LaunchConfig {
        grid_dim: (blocks as u32, 1, 1),
        block_dim: (threads as u32, 1, 1),
        shared_mem_bytes: 0,
    }
}

fn twice(context: &Arc<CudaContext>) -> Result<CudaFunction> {
    Ok(context
        .load_module(Ptx::from_src(TWICE))?
        .load_function("twice")?)
}

/// Launches `twice` on n elements, which the slices may not have.
fn launch(
    stream: &Arc<CudaStream>,
    f: &CudaFunction,
    x: &CudaSlice<f64>,
    y: &mut CudaSlice<f64>,
    n: usize,
) -> std::result::Result<(), DriverError> {
    let n = n as u32;
    // SAFETY: the arguments are those of the kernel; whether they are in bounds is what is tested.
    unsafe {
        stream
            .launch_builder(f)
            .arg(x)
            .arg(y)
            .arg(&n)
            .launch(config((n as usize).div_ceil(32), 32))
    }
    .map(|_| ())
}

fn doubles() -> Result {
    let context = CudaContext::new(0)?;
    let stream = context.new_stream()?;
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let x = stream.clone_htod(&x)?;
    let mut y = stream.alloc_zeros::<f64>(100)?;
    launch(&stream, &twice(&context)?, &x, &mut y, 100)?;
    println!("sum {}", stream.clone_dtoh(&y)?.iter().sum::<f64>());
    Ok(())
}

fn count() -> Result {
    match CudaContext::device_count() {
        Ok(count) => println!("cards {count}"),
        error => println!("{}", outcome(error)),
    }
    Ok(())
}

fn properties() -> Result {
    let context = CudaContext::new(0)?;
    println!(
        "{} capability {:?}",
        context.name()?,
        context.compute_capability()?
    );
    println!(
        "memory {} uuid {:?}",
        context.total_mem()?,
        context.uuid()?.bytes
    );
    println!(
        "bus {}",
        context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH)?
    );
    let stream = context.default_stream();
    let slice = stream.alloc_zeros::<u8>(1000)?;
    println!("after {:?}", context.mem_get_info()?);
    println!("too much {}", outcome(stream.alloc_zeros::<u8>(999_000)));
    drop(slice);
    Ok(())
}

fn cards() -> Result {
    for number in 0..CudaContext::device_count()? as usize {
        let context = CudaContext::new(number)?;
        let (capability, memory) = (context.compute_capability()?, context.mem_get_info()?);
        println!("card {number} capability {capability:?} memory {memory:?}");
    }
    Ok(())
}

/// One use of each kind of object.
fn objects() -> Result {
    let context = CudaContext::new(0)?;
    context.set_blocking_synchronize()?;
    let streams = [context.new_stream()?, context.new_stream()?];
    let f = twice(&context)?;
    println!(
        "registers {} shared {} threads {}",
        f.num_regs()?,
        f.shared_size_bytes()?,
        f.max_threads_per_block()?
    );
    println!(
        "blocks {}",
        f.occupancy_max_active_blocks_per_multiprocessor(128, 0, None)?
    );
    // SAFETY: the memory is written before it is read.
    let mut pinned = unsafe { context.alloc_pinned::<f64>(64) }?;
    pinned
        .as_mut_slice()?
        .iter_mut()
        .enumerate()
        .for_each(|(i, x)| *x = i as f64);
    let mut x = streams[0].alloc_zeros::<f64>(64)?;
    streams[0].memcpy_htod(&pinned, &mut x)?;
    let begin = streams[0].record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))?;
    let mut y = streams[0].alloc_zeros::<f64>(64)?;
    launch(&streams[0], &f, &x, &mut y, 64)?;
    let end = streams[0].record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))?;
    streams[1].wait(&end)?;
    let copy = streams[1].clone_dtod(&y)?;
    streams[1].memcpy_dtoh(&copy, &mut pinned)?;
    streams[1].synchronize()?;
    assert_eq!(pinned.as_slice()?[63], 126.0);
    // The model gives some microseconds; it would give the same on any machine.
    assert!(end.is_complete() && begin.elapsed_ms(&end)? > 0.004);
    streams[0].memset_zeros(&mut y)?;
    assert_eq!(streams[0].clone_dtoh(&y)?, [0.0; 64]);
    let other = CudaContext::new(1)?;
    let far = other.default_stream().clone_htod(&[1.0, 2.0])?;
    assert_eq!(other.default_stream().clone_dtoh(&far)?, [1.0, 2.0]);
    context.synchronize()?;
    println!("all objects");
    Ok(())
}

fn images() -> Result {
    let context = CudaContext::new(0)?;
    println!(
        "cubin {}",
        outcome(context.load_module(Ptx::from_binary(
            b"\x7fELF\x02\x01\x01\x33\0\0\0\0".to_vec()
        )))
    );
    println!(
        "broken {}",
        outcome(context.load_module(Ptx::from_src(TWICE.replace("add.f64", "nonsense"))))
    );
    println!(
        "absent {}",
        outcome(
            context
                .load_module(Ptx::from_src(TWICE))?
                .load_function("thrice")
        )
    );
    Ok(())
}

fn launches() -> Result {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    let f = twice(&context)?;
    let (x, mut y) = (stream.alloc_zeros::<f64>(8)?, stream.alloc_zeros::<f64>(8)?);
    let mut with = |config: LaunchConfig| {
        let n = 8u32;
        // SAFETY: the arguments are those of the kernel.
        outcome(unsafe {
            stream
                .launch_builder(&f)
                .arg(&x)
                .arg(&mut y)
                .arg(&n)
                .launch(config)
        })
    };
    println!("no threads {}", with(config(1, 0)));
    println!("too many {}", with(config(1, 256)));
    let large = LaunchConfig {
        shared_mem_bytes: 64 << 10,
        ..config(1, 8)
    };
    println!("shared {}", with(large));
    f.set_attribute(
        CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
        64 << 10,
    )?;
    println!("opted in {}", with(large));
    Ok(())
}

fn bug() -> Result {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    let f = twice(&context)?;
    let (x, mut y) = (
        stream.alloc_zeros::<f64>(100)?,
        stream.alloc_zeros::<f64>(200)?,
    );
    println!("launch {}", outcome(launch(&stream, &f, &x, &mut y, 101)));
    println!("synchronise {}", outcome(stream.synchronize()));
    println!("next {}", outcome(stream.clone_dtoh(&y)));
    Ok(())
}

fn uninitialised() -> Result {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    // SAFETY: reading it is what is tested.
    let slice = unsafe { stream.alloc::<f64>(16) }?;
    println!("copy {}", outcome(stream.clone_dtoh(&slice)));
    Ok(())
}

fn faults() -> Result {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    let f = twice(&context)?;
    let x = stream.alloc_zeros::<f64>(8)?;
    let mut y = match stream.alloc_zeros::<f64>(8) {
        Ok(y) => y,
        error => {
            println!("allocation {}", outcome(error));
            return Ok(());
        }
    };
    for _ in 0..2 {
        let launched = outcome(launch(&stream, &f, &x, &mut y, 8));
        println!("launch {launched}, then {}", outcome(stream.synchronize()));
    }
    Ok(())
}
