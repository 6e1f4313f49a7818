//! K-matrix: overlapping resonances in coupled channels, produced by a P-vector.
//!
//! ```text
//! F_i = sum_j [(1 - i K ρ)^-1]_ij P_j
//! K_ij = A(s) [sum_a g_ai g_aj/(m_a² - s) + B_ij(s)]
//! P_j = sum_a β_a g_aj/(m_a² - s) + p_j(s)
//! B_ij, p_j = f (1 GeV² - s0)/(s - s0)                "slowly-varying"
//! B_ij, p_j = sum_n f_n (s/s0 - 1)^n                  "polynomial"
//! A = 1, (s - s_A)(1 GeV² - s_B)/((s - s_B) GeV²) or (s - s_A)/s_N    adler "none", "ratio", "linear"
//! ```
//!
//! ρ is diagonal, of the kinds in `phase_space`. With `production = "scattering"` the value is
//! T_ij = [(1 - i K ρ)^-1 K]_ij instead. Channels and poles count from 0.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `parameter_set` | a published matrix: `"anisovich-sarantsev"` (ππ, KK, 4π, ηη, ηη'), `"focus-1/2"` (Kπ, Kη'), `"focus-3/2"` (Kπ); its options are then left out, its numbers are defaults | none |
//! | `channels`, `l` | the pairs of masses, GeV, and their orbital angular momenta | must be given; 0 each |
//! | `phase_space` | `"two-body"`, `"threshold"`, `"four-pion"` or `"chew-mandelstam"` for each channel | two-body |
//! | `below_threshold` | `"continue"`: i\|ρ\|; `"cut"`: 0 | `"continue"` |
//! | `poles` | their number | must be given |
//! | `background` | `"none"`, `"slowly-varying"`, `"polynomial"`: B; of `background_order` | none; 0 |
//! | `background_elements` | the pairs i <= j that have one | all |
//! | `adler` | `"none"`, `"ratio"`, `"linear"`: A | none |
//! | `channel` | i, the channel that is seen | 0 |
//! | `production` | `"vector"`: F; `"scattering"`: T from channel `entrance` | vector; 0 |
//! | `production_poles` | the poles with a β_a | all |
//! | `production_background`, `production_order` | p, like B | none; 0 |
//! | `production_channels` | the channels with a p_j | all |
//! | `pole_offset` | ε of m_a² - iε, GeV² (TF-PWA has 1e-10) | 0 |
//!
//! Parameters: `mass_a`, `g_a_i`; `f_i_j` or `f_i_j_n`, `s0_background`; `adler_zero` with `adler_pole` or
//! `adler_scale`; complex `beta_a`; complex `p_j` or `p_j_n`, `s0_production`.
//!
//! Units: m_a, g_ai, β_a in GeV; s, s0, s_A, s_B, s_N in GeV²; f, p, F and T have no unit.
//! Source: I. J. R. Aitchison, Nucl. Phys. A 189 (1972) 417; S. U. Chung et al., Annalen Phys. 4 (1995)
//! 404; V. V. Anisovich, A. V. Sarantsev, Eur. Phys. J. A 16 (2003) 229; FOCUS, Phys. Lett. B 653 (2007)
//! 1; PDG review "Resonances" (2024).
//! Limits: unitary, Im T = T† ρ T over open channels, for real parameters. One channel and one pole
//! is `breit-wigner` with m0 Γ0 = g² ρ. Finite at s = m_a²: the system is solved for the poles, an
//! equation each, so every pole needs a channel that is open where the data are. Barrier factors stand in
//! ρ alone; those of the decay that is seen are the vertex's. At most 6 channels and 6 poles.
//! Over a fixed matrix, free β_a and p_j are coefficients of columns: nothing is evaluated in a fit.

use super::k_matrix_settings::{Adler, OPTIONS, Production, Settings, Smooth};
use super::k_matrix_solution::{Matrix, Pole, Source, floats};
use super::{
    Channel, DecaySite, Lineshape, LineshapeError, Options, ParameterKind, ParameterSpec, Sheet,
};
use crate::expr::{Expr, I};

pub struct KMatrix;

