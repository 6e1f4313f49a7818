//! A line search that survives points without a value.
//!
//! Finds a step alpha > 0 along a descent direction with the strong Wolfe conditions
//!
//! ```text
//! f(alpha) <= f(0) + c1 alpha f'(0),   |f'(alpha)| <= c2 |f'(0)|,   c1 = 1e-4, c2 = 0.9
//! ```
//!
//! by bracketing and safeguarded cubic interpolation. A cost of +infinity says "no value here" and
//! only shortens the step: it never enters an interpolation. argmin's More-Thuente search gives up
//! there.
//! Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., algorithms 3.5 and 3.6.

use std::rc::Rc;

use argmin::core::{
    ArgminError, CostFunction, Error, Gradient, IterState, KV, LineSearch, Problem, Solver, State,
    TerminationReason,
};

const SUFFICIENT_DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
/// Trial points of one search: 2^-40 of the first step is no step.
const TRIALS: usize = 40;
/// Growth of the step while the function still falls steeply.
const EXPANSION: f64 = 3.0;

/// The longest step worth trying along a direction.
pub(super) type Reach = Rc<dyn Fn(&[f64]) -> f64>;

/// The search; a new direction is set before every run.
#[derive(Clone)]
pub(super) struct WolfeSearch {
    direction: Vec<f64>,
    first: f64,
    reach: Reach,
}

impl WolfeSearch {
    pub fn new(reach: Reach) -> Self {
        WolfeSearch {
            direction: Vec::new(),
            first: 1.0,
            reach,
        }
    }
}

impl LineSearch<Vec<f64>, f64> for WolfeSearch {
    fn search_direction(&mut self, direction: Vec<f64>) {
        self.direction = direction;
    }

    fn initial_step_length(&mut self, step: f64) -> Result<(), Error> {
        self.first = step;
        Ok(())
    }
}

/// A step length with the function along the line.
#[derive(Debug, Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

type LineState = IterState<Vec<f64>, Vec<f64>, (), (), (), f64>;

impl<O> Solver<O, LineState> for WolfeSearch
where
    O: CostFunction<Param = Vec<f64>, Output = f64>
        + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
{
    fn name(&self) -> &str {
        "strong Wolfe line search"
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        mut state: LineState,
    ) -> Result<(LineState, Option<KV>), Error> {
        let missing = || ArgminError::NotInitialized {
            text: "line search without a start".into(),
        };
        let origin = state.take_param().ok_or_else(missing)?;
        let gradient = state.take_gradient().ok_or_else(missing)?;
        let start = Trial {
            step: 0.0,
            value: state.get_cost(),
            slope: dot(&gradient, &self.direction),
        };
        let line = Line {
            origin: &origin,
            direction: &self.direction,
        };
        let longest = (self.reach)(&self.direction);
        let accepted = search(start, self.first.min(longest), longest, |step| {
            line.trial(problem, step)
        })?;
        let Some(accepted) = accepted else {
            return Err(ArgminError::ConditionViolated {
                text: "no step along the search direction lowers the function".into(),
            }
            .into());
        };
        let state = state
            .param(line.at(accepted.step))
            .cost(accepted.value)
            .terminate_with(TerminationReason::SolverConverged);
        Ok((state, None))
    }
}

struct Line<'a> {
    origin: &'a [f64],
    direction: &'a [f64],
}

impl Line<'_> {
    fn at(&self, step: f64) -> Vec<f64> {
        self.origin
            .iter()
            .zip(self.direction)
            .map(|(x, d)| x + step * d)
            .collect()
    }

    fn trial<O>(&self, problem: &mut Problem<O>, step: f64) -> Result<Trial, Error>
    where
        O: CostFunction<Param = Vec<f64>, Output = f64>
            + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    {
        let point = self.at(step);
        let value = problem.cost(&point)?;
        if !value.is_finite() {
            return Ok(Trial {
                step,
                value: f64::INFINITY,
                slope: f64::INFINITY,
            });
        }
        let slope = dot(&problem.gradient(&point)?, self.direction);
        Ok(Trial { step, value, slope })
    }
}

