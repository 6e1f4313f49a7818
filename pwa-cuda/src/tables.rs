//! A plan as numbers for the kernels: counts as constants, lists as tables, places of planes.

use std::fmt::Write;

use pwa_core::engine::{BasisVector, Columns, Density, Plan, Precision};

use crate::block::Block;
use crate::layout::{Layout, starts};
use crate::packing::GROUP;
use crate::point::PointLayout;
use crate::purpose::Purpose;

/// What kernels of one sample are compiled for.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    pub purpose: Purpose,
    pub precision: Precision,
    /// Numbers a plane of columns.
    pub stride: usize,
    /// Whether terms are groups of events.
    pub grouped: bool,
    /// Bytes of shared memory that a block may take.
    pub shared_bytes: usize,
    /// Whether the card copies to shared memory while a block goes on.
    pub asynchronous: bool,
}

impl Variant {
    /// For columns as they are kept, on a card of an architecture (70 is V100) whose blocks may have so much shared memory.
    pub fn new(
        purpose: Purpose,
        columns: &Columns,
        architecture: u32,
        shared_of_block: usize,
    ) -> Self {
        Self {
            purpose,
            precision: columns.precision(),
            stride: columns.stride(),
            grouped: columns.terms().groups().is_some(),
            shared_bytes: Self::shared_bytes(shared_of_block),
            asynchronous: architecture >= 80,
        }
    }

    /// What of this a block can use, so that two of half the size fit too: the system takes 1 kB of each.
    pub fn shared_bytes(of_block: usize) -> usize {
        of_block.saturating_sub(1024 + 2 * WALK_BYTES)
    }
}

/// Bytes of a block's shared memory that the kernels' `Walk` may have.
pub const WALK_BYTES: usize = 704;

/// Threads of a block.
pub const THREADS: usize = 256;

/// Constants and tables as the head of a source.
pub fn head(
    plan: &Plan,
    layout: &Layout,
    point: &PointLayout,
    block: &Block,
    variant: Variant,
) -> Head {
    let mut head = Head::default();
    let flag = usize::from;
    head.line(match variant.precision {
        Precision::Double => "typedef double2 column_t;",
        Precision::Single => "typedef float2 column_t;",
    });
    for (name, value) in [
        ("THREADS", THREADS),
        ("WALK_BYTES", WALK_BYTES),
        ("TILES_TOGETHER", GROUP),
        ("GRADIENTS", flag(variant.purpose.has_gradient())),
        ("HESSIAN", flag(variant.purpose == Purpose::Hessian)),
        ("SCORES", flag(variant.purpose == Purpose::Scores)),
        (
            "GRAM",
            flag(matches!(variant.purpose, Purpose::Gram { .. })),
        ),
        ("OWN", variant.purpose.own_sums(plan)),
        ("STRIDE", variant.stride),
        ("PART", block.part),
        ("POINTS", block.points),
        ("STAGED", flag(block.staged)),
        ("ASYNCHRONOUS", flag(variant.asynchronous)),
        ("BUFFERS", block.buffers),
        ("BUFFER_NUMBERS", block.buffer_numbers),
        ("GROUPED", flag(variant.grouped)),
        ("PARTIALS", flag(block.planes.has("PARTIAL"))),
        ("INTENSITIES", flag(block.planes.has("INTENSITY"))),
        ("SLOPES", flag(block.planes.has("SLOPE"))),
        ("TERM_SLOPES", flag(block.planes.has("TERM_SLOPE"))),
        ("ROWS", plan.rows),
        ("SHAPES", plan.shapes.len()),
        ("COEFFICIENTS", plan.coefficients),
        ("PARAMETERS", plan.parameters),
        ("BACKGROUNDS", plan.backgrounds),
        ("SLOTS", plan.slots()),
        ("COLUMNS", plan.columns),
        ("VARIABLES", plan.variables),
        ("DENSITIES", plan.densities.len()),
        ("JACOBIANS", layout.jacobians()),
        ("POINT", point.length),
        ("MEAN", point.mean),
        ("TERMS", layout.terms().count()),
        ("COPIED", block.point.copied),
        ("COEFFICIENTS_AT", block.point.coefficients_at),
        ("COPIED_AT", block.point.copied_at),
        ("PLANES_AT", block.point.planes_at),
        ("POINT_NUMBERS", block.point.numbers),
        ("PLANES", block.planes.all),
        ("NEAR_PLANES", block.planes.near),
        ("CARRIED", block.planes.carried),
        ("BAND_NUMBERS", block.band_numbers),
        ("SCRATCH_NUMBERS", block.scratch_numbers),
    ] {
        head.define(name, value);
    }
    for &(name, place) in &block.planes.places {
        head.define(name, place);
    }
    groups(&mut head, plan, layout);
    densities(&mut head, plan);
    parameters(&mut head, plan, layout);
    if variant.purpose.has_gradient() {
        terms_of_all(&mut head, plan, layout);
    }
    match variant.purpose {
        Purpose::Value { .. } | Purpose::Gradient { .. } | Purpose::Events => {}
        Purpose::Hessian => {
            vectors(&mut head, plan, layout);
            meetings(&mut head, plan, layout);
            bends(&mut head, plan, layout);
            density_factors(&mut head, plan, layout);
        }
        Purpose::Gram { derivatives } => {
            let basis = BasisVector::all(plan, derivatives);
            basis_vectors(&mut head, plan, layout, &basis);
        }
        Purpose::Scores => vectors(&mut head, plan, layout),
    }
    head
}

