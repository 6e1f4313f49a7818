//! A plan as numbers for the kernels: counts as constants, lists as tables, places of planes.

use std::fmt::Write;

use pwa_core::engine::{Plan, Precision};

use crate::layout::{Layout, starts};
use crate::point::PointLayout;

/// What kernels of one sample are compiled for.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Whether second derivatives are wanted.
    pub hessian: bool,
    pub precision: Precision,
    /// Numbers a plane of columns.
    pub stride: usize,
    /// Whether terms are groups of events.
    pub grouped: bool,
    /// Bytes of shared memory that planes may take.
    pub shared_bytes: usize,
}

impl Variant {
    /// What planes may take where a block may have so many bytes: the kernels have some shared memory of their
    /// own, two numbers a slot.
    pub fn shared_bytes(plan: &Plan, of_block: usize) -> usize {
        of_block.saturating_sub(8 * (4 + 2 * plan.slots()) + 1024)
    }
}

/// Threads of a block.
pub const THREADS: usize = 256;

/// Constants and tables as the head of a source, with what the host has to know of them.
#[derive(Debug)]
pub struct Tables {
    pub head: Head,
    /// Numbers that the planes and unfinished sums of a block take.
    pub block_numbers: usize,
    /// Whether they are in shared memory.
    pub shared: bool,
}

impl Tables {
    pub fn new(plan: &Plan, layout: &Layout, point: &PointLayout, variant: Variant) -> Self {
        let mut head = Head::default();
        let (planes, offsets) = planes(plan, layout, variant);
        let carries = carries(plan, layout);
        // The last one is the number of all.
        let carried = carries.last().map_or(0, |carry| carry.1);
        let (part, shared) = part(planes, carried, variant);
        let flag = usize::from;
        head.line(match variant.precision {
            Precision::Double => "typedef double column_t;",
            Precision::Single => "typedef float column_t;",
        });
        for (name, value) in [
            ("THREADS", THREADS),
            ("HESSIAN", flag(variant.hessian)),
            ("STRIDE", variant.stride),
            ("PART", part),
            ("GROUPED", flag(variant.grouped)),
            ("SHARED_PLANES", flag(shared)),
            ("ROWS", plan.rows),
            ("COEFFICIENTS", plan.coefficients),
            ("PARAMETERS", plan.parameters),
            ("BACKGROUND", flag(plan.background)),
            ("SLOTS", plan.slots()),
            ("COLUMNS", plan.columns),
            ("VARIABLES", plan.variables),
            ("DENSITIES", plan.densities.len()),
            ("POINT", point.length),
            ("PLANES", planes),
        ] {
            head.define(name, value);
        }
        for (name, offset) in offsets.into_iter().chain(carries) {
            head.define(name, offset);
        }
        groups(&mut head, plan, layout);
        densities(&mut head, plan);
        parameters(&mut head, plan, layout);
        if variant.hessian {
            vectors(&mut head, plan, layout);
            meetings(&mut head, plan, layout);
            bends(&mut head, plan, layout);
        }
        Self {
            block_numbers: block_numbers(planes, carried, part, variant),
            head,
            shared,
        }
    }
}

/// Where the sums that go on from part to part have their numbers, and how many there are.
fn carries(plan: &Plan, layout: &Layout) -> Vec<(&'static str, usize)> {
    let kinds = [
        ("CARRY_VALUE", 1),
        ("CARRY_BACKGROUND", 1),
        ("CARRY_TERM", 2 * layout.terms().count()),
        ("CARRY_PARAMETER", layout.jacobians()),
        ("CARRY_DENSITY", 2 * plan.densities.len()),
        ("CARRIED", 0),
    ];
    let starts = starts(kinds.iter().map(|kind| kind.1));
    let names = kinds.iter().map(|kind| kind.0);
    names.zip(starts).collect()
}

/// Numbers of a block that works on so many events at a time.
fn block_numbers(planes: usize, carried: usize, part: usize, variant: Variant) -> usize {
    let carried = if part < variant.stride {
        8 * carried
    } else {
        0
    };
    planes * part + carried
}

