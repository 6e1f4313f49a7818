//! The production amplitude of a K-matrix: fixed poles first, then those that a fit moves.

use super::linear_system::{solve, solve_symmetric};
use crate::expr::{Expr, Symbol};

/// K and ρ at one s, taken apart.
pub(super) struct Matrix {
    pub poles: Vec<Pole>,
    /// B_ij, symmetric.
    pub background: Vec<Vec<Expr>>,
    pub adler: Expr,
    pub i_rho: Vec<Expr>,
}

pub(super) struct Pole {
    /// m_a² - s.
    pub gap: Expr,
    /// g_ai.
    pub g: Vec<Expr>,
    /// Whether its mass or a coupling is a parameter.
    pub floats: bool,
}

/// Something that is produced, times a coefficient.
pub(super) struct Source {
    pub coefficient: Expr,
    /// Of each pole.
    pub beta: Vec<Expr>,
    /// Of each channel.
    pub p: Vec<Expr>,
}

/// Vectors of the channels that couplings of floating poles are combined from.
struct Legs {
    vectors: Vec<Vec<Expr>>,
    /// Of each floating pole: vectors with their strengths.
    strengths: Vec<Vec<(usize, Expr)>>,
    /// The vectors, then what is produced, behind N.
    behind: Vec<Vec<Expr>>,
}

/// Whether a formula has a parameter.
pub(super) fn floats(formula: &Expr) -> bool {
    let symbols = formula.symbols();
    symbols
        .iter()
        .any(|symbol| matches!(symbol, Symbol::Parameter(_)))
}

/// All sources as one.
fn joined(sources: Vec<Source>) -> Vec<Source> {
    let all = sources.into_iter().map(|source| {
        let times = |list: Vec<Expr>| list.iter().map(|x| &source.coefficient * x).collect();
        Source {
            beta: times(source.beta),
            p: times(source.p),
            coefficient: 1.0.into(),
        }
    });
    let add = |a: Vec<Expr>, b: Vec<Expr>| a.iter().zip(b).map(|(a, b)| a + b).collect();
    let sum = all.reduce(|a, b| Source {
        beta: add(a.beta, b.beta),
        p: add(a.p, b.p),
        ..a
    });
    sum.into_iter().collect()
}

impl Matrix {
    /// What has the column j of T as its F: P is then the column j of K.
    pub fn column(&self, j: usize) -> Source {
        Source {
            coefficient: 1.0.into(),
            beta: (self.poles.iter())
                .map(|pole| &self.adler * &pole.g[j])
                .collect(),
            p: (self.background[j].iter())
                .map(|b| &self.adler * b)
                .collect(),
        }
    }

    /// F_i. With h = iρ, M = (1 - A B h)^-1 and x_a = (β_a + A g_a h F)/(m_a² - s), the pole's own
    /// amplitude:
    ///
    /// ```text
    /// F = M p + sum_a x_a M g_a
    /// sum_b [(m_a² - s) δ_ab - A g_a h M g_b] x_b = β_a + A g_a h M p
    /// ```
    ///
    /// Poles without a parameter come first: with them in it M is N, and the others are the same
    /// system over N. So all of the former is a number of the event, and a fit solves the latter.
    pub fn amplitude(&self, sources: Vec<Source>, i: usize) -> Expr {
        let (floating, fixed): (Vec<usize>, Vec<usize>) =
            (0..self.poles.len()).partition(|&a| self.poles[a].floats);
        let sources = match self.smooth_floats() {
            // Nothing is a number of the event: one column costs least.
            true => joined(sources),
            false => sources,
        };
        let mut legs = self.legs(&floating);
        let mut bare: Vec<Vec<Expr>> = fixed.iter().map(|&a| self.poles[a].g.clone()).collect();
        bare.extend(legs.vectors.iter().cloned());
        bare.extend(sources.iter().map(|source| source.p.clone()));
        let mut dressed = self.with_background(bare);
        let columns = dressed.split_off(fixed.len());
        let of_poles = |source: &Source| fixed.iter().map(|&a| source.beta[a].clone()).collect();
        let mut beta = vec![vec![Expr::from(0.0); fixed.len()]; legs.vectors.len()];
        beta.extend(sources.iter().map(of_poles));
        legs.behind = self.with_poles(&fixed, &dressed, columns, beta);
        self.with_floating(&floating, &legs, &sources, i)
    }

    /// Whether A or B has a parameter.
    fn smooth_floats(&self) -> bool {
        floats(&self.adler) || self.background.iter().flatten().any(floats)
    }