/// Groups with their terms, and the groups of each row.
fn groups(head: &mut Head, plan: &Plan, layout: &Layout) {
    let groups = &layout.groups;
    head.table("GROUP_ROW", groups.iter().map(|group| group.row));
    let shapes = groups.iter().map(|group| option(group.shape));
    head.signed("GROUP_SHAPE", shapes);
    head.table("GROUP_BEGIN", starts(groups.iter().map(|g| g.terms.len())));
    let terms: Vec<_> = layout.terms().collect();
    head.table("TERM_GROUP", terms.iter().map(|term| term.0));
    head.table("TERM_COEFFICIENT", terms.iter().map(|term| term.1));
    head.table("TERM_COLUMN", terms.iter().map(|term| term.2));
    let straight = (terms.iter().enumerate()).all(|(number, term)| term.2 == number);
    head.define("COLUMNS_BY_TERM", usize::from(straight));
    let of_row = (0..plan.rows).map(|row| numbers(groups, |group| group.row == row));
    head.lists("ROW_BEGIN", "ROW_GROUPS", of_row);
}

/// The groups of each shape and the terms of each coefficient, on the way back.
fn terms_of_all(head: &mut Head, plan: &Plan, layout: &Layout) {
    let groups = &layout.groups;
    let terms: Vec<_> = layout.terms().collect();
    let of_shape =
        (0..plan.shapes.len()).map(|shape| numbers(groups, |group| group.shape == Some(shape)));
    head.lists("SHAPE_BEGIN", "SHAPE_GROUPS", of_shape);
    let of_coefficient = (0..plan.coefficients).map(|c| numbers(&terms, |term| term.1 == c));
    head.lists("COEFFICIENT_BEGIN", "COEFFICIENT_TERM", of_coefficient);
}

/// Rows that add |A|², and the matrix between the others.
fn densities(head: &mut Head, plan: &Plan) {
    let plain: Vec<bool> = (0..plan.rows).map(|row| plan.is_plain_row(row)).collect();
    let rows = |wanted: bool| numbers(&plain, |&plain| plain == wanted);
    head.define("PLAIN_ROWS", rows(true).len());
    head.table("PLAIN_ROW", rows(true));
    head.define("MIXED_ROWS", rows(false).len());
    head.table("MIXED_ROW", rows(false));
    head.table("IS_MIXED", plain.iter().map(|&plain| usize::from(!plain)));
    let densities = &plan.densities;
    head.table("DENSITY_ROW", densities.iter().map(|d| d.row));
    head.table("DENSITY_OTHER", densities.iter().map(|d| d.other));
    head.table(
        "DENSITY_COEFFICIENT",
        densities.iter().map(|d| d.coefficient),
    );
    head.signed("DENSITY_SHAPE", densities.iter().map(|d| option(d.shape)));
}

