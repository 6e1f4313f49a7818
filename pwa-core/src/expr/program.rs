//! Walks a graph over tiles of events.

use std::collections::HashMap;

use super::{Node, NodeId, RealGraph, Symbol};

/// Events evaluated together: a few registers of this length stay in the first-level cache.
pub const TILE: usize = 256;

/// Where an operand lives: once a parameter point, or once an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Scalar(u32),
    Variable(u32),
    Register(u32),
}

/// Operands are written out, so that the tile loop only indexes.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Add(Place, Place),
    Sub(Place, Place),
    Mul(Place, Place),
    Div(Place, Place),
    Neg(Place),
    Sqrt(Place),
    Exp(Place),
    Log(Place),
    Sin(Place),
    Cos(Place),
    Atan2(Place, Place),
    Select(Place, Place, Place),
}

#[derive(Debug, Clone, Copy)]
enum ScalarSource {
    Constant(f64),
    Parameter(u32),
    Operation(Operation),
}

/// The nodes some outputs need, split in what depends on parameters only (evaluated once a point)
/// and what depends on the event (evaluated a tile at a time in a few reused registers).
#[derive(Debug, Clone)]
pub struct Program {
    scalars: Vec<ScalarSource>,
    tile: Vec<(u32, Operation)>,
    registers: usize,
    outputs: Vec<Place>,
}

/// Reusable memory of a tile evaluation.
#[derive(Debug, Default)]
pub struct Scratch {
    registers: Vec<f64>,
}

impl Program {
    /// The program that computes `outputs`, in this order.
    pub fn new(graph: &RealGraph, outputs: &[NodeId]) -> Self {
        let needed = needed(graph, outputs);
        let mut uses = vec![0_u32; graph.len()];
        for id in (0..graph.len()).filter(|&id| needed[id]) {
            for operand in graph.node(NodeId(id as u32)).operands() {
                uses[operand.0 as usize] += 1;
            }
        }
        for output in outputs {
            // An output is never overwritten.
            uses[output.0 as usize] = u32::MAX;
        }
        let mut builder = Builder {
            program: Self {
                scalars: Vec::new(),
                tile: Vec::new(),
                registers: 0,
                outputs: Vec::new(),
            },
            place: HashMap::new(),
            uses,
            free: Vec::new(),
        };
        for id in (0..graph.len()).filter(|&id| needed[id]) {
            builder.push(graph, NodeId(id as u32));
        }
        builder.program.outputs = outputs.iter().map(|id| builder.place[id]).collect();
        builder.program
    }

    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Operations an event.
    pub fn operations(&self) -> usize {
        self.tile.len()
    }

    /// Whether an output has one value for all events.
    pub fn is_scalar(&self, output: usize) -> bool {
        matches!(self.outputs[output], Place::Scalar(_))
    }

    /// Evaluates what depends on parameters only.
    pub fn scalars(&self, parameters: &[f64]) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.scalars.len());
        for source in &self.scalars {
            let value = match *source {
                ScalarSource::Constant(value) => value,
                ScalarSource::Parameter(index) => parameters[index as usize],
                ScalarSource::Operation(operation) => apply(operation, |place| match place {
                    Place::Scalar(index) => values[index as usize],
                    // The builder makes an operation scalar only if all its operands are.
                    Place::Variable(_) | Place::Register(_) => f64::NAN,
                }),
            };
            values.push(value);
        }
        values
    }

    /// All outputs of a program without event variables.
    pub fn evaluate_scalar(&self, parameters: &[f64]) -> Vec<f64> {
        let values = self.scalars(parameters);
        let scalar = |place: &Place| match place {
            Place::Scalar(index) => values[*index as usize],
            Place::Variable(_) | Place::Register(_) => f64::NAN,
        };
        self.outputs.iter().map(scalar).collect()
    }

    /// Evaluates the outputs on `length` events into `out[output]`, given the result of
    /// [`Program::scalars`] and one slice a variable.
    pub fn evaluate_tile(
        &self,
        scalars: &[f64],
        variables: &[&[f64]],
        length: usize,
        scratch: &mut Scratch,
        out: &mut [&mut [f64]],
    ) {
        debug_assert!(length <= TILE);
        scratch.registers.resize(self.registers * TILE, 0.0);
        for &(target, operation) in &self.tile {
            run(
                operation,
                target,
                scalars,
                variables,
                length,
                &mut scratch.registers,
            );
        }
        for (place, out) in self.outputs.iter().zip(out) {
            match *place {
                Place::Scalar(index) => out[..length].fill(scalars[index as usize]),
                Place::Variable(index) => {
                    out[..length].copy_from_slice(&variables[index as usize][..length]);
                }
                Place::Register(index) => {
                    let start = index as usize * TILE;
                    out[..length].copy_from_slice(&scratch.registers[start..start + length]);
                }
            }
        }
    }
}

