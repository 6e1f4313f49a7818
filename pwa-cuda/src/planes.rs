//! What a block keeps of a tile's events: planes in shared memory, and those behind a cut in global memory.

use pwa_core::engine::{BasisVector, Plan};

use crate::layout::{Layout, starts};
use crate::purpose::Purpose;
use crate::tables::Variant;

/// Names of numbers and where the numbers of each start.
type Places = Vec<(&'static str, usize)>;

/// The planes of a point, and its sums that go on from part to part.
#[derive(Debug)]
pub struct Planes {
    /// In shared memory, and all.
    pub near: usize,
    pub all: usize,
    /// Numbers of each lane of the sums that go on from part to part.
    pub carried: usize,
    /// Where each kind starts.
    pub places: Places,
}

impl Planes {
    /// `far` kinds, the last ones, are in global memory.
    pub fn new(plan: &Plan, layout: &Layout, variant: Variant, staged: bool, far: usize) -> Self {
        let kinds = kinds(plan, layout, variant, staged);
        let near = kinds.len().saturating_sub(far);
        let (near, _) = place(&kinds[..near]);
        let (all, mut places) = place(&kinds);
        if variant.purpose.has_slots() && !variant.grouped {
            // Slopes of terms are slopes of events where each event is a term.
            let slots = places.iter().find(|place| place.0 == "EVENT_SLOT");
            places.extend(slots.map(|place| ("TERM_SLOT", place.1)));
        }
        let (carried, carry_places) = carried(plan, layout, variant);
        places.extend(carry_places);
        Self {
            near,
            all,
            carried,
            places,
        }
    }

    /// How many kinds may be in global memory while the others are not: those of vectors and slots, which are many and
    /// read in bands, and all that come of a tile's amplitudes and are used a few times.
    pub fn far(plan: &Plan, layout: &Layout, variant: Variant, staged: bool) -> (usize, usize) {
        if !variant.purpose.has_vectors() {
            return (0, 0);
        }
        let kinds = kinds(plan, layout, variant, staged);
        let from = |names: &[&str]| {
            let first = kinds.iter().position(|kind| names.contains(&kind.0));
            first.map_or(0, |first| kinds.len() - first)
        };
        (
            from(&["EVENT_SLOT", "MIXED"]),
            from(&["PARTIAL", "JACOBIAN"]),
        )
    }

    /// Numbers in shared memory for parts of so many events; sums are where the first planes are.
    pub fn near_numbers(&self, part: usize) -> usize {
        match self.near {
            0 => 0,
            near => near * part + 8 * self.carried,
        }
    }

    /// Numbers in global memory.
    pub fn far_numbers(&self, part: usize) -> usize {
        let far = (self.all - self.near) * part;
        match self.near {
            0 => far + 8 * self.carried,
            _ => far,
        }
    }

    /// Whether there are planes of a kind.
    pub fn has(&self, kind: &str) -> bool {
        self.places.iter().any(|place| place.0 == kind)
    }
}

/// Kinds with their numbers of planes, those last that are needed least.
fn kinds(
    plan: &Plan,
    layout: &Layout,
    variant: Variant,
    staged: bool,
) -> Vec<(&'static str, usize)> {
    let purpose = variant.purpose;
    let (rows, densities) = (plan.rows, plan.densities.len());
    let mixing = usize::from(densities > 0);
    let mut kinds = vec![("SHAPE", 2 * plan.shapes.len()), ("AMPLITUDE", 2 * rows)];
    // An intensity alone needs no more.
    if purpose.has_gradient() || purpose.has_vectors() {
        kinds.extend([
            ("RHO", 2 * densities),
            ("PRODUCT", 2 * densities),
            ("PULLED", 2 * rows * mixing),
            ("SLOPE", 1),
        ]);
    }
    // Elsewhere a thread goes on with the intensity of its event.
    if variant.grouped || !purpose.has_terms() {
        kinds.push(("INTENSITY", 1));
    }
    if purpose.has_terms() {
        let of_terms = [
            ("TERM_J", true),
            ("TERM_WEIGHT", true),
            ("TERM_VALUE", purpose != Purpose::Scores),
            (
                "TERM_SLOPE",
                plan.backgrounds > 0 && purpose.has_gradient() || purpose == Purpose::Scores,
            ),
            ("TERM_BEND", purpose.has_vectors()),
        ];
        let used = of_terms.into_iter().filter(|(_, used)| *used);
        kinds.extend(used.map(|(name, _)| (name, 1)));
    }
    let programs = purpose.shape_programs();
    if programs.gradient {
        kinds.push(("ADJOINT", 2 * rows));
    }
    // T of each group: where columns are in shared memory, it is cheaper to add it up again.
    if purpose.has_slots() || purpose.has_gradient() && !staged {
        kinds.push(("PARTIAL", 2 * layout.groups.len()));
    }
    if programs.gradient {
        kinds.push(("DERIVATIVE", layout.jacobians()));
    }
    if purpose.has_vectors() {
        let used = usize::from(programs.jacobian);
        kinds.push(("JACOBIAN", 2 * layout.jacobians() * used));
    }
    if programs.curvature {
        kinds.push(("CURVATURE", layout.curvatures()));
    }
    if purpose.has_slots() {
        kinds.push(("EVENT_SLOT", plan.slots()));
        if variant.grouped {
            kinds.push(("TERM_SLOT", plan.slots()));
        }
    }
    let mixed = match purpose {
        Purpose::Gram { derivatives } => BasisVector::all(plan, derivatives).len(),
        Purpose::Hessian => plan.coefficients + plan.parameters,
        Purpose::Value { .. } | Purpose::Gradient { .. } | Purpose::Events | Purpose::Scores => 0,
    };
    if mixed > 0 {
        kinds.push(("MIXED", 2 * mixed * rows * mixing));
    }
    kinds
}

/// Sums that go on from part to part: numbers of each of their eight lanes.
fn carried(plan: &Plan, layout: &Layout, variant: Variant) -> (usize, Places) {
    match variant.purpose {
        Purpose::Value { .. } => return place(&[("CARRY_VALUE", 1)]),
        Purpose::Gradient { .. } | Purpose::Hessian => {}
        Purpose::Events | Purpose::Gram { .. } | Purpose::Scores => return (0, Vec::new()),
    }
    let (sums, places) = place(&[
        ("CARRY_TERM", 2 * layout.terms().count()),
        ("CARRY_DENSITY", 2 * plan.densities.len()),
        ("CARRY_VALUE", 1),
        ("CARRY_BACKGROUND", plan.backgrounds),
        ("CARRY_PARAMETER", layout.jacobians()),
    ]);
    (lane_of(sums), places)
}

/// Numbers of a lane with so many sums: the eight lanes of two neighbouring sums are in different banks, of which there are 16
/// for doubles.
fn lane_of(sums: usize) -> usize {
    sums + (6 - sums % 4) % 4
}

/// The number of all, and where each kind starts.
fn place(kinds: &[(&'static str, usize)]) -> (usize, Places) {
    let starts = starts(kinds.iter().map(|kind| kind.1));
    let names = kinds.iter().map(|kind| kind.0);
    (
        starts[kinds.len()],
        names.zip(starts.iter().copied()).collect(),
    )
}
