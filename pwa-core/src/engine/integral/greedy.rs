//! The greedy search for a reduced basis, and the test it has to pass.

use miette::Diagnostic;
use num_complex::Complex64;
use thiserror::Error;

use super::event_points::Candidates;
use super::random::Stream;
use super::reduced_basis::subtract;
use super::{EventPoints, Family, Ranges, ReducedBasis};
use crate::engine::{Plan, ShapeFunction, SumError};
use crate::objective::Order;

/// Where the search stops: the largest residual relative to max |F| of the same snapshot.
const TOLERANCE: f64 = 1e-13;
/// What fresh points of parameters and events have to show.
const ACCEPTED: f64 = 1e-12;
/// A basis with more functions costs more than the direct sums it saves.
const HIGHEST_RANK: usize = 160;
/// Fresh parameter points in each test, and how many tests may fail.
const FRESH: usize = 48;
const TESTS: usize = 12;
/// Every how many-th of the dense points the training residuals are kept at.
const SPARSE: usize = 8;

/// Why a shape has no reduced basis: its integral is a direct sum.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Refusal {
    #[error("{0}")]
    #[diagnostic(code(gpuwa::engine::integral_sum))]
    Sum(#[from] SumError),
    #[error("the range of shape parameter {parameter} is empty or not finite")]
    #[diagnostic(code(gpuwa::engine::integral_range), help("give it limits"))]
    Range { parameter: usize },
    #[error(
        "shape function {function} has no finite value everywhere in the ranges of its parameters, e.g. at {at:?}"
    )]
    #[diagnostic(
        code(gpuwa::engine::integral_not_finite),
        help("narrow the limits of its parameters")
    )]
    NotFinite { function: usize, at: Vec<f64> },
    #[error(
        "shape function {function} needs more than {rank} basis functions over the ranges of its parameters"
    )]
    #[diagnostic(
        code(gpuwa::engine::integral_rank),
        help("narrow the limits of its parameters")
    )]
    Rank { function: usize, rank: usize },
    #[error(
        "the reduced basis of shape function {function} is {deviation:.1e} off at points it was not made from"
    )]
    #[diagnostic(
        code(gpuwa::engine::integral_test),
        help("narrow the limits of its parameters")
    )]
    Test { function: usize, deviation: f64 },
    #[error(
        "the integral is {value:.1e} off the direct sum at a random point, its derivatives {gradient:.1e}"
    )]
    #[diagnostic(
        code(gpuwa::engine::integral_deviation),
        help("narrow the limits of the shape parameters")
    )]
    Deviation { value: f64, gradient: f64 },
    #[error(
        "building the integral costs {build:.1e} multiplications an event, more than the {direct:.1e} of the direct sums it would save"
    )]
    #[diagnostic(code(gpuwa::engine::integral_cost))]
    Cost { build: f64, direct: f64 },
}

/// A snapshot that may become part of the basis.
struct Training {
    arguments: Vec<f64>,
    /// max |F| over the sparse points.
    scale: f64,
    coordinates: Vec<Complex64>,
    /// F - sum a φ at the sparse points.
    residual: Vec<Complex64>,
}

struct Search<'a> {
    function: &'a ShapeFunction,
    number: usize,
    dense: EventPoints,
    sparse: EventPoints,
    /// φ_b at the dense and at the sparse points.
    on_dense: Vec<Vec<Complex64>>,
    on_sparse: Vec<Vec<Complex64>>,
    training: Vec<Training>,
    basis: ReducedBasis,
}

/// Finds a basis that represents the family's function to 1e-13 of its largest value, for
/// parameters in `ranges` and the event variables of the candidates.
///
/// # Errors
/// When there is none that passes the test on fresh points.
pub fn reduced_basis(
    plan: &Plan,
    family: &Family,
    ranges: &Ranges,
    candidates: Candidates,
) -> Result<ReducedBasis, Refusal> {
    let function = &plan.functions[family.function];
    // A parameter may stand in two places of the function.
    let mut unique = family.parameters.clone();
    unique.sort_unstable();
    unique.dedup();
    let space: Vec<[f64; 2]> = unique.iter().map(|&p| ranges.get(p)).collect();
    let arguments = |point: &[f64]| -> Vec<f64> {
        let place = |p: &usize| unique.iter().position(|q| q == p).unwrap_or(0);
        family.parameters.iter().map(|p| point[place(p)]).collect()
    };
    let mut search = Search {
        function,
        number: family.function,
        sparse: sparse(&candidates.dense),
        dense: candidates.dense,
        on_dense: Vec::new(),
        on_sparse: Vec::new(),
        training: Vec::new(),
        basis: ReducedBasis::default(),
    };
    // The stream depends on nothing but the function: a fit is the same in every run.
    let mut stream = Stream::new(0x5eed + family.function as u64);
    for point in training_points(&space, &mut stream) {
        search.train(arguments(&point))?;
    }
    let mut deviation = 0.0;
    let tests = if space.iter().all(|[low, high]| low == high) {
        1
    } else {
        TESTS
    };
    for _ in 0..tests {
        search.extend()?;
        let points: Vec<Vec<f64>> = (0..FRESH)
            .map(|_| arguments(&stream.point(&space)))
            .collect();
        deviation = search.test(&points, &candidates.fresh)?;
        if deviation <= ACCEPTED {
            return Ok(search.basis);
        }
    }
    Err(Refusal::Test {
        function: family.function,
        deviation,
    })
}

