//! What a block keeps of a tile's events: near planes, which should be in shared memory, and far ones of vectors that
//! densities mix and of slopes, of which there may be too many for it.

use pwa_core::engine::{BasisVector, Plan};

use crate::layout::{Layout, starts};
use crate::purpose::Purpose;
use crate::tables::Variant;

/// Names of numbers and where the numbers of each start.
type Places = Vec<(&'static str, usize)>;

/// The planes of a point, and its sums that go on from part to part.
#[derive(Debug)]
pub struct Planes {
    pub near: usize,
    pub far: usize,
    pub carried: usize,
    /// Whether far planes are behind the near ones.
    pub together: bool,
    /// Where each kind starts among its own.
    pub places: Places,
}

impl Planes {
    pub fn new(
        plan: &Plan,
        layout: &Layout,
        variant: Variant,
        (staged, together): (bool, bool),
    ) -> Self {
        let (near, mut places) = near(plan, layout, variant, staged);
        let (far, far_places) = far(plan, variant);
        let (carried, carry_places) = carried(plan, layout, variant);
        places.extend(far_places);
        places.extend(carry_places);
        Self {
            near,
            far,
            carried,
            together,
            places,
        }
    }

    /// Numbers of near planes and sums for parts of so many events.
    pub fn near_numbers(&self, part: usize) -> usize {
        self.near * part + 8 * self.carried
    }

    /// Numbers of far planes.
    pub fn far_numbers(&self, part: usize) -> usize {
        self.far * part
    }

    /// Numbers that stand together.
    pub fn numbers(&self, part: usize) -> usize {
        let far = if self.together { self.far } else { 0 };
        self.near_numbers(part) + far * part
    }

    /// Whether there are planes of a kind.
    pub fn has(&self, kind: &str) -> bool {
        self.places.iter().any(|place| place.0 == kind)
    }
}

fn near(plan: &Plan, layout: &Layout, variant: Variant, staged: bool) -> (usize, Places) {
    let purpose = variant.purpose;
    let (rows, densities) = (plan.rows, plan.densities.len());
    let mixing = usize::from(densities > 0);
    let mut kinds = vec![
        ("SHAPE", 2 * plan.shapes.len()),
        ("AMPLITUDE", 2 * rows),
        ("RHO", 2 * densities),
        ("PRODUCT", 2 * densities),
        ("PULLED", 2 * rows * mixing),
        ("INTENSITY", 1),
        ("SLOPE", 1),
    ];
    if !matches!(purpose, Purpose::Gram { .. }) {
        let of_terms = [
            ("TERM_J", true),
            ("TERM_WEIGHT", true),
            ("TERM_VALUE", true),
            (
                "TERM_SLOPE",
                plan.backgrounds > 0 || purpose == Purpose::Scores,
            ),
            ("TERM_BEND", purpose.has_vectors()),
        ];
        kinds.extend(of_terms.map(|(name, used)| (name, usize::from(used))));
    }
    // T of each group: where columns are in shared memory, it is cheaper to add it up again.
    if purpose.has_slots() || !purpose.has_vectors() && !staged {
        kinds.push(("PARTIAL", 2 * layout.groups.len()));
    }
    let programs = purpose.shape_programs();
    if programs.gradient {
        kinds.extend([("ADJOINT", 2 * rows), ("DERIVATIVE", layout.jacobians())]);
    }
    if programs.curvature {
        kinds.push(("CURVATURE", layout.curvatures()));
    }
    if purpose.has_vectors() {
        let used = usize::from(programs.jacobian);
        kinds.push(("JACOBIAN", 2 * layout.jacobians() * used));
    }
    place(&kinds)
}

fn far(plan: &Plan, variant: Variant) -> (usize, Places) {
    let purpose = variant.purpose;
    let vectors = match purpose {
        Purpose::Sums | Purpose::Batch => return (0, Vec::new()),
        Purpose::Gram { derivatives } => BasisVector::all(plan, derivatives).len(),
        Purpose::Hessian | Purpose::Scores => plan.coefficients + plan.parameters,
    };
    let mut kinds = Vec::new();
    if purpose != Purpose::Scores && !plan.densities.is_empty() {
        kinds.push(("MIXED", 2 * vectors * plan.rows));
    }
    if !purpose.has_slots() {
        return place(&kinds);
    }
    kinds.push(("EVENT_SLOT", plan.slots()));
    if variant.grouped {
        kinds.push(("TERM_SLOT", plan.slots()));
        return place(&kinds);
    }
    // Slopes of terms are slopes of events where each event is a term.
    let (count, mut places) = place(&kinds);
    places.push(("TERM_SLOT", count - plan.slots()));
    (count, places)
}

/// Sums of a gradient that go on from part to part.
fn carried(plan: &Plan, layout: &Layout, variant: Variant) -> (usize, Places) {
    if !variant.purpose.shape_programs().gradient {
        return (0, Vec::new());
    }
    place(&[
        ("CARRY_VALUE", 1),
        ("CARRY_BACKGROUND", plan.backgrounds),
        ("CARRY_TERM", 2 * layout.terms().count()),
        ("CARRY_PARAMETER", layout.jacobians()),
        ("CARRY_DENSITY", 2 * plan.densities.len()),
    ])
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
