//! The kernels compile for every architecture; what the assembler says about registers and spills.

mod common;

use std::convert::Infallible;

use common::{compiles_for, everything, not_run, plan, settings, without_shapes};
use pwa_core::engine::{Columns, Plan, Precision, ShapeFunction, Storage, Wave};
use pwa_core::expr::Expr;
use pwa_cuda::{
    DATA_SHEETS, DataSheet, Image, Nvrtc, Purpose, Source, Usage, pairwise_text, probe_text,
};
use rayon::prelude::*;

fn compiler() -> Option<Nvrtc> {
    match Nvrtc::open(settings().nvrtc.as_deref()) {
        Ok(nvrtc) => {
            println!("{} {:?}", nvrtc.name, nvrtc.version);
            Some(nvrtc)
        }
        Err(error) => {
            not_run(&error);
            None
        }
    }
}

/// Columns without an event.
fn stored(plan: &Plan, precision: Precision, grouped: bool) -> Columns {
    let terms = if grouped {
        common::grouped(0)
    } else {
        common::single(0)
    };
    let storage = Storage {
        precision,
        folder: None,
    };
    let (columns, variables) = (plan.columns, plan.variables);
    Columns::build::<Infallible>(columns, variables, terms, &storage, |_| Ok(())).expect("columns")
}

/// What the kernels of a plan take, for all purposes and on all architectures.
fn everywhere(plan: &Plan, precision: Precision, grouped: bool) -> Vec<Usage> {
    let Some(nvrtc) = compiler() else {
        return Vec::new();
    };
    let columns = stored(plan, precision, grouped);
    let mut work = Vec::new();
    for card in &DATA_SHEETS {
        if compiles_for(&nvrtc, card) {
            work.extend(Purpose::ALL.map(|purpose| (card, purpose)));
        }
    }
    let compile = |&(card, purpose): &(&DataSheet, Purpose)| {
        let source = Source::new(plan, card.variant(purpose, &columns));
        let compiled = nvrtc.compile(&source.text, card.architecture, Image::Cubin);
        let compiled = compiled.expect("the kernels compile");
        let usages = Usage::of_log(&compiled.log);
        assert_eq!(usages.len(), 1, "{}", compiled.log);
        for usage in &usages {
            println!("sm_{} {usage:?}", card.architecture);
        }
        usages
    };
    work.par_iter().flat_map(compile).collect()
}

/// Two blocks of 256 threads share 65536 registers.
const REGISTERS: u32 = 128;

fn do_not_spill(usages: &[Usage]) {
    for usage in usages {
        assert!(
            usage.spills == 0 && usage.registers <= REGISTERS,
            "{usage:?}"
        );
    }
}

/// Every shape a product of a variable and a parameter, or a variable alone: what remains is written by hand.
fn with_simple_shapes(mut plan: Plan) -> Plan {
    for function in &mut plan.functions {
        let variable = Expr::variable(0);
        *function = match function.parameters {
            0 => ShapeFunction::new(&variable, 1, 0),
            1 => ShapeFunction::new(&(variable * Expr::parameter(0)), 1, 1),
            _ => {
                let line = variable * Expr::parameter(0) + Expr::parameter(1);
                ShapeFunction::new(&line, 1, 2)
            }
        };
    }
    plan
}

#[test]
fn kernels_of_no_plan_do_not_spill() {
    let Some(nvrtc) = compiler() else { return };
    for card in DATA_SHEETS.iter().filter(|card| compiles_for(&nvrtc, card)) {
        for text in [pairwise_text(), probe_text()] {
            let compiled = nvrtc.compile(&text, card.architecture, Image::Cubin);
            let usages = Usage::of_log(&compiled.expect("it compiles").log);
            assert_eq!(usages.len(), 1);
            do_not_spill(&usages);
        }
    }
}

#[test]
fn hand_written_kernels_do_not_spill() {
    for (plan, precision, grouped) in [
        (plan(), Precision::Double, false),
        (everything(), Precision::Single, true),
    ] {
        do_not_spill(&everywhere(&without_shapes(plan), precision, grouped));
    }
}

#[test]
fn what_is_written_by_hand_around_shapes_does_not_spill() {
    for (plan, precision, grouped) in [
        (plan(), Precision::Single, false),
        (everything(), Precision::Double, true),
    ] {
        do_not_spill(&everywhere(&with_simple_shapes(plan), precision, grouped));
    }
}

#[test]
fn kernels_with_shapes_leave_room_for_two_blocks() {
    for usage in everywhere(&everything(), Precision::Double, true) {
        // Calls of a slow division or sine save some numbers in memory, which are no spills of a loop.
        assert!(
            usage.registers <= REGISTERS && usage.spills <= 256,
            "{usage:?}"
        );
    }
}

/// Couplings alone, each wave in three rows.
fn with_waves(waves: usize) -> Plan {
    let columns = |wave: usize| (0..3).map(|row| (row, 3 * wave + row)).collect();
    Plan {
        rows: 3,
        coefficients: waves,
        columns: 3 * waves,
        waves: (0..waves)
            .map(|wave| Wave {
                coefficient: wave,
                shape: None,
                columns: columns(wave),
            })
            .collect(),
        ..Plan::default()
    }
}

/// Loops over waves stay loops, and no kernel keeps a number for each of them in registers.
#[test]
fn more_waves_are_not_more_code() {
    let Some(nvrtc) = compiler() else { return };
    let card = &DATA_SHEETS[0];
    for purpose in Purpose::ALL {
        let code = [64, 256].map(|waves| {
            let plan = with_waves(waves);
            let columns = stored(&plan, Precision::Double, false);
            let source = Source::new(&plan, card.variant(purpose, &columns));
            let compile = |image| nvrtc.compile(&source.text, card.architecture, image);
            let text = compile(Image::Ptx).expect("the kernels compile").image;
            let text = String::from_utf8_lossy(&text).into_owned();
            let instructions = text.lines().filter(|line| line.ends_with(';')).count();
            let log = compile(Image::Cubin).expect("the kernels compile").log;
            let registers = Usage::of_log(&log)
                .iter()
                .map(|usage| usage.registers)
                .max();
            println!(
                "{purpose:?}, {waves} waves: {instructions} instructions, {registers:?} registers"
            );
            (instructions, registers.expect("a kernel"))
        });
        let [few, many] = code;
        assert!(10 * many.0 < 11 * few.0, "{purpose:?}: {code:?}");
        assert!(code.iter().all(|code| code.1 <= REGISTERS), "{code:?}");
    }
}
