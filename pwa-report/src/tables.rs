//! The tables of a result.

use pwa_core::result::{FitResult, FractionRecord, InputRecord, ParameterRecord, Status};
use pwa_core::setup::AmbiguousNumber;

use crate::small_error;
use crate::table::{Cell, Table};

/// How the fit ended, in words.
pub fn state(status: Status) -> &'static str {
    match status {
        Status::Converged => "converged",
        Status::NotConverged => "NOT converged",
        Status::Interrupted => "interrupted: the best point so far",
    }
}

pub fn summary(result: &FitResult) -> Table {
    let mut table = Table::new("Summary", &["", ""]);
    let mut row = |name: &str, cell: Cell| table.rows.push(vec![Cell::text(name), cell]);
    row("status", Cell::text(state(result.status)));
    row("NLL", Cell::Number(format!("{:.4}", result.nll), None));
    let edm = result
        .edm
        .map_or("unknown".to_owned(), |edm| format!("{edm:.1e}"));
    row("estimated distance to the minimum", Cell::Number(edm, None));
    let found = result.minima.first().map_or(0, |minimum| minimum.found);
    row(
        "best minimum found",
        Cell::Text(format!("{found} of {} starts", result.starts.len())),
    );
    if let Some(blind) = &result.blind {
        let names = blind.names.join(", ");
        row("blind, shown with hidden offsets", Cell::Text(names));
    }
    let free = result.parameters.iter().filter(|p| p.free).count();
    row("free parameters", Cell::Number(free.to_string(), None));
    let method = result.covariance_method.as_deref().unwrap_or("none");
    row("errors", Cell::text(method));
    if let Some(condition) = result.condition_number {
        row(
            "condition number",
            Cell::Number(format!("{condition:.1e}"), None),
        );
    }
    for (name, role) in [("data events", " data"), ("Monte Carlo events", " mc")] {
        let files = result
            .inputs
            .iter()
            .filter(|input| input.role.ends_with(role));
        let events: usize = files.map(|input| input.events).sum();
        row(name, Cell::Number(events.to_string(), None));
    }
    table
}

/// What ran free.
pub fn parameters(result: &FitResult) -> Table {
    let free = |p: &&ParameterRecord| p.free;
    list(result, "Free parameters", &free)
}

/// What did not.
pub fn fixed(result: &FitResult) -> Table {
    let fixed = |p: &&ParameterRecord| !p.free;
    list(result, "Fixed and shared parameters", &fixed)
}

fn list(result: &FitResult, title: &str, which: &dyn Fn(&&ParameterRecord) -> bool) -> Table {
    let mut table = Table::new(
        title,
        &["parameter", "value", "unit", "start", "limits", "remark"],
    );
    let listed = result.parameters.iter().filter(which);
    let of_monte_carlo: Vec<_> = listed.clone().map(|of| of.monte_carlo_error).collect();
    for parameter in listed {
        let limit = |limit: Option<f64>| limit.map_or("—".to_owned(), |limit| limit.to_string());
        let limits = parameter
            .limits
            .map(|[low, high]| format!("{} to {}", limit(low), limit(high)));
        let remark = match &parameter.same_as {
            Some(other) => format!("as {other}"),
            None if parameter.at_limit => "at its limit".to_owned(),
            None if parameter.free => String::new(),
            None => "fixed".to_owned(),
        };
        table.rows.push(vec![
            Cell::Code(parameter.name.clone()),
            Cell::measured(parameter.value, parameter.error),
            Cell::text(&parameter.unit),
            Cell::Number(short(parameter.start), None),
            Cell::Text(limits.unwrap_or_default()),
            Cell::Text(remark),
        ]);
    }
    add_monte_carlo(&mut table, &of_monte_carlo);
    table
}

/// Behind the values what the size of the Monte Carlo adds in quadrature to the errors of the first rows, where it is known.
fn add_monte_carlo(table: &mut Table, errors: &[Option<f64>]) {
    if errors.iter().all(Option::is_none) {
        return;
    }
    table.head.insert(2, Cell::text("Monte Carlo"));
    let errors = errors.iter().copied().chain(std::iter::repeat(None));
    for (row, error) in table.rows.iter_mut().zip(errors) {
        let cell = match error {
            Some(_) => Cell::Number(small_error(error), None),
            None => Cell::text(""),
        };
        row.insert(2, cell);
    }
}

