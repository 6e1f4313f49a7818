//! A formula in two parts: numbers of the event alone, which are computed once, and what a fit repeats.
//!
//! ```text
//! F(v; p) = G(v, u(v); p)
//! ```
//!
//! u are the largest parts of F without a parameter, where they cost more than reading a number of the
//! event does.

use std::collections::{HashMap, HashSet};

use super::{Expr, Lowering, Node, NodeId, RealGraph, Symbol};

/// What a number an event costs, in additions: it is read from memory at every point of a fit.
const READ: u32 = 8;

/// F with its u.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Of F as it was written.
    whole: RealGraph,
    numbers: Vec<NodeId>,
    /// G: u_k is the variable behind those of F, in their order.
    pub graph: RealGraph,
    /// Re G, Im G.
    pub value: [NodeId; 2],
}

impl Prepared {
    /// A formula of the variables 0..`variables`.
    pub fn new(formula: &Expr, variables: u32) -> Self {
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(formula);
        let whole = lowering.graph;
        let numbers = numbers(&whole, &[re, im]);
        let places: HashMap<NodeId, u32> = numbers.iter().copied().zip(variables..).collect();
        let mut graph = RealGraph::new();
        let value = graph.copied(&whole, [re, im], |id| {
            places.get(&id).map(|&place| Symbol::Variable(place))
        });
        Self {
            whole,
            numbers,
            graph,
            value,
        }
    }

    /// How many u there are.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// u as nodes of another graph, whose variables are called `name` of those of F.
    pub fn numbers_in(&self, graph: &mut RealGraph, name: impl Fn(u32) -> u32) -> Vec<NodeId> {
        let input = |id| match self.whole.node(id) {
            Node::Input(Symbol::Variable(variable)) => Some(Symbol::Variable(name(variable))),
            _ => None,
        };
        let copied = |&id| {
            let [node] = graph.copied(&self.whole, [id], input);
            node
        };
        self.numbers.iter().map(copied).collect()
    }
}

/// The parts without a parameter that parts with one are made of, as far as they are worth a number.
fn numbers(graph: &RealGraph, outputs: &[NodeId; 2]) -> Vec<NodeId> {
    let by_event = graph.depending(|symbol| matches!(symbol, Symbol::Variable(_)));
    let by_parameter = graph.depending(|symbol| matches!(symbol, Symbol::Parameter(_)));
    let of_event = |id: NodeId| by_event[id.0 as usize] && !by_parameter[id.0 as usize];
    let (mut seen, mut stack) = (HashSet::new(), outputs.to_vec());
    let mut found = Vec::new();
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match of_event(id) {
            true => found.push(id),
            false => stack.extend(graph.node(id).operands()),
        }
    }
    found.retain(|&id| cost(graph, id) > READ);
    found.sort_unstable();
    found
}

/// Of a node and all it is made of, in additions.
fn cost(graph: &RealGraph, id: NodeId) -> u32 {
    let (mut seen, mut stack, mut sum) = (HashSet::new(), vec![id], 0);
    while let Some(id) = stack.pop() {
        if seen.insert(id) {
            let node = graph.node(id);
            stack.extend(node.operands());
            sum += match node {
                Node::Constant(_) | Node::Input(_) => 0,
                Node::Add(..) | Node::Sub(..) | Node::Mul(..) | Node::Neg(_) | Node::Select(..) => {
                    1
                }
                Node::Div(..) | Node::Sqrt(_) => 10,
                Node::Exp(_) | Node::Log(_) => 20,
                // Not vectorised.
                Node::Sin(_) | Node::Cos(_) | Node::Atan2(..) => 50,
            };
        }
    }
    sum
}

