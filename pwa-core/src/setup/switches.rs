//! Waves that are switched off and on: models inside the one of a config.
//!
//! A switch has all chains of one component of the fit fractions, and of all those whose total couplings are the same numbers.
//! Off, these totals are 0, and what only chains that are off use is held where it is: it could not change anything.

use std::collections::BTreeSet;

use super::{Job, SetupError, coordinates};
use crate::fit::{Coordinate, RandomStart, start_point};
use crate::model::{CouplingForm, CouplingId, Model, ParameterId, Parameters, ShapeParameter};

/// The coordinates of a job in the form of a fit, with the totals that the config fixes among them, held.
pub struct Switches {
    /// Of each switch: its components, joined by `+`.
    pub names: Vec<String>,
    /// The components.
    pub components: Vec<Vec<String>>,
    pub coordinates: Vec<Coordinate>,
    /// Places that are zero where a switch is off.
    zeroed: Vec<Vec<usize>>,
    /// The switches that use a coordinate; none where it is used by more than chains.
    users: Vec<Option<BTreeSet<usize>>>,
    /// As the fit draws them, and where those stand here.
    drawn: (Vec<Coordinate>, Vec<usize>),
}

impl<'a> Job<'a> {
    /// The switches of a job in the form of a fit, and the job whose free parameters are their coordinates.
    ///
    /// # Errors
    /// When a constraint has no parameter.
    pub fn switches(&self) -> Result<(Job<'a>, Switches), SetupError> {
        let known = self.parameters();
        let of_fit = known.free();
        let mut always: BTreeSet<ParameterId> = self
            .constraints()?
            .iter()
            .map(|constraint| of_fit[constraint.place])
            .collect();
        always.extend(self.definitions()?.parameters);
        let chains = Chain::all(&self.models);
        let (components, of_chain) = joined(&chains);
        let names: Vec<String> = components.iter().map(|all| all.join(" + ")).collect();
        let mut parameters = known.clone();
        for id in chains.iter().flat_map(|chain| &chain.totals) {
            parameters.get_mut(*id).free = true;
        }
        let free = parameters.free();
        let place = |id: &ParameterId| free.iter().position(|other| other == id);
        let mut zeroed = vec![Vec::new(); names.len()];
        let mut users: Vec<Option<BTreeSet<usize>>> = vec![Some(BTreeSet::new()); free.len()];
        for (chain, &switch) in chains.iter().zip(&of_chain) {
            zeroed[switch].extend(chain.zeroed.iter().filter_map(place));
            for used in chain.uses.iter().filter_map(place) {
                users[used].get_or_insert_default().insert(switch);
            }
        }
        for (users, id) in users.iter_mut().zip(&free) {
            if users.as_ref().is_some_and(BTreeSet::is_empty) || always.contains(id) {
                *users = None;
            }
        }
        let drawn = coordinates(known);
        let places: Vec<usize> = of_fit.iter().filter_map(place).collect();
        let mut all = coordinates(&parameters);
        for (place, coordinate) in all.iter_mut().enumerate() {
            coordinate.random = RandomStart::Keep;
            if !places.contains(&place) {
                coordinate.limits = Some((coordinate.start, coordinate.start));
            }
        }
        let mut job = self.again();
        job.set_parameters(parameters);
        let switches = Switches {
            names,
            components,
            coordinates: all,
            zeroed,
            users,
            drawn: (drawn, places),
        };
        Ok((job, switches))
    }
}

impl Switches {
    /// Where the config or the result has all of them.
    pub fn start(&self) -> Vec<f64> {
        let coordinates = self.coordinates.iter();
        coordinates.map(|coordinate| coordinate.start).collect()
    }

    /// The coordinates of the model in which these are on, near a point.
    pub fn model(&self, on: &[bool], near: &[f64]) -> Vec<Coordinate> {
        let mut model = self.coordinates.clone();
        for ((coordinate, users), &x) in model.iter_mut().zip(&self.users).zip(near) {
            let dead = (users.as_ref()).is_some_and(|users| users.iter().all(|&user| !on[user]));
            let (low, high) = coordinate.interval();
            coordinate.start = x.clamp(low, high);
            if dead {
                coordinate.limits = Some((coordinate.start, coordinate.start));
            }
        }
        for (&place, _) in self.all_zeroed(on) {
            model[place].start = 0.0;
            model[place].limits = Some((0.0, 0.0));
        }
        model
    }

    /// The point as the job has it that the switches were made of.
    pub fn of_fit(&self, point: &[f64]) -> Vec<f64> {
        self.drawn.1.iter().map(|&place| point[place]).collect()
    }

    /// Which of that job's free parameters a model has.
    pub fn alive(&self, on: &[bool]) -> Vec<bool> {
        let alive = |&place: &usize| match &self.users[place] {
            Some(users) => users.iter().any(|&user| on[user]),
            None => true,
        };
        self.drawn.1.iter().map(alive).collect()
    }