/// Names, values, errors.
fn add_measured(table: &mut Table, records: &[FractionRecord], name: fn(String) -> Cell) {
    for record in records {
        let value = Cell::measured(record.value, record.error);
        table.rows.push(vec![name(record.name.clone()), value]);
    }
}

/// Six digits without the zeros behind.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub fn couplings(result: &FitResult) -> Table {
    let mut table = Table::new(
        "Couplings",
        &["coupling", "modulus", "phase [rad]", "re", "im"],
    );
    for coupling in &result.couplings {
        table.rows.push(vec![
            Cell::Code(coupling.name.clone()),
            Cell::measured(coupling.modulus, coupling.modulus_error),
            Cell::measured(coupling.phase, coupling.phase_error),
            Cell::Number(short(coupling.re), None),
            Cell::Number(short(coupling.im), None),
        ]);
    }
    table
}

pub fn waves(result: &FitResult) -> Table {
    let mut table = Table::new("Waves", &["wave", "fixed factor from phase space"]);
    for wave in &result.waves {
        let factor = Cell::Number(format!("{:.6e}", wave.scale), None);
        table.rows.push(vec![Cell::Code(wave.name.clone()), factor]);
    }
    table
}

/// `reactions`: their names, where there are several.
pub fn fractions(result: &FitResult, reactions: &[&str]) -> Table {
    let title = format!("Fit fractions over {}", result.fractions_over);
    let mut table = Table::new(&title, &["component", "fraction"]);
    add_measured(&mut table, &result.fractions, Cell::Particle);
    let sum_of = |prefix: &str| -> f64 {
        let of_reaction = result.fractions.iter();
        let of_reaction = of_reaction.filter(|fraction| fraction.name.starts_with(prefix));
        of_reaction.map(|fraction| fraction.value).sum()
    };
    let mut add = |name: &str, sum: f64| {
        let sum = Cell::Number(format!("{sum:.4}"), None);
        table.rows.push(vec![Cell::text(name), sum]);
    };
    if reactions.is_empty() {
        add("sum", sum_of(""));
    }
    for reaction in reactions {
        add(
            &format!("sum of {reaction}"),
            sum_of(&format!("{reaction}:")),
        );
    }
    add_monte_carlo(&mut table, &shares(&result.fractions));
    table
}

/// Those of the config.
pub fn quantities(result: &FitResult) -> Table {
    let mut table = Table::new("Quantities", &["quantity", "value"]);
    add_measured(&mut table, &result.quantities, Cell::Code);
    add_monte_carlo(&mut table, &shares(&result.quantities));
    table
}

fn shares(records: &[FractionRecord]) -> Vec<Option<f64>> {
    records.iter().map(|of| of.monte_carlo_error).collect()
}

/// Between particles and antiparticles.
pub fn asymmetries(result: &FitResult) -> Table {
    let mut table = Table::new("Asymmetries", &["asymmetry", "value"]);
    add_measured(&mut table, &result.asymmetries, Cell::Text);
    table
}

/// Fractions on the diagonal, 2 Re ∫ A_a conj(A_b) / ∫ |A|² below it.
pub fn interference(result: &FitResult) -> Table {
    let names: Vec<&str> = result.fractions.iter().map(|f| f.name.as_str()).collect();
    let mut table = Table::new("Fractions and interference", &[""]);
    table
        .head
        .extend(names.iter().map(|name| Cell::Particle((*name).to_owned())));
    for (row, &name) in names.iter().enumerate() {
        let mut cells = vec![Cell::Particle(name.to_owned())];
        for (column, &other) in names.iter().enumerate() {
            let pair = |f: &&pwa_core::result::FractionRecord| {
                f.name == format!("{name}|{other}") || f.name == format!("{other}|{name}")
            };
            cells.push(match column.cmp(&row) {
                std::cmp::Ordering::Equal => {
                    Cell::measured(result.fractions[row].value, result.fractions[row].error)
                }
                std::cmp::Ordering::Less => match result.interference.iter().find(pair) {
                    Some(entry) => Cell::measured(entry.value, entry.error),
                    None => Cell::text(""),
                },
                std::cmp::Ordering::Greater => Cell::text(""),
            });
        }
        table.rows.push(cells);
    }
    table
}

