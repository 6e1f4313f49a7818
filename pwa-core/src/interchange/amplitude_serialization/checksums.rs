//! The checksums of a file: values of its functions and intensities, against those of the translation.

use num_complex::Complex64;

use super::chains::Group;
use super::document::{ChainChecksum, Checksum, Distribution, File, Point};
use super::error::{ImportError, Text};
use super::functions::GsqRule;
use super::numbers::complex;
use super::translate::Translation;
use crate::config::Step;
use crate::engine::{Backend, CpuBackend, Storage};
use crate::expr::{Expr, Lowering, Program};
use crate::kinematics::DalitzPoint;
use crate::lineshape::DecaySite;
use crate::model::{Events, FinalMasses, Lowered, Model, ShapeParameter, lower};

/// Relative; a sum of a hundred amplitudes near a narrow pole keeps this.
const TOLERANCE: f64 = 1e-12;

/// A checksum and what the translation has in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What was evaluated, and the point.
    pub name: String,
    pub expected: Complex64,
    pub found: Complex64,
    /// Decides between the rules of a multichannel Breit-Wigner by itself.
    decides: bool,
}

impl Comparison {
    /// Relative.
    pub fn difference(&self) -> f64 {
        ((self.found - self.expected).norm_sqr() / self.expected.norm_sqr()).sqrt()
    }

    fn agrees(&self) -> bool {
        self.difference() <= TOLERANCE || self.found == self.expected
    }
}

/// The translation under the rule of multichannel Breit-Wigners that fits, and what to say of the choice.
///
/// # Errors
/// When no rule reproduces the checksums.
pub(super) fn decide(
    text: &Text,
    file: &File,
    distribution: &Distribution,
    groups: &[Group],
    translate: impl Fn(GsqRule) -> Result<Translation, ImportError>,
) -> Result<(Translation, Option<String>), ImportError> {
    let path = [Step::Key("misc"), Step::Key("amplitude_model_checksums")];
    let used = |name: &str| groups.iter().any(|group| group.parametrization == name);
    let open = file
        .functions
        .iter()
        .any(|function| function.kind == MULTICHANNEL && used(&function.name));
    let rules: &[GsqRule] = match open {
        true => &GsqRule::ALL,
        false => &GsqRule::ALL[..1],
    };
    // Line shapes alone say nothing of frames, phases and weights.
    let whole = (file.misc.amplitude_model_checksums.iter())
        .any(|checksum| checksum.distribution == distribution.name);
    let mut refused: Option<Comparison> = None;
    for &rule in rules {
        let mut translation = translate(rule)?;
        let list = compare(text, file, distribution, groups, &translation)?;
        let decides = list.iter().any(|c| c.decides);
        match list.iter().find(|comparison| !comparison.agrees()) {
            Some(bad) => {
                // Of two rules the one that goes wrong later is nearer to the truth.
                if refused
                    .as_ref()
                    .is_none_or(|before| before.decides && !bad.decides)
                {
                    refused = Some(bad.clone());
                }
            }
            None if !whole || (open && !decides) => {
                let problem = match open && !decides {
                    true => "no checksum tells what gsq of a multichannel Breit-Wigner means",
                    false => "the file has no checksum of this distribution's intensity",
                };
                let help = "add checksums of the intensity: formats of this kind differ in signs and factors"
                    .to_owned();
                return Err(text.error(&path, problem, help));
            }
            None => {
                translation.checksums = list;
                let note = open.then(|| {
                    format!("gsq of multichannel Breit-Wigners by checksum: the width is {rule}")
                });
                return Ok((translation, note));
            }
        }
    }
    let problem = match &refused {
        Some(bad) => format!(
            "the checksum of {} is {}, here it is {}: {:.1e} of it differ{}",
            bad.name,
            bad.expected,
            bad.found,
            bad.difference(),
            match open {
                true => ", with either meaning of gsq",
                false => "",
            }
        ),
        None => "no checksum was reproduced".to_owned(),
    };
    let help = "the file means something else than is read here; nothing is written".to_owned();
    Err(text.error(&path, problem, help))
}