/// Densities by what they are multiplied by: F of the density, then each derivative of its shape, by its place.
fn density_factors(head: &mut Head, plan: &Plan, layout: &Layout) {
    let of_density = |(number, density): (usize, &Density)| {
        let derivatives = density.shape.map_or(0..0, |shape| {
            let first = layout.first_jacobian[shape];
            first..first + plan.shapes[shape].parameters.len()
        });
        let places = std::iter::once(None).chain(derivatives.map(Some));
        places.map(move |place| (number, place)).collect::<Vec<_>>()
    };
    let factors: Vec<(usize, Option<usize>)> = (plan.densities.iter().enumerate())
        .flat_map(of_density)
        .collect();
    head.define("DENSITY_FACTORS", factors.len());
    head.table("FACTOR_DENSITY", factors.iter().map(|factor| factor.0));
    head.signed(
        "FACTOR_PLACE",
        factors.iter().map(|factor| option(factor.1)),
    );
}

/// Where derivatives by parameters stand, and which belong to one parameter.
fn parameters(head: &mut Head, plan: &Plan, layout: &Layout) {
    let of_all: Vec<usize> = (plan.shapes.iter())
        .flat_map(|shape| shape.parameters.iter().copied())
        .collect();
    head.table("FIRST_JACOBIAN", layout.first_jacobian.iter().copied());
    head.table("JACOBIAN_PARAMETER", of_all.iter().copied());
    let places = (0..plan.parameters).map(|p| numbers(&of_all, |&q| q == p));
    head.lists("PARAMETER_BEGIN", "PARAMETER_PLACES", places);
}

/// What the derivative of each row by a coefficient or parameter is made of.
fn vectors(head: &mut Head, plan: &Plan, layout: &Layout) {
    let count = plan.coefficients + plan.parameters;
    let mut entries = vec![Vec::new(); count * plan.rows];
    for (number, group) in layout.groups.iter().enumerate() {
        for &(coefficient, column) in &group.terms {
            entries[coefficient * plan.rows + group.row].push((option(group.shape), column));
        }
        let Some(shape) = group.shape else { continue };
        for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
            let jacobian = layout.first_jacobian[shape] + place;
            let vector = plan.coefficients + parameter;
            entries[vector * plan.rows + group.row].push((jacobian as i64, number));
        }
    }
    vector_tables(head, count, &entries);
}

/// What each function of a basis is made of: of its coefficient's columns.
fn basis_vectors(head: &mut Head, plan: &Plan, layout: &Layout, basis: &[BasisVector]) {
    let mut entries = vec![Vec::new(); basis.len() * plan.rows];
    for group in &layout.groups {
        for &(coefficient, column) in &group.terms {
            for (index, vector) in basis.iter().enumerate() {
                if vector.coefficient != coefficient {
                    continue;
                }
                let factor = match (vector.derivative, group.shape) {
                    (None, shape) => Some(option(shape)),
                    (Some(_), None) => None,
                    (Some(p), Some(shape)) => {
                        let parameters = &plan.shapes[shape].parameters;
                        let place = parameters.iter().position(|&q| q == p);
                        place.map(|place| (layout.first_jacobian[shape] + place) as i64)
                    }
                };
                let entry = factor.map(|factor| (factor, column));
                entries[index * plan.rows + group.row].extend(entry);
            }
        }
    }
    vector_tables(head, basis.len(), &entries);
}

/// By vector and row: the shape or derivative, and the column or group it multiplies.
fn vector_tables(head: &mut Head, count: usize, entries: &[Vec<(i64, usize)>]) {
    head.define("VECTORS", count);
    head.table("VECTOR_BEGIN", starts(entries.iter().map(Vec::len)));
    head.signed("VECTOR_FACTOR", entries.iter().flatten().map(|e| e.0));
    head.table("VECTOR_SOURCE", entries.iter().flatten().map(|e| e.1));
}

/// Where a coefficient meets a parameter of its shape.
fn meetings(head: &mut Head, plan: &Plan, layout: &Layout) {
    type Meeting = ((usize, usize), Vec<[usize; 3]>);
    let mut meetings: Vec<Meeting> = Vec::new();
    for group in &layout.groups {
        let Some(shape) = group.shape else { continue };
        for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
            let jacobian = layout.first_jacobian[shape] + place;
            for &(coefficient, column) in &group.terms {
                let list = entry(&mut meetings, (parameter, coefficient));
                list.push([group.row, jacobian, column]);
            }
        }
    }
    head.define("MEETINGS", meetings.len());
    head.table("MEETING_PARAMETER", meetings.iter().map(|m| m.0.0));
    head.table("MEETING_COEFFICIENT", meetings.iter().map(|m| m.0.1));
    head.table("MEETING_BEGIN", starts(meetings.iter().map(|m| m.1.len())));
    let all = || meetings.iter().flat_map(|meeting| &meeting.1);
    head.table("MEETING_ROW", all().map(|m| m[0]));
    head.table("MEETING_JACOBIAN", all().map(|m| m[1]));
    head.table("MEETING_COLUMN", all().map(|m| m[2]));
}