    /// Of couplings that float, the channels: N of these are numbers of the event. Else the couplings.
    fn legs(&self, floating: &[usize]) -> Legs {
        let n = self.i_rho.len();
        let (mut vectors, mut strengths) = (Vec::new(), Vec::new());
        let channels = |&a: &usize| self.poles[a].g.iter().any(floats) && !self.smooth_floats();
        if floating.iter().any(channels) {
            let one = |i: usize, j: usize| Expr::from(if i == j { 1.0 } else { 0.0 });
            vectors.extend((0..n).map(|i| (0..n).map(|j| one(i, j)).collect::<Vec<_>>()));
        }
        for a in floating {
            let g = &self.poles[*a].g;
            if channels(a) {
                strengths.push(g.iter().cloned().enumerate().collect());
            } else {
                strengths.push(vec![(vectors.len(), 1.0.into())]);
                vectors.push(g.clone());
            }
        }
        Legs {
            vectors,
            strengths,
            behind: Vec::new(),
        }
    }

    /// A u h v.
    fn through(&self, u: &[Expr], v: &[Expr]) -> Expr {
        // h first: what is left of a sum over channels is real times complex.
        let terms = u.iter().zip(self.i_rho.iter().zip(v));
        &self.adler * terms.fold(Expr::from(0.0), |sum, (u, (h, v))| sum + u * (h * v))
    }

    /// F of several sources, all channels: what is behind M, and the poles that it meets.
    fn with_poles(
        &self,
        poles: &[usize],
        dressed: &[Vec<Expr>],
        columns: Vec<Vec<Expr>>,
        mut beta: Vec<Vec<Expr>>,
    ) -> Vec<Vec<Expr>> {
        let g = |a: usize| &self.poles[poles[a]].g;
        let row = |a: usize| {
            let mut row: Vec<Expr> = (0..=a).map(|b| -self.through(g(a), &dressed[b])).collect();
            row[a] = &self.poles[poles[a]].gap + &row[a];
            row
        };
        for (beta, column) in beta.iter_mut().zip(&columns) {
            for (a, beta) in beta.iter_mut().enumerate() {
                *beta = &*beta + self.through(g(a), column);
            }
        }
        let x = solve_symmetric((0..poles.len()).map(row).collect(), beta);
        let columns = columns.into_iter().zip(x);
        let add = |column: Vec<Expr>, x: Vec<Expr>| {
            let channels = column.into_iter().enumerate();
            let sum = |(i, direct): (usize, Expr)| {
                (x.iter().zip(dressed)).fold(direct, |sum, (x, pole)| sum + x * &pole[i])
            };
            channels.map(sum).collect()
        };
        columns.map(|(column, x)| add(column, x)).collect()
    }

    /// F_i: what is behind N, and the poles that float.
    fn with_floating(&self, poles: &[usize], legs: &Legs, sources: &[Source], i: usize) -> Expr {
        let (vectors, behind) = (&legs.vectors, &legs.behind);
        let produced = &behind[vectors.len()..];
        let sum = |of: &dyn Fn(&Source, &[Expr]) -> Expr| {
            let sources = sources.iter().zip(produced);
            sources.fold(Expr::from(0.0), |sum, (source, p)| {
                sum + &source.coefficient * of(source, p)
            })
        };
        let combined = |a: usize, of: &dyn Fn(usize) -> Expr| {
            let strengths = legs.strengths[a].iter();
            strengths.fold(Expr::from(0.0), |sum, (leg, g)| sum + g * of(*leg))
        };
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for (a, &pole) in poles.iter().enumerate() {
            // The matrix between two vectors is symmetric.
            let between = |u: usize, v: usize| self.through(&vectors[u.min(v)], &behind[u.max(v)]);
            let to = |u: usize, b: usize| combined(b, &|v| between(u, v));
            let mut row: Vec<Expr> = (0..=a).map(|b| -combined(a, &|u| to(u, b))).collect();
            row[a] = &self.poles[pole].gap + &row[a];
            rows.push(row);
        }
        let emitted = poles.iter().enumerate().map(|(a, &pole)| {
            sum(&|source, p| &source.beta[pole] + combined(a, &|u| self.through(&vectors[u], p)))
        });
        let [x] = &solve_symmetric(rows, vec![emitted.collect()])[..] else {
            // One column has one solution.
            return f64::NAN.into();
        };
        let seen = x.iter().enumerate();
        seen.fold(sum(&|_, p| p[i].clone()), |sum, (a, x)| {
            sum + x * combined(a, &|u| behind[u][i].clone())
        })
    }

    /// M v of several vectors v.
    fn with_background(&self, columns: Vec<Vec<Expr>>) -> Vec<Vec<Expr>> {
        let n = self.i_rho.len();
        let matrix = (0..n).map(|i| {
            let row = (0..n).map(|j| {
                let one = if i == j { 1.0 } else { 0.0 };
                one - (&self.adler * &self.background[i][j]) * &self.i_rho[j]
            });
            row.collect()
        });
        solve(matrix.collect(), columns)
    }
}