fn compare(
    text: &Text,
    file: &File,
    distribution: &Distribution,
    groups: &[Group],
    translation: &Translation,
) -> Result<Vec<Comparison>, ImportError> {
    let evaluator = Evaluator {
        file,
        distribution,
        groups,
        model: &translation.model,
        ready: Ready::new(&translation.model).map_err(|problem| {
            let path = [Step::Key("distributions")];
            text.error(&path, problem, None)
        })?,
    };
    let mut list = Vec::new();
    for (number, checksum) in file.misc.amplitude_model_checksums.iter().enumerate() {
        let compared = evaluator.checksum(checksum).map_err(|problem| {
            let path = [
                "misc".into(),
                "amplitude_model_checksums".into(),
                number.into(),
            ];
            text.error(&path, problem, None)
        })?;
        list.extend(compared);
    }
    for (number, checksum) in file.misc.chain_checksums.iter().enumerate() {
        if checksum.distribution != distribution.name {
            continue;
        }
        list.push(evaluator.chain(checksum).map_err(|problem| {
            let path = ["misc".into(), "chain_checksums".into(), number.into()];
            text.error(&path, problem, None)
        })?);
    }
    Ok(list)
}

struct Evaluator<'a> {
    file: &'a File,
    distribution: &'a Distribution,
    groups: &'a [Group],
    model: &'a Model,
    ready: Ready,
}

impl Evaluator<'_> {
    fn point(&self, name: &str) -> Result<&Point, String> {
        let mut points = self.file.parameter_points.iter();
        let found = points.find(|point| point.name == name);
        found.ok_or_else(|| format!("there is no parameter point `{name}`"))
    }

    fn intensity(&self, point: &Point, wave: Option<usize>) -> Result<f64, String> {
        let coordinate = |name: &str| {
            let mut of_point = point.parameters.iter();
            of_point.find(|c| c.name == name).map(|c| c.value)
        };
        let momenta = momenta(self.model, self.distribution, coordinate)?;
        self.ready.intensity(self.model, &momenta, wave)
    }

    /// None of something that this distribution does not use.
    fn checksum(&self, checksum: &Checksum) -> Result<Option<Comparison>, String> {
        let what = &checksum.distribution;
        let mut groups = self.groups.iter();
        let function = groups.position(|group| group.parametrization == *what);
        let (found, decides) = if *what == self.distribution.name {
            let point = self.point(&checksum.point)?;
            (self.intensity(point, None)?.into(), true)
        } else if let Some(group) = function {
            let point = self.point(&checksum.point)?;
            let [s] = &point.parameters[..] else {
                return Err(format!(
                    "`{what}` is a function of one variable, the point `{}` has {}",
                    point.name,
                    point.parameters.len()
                ));
            };
            let mut functions = self.file.functions.iter();
            let decides = functions.any(|f| f.name == *what && f.kind == MULTICHANNEL);
            (shape(self.model, group, s.value)?, decides)
        } else {
            return Ok(None);
        };
        Ok(Some(Comparison {
            name: format!("`{what}` at `{}`", checksum.point),
            expected: complex(&checksum.value).ok_or(NO_NUMBER)?,
            found,
            decides,
        }))
    }

    fn chain(&self, checksum: &ChainChecksum) -> Result<Comparison, String> {
        let mut terms = self.groups.iter().flat_map(|group| &group.terms);
        let wave = terms.position(|term| term.chain == checksum.chain);
        let wave = wave.ok_or_else(|| format!("there is no chain {}", checksum.chain))?;
        let found = self.intensity(self.point(&checksum.point)?, Some(wave))?;
        Ok(Comparison {
            name: format!(
                "chain {} of `{}` at `{}`",
                checksum.chain, checksum.distribution, checksum.point
            ),
            expected: complex(&checksum.value).ok_or(NO_NUMBER)?,
            found: found.into(),
            decides: false,
        })
    }
}

const NO_NUMBER: &str = "the value is no complex number";

/// The type of function that two rules are in circulation for.
const MULTICHANNEL: &str = "MultichannelBreitWigner";