/// Which nodes the outputs are made of.
fn needed(graph: &RealGraph, outputs: &[NodeId]) -> Vec<bool> {
    let mut needed = vec![false; graph.len()];
    let mut stack = outputs.to_vec();
    while let Some(id) = stack.pop() {
        if !std::mem::replace(&mut needed[id.0 as usize], true) {
            stack.extend(graph.node(id).operands());
        }
    }
    needed
}

struct Builder {
    program: Program,
    place: HashMap<NodeId, Place>,
    uses: Vec<u32>,
    free: Vec<u32>,
}

impl Builder {
    fn push(&mut self, graph: &RealGraph, id: NodeId) {
        let at = |operand: NodeId| self.place[&operand];
        let operation = match graph.node(id) {
            Node::Constant(bits) => {
                return self.push_scalar(id, ScalarSource::Constant(f64::from_bits(bits)));
            }
            Node::Input(Symbol::Parameter(index)) => {
                return self.push_scalar(id, ScalarSource::Parameter(index));
            }
            Node::Input(Symbol::Variable(index)) => {
                self.place.insert(id, Place::Variable(index));
                return;
            }
            Node::Add(a, b) => Operation::Add(at(a), at(b)),
            Node::Sub(a, b) => Operation::Sub(at(a), at(b)),
            Node::Mul(a, b) => Operation::Mul(at(a), at(b)),
            Node::Div(a, b) => Operation::Div(at(a), at(b)),
            Node::Neg(a) => Operation::Neg(at(a)),
            Node::Sqrt(a) => Operation::Sqrt(at(a)),
            Node::Exp(a) => Operation::Exp(at(a)),
            Node::Log(a) => Operation::Log(at(a)),
            Node::Sin(a) => Operation::Sin(at(a)),
            Node::Cos(a) => Operation::Cos(at(a)),
            Node::Atan2(a, b) => Operation::Atan2(at(a), at(b)),
            Node::Select(test, a, b) => Operation::Select(at(test), at(a), at(b)),
        };
        let scalar = graph
            .node(id)
            .operands()
            .all(|operand| matches!(at(operand), Place::Scalar(_)));
        if scalar {
            return self.push_scalar(id, ScalarSource::Operation(operation));
        }
        // The target is taken before the operands are released: an operation never writes over
        // what it reads.
        let target = self.free.pop().unwrap_or_else(|| {
            self.program.registers += 1;
            self.program.registers as u32 - 1
        });
        for operand in graph.node(id).operands() {
            let uses = &mut self.uses[operand.0 as usize];
            if *uses != u32::MAX {
                *uses -= 1;
                if let (0, Place::Register(register)) = (*uses, self.place[&operand]) {
                    self.free.push(register);
                }
            }
        }
        self.program.tile.push((target, operation));
        self.place.insert(id, Place::Register(target));
    }

    fn push_scalar(&mut self, id: NodeId, source: ScalarSource) {
        self.place
            .insert(id, Place::Scalar(self.program.scalars.len() as u32));
        self.program.scalars.push(source);
    }
}

