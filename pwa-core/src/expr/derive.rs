//! Exact derivatives: more nodes of the same graph.

use std::collections::HashMap;

use super::{Node, NodeId, RealGraph};

/// d `output` / d each of `inputs`, by one reverse sweep: the cost does not grow with their number.
pub fn gradient(graph: &mut RealGraph, output: NodeId, inputs: &[NodeId]) -> Vec<NodeId> {
    let mut order = reachable(graph, output);
    order.sort_unstable_by(|a, b| b.cmp(a));
    let one = graph.constant(1.0);
    let mut adjoint = HashMap::from([(output, vec![one])]);
    for id in order {
        // Every node here is reached from `output`, whose adjoint is set; but a derivative that
        // vanished identically leaves its operands without one.
        let Some(seeds) = adjoint.get(&id).cloned() else {
            continue;
        };
        for seed in seeds {
            for (operand, partial) in partials(graph, id, seed) {
                if !graph.is_zero(partial) {
                    accumulate(graph, adjoint.entry(operand).or_default(), partial);
                }
            }
        }
    }
    let mut total = |parts: &[NodeId]| {
        let zero = graph.constant(0.0);
        parts.iter().fold(zero, |sum, &part| graph.add(sum, part))
    };
    inputs
        .iter()
        .map(|input| total(adjoint.get(input).map_or(&[], Vec::as_slice)))
        .collect()
}

/// Adds to an adjoint. Its parts stay apart while all of them are masked and ask different questions: in the sum a branch that
/// is not taken would meet 0 x inf.
fn accumulate(graph: &mut RealGraph, parts: &mut Vec<NodeId>, new: NodeId) {
    let all_masked = parts
        .iter()
        .chain([&new])
        .all(|&part| graph.masked(part).is_some());
    if !all_masked {
        let sum = parts.iter().fold(new, |sum, &part| graph.add(part, sum));
        *parts = vec![sum];
        return;
    }
    match parts
        .iter_mut()
        .find(|part| graph.one_mask(**part, new).is_some())
    {
        Some(part) => *part = graph.add(*part, new),
        None => parts.push(new),
    }
}

/// The upper triangle, row by row: entry (i, j), j >= i, of d² `output` / d inputs_i d inputs_j.
pub fn hessian(graph: &mut RealGraph, output: NodeId, inputs: &[NodeId]) -> Vec<NodeId> {
    let first = gradient(graph, output, inputs);
    let mut entries = Vec::with_capacity(inputs.len() * (inputs.len() + 1) / 2);
    for (i, node) in first.into_iter().enumerate() {
        entries.extend(gradient(graph, node, &inputs[i..]));
    }
    entries
}

fn reachable(graph: &RealGraph, output: NodeId) -> Vec<NodeId> {
    let mut seen = vec![false; output.0 as usize + 1];
    let (mut stack, mut list) = (vec![output], Vec::new());
    seen[output.0 as usize] = true;
    while let Some(id) = stack.pop() {
        list.push(id);
        for operand in graph.node(id).operands() {
            if !std::mem::replace(&mut seen[operand.0 as usize], true) {
                stack.push(operand);
            }
        }
    }
    list
}

/// `seed` times the derivative of a node by each of its operands.
fn partials(graph: &mut RealGraph, id: NodeId, seed: NodeId) -> Vec<(NodeId, NodeId)> {
    let g = graph;
    match g.node(id) {
        Node::Constant(_) | Node::Input(_) => vec![],
        Node::Add(a, b) => vec![(a, seed), (b, seed)],
        Node::Sub(a, b) => vec![(a, seed), (b, g.neg(seed))],
        Node::Mul(a, b) => vec![(a, g.mul(seed, b)), (b, g.mul(seed, a))],
        Node::Div(a, b) => {
            let by_a = g.div(seed, b);
            let product = g.mul(by_a, id);
            vec![(a, by_a), (b, g.neg(product))]
        }
        Node::Neg(a) => vec![(a, g.neg(seed))],
        Node::Sqrt(a) => {
            let two = g.constant(2.0);
            let twice = g.mul(two, id);
            vec![(a, g.div(seed, twice))]
        }
        Node::Exp(a) => vec![(a, g.mul(seed, id))],
        Node::Log(a) => vec![(a, g.div(seed, a))],
        Node::Sin(a) => {
            let cos = g.cos(a);
            vec![(a, g.mul(seed, cos))]
        }
        Node::Cos(a) => {
            let sin = g.sin(a);
            let product = g.mul(seed, sin);
            vec![(a, g.neg(product))]
        }
        Node::Atan2(y, x) => {
            let (yy, xx) = (g.mul(y, y), g.mul(x, x));
            let norm = g.add(yy, xx);
            let scaled = g.div(seed, norm);
            let product = g.mul(scaled, y);
            vec![(y, g.mul(scaled, x)), (x, g.neg(product))]
        }
        Node::Select(test, a, b) => {
            let zero = g.constant(0.0);
            vec![
                (a, g.select(test, seed, zero)),
                (b, g.select(test, zero, seed)),
            ]
        }
    }
}