/// Where two parameters of a shape meet.
fn bends(head: &mut Head, plan: &Plan, layout: &Layout) {
    type Bend = ((usize, usize), Vec<(usize, f64)>);
    let mut bends: Vec<Bend> = Vec::new();
    for (index, shape) in plan.shapes.iter().enumerate() {
        let mut place = layout.first_curvature[index];
        for (i, &p) in shape.parameters.iter().enumerate() {
            for (j, &q) in shape.parameters.iter().enumerate().skip(i) {
                // A parameter at two places of a shape meets itself twice.
                let times = if p == q && i != j { 2.0 } else { 1.0 };
                entry(&mut bends, (p.max(q), p.min(q))).push((place, times));
                place += 1;
            }
        }
    }
    head.define("BENDS", bends.len());
    head.table("BEND_FIRST", bends.iter().map(|bend| bend.0.0));
    head.table("BEND_SECOND", bends.iter().map(|bend| bend.0.1));
    head.table("BEND_BEGIN", starts(bends.iter().map(|bend| bend.1.len())));
    let all = || bends.iter().flat_map(|bend| &bend.1);
    head.table("BEND_PLACE", all().map(|bend| bend.0));
    head.values(
        "BEND_TIMES",
        "double",
        all().map(|bend| format!("{:?}", bend.1)),
    );
}

/// The list of a key, in the order in which keys came.
fn entry<K: PartialEq, V>(lists: &mut Vec<(K, Vec<V>)>, key: K) -> &mut Vec<V> {
    let at = match lists.iter().position(|list| list.0 == key) {
        Some(at) => at,
        None => {
            lists.push((key, Vec::new()));
            lists.len() - 1
        }
    };
    &mut lists[at].1
}

/// The numbers of the items that are wanted.
fn numbers<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    let items = items.iter().enumerate();
    items
        .filter(|(_, item)| wanted(item))
        .map(|(number, _)| number)
        .collect()
}

fn option(number: Option<usize>) -> i64 {
    number.map_or(-1, |number| number as i64)
}

/// The head of a source.
#[derive(Debug, Default)]
pub struct Head {
    pub text: String,
    /// Numbers of all tables.
    pub numbers: usize,
}

/// Where tables are: constants have a cache of their own, which is read as fast as a register where a
/// warp reads one number, but there is room for 64 kB only.
pub fn place_of_tables(numbers: usize) -> &'static str {
    if 8 * numbers <= 60 << 10 {
        "#define TABLE __constant__ const"
    } else {
        "#define TABLE __device__ const"
    }
}

impl Head {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn define(&mut self, name: &str, value: usize) {
        self.line(&format!("#define {name} {value}"));
    }

    pub fn table(&mut self, name: &str, values: impl IntoIterator<Item = usize>) {
        self.values(name, "int", values.into_iter());
    }

    fn signed(&mut self, name: &str, values: impl Iterator<Item = i64>) {
        self.values(name, "int", values);
    }

    fn lists(&mut self, begin: &str, name: &str, lists: impl Iterator<Item = Vec<usize>>) {
        let lists: Vec<Vec<usize>> = lists.collect();
        self.table(begin, starts(lists.iter().map(Vec::len)));
        self.table(name, lists.concat());
    }

    /// An array; C has no empty ones, so one number more stands at the end.
    fn values<T: std::fmt::Display>(
        &mut self,
        name: &str,
        of: &str,
        values: impl Iterator<Item = T>,
    ) {
        let mut text = format!("TABLE {of} {name}[] = {{");
        self.numbers += 1;
        for value in values {
            self.numbers += 1;
            // Writing to a string does not fail.
            let _ = write!(text, "{value}, ");
        }
        text.push_str("0};");
        self.line(&text);
    }
}
