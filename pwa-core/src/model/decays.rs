//! What decays in the events of a tile: masses, breakup momenta, rotations between frames, computed for as
//! many events at a time as a vector holds.

use super::columns::{ColumnRecipe, EventVariable, FrameChange};
use super::events::{EventError, Events, GENERATED_STATE, SPACELIKE, event_mass};
use super::frames::{Event, Frames, Turn};
use super::planes::{Planes, RealPlanes};
use crate::engine::TileColumns;
use crate::kinematics::{Axes, CayleyKlein, FourMomentum, Vector3, to_rest_frame, two_azimuths};
use crate::model::MassSource;
use crate::simd::{InstructionSet, LANES, Real, Simd, WithSimd};

/// The decays of all trees of a recipe. Reused from tile to tile.
#[derive(Debug, Default)]
pub(super) struct Decays {
    stride: usize,
    /// E, px, py, pz of each final particle in the laboratory.
    momenta: RealPlanes,
    /// The recipe's variables.
    variables: RealPlanes,
    /// The place of the first node of each tree.
    first: Vec<usize>,
    /// a and b of each node that decays.
    rotations: Planes,
    /// Of each node that decays.
    q_squared: RealPlanes,
    /// a and b of each frame change, tree after tree.
    changes: Planes,
    /// Of each frame change: -1 where the frames of equal axes differ by a full turn.
    signs: RealPlanes,
}

impl Decays {
    /// The decays of the events of a tile.
    pub fn fill(
        &mut self,
        recipe: &ColumnRecipe,
        events: &Events,
        tile: &TileColumns,
    ) -> Result<(), EventError> {
        self.reset(recipe, tile.length.next_multiple_of(LANES));
        self.load(recipe, events, tile);
        let refused = InstructionSet::best().run(Kinematics {
            recipe,
            decays: self,
        });
        match refused {
            None => Ok(()),
            Some(refused) => Err(refused.in_tile(tile.start, recipe)),
        }
    }

    fn reset(&mut self, recipe: &ColumnRecipe, stride: usize) {
        self.stride = stride;
        self.first.clear();
        let mut nodes = 0;
        for tree in &recipe.trees {
            self.first.push(nodes);
            nodes += tree.nodes().len();
        }
        let changes: usize = recipe.alignments.iter().map(Vec::len).sum();
        self.momenta.reset(4 * recipe.nominal.len(), stride);
        self.variables.reset(recipe.variables.len(), stride);
        self.rotations.reset(2 * nodes, stride);
        self.q_squared.reset(nodes, stride);
        self.changes.reset(2 * changes, stride);
        self.signs.reset(changes, stride);
    }

    /// Four-momenta, of charge conjugates with the other sign of p; behind the last event that one
    /// again.
    fn load(&mut self, recipe: &ColumnRecipe, events: &Events, tile: &TileColumns) {
        let of_tile = tile.start..tile.start + tile.length;
        let charge = events.charge.map(|charge| &charge[of_tile.clone()]);
        for (particle, columns) in events.momenta.iter().enumerate() {
            for (component, column) in columns.iter().enumerate() {
                let plane = self.momenta.get_mut(4 * particle + component);
                let (inside, behind) = plane.split_at_mut(tile.length);
                inside.copy_from_slice(&column[of_tile.clone()]);
                if let Some(charge) = charge.filter(|_| component > 0) {
                    for (p, &charge) in inside.iter_mut().zip(charge) {
                        *p *= if charge < 0.0 { -1.0 } else { 1.0 };
                    }
                }
                behind.fill(inside[tile.length - 1]);
            }
        }
        for (place, variable) in recipe.variables.iter().enumerate() {
            let EventVariable::State(column) = *variable else {
                continue;
            };
            let (inside, behind) = self.variables.get_mut(place).split_at_mut(tile.length);
            match events.state.get(column) {
                Some(column) => inside.copy_from_slice(&column[of_tile.clone()]),
                None => inside.fill(GENERATED_STATE),
            }
            behind.fill(inside[tile.length - 1]);
        }
    }