pub fn minima(result: &FitResult) -> Table {
    let mut table = Table::new("Minima", &["minimum", "NLL", "above the best", "found"]);
    for (number, minimum) in result.minima.iter().enumerate() {
        table.rows.push(vec![
            Cell::Text((number + 1).to_string()),
            Cell::Number(format!("{:.4}", minimum.nll), None),
            Cell::Number(format!("{:.4}", minimum.nll - result.minima[0].nll), None),
            Cell::Number(minimum.found.to_string(), None),
        ]);
    }
    table
}

/// What else describes the data about as well.
pub fn ambiguities(result: &FitResult) -> Table {
    let head = [
        "solution",
        "NLL above the best",
        "found",
        "parameters",
        "fractions",
    ];
    let mut table = Table::new("Ambiguities", &head);
    for other in &result.ambiguities {
        let trivial = if other.trivial {
            ", the same solution"
        } else {
            ""
        };
        let numbers = |numbers: &[AmbiguousNumber]| {
            let numbers = numbers.iter().map(|number| {
                let AmbiguousNumber { name, here, there } = number;
                format!("{name}: {here:.4} → {there:.4}")
            });
            Cell::Text(numbers.collect::<Vec<_>>().join("; "))
        };
        table.rows.push(vec![
            Cell::Text(format!("{}{trivial}", other.kind.words())),
            Cell::Number(format!("{:.4}", other.above), None),
            Cell::Number(other.found.to_string(), None),
            numbers(&other.parameters),
            numbers(&other.fractions),
        ]);
    }
    table
}

pub fn starts(result: &FitResult) -> Table {
    let mut table = Table::new("Starts", &["start", "seed", "NLL", "evaluations", "status"]);
    for start in &result.starts {
        let nll = start.nll.map_or("—".to_owned(), |nll| format!("{nll:.4}"));
        table.rows.push(vec![
            Cell::Text(start.index.to_string()),
            Cell::Number(start.seed.to_string(), None),
            Cell::Number(nll, None),
            Cell::Number(start.evaluations.to_string(), None),
            Cell::text(&start.status),
        ]);
    }
    table
}

pub fn inputs(result: &FitResult) -> Table {
    let head = [
        "file",
        "role",
        "tree",
        "events",
        "sum of weights",
        "bytes",
        "SHA-256",
    ];
    let mut table = Table::new("Input files", &head);
    for input in &result.inputs {
        let InputRecord {
            path,
            role,
            tree,
            events,
            ..
        } = input;
        table.rows.push(vec![
            Cell::Code(path.clone()),
            Cell::text(role),
            Cell::text(tree.as_deref().unwrap_or("")),
            Cell::Number(events.to_string(), None),
            Cell::Number(short(input.sum_of_weights), None),
            Cell::Number(input.bytes.to_string(), None),
            Cell::Code(input.sha256.clone()),
        ]);
    }
    table
}

pub fn run(result: &FitResult) -> Table {
    let run = &result.run;
    let mut table = Table::new("Run", &["", ""]);
    let mut row = |name: &str, text: String| {
        table.rows.push(vec![Cell::text(name), Cell::Text(text)]);
    };
    row("gpuwa", run.version.clone());
    row("machine", run.machine.clone());
    let note = run.backend_note.as_ref().map(|note| format!(" ({note})"));
    row(
        "backend",
        format!("{}{}", run.backend, note.unwrap_or_default()),
    );
    for device in &run.devices {
        row("device", device.clone());
    }
    row(
        "columns",
        format!("{}, {:.1} MB", run.precision, run.memory as f64 / 1e6),
    );
    row("threads", run.threads.to_string());
    let [value, gradient, hessian] = run.evaluations;
    row(
        "evaluations",
        format!("{value} values, {gradient} gradients, {hessian} Hessians"),
    );
    let times = &run.timings;
    row(
        "seconds",
        format!(
            "{:.2} to set up, {:.2} to fit, {:.2} after",
            times.setup, times.fit, times.after
        ),
    );
    for integral in &run.integrals {
        row(
            "integral",
            format!("{}: {}", integral.data_set, integral.method),
        );
    }
    row("seed", result.seed.to_string());
    row(
        "config",
        format!("{}, SHA-256 {}", result.config.path, result.config.sha256),
    );
    table
}