fn apply(operation: Operation, at: impl Fn(Place) -> f64) -> f64 {
    match operation {
        Operation::Add(a, b) => at(a) + at(b),
        Operation::Sub(a, b) => at(a) - at(b),
        Operation::Mul(a, b) => at(a) * at(b),
        Operation::Div(a, b) => at(a) / at(b),
        Operation::Neg(a) => -at(a),
        Operation::Sqrt(a) => at(a).sqrt(),
        Operation::Exp(a) => libm::exp(at(a)),
        Operation::Log(a) => libm::log(at(a)),
        Operation::Sin(a) => libm::sin(at(a)),
        Operation::Cos(a) => libm::cos(at(a)),
        Operation::Atan2(a, b) => libm::atan2(at(a), at(b)),
        Operation::Select(test, a, b) => {
            if at(test) >= 0.0 {
                at(a)
            } else {
                at(b)
            }
        }
    }
}

/// An operand of a tile operation: one number, or a slice.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Number(f64),
    Slice(&'a [f64]),
}

fn run(
    operation: Operation,
    target: u32,
    scalars: &[f64],
    variables: &[&[f64]],
    length: usize,
    registers: &mut [f64],
) {
    let start = target as usize * TILE;
    let (before, rest) = registers.split_at_mut(start);
    let (out, after) = rest.split_at_mut(TILE);
    let out = &mut out[..length];
    let get = |place: Place| match place {
        Place::Scalar(index) => Operand::Number(scalars[index as usize]),
        Place::Variable(index) => Operand::Slice(&variables[index as usize][..length]),
        Place::Register(index) if index < target => {
            let at = index as usize * TILE;
            Operand::Slice(&before[at..at + length])
        }
        Place::Register(index) => {
            let at = (index - target - 1) as usize * TILE;
            Operand::Slice(&after[at..at + length])
        }
    };
    match operation {
        Operation::Add(a, b) => binary(out, get(a), get(b), |x, y| x + y),
        Operation::Sub(a, b) => binary(out, get(a), get(b), |x, y| x - y),
        Operation::Mul(a, b) => binary(out, get(a), get(b), |x, y| x * y),
        Operation::Div(a, b) => binary(out, get(a), get(b), |x, y| x / y),
        Operation::Atan2(a, b) => binary(out, get(a), get(b), libm::atan2),
        Operation::Neg(a) => unary(out, get(a), |x| -x),
        Operation::Sqrt(a) => unary(out, get(a), f64::sqrt),
        Operation::Exp(a) => unary(out, get(a), libm::exp),
        Operation::Log(a) => unary(out, get(a), libm::log),
        Operation::Sin(a) => unary(out, get(a), libm::sin),
        Operation::Cos(a) => unary(out, get(a), libm::cos),
        Operation::Select(test, a, b) => {
            let at = |operand: Operand, i: usize| match operand {
                Operand::Number(value) => value,
                Operand::Slice(values) => values[i],
            };
            let (test, a, b) = (get(test), get(a), get(b));
            for (i, out) in out.iter_mut().enumerate() {
                *out = if at(test, i) >= 0.0 {
                    at(a, i)
                } else {
                    at(b, i)
                };
            }
        }
    }
}

fn unary(out: &mut [f64], a: Operand, apply: impl Fn(f64) -> f64) {
    match a {
        Operand::Number(x) => out.fill(apply(x)),
        Operand::Slice(a) => {
            for (out, x) in out.iter_mut().zip(a) {
                *out = apply(*x);
            }
        }
    }
}

fn binary(out: &mut [f64], a: Operand, b: Operand, apply: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Number(x), Operand::Number(y)) => out.fill(apply(x, y)),
        (Operand::Number(x), Operand::Slice(b)) => {
            for (out, y) in out.iter_mut().zip(b) {
                *out = apply(x, *y);
            }
        }
        (Operand::Slice(a), Operand::Number(y)) => {
            for (out, x) in out.iter_mut().zip(a) {
                *out = apply(*x, y);
            }
        }
        (Operand::Slice(a), Operand::Slice(b)) => {
            for ((out, x), y) in out.iter_mut().zip(a).zip(b) {
                *out = apply(*x, *y);
            }
        }
    }
}