impl Lineshape for KMatrix {
    fn name(&self) -> &'static str {
        "k-matrix"
    }

    fn formula(&self) -> &'static str {
        "sum_j [(1 - i K rho)^-1]_ij P_j, K_ij = A (sum_a g_ai g_aj/(m_a^2 - s) + B_ij), \
         P_j = sum_a beta_a g_aj/(m_a^2 - s) + p_j"
    }

    fn file(&self) -> &'static str {
        include_str!("k_matrix.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\sum_j \left[(1 - i K \rho)^{-1}\right]_{ij} P_j, \quad K_{ij} = A(s) \left(\sum_a \frac{g_{ai} g_{aj}}{m_a^2 - s} + B_{ij}(s)\right), \quad P_j = \sum_a \frac{\beta_a g_{aj}}{m_a^2 - s} + p_j(s)".to_owned()
    }

    fn example_options(&self) -> Options {
        let set = serde_json::json!("anisovich-sarantsev");
        Options::new([("parameter_set".to_owned(), set)].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let settings = Settings::read(options)?;
        let mut specs = Vec::new();
        for a in 0..settings.poles {
            specs.push(ParameterSpec::gev(format!("mass_{a}")));
            let channels = 0..settings.channels.len();
            specs.extend(channels.map(|i| ParameterSpec::gev(format!("g_{a}_{i}"))));
        }
        if settings.background != Smooth::None {
            for (i, j) in &settings.elements {
                let names = settings.background.names(&format!("f_{i}_{j}"));
                specs.extend(names.into_iter().map(|name| ParameterSpec::real(name, "")));
            }
            specs.push(ParameterSpec::real("s0_background", "GeV^2"));
        }
        let adler: &[&str] = match settings.adler {
            Adler::None => &[],
            Adler::Ratio => &["adler_zero", "adler_pole"],
            Adler::Linear => &["adler_zero", "adler_scale"],
        };
        specs.extend(adler.iter().map(|&name| ParameterSpec::real(name, "GeV^2")));
        if let Production::Vector {
            poles,
            background,
            channels,
        } = &settings.production
        {
            specs.extend(
                poles
                    .iter()
                    .map(|a| ParameterSpec::complex(format!("beta_{a}"), "GeV")),
            );
            if *background != Smooth::None {
                for j in channels {
                    let names = background.names(&format!("p_{j}"));
                    specs.extend(
                        names
                            .into_iter()
                            .map(|name| ParameterSpec::complex(name, "")),
                    );
                }
                specs.push(ParameterSpec::real("s0_production", "GeV^2"));
            }
        }
        for spec in &mut specs {
            if spec.kind == ParameterKind::Real {
                spec.default = settings.default(&spec.name);
            }
        }
        Ok(specs)
    }

    fn options(&self) -> &'static [&'static str] {
        OPTIONS
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let settings = Settings::read(&at.options)?;
        let radius = at.barrier_radius;
        let phases = settings.phase_spaces.iter().zip(&settings.channels);
        let i_rho =
            phases.map(|(phase, channel)| phase.i_rho(channel, &at.m, radius, settings.closed));
        let matrix = Matrix::new(&settings, at, i_rho.collect::<Result<_, _>>()?)?;
        let sources = match &settings.production {
            Production::Vector {
                poles,
                background,
                channels,
            } => produced(&settings, at, (poles, *background, channels))?,
            Production::Scattering { entrance } => vec![matrix.column(*entrance)],
        };
        Ok(matrix.amplitude(sources, settings.channel))
    }

    fn cuts(&self, at: &DecaySite) -> Result<Vec<Channel>, LineshapeError> {
        Ok(Settings::read(&at.options)?.channels)
    }

    /// T_ii of every channel, that of the channel that is seen first.
    fn continued(
        &self,
        at: &DecaySite,
        sheets: &[Sheet],
    ) -> Result<Vec<(String, Expr)>, LineshapeError> {
        let settings = Settings::read(&at.options)?;
        settings.closed.check_continued()?;
        let phases = settings.phase_spaces.iter().zip(&settings.channels);
        let i_rho = phases.zip(sheets).map(|((phase, channel), &sheet)| {
            phase.continued(channel, &at.m, at.barrier_radius, sheet)
        });
        let matrix = Matrix::new(&settings, at, i_rho.collect::<Result<_, _>>()?)?;
        let mut channels: Vec<usize> = (0..settings.channels.len()).collect();
        channels.swap(0, settings.channel);
        Ok(channels
            .into_iter()
            .map(|i| {
                let amplitude = matrix.amplitude(vec![matrix.column(i)], i);
                (format!("T_{i}_{i}"), amplitude)
            })
            .collect())
    }
}

