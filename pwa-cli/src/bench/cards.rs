//! The model's table: a config on cards that are not here.

use std::convert::Infallible;

use miette::{Result, miette};
use pwa_core::engine::{Columns, Plan, Precision, Storage};
use pwa_core::objective::Order;
use pwa_cuda::{DATA_SHEETS, DataSheet, Image, Nvrtc, Purpose, Source, Usage};
use serde_json::{Value, json};

use super::Work;
use super::model::{Call, Expected, assumptions, expected};
use super::report::duration;
use crate::backend::cuda_settings;
use crate::table::table;

/// The kernel of a gradient, by its name in kernels/sums.cu.
const KERNEL: &str = "sums_gradient";
/// What the kernels are compiled for at most, where no compiler says what they take.
const MOST_REGISTERS: u32 = 128;

/// A gradient and a batch of them on one card.
struct Row {
    card: &'static DataSheet,
    /// What the assembler says of the kernel; None without NVRTC.
    usage: Option<Usage>,
    shared_bytes: usize,
    blocks: u32,
    gradient: Expected,
    batch: Expected,
}

pub struct Cards {
    rows: Vec<Row>,
    batch: usize,
    compiler: String,
}

impl Cards {
    /// Of a plan whose sums run over so many events of data and of Monte Carlo.
    pub fn new(
        plan: &Plan,
        precision: Precision,
        (data, monte_carlo): (usize, usize),
        batch: usize,
    ) -> Result<Self> {
        let nvrtc = Nvrtc::open(cuda_settings(None).nvrtc.as_deref());
        let work = Work::of(plan, precision);
        let call = |points, points_of_walk| Call {
            bytes: work.bytes * (data + monte_carlo),
            flops: work.flops(Order::Gradient, data, monte_carlo),
            points,
            points_of_walk,
        };
        // How many events a tile has follows from the columns alone.
        let none = Columns::build::<Infallible>(
            plan.columns,
            plan.variables,
            Vec::new(),
            &Storage {
                precision,
                folder: None,
            },
            |_| Ok(()),
        );
        let none = none.map_err(|error| miette!("{error}"))?;
        let compiled = |card: &DataSheet, purpose| {
            let source = Source::new(plan, card.variant(purpose, &none));
            let usage = nvrtc.as_ref().ok().and_then(|nvrtc| {
                let compiled = nvrtc.compile(&source.text, card.architecture, Image::Cubin);
                let usages = Usage::of_log(&compiled.ok()?.log);
                usages.into_iter().find(|usage| usage.kernel == KERNEL)
            });
            (source, usage)
        };
        let row = |card: &'static DataSheet| {
            let (source, usage) = compiled(card, Purpose::Gradient { batch: false });
            let (of_batch, usage_of_batch) = compiled(card, Purpose::Gradient { batch: true });
            let most = Usage {
                kernel: KERNEL.to_owned(),
                registers: MOST_REGISTERS,
                spills: 0,
                stack: 0,
                shared: 0,
            };
            let used = usage.as_ref().unwrap_or(&most);
            let used_by_batch = usage_of_batch.as_ref().unwrap_or(&most);
            let together = of_batch.points().min(batch);
            let blocks = card.blocks_of(used, source.launch_bytes(1));
            let blocks_of_batch = card.blocks_of(used_by_batch, of_batch.launch_bytes(together));
            Row {
                card,
                blocks,
                gradient: expected(card, blocks, call(1, 1)),
                batch: expected(card, blocks_of_batch, call(batch, together)),
                shared_bytes: used.shared as usize + source.launch_bytes(1),
                usage,
            }
        };
        Ok(Self {
            rows: DATA_SHEETS.iter().map(row).collect(),
            batch,
            compiler: match &nvrtc {
                Ok(nvrtc) => format!("NVRTC {}.{}", nvrtc.version.0, nvrtc.version.1),
                Err(error) => format!("{MOST_REGISTERS} registers taken for all, as {error}"),
            },
        })
    }

    pub fn print(&self) {
        say!(
            "A MODEL from data sheets, nothing was measured; {}",
            assumptions()
        );
        say!(
            "registers and shared memory of `{KERNEL}`: {}",
            self.compiler
        );
        let header = [
            "",
            "GB/s",
            "TFlop/s",
            "registers",
            "shared kB",
            "blocks",
            "threads",
            "gradient",
            "limited by",
            "batch",
            "limited by",
        ];
        let rows = self.rows.iter().map(|row| {
            let registers = row.usage.as_ref().map(|usage| usage.registers.to_string());
            vec![
                row.card.name.to_owned(),
                format!("{:.0}", 1e-9 * row.card.bandwidth),
                format!("{:.1}", 1e-12 * row.card.double_rate()),
                registers.unwrap_or("—".to_owned()),
                format!("{:.0}", row.shared_bytes as f64 / 1024.0),
                row.blocks.to_string(),
                format!("{:.0} %", 100.0 * row.card.occupancy(row.blocks)),
                duration(row.gradient.seconds),
                row.gradient.bound.name().to_owned(),
                duration(row.batch.seconds),
                row.batch.bound.name().to_owned(),
            ]
        });
        say!("{}", table(&header, rows.collect()));
        say!(
            "blocks and threads of a processor; batch: {} points",
            self.batch
        );
    }

    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            let expected =
                |e: &Expected| json!({"seconds": e.seconds, "limited_by": e.bound.name()});
            json!({
                "card": row.card.name,
                "architecture": row.card.architecture,
                "registers": row.usage.as_ref().map(|usage| usage.registers),
                "spilled_bytes": row.usage.as_ref().map(|usage| usage.spills),
                "shared_bytes": row.shared_bytes,
                "blocks": row.blocks,
                "occupancy": row.card.occupancy(row.blocks),
                "gradient": expected(&row.gradient),
                "batch": expected(&row.batch),
            })
        };
        json!({
            "model": assumptions(),
            "compiler": self.compiler,
            "batch_points": self.batch,
            "cards": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}