/// The line shape of a chain at m² = s.
pub(super) fn shape(model: &Model, chain: usize, s: f64) -> Result<Complex64, String> {
    // A chain of a three-body decay has one resonance.
    let Some(at) = model.chains[chain].resonances.first() else {
        return Err("the chain has no resonance".to_owned());
    };
    let resonance = &model.resonances[at.resonance];
    let parameters = resonance.parameters.iter().map(|(name, parameter)| {
        let value = match parameter {
            ShapeParameter::Real(id) => model.parameters.value(*id).into(),
            ShapeParameter::Complex(id) => model.parameters.coupling_expr(*id),
        };
        (name.clone(), value)
    });
    let tree = &model.chains[chain].tree;
    let daughters = tree.node(at.node).daughters.unwrap_or([at.node; 2]);
    let masses = daughters.map(|node| {
        let place = tree.node(node).finals.trailing_zeros() as usize;
        Expr::from(model.finals[place].mass)
    });
    let site = DecaySite {
        m: Expr::parameter(0),
        event_masses: masses.clone(),
        nominal_masses: masses,
        orbital_l: at.orbital_l,
        barrier_radius: resonance.barrier_radius,
        options: resonance.options.clone(),
        parameters: parameters.collect(),
    };
    let formula = resonance
        .shape
        .build(&site)
        .map_err(|error| error.to_string())?;
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(&formula);
    let values = Program::new(&lowering.graph, &[re, im]).evaluate_scalar(&[s.sqrt()]);
    Ok(Complex64::new(values[0], values[1]))
}

/// Momenta at a point of the file.
pub(super) fn momenta(
    model: &Model,
    distribution: &Distribution,
    coordinate: impl Fn(&str) -> Option<f64>,
) -> Result<[[f64; 4]; 3], String> {
    let mut masses = [model.initial.mass.unwrap_or(0.0), 0.0, 0.0, 0.0];
    for (mass, particle) in masses[1..].iter_mut().zip(&model.finals) {
        *mass = particle.mass;
    }
    let value = |name: &str| coordinate(name).ok_or(format!("the point has no `{name}`"));
    let mut found = None;
    for variables in &distribution.variables {
        let [mass, _, cosine] = &variables.mass_phi_costheta;
        match variables.node.two_particles() {
            Some([i, j]) if i != j && (1..=3).contains(&i) && (1..=3).contains(&j) => {
                let spectator = 6 - i - j;
                let cos_theta = value(cosine)?;
                let cyclic = DalitzPoint::pair(spectator) == [i, j];
                found = Some(DalitzPoint {
                    spectator,
                    pair_mass: value(mass)?,
                    cos_theta: if cyclic { cos_theta } else { -cos_theta },
                });
            }
            _ => {
                let total = value(mass)?;
                if (total - masses[0]).abs() > 1e-9 * masses[0] {
                    return Err(format!(
                        "the point has `{mass}` = {total} GeV, the decay {} GeV",
                        masses[0]
                    ));
                }
            }
        }
    }
    let point = found.ok_or("no `variables` of the distribution describe a pair of particles")?;
    point
        .momenta(masses)
        .ok_or_else(|| "the point lies outside the Dalitz plot".to_owned())
}

/// A model lowered for points.
pub(super) struct Ready(Lowered);

impl Ready {
    pub fn new(model: &Model) -> Result<Self, String> {
        let lowered = lower(model, &FinalMasses::nominal(model));
        lowered.map(Self).map_err(|error| error.to_string())
    }

    /// At one point, of all waves or of one alone.
    pub fn intensity(
        &self,
        model: &Model,
        momenta: &[[f64; 4]; 3],
        wave: Option<usize>,
    ) -> Result<f64, String> {
        let Self(lowered) = self;
        let events = Events {
            momenta: momenta
                .iter()
                .map(|p| [0, 1, 2, 3].map(|i| &p[i..=i]))
                .collect(),
            weights: vec![1.0],
            charge: None,
            backgrounds: Vec::new(),
            copies: None,
            state: Vec::new(),
        };
        let columns = lowered
            .recipe
            .columns(&lowered.plan, &events, &Storage::default())
            .map_err(|error| error.to_string())?;
        let sums = CpuBackend::BEST
            .prepare(lowered.plan.clone(), columns.into())
            .map_err(|error| error.to_string())?;
        let mut slots = lowered.slots.slots(&model.parameters.start());
        if let Some(wave) = wave {
            let others = lowered.waves.iter().enumerate();
            for (other, _) in others.filter(|(_, of)| **of != wave) {
                slots[2 * other..2 * other + 2].fill(0.0);
            }
        }
        let intensities = sums
            .intensities(&slots)
            .map_err(|error| error.to_string())?;
        Ok(intensities[0])
    }
}