    fn all_zeroed<'s>(&'s self, on: &'s [bool]) -> impl Iterator<Item = (&'s usize, usize)> {
        let off = (0..on.len()).filter(|&switch| !on[switch]);
        off.flat_map(|switch| self.zeroed[switch].iter().map(move |place| (place, switch)))
    }

    /// Points in a model from which a wave just switched on is looked for: where it was at the start, then drawn as the fit
    /// draws it.
    ///
    /// # Errors
    /// When a coordinate cannot be drawn.
    pub fn starts(
        &self,
        switch: usize,
        model: &[Coordinate],
        (seed, starts): (u64, usize),
    ) -> Result<Vec<Vec<f64>>, SetupError> {
        let (drawn, places) = &self.drawn;
        let near: Vec<f64> = model.iter().map(|coordinate| coordinate.start).collect();
        (0..starts.max(1))
            .map(|index| {
                let values = start_point(drawn, seed, index)?;
                let mut point = near.clone();
                for (place, value) in places.iter().zip(values) {
                    let own = self.users[*place].as_ref();
                    let (low, high) = model[*place].interval();
                    if own.is_some_and(|own| own.contains(&switch) && own.len() == 1) {
                        point[*place] = value.clamp(low, high);
                    }
                }
                // What the config fixes of its total.
                for &place in self.zeroed[switch]
                    .iter()
                    .filter(|place| !places.contains(place))
                {
                    point[place] = self.coordinates[place].start;
                }
                Ok(point)
            })
            .collect()
    }
}

/// What a chain has to do with parameters.
struct Chain {
    component: String,
    /// Both parts of its total.
    totals: Vec<ParameterId>,
    /// Those that are zero where it is off.
    zeroed: Vec<ParameterId>,
    uses: BTreeSet<ParameterId>,
}

impl Chain {
    fn all(models: &[Model]) -> Vec<Self> {
        let of_model = |model: &Model| -> Vec<Self> {
            let chains = model.chains.iter();
            chains.map(|chain| Self::new(model, chain)).collect()
        };
        models.iter().flat_map(of_model).collect()
    }

    fn new(model: &Model, chain: &crate::model::Chain) -> Self {
        let parameters: &Parameters = &model.parameters;
        let sources = |id: CouplingId| {
            parameters
                .coupling(id)
                .parts
                .map(|part| parameters.source(part))
        };
        let totals = sources(chain.total);
        let mut uses: BTreeSet<ParameterId> = totals.into();
        let terms = chain.vertices.iter().flat_map(|vertex| &vertex.terms);
        uses.extend(terms.flat_map(|term| sources(term.coupling)));
        for at in &chain.resonances {
            let resonance = &model.resonances[at.resonance];
            uses.extend(resonance.mass.map(|id| parameters.source(id)));
            for parameter in resonance.parameters.values() {
                match *parameter {
                    ShapeParameter::Real(id) => uses.extend([parameters.source(id)]),
                    ShapeParameter::Complex(id) => uses.extend(sources(id)),
                }
            }
        }
        Self {
            component: model.own_name(&chain.component),
            zeroed: match parameters.coupling(chain.total).form {
                CouplingForm::Cartesian => totals.to_vec(),
                CouplingForm::Polar => vec![totals[0]],
            },
            totals: totals.to_vec(),
            uses,
        }
    }

    /// Whether one cannot be switched off without the other.
    fn goes_with(&self, other: &Self) -> bool {
        self.component == other.component || self.zeroed.iter().any(|id| other.zeroed.contains(id))
    }
}

/// The components of the switches, and the switch of each chain.
fn joined(chains: &[Chain]) -> (Vec<Vec<String>>, Vec<usize>) {
    let mut group: Vec<usize> = (0..chains.len()).collect();
    for (i, chain) in chains.iter().enumerate() {
        for j in 0..i {
            if chain.goes_with(&chains[j]) {
                let (old, new) = (group[i].max(group[j]), group[i].min(group[j]));
                group
                    .iter_mut()
                    .filter(|g| **g == old)
                    .for_each(|g| *g = new);
            }
        }
    }
    let mut heads = group.clone();
    heads.sort_unstable();
    heads.dedup();
    let components = heads.iter().map(|head| {
        let mut components: Vec<String> = Vec::new();
        for (chain, _) in chains.iter().zip(&group).filter(|(_, g)| *g == head) {
            if !components.contains(&chain.component) {
                components.push(chain.component.clone());
            }
        }
        components
    });
    let of_chain = group.iter().filter_map(|g| heads.binary_search(g).ok());
    (components.collect(), of_chain.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(component: &str, totals: [usize; 2]) -> Chain {
        let totals = totals.map(ParameterId).to_vec();
        Chain {
            component: component.to_owned(),
            zeroed: totals.clone(),
            uses: totals.iter().copied().collect(),
            totals,
        }
    }

    /// The third chain joins the first by its name and the fourth by its coupling.
    #[test]
    fn chains_of_one_component_or_one_total_go_together() {
        let chains = [
            chain("a", [0, 1]),
            chain("b", [2, 3]),
            chain("a", [4, 5]),
            chain("c", [4, 5]),
        ];
        let (components, of_chain) = joined(&chains);
        assert_eq!(components, [vec!["a", "c"], vec!["b"]]);
        assert_eq!(of_chain, [0, 1, 0, 0]);
    }
}