/// Events that a block works on at a time, and whether its planes are in shared memory then: the most with which
/// two blocks share a processor, else one. Groups of events and second derivatives need whole tiles.
fn part(planes: usize, carried: usize, variant: Variant) -> (usize, bool) {
    let whole = variant.stride;
    let parts = [whole, 128, 64, 32]
        .into_iter()
        .filter(|&part| part == whole || (part < whole && !variant.grouped && !variant.hessian));
    let fits =
        |part: usize, bytes: usize| 8 * block_numbers(planes, carried, part, variant) <= bytes;
    for bytes in [variant.shared_bytes / 2, variant.shared_bytes] {
        if let Some(part) = parts.clone().find(|&part| fits(part, bytes)) {
            return (part, true);
        }
    }
    (whole, false)
}

/// How many planes a block needs, and where each kind starts.
fn planes(plan: &Plan, layout: &Layout, variant: Variant) -> (usize, Vec<(&'static str, usize)>) {
    let (rows, densities, slots) = (plan.rows, plan.densities.len(), plan.slots());
    let mixing = usize::from(densities > 0);
    let mut kinds = vec![
        ("SHAPE", 2 * plan.shapes.len()),
        ("PARTIAL", 2 * layout.groups.len()),
        ("AMPLITUDE", 2 * rows),
        ("RHO", 2 * densities),
        ("PRODUCT", 2 * densities),
        ("PULLED", 2 * rows * mixing),
        ("ADJOINT", 2 * rows),
        ("DERIVATIVE", layout.jacobians()),
        ("INTENSITY", 1),
        ("SLOPE", 1),
        ("TERM_J", 1),
        ("TERM_WEIGHT", 1),
        ("TERM_VALUE", 1),
        ("TERM_SLOPE", 1),
        ("TERM_BEND", 1),
    ];
    if variant.hessian {
        let vectors = 2 * (plan.coefficients + plan.parameters) * rows;
        kinds.extend([
            ("JACOBIAN", 2 * layout.jacobians()),
            ("CURVATURE", layout.curvatures()),
            ("VECTOR", vectors),
            ("MIXED", vectors * mixing),
            ("EVENT_SLOT", slots),
        ]);
    }
    let starts = starts(kinds.iter().map(|kind| kind.1));
    let mut offsets: Vec<_> = (kinds.iter().zip(&starts))
        .map(|(kind, &start)| (kind.0, start))
        .collect();
    let mut count = starts[kinds.len()];
    if variant.hessian {
        // Slopes of terms are slopes of events where each event is a term.
        if variant.grouped {
            offsets.push(("TERM_SLOT", count));
            count += slots;
        } else {
            offsets.push(("TERM_SLOT", count - slots));
        }
    }
    (count, offsets)
}

/// Groups with their terms; the groups of each row and of each shape, the terms of each coefficient.
fn groups(head: &mut Head, plan: &Plan, layout: &Layout) {
    let groups = &layout.groups;
    head.table("GROUP_ROW", groups.iter().map(|group| group.row));
    let shapes = groups.iter().map(|group| option(group.shape));
    head.signed("GROUP_SHAPE", shapes);
    head.table("GROUP_BEGIN", starts(groups.iter().map(|g| g.terms.len())));
    head.table("TERM_COEFFICIENT", layout.terms().map(|term| term.1));
    head.table("TERM_COLUMN", layout.terms().map(|term| term.2));
    let of_row = (0..plan.rows).map(|row| numbers(groups, |group| group.row == row));
    head.lists("ROW_BEGIN", "ROW_GROUPS", of_row);
    let of_shape =
        (0..plan.shapes.len()).map(|shape| numbers(groups, |group| group.shape == Some(shape)));
    head.lists("SHAPE_BEGIN", "SHAPE_GROUPS", of_shape);
    let of_coefficient: Vec<Vec<_>> = (0..plan.coefficients)
        .map(|c| layout.terms().filter(|term| term.1 == c).collect())
        .collect();
    head.table(
        "COEFFICIENT_BEGIN",
        starts(of_coefficient.iter().map(Vec::len)),
    );
    let terms = || of_coefficient.iter().flatten();
    head.table("COEFFICIENT_GROUP", terms().map(|term| term.0));
    head.table("COEFFICIENT_COLUMN", terms().map(|term| term.2));
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
    let mut entries: Vec<Vec<(i64, usize)>> = vec![Vec::new(); count * plan.rows];
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