    pub fn variable(&self, number: usize) -> &[f64] {
        self.variables.get(number)
    }

    pub fn q_squared(&self, tree: usize, node: usize) -> &[f64] {
        self.q_squared.get(self.first[tree] + node)
    }

    /// The planes of all rotations, and the place of that of a node.
    pub fn rotation(&self, tree: usize, node: usize) -> (&Planes, usize) {
        (&self.rotations, 2 * (self.first[tree] + node))
    }

    /// The planes of all frame changes, and the place of one.
    pub fn change(&self, place: usize) -> (&Planes, usize) {
        (&self.changes, 2 * place)
    }

    pub fn sign(&self, change: usize) -> &[f64] {
        self.signs.get(change)
    }
}

/// An event without an amplitude, by its place in the tile.
struct Refused {
    event: usize,
    why: Why,
}

enum Why {
    Spacelike { particle: usize, mass_squared: f64 },
    BelowThreshold { q_squared: f64 },
}

impl Refused {
    /// The earlier one; of two reasons in one event the first.
    fn join(first: Option<Self>, other: Self) -> Option<Self> {
        match first {
            Some(first) if first.event <= other.event => Some(first),
            _ => Some(other),
        }
    }

    /// In a tile that begins at event `start`.
    fn in_tile(self, start: usize, recipe: &ColumnRecipe) -> EventError {
        let event = start + self.event;
        match self.why {
            Why::Spacelike {
                particle,
                mass_squared,
            } => EventError::Spacelike {
                event,
                particle: recipe.labels[particle].clone(),
                mass_squared,
            },
            Why::BelowThreshold { q_squared } => EventError::BelowThreshold { event, q_squared },
        }
    }
}

/// From four-momenta to all else.
struct Kinematics<'a> {
    recipe: &'a ColumnRecipe,
    decays: &'a mut Decays,
}

impl WithSimd for Kinematics<'_> {
    type Output = Option<Refused>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Option<Refused> {
        let Self { recipe, decays } = self;
        let finals = recipe.nominal.len();
        let mut momenta = vec![FourMomentum::zero(simd); finals];
        let mut masses = vec![Real::new(simd, 0.0); finals];
        let mut frames = Frames::new(simd, recipe);
        for chunk in 0..decays.stride / S::F64_LANES {
            let mut refused = None;
            for particle in 0..finals {
                let (p, mass) = final_particle(simd, recipe, decays, (particle, chunk));
                (momenta[particle], masses[particle]) = (p, mass);
                let mass_squared = p.mass_squared();
                let spacelike = mass_squared.is_below(p.e * SPACELIKE * p.e);
                if let Some(lane) = spacelike.first() {
                    let mass_squared = mass_squared.of(lane);
                    let event = chunk * S::F64_LANES + lane;
                    let why = Why::Spacelike {
                        particle,
                        mass_squared,
                    };
                    refused = Refused::join(refused, Refused { event, why });
                }
            }
            let axes = to_rest_frame(simd, &mut momenta, recipe.axis);
            for (place, &variable) in recipe.variables.iter().enumerate() {
                let value = match variable {
                    EventVariable::Mass(set) if set.count_ones() == 1 => {
                        masses[set.trailing_zeros() as usize]
                    }
                    EventVariable::Mass(set) => FourMomentum::sum(simd, &momenta, set).mass(),
                    EventVariable::CosTwoAzimuth => azimuth(recipe, &momenta, axes)[0],
                    EventVariable::SinTwoAzimuth => azimuth(recipe, &momenta, axes)[1],
                    EventVariable::State(_) => continue,
                };
                value.store(decays.variables.get_mut(place), chunk);
            }
            let event = Event {
                momenta: &momenta,
                masses: &masses,
                axes,
            };
            frames.fill(simd, recipe, &event);
            if let Some(below) = put_decays(recipe, decays, &frames, chunk) {
                refused = Refused::join(refused, below);
            }
            if refused.is_some() {
                return refused;
            }
            put_changes(recipe, decays, &frames, chunk);
        }
        None
    }
}