impl Smooth {
    /// The parameters of one element.
    fn names(self, stem: &str) -> Vec<String> {
        match self {
            Self::None => vec![],
            Self::SlowlyVarying => vec![stem.to_owned()],
            Self::Polynomial { order } => (0..=order).map(|n| format!("{stem}_{n}")).collect(),
        }
    }

    /// One element at s: parameters and the functions they are multiplied by.
    fn terms(
        self,
        at: &DecaySite,
        stem: &str,
        s0: &str,
    ) -> Result<Vec<(Expr, Expr)>, LineshapeError> {
        let (s, s0) = (at.m.powi(2), at.parameter(s0)?);
        let power = |n| match self {
            Self::Polynomial { .. } => (&s / &s0 - 1.0).powi(n),
            _ => (1.0 - &s0) / (&s - &s0),
        };
        let names = self.names(stem).into_iter().zip(0..);
        let terms = names.map(|(name, n)| Ok((at.parameter(&name)?, power(n))));
        terms.collect()
    }

    fn value(self, at: &DecaySite, stem: &str, s0: &str) -> Result<Expr, LineshapeError> {
        let terms = self.terms(at, stem, s0)?.into_iter();
        Ok(terms.fold(0.0.into(), |sum, (f, function)| sum + f * function))
    }
}

/// A P-vector: what is fixed, and apart what a free parameter is multiplied by.
fn produced(
    settings: &Settings,
    at: &DecaySite,
    (poles, background, channels): (&[usize], Smooth, &[usize]),
) -> Result<Vec<Source>, LineshapeError> {
    let nothing = || Source {
        coefficient: 1.0.into(),
        beta: vec![0.0.into(); settings.poles],
        p: vec![0.0.into(); settings.channels.len()],
    };
    let mut sources = vec![nothing()];
    let mut add = |coefficient: Expr, place: &dyn Fn(&mut Source) -> &mut Expr, function: Expr| {
        if floats(&coefficient) {
            let mut source = nothing();
            source.coefficient = coefficient;
            *place(&mut source) = function;
            sources.push(source);
        } else {
            let entry = place(&mut sources[0]);
            *entry = &*entry + coefficient * function;
        }
    };
    for &a in poles {
        let beta = at.parameter(&format!("beta_{a}"))?;
        add(beta, &move |source| &mut source.beta[a], 1.0.into());
    }
    if background != Smooth::None {
        for &j in channels {
            for (p, function) in background.terms(at, &format!("p_{j}"), "s0_production")? {
                add(p, &move |source| &mut source.p[j], function);
            }
        }
    }
    Ok(sources)
}

impl Matrix {
    fn new(settings: &Settings, at: &DecaySite, i_rho: Vec<Expr>) -> Result<Self, LineshapeError> {
        let (m, n) = (&at.m, settings.channels.len());
        let mut poles = Vec::new();
        for a in 0..settings.poles {
            let mass = at.parameter(&format!("mass_{a}"))?;
            let gap = (&mass - m) * (&mass + m);
            let g = (0..n).map(|i| at.parameter(&format!("g_{a}_{i}")));
            let g = g.collect::<Result<Vec<_>, _>>()?;
            poles.push(Pole {
                gap: match settings.pole_offset {
                    0.0 => gap,
                    offset => gap - I * Expr::from(offset),
                },
                floats: floats(&mass) || g.iter().any(floats),
                g,
            });
        }
        let mut background = vec![vec![Expr::from(0.0); n]; n];
        if settings.background != Smooth::None {
            for &(i, j) in &settings.elements {
                let stem = format!("f_{i}_{j}");
                let value = settings.background.value(at, &stem, "s0_background")?;
                background[i][j] = value.clone();
                background[j][i] = value;
            }
        }
        Ok(Self {
            poles,
            background,
            adler: adler(settings.adler, at)?,
            i_rho,
        })
    }
}

fn adler(kind: Adler, at: &DecaySite) -> Result<Expr, LineshapeError> {
    let s = at.m.powi(2);
    let distance = || Ok(&s - at.parameter("adler_zero")?);
    Ok(match kind {
        Adler::None => 1.0.into(),
        Adler::Ratio => {
            let pole = at.parameter("adler_pole")?;
            distance()? * ((1.0 - &pole) / (&s - pole))
        }
        Adler::Linear => distance()? / at.parameter("adler_scale")?,
    })
}