fn sparse(dense: &EventPoints) -> EventPoints {
    let step = if dense.len() > 64 * SPARSE { SPARSE } else { 1 };
    let indices: Vec<usize> = (0..dense.len())
        .filter(|k| k % step == 0 || *k < 2)
        .collect();
    dense.at(&indices)
}

/// Chebyshev points in one or two dimensions, ends included; corners and random points beyond.
fn training_points(space: &[[f64; 2]], stream: &mut Stream) -> Vec<Vec<f64>> {
    let moving = space.iter().filter(|[low, high]| low < high).count();
    if moving <= 2 {
        let count = [1, 96, 17][moving];
        let mut points = vec![Vec::new()];
        for &[low, high] in space {
            let axis: Vec<f64> = match low < high {
                true => chebyshev(count).map(|x| low + (high - low) * x).collect(),
                false => vec![low],
            };
            let longer = |point: &Vec<f64>| {
                let point = point.clone();
                axis.clone()
                    .into_iter()
                    .map(move |x| [&point[..], &[x]].concat())
            };
            points = points.iter().flat_map(longer).collect();
        }
        return points;
    }
    let corners = (0..1_usize << space.len().min(6)).map(|corner| {
        let end = |(axis, range): (usize, &[f64; 2])| range[(corner >> axis.min(6)) & 1];
        space.iter().enumerate().map(end).collect()
    });
    let random = (0..600).map(|_| stream.point(space));
    corners.chain(random).collect()
}

/// Chebyshev points in [0, 1], ends included.
fn chebyshev(count: usize) -> impl Iterator<Item = f64> {
    let step = std::f64::consts::PI / (count - 1).max(1) as f64;
    (0..count).map(move |k| 0.5 - 0.5 * libm::cos(step * k as f64))
}