/// cos 2 phi and sin 2 phi of what a photon produces; it flies against the recoil, which has the same.
#[inline(always)]
fn azimuth<S: Simd>(
    recipe: &ColumnRecipe,
    momenta: &[FourMomentum<S>],
    axes: Axes<S>,
) -> [Real<S>; 2] {
    let recoil = recipe.photoproduction.map_or(0, |made| made.recoil);
    two_azimuths(axes, momenta[recoil].p)
}

/// Momentum and mass of a final particle in the laboratory.
#[inline(always)]
fn final_particle<S: Simd>(
    simd: S,
    recipe: &ColumnRecipe,
    decays: &Decays,
    (particle, chunk): (usize, usize),
) -> (FourMomentum<S>, Real<S>) {
    let planes = &decays.momenta;
    let mut p = FourMomentum {
        e: Real::load(simd, planes.get(4 * particle), chunk),
        p: Vector3 {
            x: Real::load(simd, planes.get(4 * particle + 1), chunk),
            y: Real::load(simd, planes.get(4 * particle + 2), chunk),
            z: Real::load(simd, planes.get(4 * particle + 3), chunk),
        },
    };
    let nominal = Real::new(simd, recipe.nominal[particle]);
    match recipe.mass_source {
        MassSource::Nominal => {
            p.e = (nominal * nominal + p.p.dot(p.p)).sqrt();
            (p, nominal)
        }
        MassSource::Event => (p, event_mass(p, recipe.massless[particle])),
    }
}

/// Stores what decays in the trees; the first event below a threshold.
#[inline(always)]
fn put_decays<S: Simd>(
    recipe: &ColumnRecipe,
    decays: &mut Decays,
    frames: &Frames<S>,
    chunk: usize,
) -> Option<Refused> {
    let mut refused = None;
    for (number, tree) in recipe.trees.iter().enumerate() {
        for (node, _) in tree.vertices() {
            let (breakup, rotation) = frames.vertex(recipe, number, node);
            let (q_squared, m) = (breakup.q_squared, breakup.mass);
            // Masses of float branches carry 1e-6 of rounding. What is not a number fails too.
            let above = q_squared.is_at_least(m * -1e-5 * m);
            if let Some(lane) = (!above).first() {
                let event = chunk * S::F64_LANES + lane;
                let q_squared = q_squared.of(lane);
                let why = Why::BelowThreshold { q_squared };
                refused = Refused::join(refused, Refused { event, why });
            }
            let place = decays.first[number] + node;
            put(&mut decays.rotations, 2 * place, chunk, rotation);
            q_squared.store(decays.q_squared.get_mut(place), chunk);
        }
    }
    refused
}

#[inline(always)]
fn put_changes<S: Simd>(
    recipe: &ColumnRecipe,
    decays: &mut Decays,
    frames: &Frames<S>,
    chunk: usize,
) {
    for (place, (tree, change)) in recipe.changes().enumerate() {
        match frames.change(recipe, tree, change) {
            Turn::Rotation(rotation) => put(&mut decays.changes, 2 * place, chunk, rotation),
            Turn::Sign(sign) => sign.store(decays.signs.get_mut(place), chunk),
        }
    }
}

#[inline(always)]
fn put<S: Simd>(planes: &mut Planes, place: usize, chunk: usize, rotation: CayleyKlein<S>) {
    let (re, im) = planes.get_mut(place);
    rotation.a.re.store(re, chunk);
    rotation.a.im.store(im, chunk);
    let (re, im) = planes.get_mut(place + 1);
    rotation.b.re.store(re, chunk);
    rotation.b.im.store(im, chunk);
}

impl ColumnRecipe {
    /// All frame changes with their trees.
    pub(super) fn changes(&self) -> impl Iterator<Item = (usize, &FrameChange)> {
        let trees = self.alignments.iter().enumerate();
        trees.flat_map(|(tree, changes)| changes.iter().map(move |change| (tree, change)))
    }
}