/// The accepted trial; one that only lowers the function when the Wolfe conditions cannot be met in
/// time; none when nothing lowers it.
fn search<E>(
    start: Trial,
    first: f64,
    longest: f64,
    mut trial: impl FnMut(f64) -> Result<Trial, E>,
) -> Result<Option<Trial>, E> {
    // Written so that a NaN fails too.
    let descends = start.slope < 0.0 && first > 0.0;
    if !descends {
        return Ok(None);
    }
    let armijo = |t: &Trial| t.value <= start.value + SUFFICIENT_DECREASE * t.step * start.slope;
    let flat_enough = |t: &Trial| t.slope.abs() <= CURVATURE * start.slope.abs();

    let mut low = start;
    let mut high: Option<Trial> = None;
    let mut step = first;
    for _ in 0..TRIALS {
        let now = trial(step)?;
        if !armijo(&now) || (low.step > 0.0 && now.value >= low.value) {
            high = Some(now);
        } else if flat_enough(&now) || (now.step >= longest && now.slope < 0.0) {
            return Ok(Some(now));
        } else {
            let towards_high = high.map_or(1.0, |high| high.step - low.step);
            if now.slope * towards_high >= 0.0 {
                high = Some(low);
            }
            low = now;
        }
        step = match high {
            None => (EXPANSION * step).min(longest),
            Some(high) => {
                let width = (high.step - low.step).abs();
                if width <= f64::EPSILON * low.step.abs().max(high.step.abs()) {
                    break;
                }
                interpolate(low, high)
            }
        };
    }
    Ok((low.step > 0.0).then_some(low))
}

/// Minimum of the cubic through both ends, kept away from them; the middle of the interval (or
/// nearer to `low`) where the far end has no value.
fn interpolate(low: Trial, high: Trial) -> f64 {
    let width = high.step - low.step;
    if !high.value.is_finite() {
        // Far from the edge of the forbidden region the first trials are hopeless: go in faster
        // than by halves.
        return low.step + 0.25 * width;
    }
    let d1 = low.slope + high.slope - 3.0 * (high.value - low.value) / width;
    let root = d1 * d1 - low.slope * high.slope;
    let fraction = if root >= 0.0 {
        let d2 = root.sqrt() * width.signum();
        1.0 - (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2)
    } else {
        f64::NAN
    };
    let fraction = if fraction.is_finite() {
        fraction.clamp(0.1, 0.9)
    } else {
        0.5
    };
    low.step + fraction * width
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Runs the search on a function (value, slope) of the step; returns step and trials.
    fn run(
        function: impl Fn(f64) -> Option<(f64, f64)>,
        first: f64,
        longest: f64,
    ) -> (Option<f64>, usize) {
        let mut count = 0;
        let (value, slope) = function(0.0).unwrap();
        let start = Trial {
            step: 0.0,
            value,
            slope,
        };
        let found = search::<Infallible>(start, first, longest, |step| {
            count += 1;
            let (value, slope) = function(step).unwrap_or((f64::INFINITY, f64::INFINITY));
            Ok(Trial { step, value, slope })
        })
        .unwrap();
        (found.map(|trial| trial.step), count)
    }

    #[test]
    fn a_parabola_is_found_from_too_short_and_too_long_steps() {
        let parabola = |t: f64| Some(((t - 1.0) * (t - 1.0), 2.0 * (t - 1.0)));
        for first in [1e-3, 0.1, 1.0, 10.0, 1e4] {
            let (step, trials) = run(parabola, first, f64::INFINITY);
            let step = step.unwrap();
            assert!((0.1..=1.9).contains(&step), "{first} -> {step}");
            assert!(trials <= 12, "{first} took {trials}");
        }
    }

    #[test]
    fn a_wall_without_value_shortens_the_step() {
        // -ln(1 - t) + falling slope: no value from 1 on.
        let wall =
            |t: f64| (t < 1.0).then(|| (-2.0 * t - libm::log(1.0 - t), -2.0 + 1.0 / (1.0 - t)));
        for first in [0.9, 1.0, 7.0, 1e6] {
            let (step, _) = run(wall, first, f64::INFINITY);
            let step = step.unwrap();
            assert!(step > 0.0 && step < 1.0);
        }
    }

    #[test]
    fn the_reach_is_respected() {
        let falling = |t: f64| Some((-t, -1.0));
        assert_eq!(run(falling, 1.0, 5.0).0, Some(5.0));
    }

    #[test]
    fn an_ascent_direction_is_refused() {
        assert_eq!(run(|t| Some((t, 1.0)), 1.0, 5.0), (None, 0));
    }
}
