//! What was measured, as JSON and as tables.

use serde_json::{Map, Value, json};

use super::{Gpu, Limit, Times};
use crate::table::table;

/// What was timed: machine, model and samples.
#[derive(Debug, Clone)]
pub struct Subject {
    pub config: String,
    pub backend: &'static str,
    pub instruction_set: &'static str,
    pub threads: usize,
    pub machine: String,
    pub precision: &'static str,
    /// Seed of the samples, where they were generated.
    pub seed: Option<u64>,
    pub events: usize,
    pub mc_events: usize,
    /// Events an evaluation passes over.
    pub summed_events: usize,
    pub free_parameters: usize,
    pub waves: usize,
    pub rows: usize,
    /// Pairs of wave and row.
    pub terms: usize,
    pub shapes: usize,
    pub columns: usize,
    pub variables: usize,
    pub bytes_per_event: usize,
    /// Of all last-level caches; none where the system does not say.
    pub cache: Option<u64>,
    /// What evaluates, where it is no processor.
    pub gpu: Option<Gpu>,
}

/// Seconds before the first evaluation, each step once.
#[derive(Debug, Clone, Copy)]
pub struct Prepared {
    /// Reading the config, lowering the model, normalising its waves.
    pub config: f64,
    /// Reading or generating the samples.
    pub samples: f64,
    pub columns: f64,
}

/// One kind of evaluation.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// Key in JSON.
    pub key: &'static str,
    pub name: String,
    pub times: Times,
    /// Of a call.
    pub bytes: usize,
    pub flops: usize,
}

#[derive(Debug, Clone)]
pub struct Report {
    pub subject: Subject,
    pub prepared: Prepared,
    /// NLL, gradient, Hessian, batch.
    pub evaluated: [Evaluated; 4],
    pub batch: usize,
    /// Bytes.
    pub memory: Measured,
    /// Flops.
    pub fma: Measured,
}

/// A limit of the machine.
#[derive(Debug, Clone)]
pub struct Measured {
    pub what: String,
    /// Of a run.
    pub amount: usize,
    pub times: Times,
}

impl Measured {
    pub fn new(limit: &Limit, times: Times) -> Self {
        Self {
            what: limit.what.clone(),
            amount: limit.amount,
            times,
        }
    }
}

/// The speed of an evaluation as a part of a limit.
#[derive(Debug, Clone, Copy)]
struct Fraction {
    /// The median over rounds.
    wall: f64,
    /// From processor times: what others run meanwhile matters less. None where the system does not say.
    cpu: Option<f64>,
}

impl Fraction {
    fn new((amount, times): (usize, &Times), measured: &Measured) -> Self {
        let size = amount as f64 / measured.amount as f64;
        let limit = &measured.times;
        Self {
            wall: times.against(limit, |time, limit| size * limit / time),
            cpu: limit
                .cpu
                .zip(times.cpu)
                .map(|(limit, time)| size * limit / time),
        }
    }

    fn cells(self) -> [String; 2] {
        let percent = |fraction: f64| format!("{:.0} %", 100.0 * fraction);
        [percent(self.wall), self.cpu.map_or("—".to_owned(), percent)]
    }
}

impl Report {
    fn of_memory(&self, e: &Evaluated) -> Fraction {
        self.without_cpu(Fraction::new((e.bytes, &e.times), &self.memory))
    }

    fn of_fma(&self, e: &Evaluated) -> Fraction {
        self.without_cpu(Fraction::new((e.flops, &e.times), &self.fma))
    }

    /// Processors that wait for a GPU say nothing by their time.
    fn without_cpu(&self, fraction: Fraction) -> Fraction {
        let of_gpu = self.subject.gpu.is_some();
        Fraction {
            cpu: fraction.cpu.filter(|_| !of_gpu),
            ..fraction
        }
    }