impl Search<'_> {
    fn values(&self, at: &EventPoints, arguments: &[f64]) -> Result<Vec<Complex64>, Refusal> {
        let values = at.complex(&self.function.value, arguments);
        match values.iter().all(|z| z.is_finite()) {
            true => Ok(values),
            false => Err(Refusal::NotFinite {
                function: self.number,
                at: arguments.to_vec(),
            }),
        }
    }

    /// Adds a snapshot to the training set.
    fn train(&mut self, arguments: Vec<f64>) -> Result<(), Refusal> {
        let mut residual = self.values(&self.sparse, &arguments)?;
        let scale = largest(&residual).1;
        let coordinates = self
            .basis
            .coordinates(self.function, &arguments, Order::Value)
            .value;
        for (a, phi) in coordinates.iter().zip(&self.on_sparse) {
            subtract(&mut residual, *a, phi);
        }
        self.training.push(Training {
            arguments,
            scale,
            coordinates,
            residual,
        });
        Ok(())
    }

    /// Adds functions until no training snapshot has a residual.
    fn extend(&mut self) -> Result<(), Refusal> {
        loop {
            let sizes = self
                .training
                .iter()
                .map(|t| largest(&t.residual).1 / t.scale);
            let worst = sizes.enumerate().filter(|(_, size)| *size > TOLERANCE);
            let Some((index, _)) = worst.max_by(|a, b| a.1.total_cmp(&b.1)) else {
                return Ok(());
            };
            if self.basis.rank() == HIGHEST_RANK {
                return Err(Refusal::Rank {
                    function: self.number,
                    rank: HIGHEST_RANK,
                });
            }
            self.add(index)?;
        }
    }

    /// Makes the residual of a training snapshot the next function.
    fn add(&mut self, index: usize) -> Result<(), Refusal> {
        let Training {
            arguments,
            coordinates,
            ..
        } = &self.training[index];
        let (arguments, mut expansion) = (arguments.clone(), coordinates.clone());
        let mut phi = self.values(&self.dense, &arguments)?;
        for (a, known) in expansion.iter().zip(&self.on_dense) {
            subtract(&mut phi, *a, known);
        }
        let point = largest(&phi).0;
        let pivot = phi[point];
        let scale = pivot.conj() / pivot.norm_sqr();
        for value in &mut phi {
            *value *= scale;
        }
        expansion.push(pivot);
        let interpolation = self.on_dense.iter().map(|known| known[point]).collect();
        self.on_dense.push(phi);
        let at = (&self.dense, point);
        self.basis.push(arguments, expansion, at, interpolation);
        // The point joins the sparse ones: there all residuals are known exactly.
        self.sparse.push_from(&self.dense, point);
        let mut single = EventPoints::default();
        single.push_from(&self.dense, point);
        for t in &mut self.training {
            let mut value = single.complex(&self.function.value, &t.arguments)[0];
            for (a, known) in t.coordinates.iter().zip(&self.on_dense) {
                value -= a * known[point];
            }
            t.residual.push(value);
        }
        for (known, on_dense) in self.on_sparse.iter_mut().zip(&self.on_dense) {
            known.push(on_dense[point]);
        }
        let last = self.on_dense.len() - 1;
        let mut functions = self.basis_function_on_sparse();
        // Its value at its own point is one by construction.
        if let Some(value) = functions.last_mut() {
            *value = self.on_dense[last][point];
        }
        for t in &mut self.training {
            let a = t.residual[functions.len() - 1];
            subtract(&mut t.residual, a, &functions);
            t.coordinates.push(a);
        }
        self.on_sparse.push(functions);
        Ok(())
    }

    /// The newest function at the sparse points.
    fn basis_function_on_sparse(&self) -> Vec<Complex64> {
        let b = self.basis.rank() - 1;
        let mut values = self
            .sparse
            .complex(&self.function.value, self.basis.snapshot(b));
        for (a, known) in self.basis.expansion(b).iter().zip(&self.on_sparse) {
            subtract(&mut values, *a, known);
        }
        let pivot = self.basis.pivot(b);
        let scale = pivot.conj() / pivot.norm_sqr();
        for value in &mut values {
            *value *= scale;
        }
        values
    }

    /// The largest deviation at fresh points; what is off joins the training.
    fn test(&mut self, points: &[Vec<f64>], fresh: &EventPoints) -> Result<f64, Refusal> {
        let functions = self.basis.functions(self.function, fresh);
        let mut worst: f64 = 0.0;
        let mut failed = Vec::new();
        for arguments in points {
            let mut values = self.values(fresh, arguments)?;
            let scale = largest(&values).1;
            let a = self
                .basis
                .coordinates(self.function, arguments, Order::Value)
                .value;
            for (a, phi) in a.iter().zip(&functions) {
                subtract(&mut values, *a, phi);
            }
            let (event, size) = largest(&values);
            let deviation = size / scale;
            worst = worst.max(deviation);
            if deviation > ACCEPTED {
                failed.push((arguments.clone(), event));
            }
        }
        for (_, event) in &failed {
            self.learn_event(fresh, *event, &functions);
        }
        for (arguments, _) in failed {
            self.train(arguments)?;
        }
        Ok(worst)
    }

    /// Adds an event to the points where functions are looked at.
    fn learn_event(&mut self, fresh: &EventPoints, event: usize, functions: &[Vec<Complex64>]) {
        self.dense.push_from(fresh, event);
        self.sparse.push_from(fresh, event);
        for (b, phi) in functions.iter().enumerate() {
            self.on_dense[b].push(phi[event]);
            self.on_sparse[b].push(phi[event]);
        }
        let mut single = EventPoints::default();
        single.push_from(fresh, event);
        for t in &mut self.training {
            let mut value = single.complex(&self.function.value, &t.arguments)[0];
            for (a, phi) in t.coordinates.iter().zip(functions) {
                value -= a * phi[event];
            }
            t.residual.push(value);
        }
    }
}

/// Place and size of the largest number.
fn largest(values: &[Complex64]) -> (usize, f64) {
    let squares = values.iter().map(Complex64::norm_sqr).enumerate();
    let worst = squares.max_by(|a, b| a.1.total_cmp(&b.1));
    worst.map_or((0, 0.0), |(place, square)| (place, square.sqrt()))
}