impl RealGraph {
    /// Nodes of another graph and all they are made of, in this one. Where `input` knows a node, its
    /// symbol stands in the node's place.
    fn copied<const N: usize>(
        &mut self,
        from: &Self,
        roots: [NodeId; N],
        input: impl Fn(NodeId) -> Option<Symbol>,
    ) -> [NodeId; N] {
        let (mut needed, mut stack) = (HashSet::new(), roots.to_vec());
        while let Some(id) = stack.pop() {
            if needed.insert(id) && input(id).is_none() {
                stack.extend(from.node(id).operands());
            }
        }
        let mut needed: Vec<NodeId> = needed.into_iter().collect();
        needed.sort_unstable();
        let mut copies: HashMap<NodeId, NodeId> = HashMap::new();
        for id in needed {
            let copy = match input(id) {
                Some(symbol) => self.input(symbol),
                None => self.again(from.node(id), |operand| copies[&operand]),
            };
            copies.insert(id, copy);
        }
        roots.map(|root| copies[&root])
    }

    /// The same operation with other operands.
    fn again(&mut self, node: Node, of: impl Fn(NodeId) -> NodeId) -> NodeId {
        match node {
            Node::Constant(bits) => self.constant(f64::from_bits(bits)),
            Node::Input(symbol) => self.input(symbol),
            Node::Add(a, b) => self.add(of(a), of(b)),
            Node::Sub(a, b) => self.sub(of(a), of(b)),
            Node::Mul(a, b) => self.mul(of(a), of(b)),
            Node::Div(a, b) => self.div(of(a), of(b)),
            Node::Neg(a) => self.neg(of(a)),
            Node::Sqrt(a) => self.sqrt(of(a)),
            Node::Exp(a) => self.exp(of(a)),
            Node::Log(a) => self.log(of(a)),
            Node::Sin(a) => self.sin(of(a)),
            Node::Cos(a) => self.cos(of(a)),
            Node::Atan2(a, b) => self.atan2(of(a), of(b)),
            Node::Select(test, a, b) => self.select(of(test), of(a), of(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{I, Program};
    use crate::simd::InstructionSet;

    fn x() -> Expr {
        Expr::variable(0)
    }

    fn p(index: u32) -> Expr {
        Expr::parameter(index)
    }

    fn at(program: &Program, parameters: &[f64], variables: &[f64]) -> Vec<f64> {
        let variables: Vec<[f64; 1]> = variables.iter().map(|&x| [x]).collect();
        let inputs: Vec<&[f64]> = variables.iter().map(|x| &x[..]).collect();
        let mut out = vec![[0.0]; program.outputs()];
        program.evaluate_tile(
            InstructionSet::best(),
            &program.scalars(parameters),
            &inputs,
            1,
            &mut Default::default(),
            &mut out.iter_mut().map(|x| &mut x[..]).collect::<Vec<_>>(),
        );
        out.into_iter().map(|[x]| x).collect()
    }

    #[test]
    fn what_no_parameter_changes_is_a_number_of_the_event() {
        let phase_space = ((x() - 0.3).sqrt() / x()).exp();
        let shape = 1.0 / (p(0).powi(2) - x().powi(2) - I * p(1) * &phase_space);
        let prepared = Prepared::new(&shape, 1);
        // m² costs less than a number.
        assert_eq!(prepared.count(), 1);
        let mut graph = RealGraph::new();
        let numbers = prepared.numbers_in(&mut graph, |_| 3);
        let numbers = Program::new(&graph, &numbers);
        let rest = Program::new(&prepared.graph, &prepared.value);
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&shape);
        let whole = Program::new(&lowering.graph, &[re, im]);
        for m in [0.5, 0.7, 1.3] {
            let u = at(&numbers, &[], &[0.0, 0.0, 0.0, m]);
            let parameters = [0.8, 0.2];
            let (got, want) = (
                at(&rest, &parameters, &[m, u[0]]),
                at(&whole, &parameters, &[m]),
            );
            for (got, want) in got.iter().zip(want) {
                assert!((got - want).abs() < 1e-14 * want.abs(), "{got} != {want}");
            }
        }
    }

    #[test]
    fn a_formula_of_cheap_parts_has_no_numbers() {
        let shape = 1.0 / (p(0).powi(2) - x().powi(2) - I * p(0) * p(1));
        assert_eq!(Prepared::new(&shape, 1).count(), 0);
    }
}
