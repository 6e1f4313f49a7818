//! The kernels of all examples in `data/` compile for every architecture; a table of what they take.

mod common;
mod example;

use common::{compiles_for, not_run, settings, without_shapes};
use example::Example;
use pwa_core::engine::Plan;
use pwa_cuda::{DATA_SHEETS, DataSheet, Image, Nvrtc, Purpose, Source, Usage};
use rayon::prelude::*;

/// One compilation.
struct Work<'a> {
    example: &'a Example,
    card: &'a DataSheet,
    /// The plan has no shape: all that is compiled is written by hand.
    by_hand: bool,
    purpose: Purpose,
}

impl Work<'_> {
    fn plan(&self) -> Plan {
        let plan = (*self.example.plan).clone();
        if self.by_hand {
            without_shapes(plan)
        } else {
            plan
        }
    }

    fn lines(&self, nvrtc: &Nvrtc) -> Vec<String> {
        let plan = self.plan();
        let source = Source::new(&plan, self.card.variant(self.purpose, &self.example.data));
        let compiled = nvrtc.compile(&source.text, self.card.architecture, Image::Cubin);
        let compiled = compiled.unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        let usages = Usage::of_log(&compiled.log);
        assert_eq!(usages.len(), 1, "{}", compiled.log);
        let [launch_bytes, most_bytes] =
            [1, source.points()].map(|points| source.launch_bytes(points));
        let line = |usage: &Usage| {
            let name = self.name();
            assert!(usage.registers <= 128, "{name}: {usage:?}");
            assert!(!self.by_hand || usage.spills == 0, "{name}: {usage:?}");
            let blocks = self.card.blocks_of(usage, launch_bytes);
            let of_most = self.card.blocks_of(usage, most_bytes);
            assert!(
                blocks > 0 && of_most > 0,
                "{name}: {usage:?} and {most_bytes} bytes"
            );
            format!(
                "{name:<40} {:<14} {:>9} {:>6} {:>5} {:>7} {blocks:>6}",
                usage.kernel,
                usage.registers,
                usage.spills,
                usage.stack,
                usage.shared as usize + launch_bytes
            )
        };
        usages.iter().map(line).collect()
    }

    fn name(&self) -> String {
        let shapes = if self.by_hand {
            "by hand"
        } else {
            "with shapes"
        };
        let Self { example, card, .. } = self;
        format!("{} sm_{} {shapes}", example.name, card.architecture)
    }
}

/// Two blocks of 256 threads need at most 128 registers a thread. What is written by hand saves none of
/// them to memory; calls in shapes, of a slow division or a sine, may.
#[test]
fn kernels_of_all_examples_compile_for_all_cards() {
    let nvrtc = match Nvrtc::open(settings().nvrtc.as_deref()) {
        Ok(nvrtc) => nvrtc,
        Err(error) => return not_run(&error),
    };
    let examples = example::all();
    let mut work = Vec::new();
    for card in &DATA_SHEETS {
        if !compiles_for(&nvrtc, card) {
            continue;
        }
        for example in &examples {
            for purpose in Purpose::ALL {
                // What is written by hand is compiled for all cards by compile.rs.
                let by_hand = [70, 90].contains(&card.architecture);
                let which = if by_hand {
                    &[true, false][..]
                } else {
                    &[false]
                };
                work.extend(which.iter().map(|&by_hand| Work {
                    example,
                    card,
                    by_hand,
                    purpose,
                }));
            }
        }
    }
    println!(
        "{} {:?}, {} compilations",
        nvrtc.name,
        nvrtc.version,
        work.len()
    );
    let mut table: Vec<String> = work
        .par_iter()
        .flat_map(|work| work.lines(&nvrtc))
        .collect();
    table.sort();
    table.dedup();
    println!(
        "{:<40} {:<14} registers spills stack  shared blocks",
        "", "kernel"
    );
    println!("{}", table.join("\n"));
}