    fn ratios(&self) -> [(&'static str, f64); 3] {
        let [nll, gradient, hessian, batch] = self.evaluated.each_ref().map(|e| &e.times);
        let ratio = |a: &Times, b: &Times| a.against(b, |a, b| a / b);
        [
            ("gradient_to_nll", ratio(gradient, nll)),
            ("hessian_to_gradient", ratio(hessian, gradient)),
            ("batch_to_gradient", ratio(batch, gradient)),
        ]
    }

    pub fn json(&self) -> Value {
        let s = &self.subject;
        let events = s.summed_events as f64;
        let evaluated = self.evaluated.iter().map(|e| {
            let entry = json!({
                "median_seconds": e.times.median(),
                "best_seconds": e.times.best,
                "cpu_seconds": e.times.cpu,
                "calls_per_round": e.times.calls,
                "bytes_per_event": e.bytes as f64 / events,
                "flops_per_event": e.flops as f64 / events,
                "bandwidth_fraction": self.of_memory(e).wall,
                "cpu_bandwidth_fraction": self.of_memory(e).cpu,
                "fma_fraction": self.of_fma(e).wall,
                "cpu_fma_fraction": self.of_fma(e).cpu,
            });
            (e.key.to_owned(), entry)
        });
        let (memory, fma) = (&self.memory, &self.fma);
        let rate = |measured: &Measured, seconds: f64| measured.amount as f64 / seconds;
        let cpu_rate = |measured: &Measured| {
            let cpu = measured.times.cpu.filter(|_| s.gpu.is_none());
            cpu.map(|cpu| rate(measured, cpu))
        };
        let ratios = self
            .ratios()
            .map(|(name, ratio)| (name.to_owned(), json!(ratio)));
        let gpu = s.gpu.as_ref().map(|gpu| {
            json!({
                "name": gpu.name,
                "nominal_bandwidth_bytes_per_second": gpu.nominal.bandwidth,
                "nominal_fma_flops_per_second": gpu.nominal.double_rate,
            })
        });
        json!({
            "config": s.config,
            "backend": s.backend,
            "instruction_set": s.instruction_set,
            "threads": s.threads,
            "machine": s.machine,
            "gpu": gpu,
            "precision": s.precision,
            "seed": s.seed,
            "events": s.events,
            "mc_events": s.mc_events,
            "summed_events": s.summed_events,
            "plan": {
                "free_parameters": s.free_parameters,
                "waves": s.waves,
                "rows": s.rows,
                "terms": s.terms,
                "shapes": s.shapes,
                "columns": s.columns,
                "variables": s.variables,
                "bytes_per_event": s.bytes_per_event,
            },
            "prepare_seconds": {
                "config": self.prepared.config,
                "samples": self.prepared.samples,
                "columns": self.prepared.columns,
            },
            "rounds": memory.times.rounds.len(),
            "batch_points": self.batch,
            "limits": {
                "cache_bytes": s.cache,
                "array_bytes": memory.amount,
                "bandwidth_bytes_per_second": rate(memory, memory.times.median()),
                "best_bandwidth_bytes_per_second": rate(memory, memory.times.best),
                "bandwidth_bytes_per_cpu_second": cpu_rate(memory),
                "fma_flops_per_second": rate(fma, fma.times.median()),
                "best_fma_flops_per_second": rate(fma, fma.times.best),
                "fma_flops_per_cpu_second": cpu_rate(fma),
            },
            "evaluations": Map::from_iter(evaluated),
            "ratios": Map::from_iter(ratios),
        })
    }

    pub fn print(&self) {
        let s = &self.subject;
        say!(
            "{}, {} backend{}, {}, threads: {}",
            s.machine,
            s.backend,
            (s.gpu.as_ref()).map_or(String::new(), |gpu| format!(" on {}", gpu.name)),
            s.instruction_set,
            s.threads
        );
        say!(
            "{} events of data, {} of Monte Carlo{}",
            s.events,
            s.mc_events,
            s.seed.map_or(String::new(), |seed| format!(
                ", generated with seed {seed}"
            )),
        );
        say!(
            "{} free parameters, {} waves, {} rows ({} terms), {} shapes, {} columns ({}), {} variables",
            s.free_parameters,
            s.waves,
            s.rows,
            s.terms,
            s.shapes,
            s.columns,
            s.precision,
            s.variables
        );
        let resident = s.bytes_per_event * s.summed_events;
        say_part!(
            "{} bytes an event, {:.1} MB",
            s.bytes_per_event,
            1e-6 * resident as f64
        );
        match s.cache {
            Some(cache) if resident as u64 <= cache => say!(
                ", within the last-level caches of {:.1} MB: reading may be faster than memory",
                1e-6 * cache as f64
            ),
            Some(cache) => say!(", last-level caches {:.1} MB", 1e-6 * cache as f64),
            None => say!(),
        }
        let p = self.prepared;
        say!(
            "prepare: config {}, samples {}, columns {}",
            duration(p.config),
            duration(p.samples),
            duration(p.columns)
        );
        let limit = |measured: &Measured, unit: &str, nominal: Option<f64>| {
            let times = &measured.times;
            let giga = |seconds: f64| 1e-9 * measured.amount as f64 / seconds;
            let (median, best) = (giga(times.median()), giga(times.best));
            let cpu = times.cpu.filter(|_| s.gpu.is_none());
            let cpu = cpu.map_or(String::new(), |cpu| {
                format!(", {:.1} by CPU time", giga(cpu))
            });
            let nominal = nominal.map_or(String::new(), |most| {
                let part = 100.0 * median / (1e-9 * most);
                format!(", {part:.1} % of the nominal {:.0}", 1e-9 * most)
            });
            let what = &measured.what;
            say!("limit: {what} {median:.1} {unit}, best {best:.1}{cpu}{nominal}");
        };
        let nominal = s.gpu.as_ref().map(|gpu| gpu.nominal);
        limit(&self.memory, "GB/s", nominal.and_then(|n| n.bandwidth));
        limit(&self.fma, "GFlop/s", nominal.and_then(|n| n.double_rate));
        say!("{} rounds", self.memory.times.rounds.len());
        let header = [
            "",
            "median",
            "best",
            "CPU",
            "GB/s",
            if s.gpu.is_some() {
                "of copying"
            } else {
                "of reading"
            },
            "by CPU",
            "flops/event",
            "GFlop/s",
            "of FMA",
            "by CPU",
        ];
        let events = s.summed_events as f64;
        let rows = self.evaluated.iter().map(|e| {
            let median = e.times.median();
            let giga = |amount: usize| format!("{:.2}", 1e-9 * amount as f64 / median);
            let [memory, memory_cpu] = self.of_memory(e).cells();
            let [fma, fma_cpu] = self.of_fma(e).cells();
            vec![
                e.name.clone(),
                duration(median),
                duration(e.times.best),
                e.times.cpu.map_or("—".to_owned(), duration),
                giga(e.bytes),
                memory,
                memory_cpu,
                format!("{:.0}", e.flops as f64 / events),
                giga(e.flops),
                fma,
                fma_cpu,
            ]
        });
        say!("{}", table(&header, rows.collect()));
        let [gradient, hessian, batch] = self.ratios().map(|(_, ratio)| ratio);
        say!(
            "gradient / NLL {gradient:.2}, Hessian / gradient {hessian:.2}, batch of {} / gradient {batch:.2}",
            self.batch
        );
    }
}

/// Three digits or so, in a unit that fits.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.1} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration(12.34e-6), "12.3 µs");
        assert_eq!(duration(0.01234), "12.34 ms");
        assert_eq!(duration(12.34), "12.34 s");
    }
}
