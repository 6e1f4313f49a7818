//! The vectors of a Gram matrix in one row: functions times columns.

use super::super::kernels::add_product;
use super::arithmetic::{Rows, add};
use super::{Bundle, TileFields, Vectors};

/// The vectors of a bundle in one row times the weights.
#[inline(always)]
pub(super) fn weigh(bundle: &Bundle, row: usize, fields: &TileFields, target: &mut Vectors) {
    let first = bundle.groups.first().map_or(0, |group| group.first);
    for g in 0..bundle.groups.len() {
        let rows = |m: usize| fields.rows(bundle, g, m);
        expand_group(bundle, g, row, rows, fields, (&mut *target, first));
    }
    for k in 0..bundle.places.len() {
        let (re, im) = target.get_mut(k);
        for e in 0..fields.length {
            re[e] *= fields.weights[e];
            im[e] *= fields.weights[e];
        }
    }
}

/// The vectors of a group in one row, at their places less the number given.
#[inline(always)]
pub(super) fn expand_group<'t>(
    bundle: &Bundle,
    g: usize,
    row: usize,
    rows: impl Fn(usize) -> Rows<'t>,
    fields: &TileFields,
    (target, less): (&mut Vectors, usize),
) {
    let length = fields.length;
    let group = &bundle.groups[g];
    let at = group.first - less;
    for k in 0..group.width {
        let (re, im) = target.get_mut(at + k);
        re[..length].fill(0.0);
        im[..length].fill(0.0);
    }
    for (m, member) in group.members.iter().enumerate() {
        let rows = rows(m);
        let Some(field) = rows.get(row) else {
            continue;
        };
        for k in 0..group.width {
            let target = target.get_mut(at + k);
            match member.shape {
                None => add(target, field, length),
                Some(shape) => {
                    let phi = fields.functions.get(fields.function_start[shape] + k);
                    let (re, im) = target;
                    add_product((&mut re[..length], &mut im[..length]), phi, field);
                }
            }
        }
    }
}
