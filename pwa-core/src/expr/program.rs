//! Walks a graph over tiles of events.

use std::collections::{HashMap, HashSet};

use super::walk::Walk;
use super::{Node, NodeId, RealGraph, Symbol};
use crate::simd::{self, InstructionSet};

/// Events evaluated together.
pub const TILE: usize = 256;

/// Events a program walks over at a time: its registers, some twenty, stay in the first-level cache.
pub(super) const STEP: usize = 128;

/// Where an operand lives: once a parameter point, or once an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Of [`Program::scalars`].
    Scalar(u32),
    Variable(u32),
    Register(u32),
}

/// Operands are written out, so that the tile loop only indexes.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    Add(Place, Place),
    Sub(Place, Place),
    Mul(Place, Place),
    /// .0 * .1 + .2, rounded once.
    MulAdd(Place, Place, Place),
    /// .0 * .1 - .2, rounded once.
    MulSub(Place, Place, Place),
    /// .2 - .0 * .1, rounded once.
    NegMulAdd(Place, Place, Place),
    Div(Place, Place),
    Neg(Place),
    Sqrt(Place),
    Exp(Place),
    Log(Place),
    Sin(Place),
    Cos(Place),
    Atan2(Place, Place),
    /// .1 where .0 >= 0, .2 elsewhere.
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
        let by_event = graph.depending(|symbol| matches!(symbol, Symbol::Variable(_)));
        let single = (0..graph.len())
            .map(|id| {
                let product = matches!(graph.node(NodeId(id as u32)), Node::Mul(..));
                product && by_event[id] && uses[id] == 1
            })
            .collect();
        let mut builder = Builder {
            program: Self {
                scalars: Vec::new(),
                tile: Vec::new(),
                registers: 0,
                outputs: Vec::new(),
            },
            place: HashMap::new(),
            uses,
            by_event,
            single,
            free: Vec::new(),
        };
        let needed = || {
            (0..graph.len())
                .filter(|&id| needed[id])
                .map(|id| NodeId(id as u32))
        };
        let fused: HashSet<NodeId> = needed()
            .filter_map(|id| builder.fused_product(graph, id))
            .collect();
        for id in needed().filter(|id| !fused.contains(id)) {
            builder.push(graph, id);
        }
        builder.program.outputs = outputs.iter().map(|id| builder.place[id]).collect();
        builder.program
    }

    /// Additions and multiplications an event, a fused one counted as two; what is left out are
    /// divisions, roots and elementary functions.
    pub fn flops(&self) -> usize {
        let of = |operation: &Operation| match operation {
            Operation::Add(..) | Operation::Sub(..) | Operation::Mul(..) => 1,
            Operation::MulAdd(..) | Operation::MulSub(..) | Operation::NegMulAdd(..) => 2,
            _ => 0,
        };
        self.tile.iter().map(|(_, operation)| of(operation)).sum()
    }

    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Where the outputs are when the tape has run, for backends that print programs in a language
    /// of their own.
    pub fn places(&self) -> &[Place] {
        &self.outputs
    }

    /// What is computed once an event, in order: the register that is written, and from what.
    pub fn tape(&self) -> &[(u32, Operation)] {
        &self.tile
    }

    /// The value of a scalar that is the same at all points.
    pub fn constant(&self, scalar: u32) -> Option<f64> {
        match self.scalars[scalar as usize] {
            ScalarSource::Constant(value) => Some(value),
            ScalarSource::Parameter(_) | ScalarSource::Operation(_) => None,
        }
    }

    /// How many numbers [`Program::scalars`] returns.
    pub fn scalar_count(&self) -> usize {
        self.scalars.len()
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
    /// [`Program::scalars`] and one slice a variable. The bits do not depend on the instructions.
    pub fn evaluate_tile(
        &self,
        instructions: InstructionSet,
        scalars: &[f64],
        variables: &[&[f64]],
        length: usize,
        scratch: &mut Scratch,
        out: &mut [&mut [f64]],
    ) {
        debug_assert!(length <= TILE);
        if scratch.registers.len() < self.registers * STEP {
            scratch.registers.resize(self.registers * STEP, 0.0);
        }
        for start in (0..length).step_by(STEP) {
            let end = length.min(start + STEP);
            instructions.run(Walk {
                tape: &self.tile,
                scalars,
                variables,
                start,
                length: end - start,
                registers: &mut scratch.registers,
            });
            for (place, out) in self.outputs.iter().zip(&mut *out) {
                let out = &mut out[start..end];
                match *place {
                    Place::Scalar(index) => out.fill(scalars[index as usize]),
                    Place::Variable(index) => {
                        out.copy_from_slice(&variables[index as usize][start..end]);
                    }
                    Place::Register(index) => {
                        let at = index as usize * STEP;
                        out.copy_from_slice(&scratch.registers[at..at + end - start]);
                    }
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
    by_event: Vec<bool>,
    /// Products an event that one operation uses.
    single: Vec<bool>,
    free: Vec<u32>,
}

impl Builder {
    /// A product that only the sum at `id` uses: the two are rounded together. Of two products the
    /// one on the right is taken in, so that a difference of equal ones stays zero to rounding.
    fn fused_product(&self, graph: &RealGraph, id: NodeId) -> Option<NodeId> {
        let single = |operand: &NodeId| self.single[operand.0 as usize];
        match graph.node(id) {
            Node::Add(a, b) | Node::Sub(a, b) => [b, a].into_iter().find(single),
            _ => None,
        }
    }

    /// The operation at `id` with the operands it reads.
    fn operation(&self, graph: &RealGraph, id: NodeId) -> Option<(Operation, Vec<NodeId>)> {
        let at = |operand: NodeId| self.place[&operand];
        let node = graph.node(id);
        if let Some(product) = self.fused_product(graph, id)
            && let Node::Mul(x, y) = graph.node(product)
        {
            let (operation, other) = match node {
                Node::Add(a, b) => {
                    let other = if b == product { a } else { b };
                    (Operation::MulAdd(at(x), at(y), at(other)), other)
                }
                Node::Sub(a, b) if b == product => (Operation::NegMulAdd(at(x), at(y), at(a)), a),
                Node::Sub(_, b) => (Operation::MulSub(at(x), at(y), at(b)), b),
                // Only sums take products in.
                _ => return None,
            };
            return Some((operation, vec![x, y, other]));
        }
        let operation = match node {
            Node::Constant(_) | Node::Input(_) => return None,
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
        Some((operation, node.operands().collect()))
    }

    fn push(&mut self, graph: &RealGraph, id: NodeId) {
        let Some((operation, operands)) = self.operation(graph, id) else {
            match graph.node(id) {
                Node::Constant(bits) => {
                    self.push_scalar(id, ScalarSource::Constant(f64::from_bits(bits)));
                }
                Node::Input(Symbol::Parameter(index)) => {
                    self.push_scalar(id, ScalarSource::Parameter(index));
                }
                Node::Input(Symbol::Variable(index)) => {
                    self.place.insert(id, Place::Variable(index));
                }
                // Everything else is an operation.
                _ => {}
            }
            return;
        };
        if !self.by_event[id.0 as usize] {
            return self.push_scalar(id, ScalarSource::Operation(operation));
        }
        // The target is taken before the operands are released: an operation never writes over
        // what it reads.
        let target = self.free.pop().unwrap_or_else(|| {
            self.program.registers += 1;
            self.program.registers as u32 - 1
        });
        for operand in operands {
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
        Operation::MulAdd(a, b, c) => at(a).mul_add(at(b), at(c)),
        Operation::MulSub(a, b, c) => at(a).mul_add(at(b), -at(c)),
        Operation::NegMulAdd(a, b, c) => (-at(a)).mul_add(at(b), at(c)),
        Operation::Div(a, b) => at(a) / at(b),
        Operation::Neg(a) => -at(a),
        Operation::Sqrt(a) => at(a).sqrt(),
        Operation::Exp(a) => simd::exp(at(a)),
        Operation::Log(a) => simd::log(at(a)),
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
