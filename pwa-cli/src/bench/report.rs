//! What was measured, as JSON and as tables.

use serde_json::{Map, Value, json};

use super::Times;
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
    /// Bytes of the array that is read, and the times for it.
    pub reading: (usize, Times),
    /// Flops of a run of multiply-adds, and its times.
    pub fma: (usize, Times),
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
    fn new((amount, times): (usize, &Times), (most, limit): (usize, &Times)) -> Self {
        let size = amount as f64 / most as f64;
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
    fn of_reading(&self, e: &Evaluated) -> Fraction {
        Fraction::new((e.bytes, &e.times), (self.reading.0, &self.reading.1))
    }

    fn of_fma(&self, e: &Evaluated) -> Fraction {
        Fraction::new((e.flops, &e.times), (self.fma.0, &self.fma.1))
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
                "bandwidth_fraction": self.of_reading(e).wall,
                "cpu_bandwidth_fraction": self.of_reading(e).cpu,
                "fma_fraction": self.of_fma(e).wall,
                "cpu_fma_fraction": self.of_fma(e).cpu,
            });
            (e.key.to_owned(), entry)
        });
        let (bytes, reading) = &self.reading;
        let (flops, fma) = &self.fma;
        let ratios = self
            .ratios()
            .map(|(name, ratio)| (name.to_owned(), json!(ratio)));
        json!({
            "config": s.config,
            "backend": s.backend,
            "instruction_set": s.instruction_set,
            "threads": s.threads,
            "machine": s.machine,
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
            "rounds": reading.rounds.len(),
            "batch_points": self.batch,
            "limits": {
                "cache_bytes": s.cache,
                "array_bytes": bytes,
                "bandwidth_bytes_per_second": *bytes as f64 / reading.median(),
                "best_bandwidth_bytes_per_second": *bytes as f64 / reading.best,
                "bandwidth_bytes_per_cpu_second": reading.cpu.map(|cpu| *bytes as f64 / cpu),
                "fma_flops_per_second": *flops as f64 / fma.median(),
                "best_fma_flops_per_second": *flops as f64 / fma.best,
                "fma_flops_per_cpu_second": fma.cpu.map(|cpu| *flops as f64 / cpu),
            },
            "evaluations": Map::from_iter(evaluated),
            "ratios": Map::from_iter(ratios),
        })
    }

    pub fn print(&self) {
        let s = &self.subject;
        println!(
            "{}, {} backend, {}, threads: {}",
            s.machine, s.backend, s.instruction_set, s.threads
        );
        println!(
            "{} events of data, {} of Monte Carlo{}",
            s.events,
            s.mc_events,
            s.seed.map_or(String::new(), |seed| format!(
                ", generated with seed {seed}"
            )),
        );
        println!(
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
        print!(
            "{} bytes an event, {:.1} MB",
            s.bytes_per_event,
            1e-6 * resident as f64
        );
        match s.cache {
            Some(cache) if resident as u64 <= cache => println!(
                ", within the last-level caches of {:.1} MB: reading may be faster than memory",
                1e-6 * cache as f64
            ),
            Some(cache) => println!(", last-level caches {:.1} MB", 1e-6 * cache as f64),
            None => println!(),
        }
        let p = self.prepared;
        println!(
            "prepare: config {}, samples {}, columns {}",
            duration(p.config),
            duration(p.samples),
            duration(p.columns)
        );
        let limit = |name: &str, unit: &str, amount: usize, times: &Times| {
            let giga = |seconds: f64| 1e-9 * amount as f64 / seconds;
            let (median, best) = (giga(times.median()), giga(times.best));
            let cpu = times.cpu.map_or(String::new(), |cpu| {
                format!(", {:.1} by CPU time", giga(cpu))
            });
            println!("limit: {name} {median:.1} {unit}, best {best:.1}{cpu}");
        };
        let (bytes, reading) = &self.reading;
        let array = format!("reading an array of {:.0} MB", 1e-6 * *bytes as f64);
        limit(&array, "GB/s", *bytes, reading);
        limit("multiply-adds", "GFlop/s", self.fma.0, &self.fma.1);
        println!("{} rounds", reading.rounds.len());
        let header = [
            "",
            "median",
            "best",
            "CPU",
            "GB/s",
            "of reading",
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
            let [reading, reading_cpu] = self.of_reading(e).cells();
            let [fma, fma_cpu] = self.of_fma(e).cells();
            vec![
                e.name.clone(),
                duration(median),
                duration(e.times.best),
                e.times.cpu.map_or("—".to_owned(), duration),
                giga(e.bytes),
                reading,
                reading_cpu,
                format!("{:.0}", e.flops as f64 / events),
                giga(e.flops),
                fma,
                fma_cpu,
            ]
        });
        println!("{}", table(&header, rows.collect()));
        let [gradient, hessian, batch] = self.ratios().map(|(_, ratio)| ratio);
        println!(
            "gradient / NLL {gradient:.2}, Hessian / gradient {hessian:.2}, batch of {} / gradient {batch:.2}",
            self.batch
        );
    }
}

/// Three digits or so, in a unit that fits.
fn duration(seconds: f64) -> String {
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
