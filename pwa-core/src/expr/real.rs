//! The graph of real operations that a formula becomes: hash-consed and simplified.

use std::collections::HashMap;

use super::Symbol;

/// A node of a [`RealGraph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// The closed list of real operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// The bits of a double: equal constants are one node.
    Constant(u64),
    Input(Symbol),
    Add(NodeId, NodeId),
    Sub(NodeId, NodeId),
    Mul(NodeId, NodeId),
    Div(NodeId, NodeId),
    Neg(NodeId),
    Sqrt(NodeId),
    Exp(NodeId),
    Log(NodeId),
    Sin(NodeId),
    Cos(NodeId),
    Atan2(NodeId, NodeId),
    /// `.1` where `.0 >= 0`, `.2` elsewhere.
    Select(NodeId, NodeId, NodeId),
}

impl Node {
    pub(super) fn operands(self) -> impl Iterator<Item = NodeId> {
        let list = match self {
            Self::Constant(_) | Self::Input(_) => [None, None, None],
            Self::Neg(a)
            | Self::Sqrt(a)
            | Self::Exp(a)
            | Self::Log(a)
            | Self::Sin(a)
            | Self::Cos(a) => [Some(a), None, None],
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Atan2(a, b) => [Some(a), Some(b), None],
            Self::Select(test, a, b) => [Some(test), Some(a), Some(b)],
        };
        list.into_iter().flatten()
    }
}

/// Real operations in topological order: operands stand before their users.
#[derive(Debug, Default, Clone)]
pub struct RealGraph {
    nodes: Vec<Node>,
    index: HashMap<Node, NodeId>,
}

impl RealGraph {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Of each node, whether it depends on such symbols.
    pub(super) fn depending(&self, on: impl Fn(Symbol) -> bool) -> Vec<bool> {
        let mut depending: Vec<bool> = Vec::with_capacity(self.len());
        for node in &self.nodes {
            let here = matches!(node, Node::Input(symbol) if on(*symbol));
            depending.push(here || node.operands().any(|operand| depending[operand.0 as usize]));
        }
        depending
    }

    fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.index.get(&node) {
            return *id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        assert!(
            id.0 < u32::MAX,
            "an expression graph holds below 2^32 nodes"
        );
        self.nodes.push(node);
        self.index.insert(node, id);
        id
    }

    pub fn constant(&mut self, value: f64) -> NodeId {
        // -0.0 and 0.0 are one number here.
        self.intern(Node::Constant((value + 0.0).to_bits()))
    }

    pub fn input(&mut self, symbol: Symbol) -> NodeId {
        self.intern(Node::Input(symbol))
    }

    pub fn value(&self, id: NodeId) -> Option<f64> {
        match self.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub fn is_zero(&self, id: NodeId) -> bool {
        self.value(id) == Some(0.0)
    }

    fn is_one(&self, id: NodeId) -> bool {
        self.value(id) == Some(1.0)
    }

    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if self.is_zero(a) {
            return b;
        }
        if self.is_zero(b) {
            return a;
        }
        match (self.node(a), self.node(b)) {
            (Node::Constant(x), Node::Constant(y)) => {
                self.constant(f64::from_bits(x) + f64::from_bits(y))
            }
            (_, Node::Neg(y)) => self.sub(a, y),
            (Node::Neg(x), _) => self.sub(b, x),
            // What is masked stays so, and the two halves of a derivative of a `select` meet again.
            _ => match self.one_mask(a, b) {
                Some((test, [x, y], [u, v])) => {
                    let (x, y) = (self.add(x, u), self.add(y, v));
                    self.select(test, x, y)
                }
                None => self.intern(Node::Add(a.min(b), a.max(b))),
            },
        }
    }

    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if self.is_zero(b) {
            return a;
        }
        if self.is_zero(a) {
            return self.neg(b);
        }
        if a == b {
            return self.constant(0.0);
        }
        match (self.node(a), self.node(b)) {
            (Node::Constant(x), Node::Constant(y)) => {
                self.constant(f64::from_bits(x) - f64::from_bits(y))
            }
            (_, Node::Neg(y)) => self.add(a, y),
            _ => match self.one_mask(a, b) {
                Some((test, [x, y], [u, v])) => {
                    let (x, y) = (self.sub(x, u), self.sub(y, v));
                    self.select(test, x, y)
                }
                None => self.intern(Node::Sub(a, b)),
            },
        }
    }

    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if self.is_zero(a) || self.is_one(b) {
            return a;
        }
        if self.is_zero(b) || self.is_one(a) {
            return b;
        }
        match (self.node(a), self.node(b)) {
            (Node::Constant(x), Node::Constant(y)) => {
                self.constant(f64::from_bits(x) * f64::from_bits(y))
            }
            (Node::Neg(x), Node::Neg(y)) => self.mul(x, y),
            (Node::Neg(x), _) => {
                let product = self.mul(x, b);
                self.neg(product)
            }
            (_, Node::Neg(y)) => {
                let product = self.mul(a, y);
                self.neg(product)
            }
            _ => match (self.masked(a), self.masked(b)) {
                (Some(mask), _) => self.multiply_inside(mask, b),
                (None, Some(mask)) => self.multiply_inside(mask, a),
                (None, None) => self.intern(Node::Mul(a.min(b), a.max(b))),
            },
        }
    }

    /// A `select` with one branch that is exactly zero.
    fn masked(&self, id: NodeId) -> Option<(NodeId, NodeId, NodeId)> {
        match self.node(id) {
            Node::Select(test, a, b) if self.is_zero(a) || self.is_zero(b) => Some((test, a, b)),
            _ => None,
        }
    }

    /// The test and the branches of two masked values that ask the same question.
    fn one_mask(&self, a: NodeId, b: NodeId) -> Option<(NodeId, [NodeId; 2], [NodeId; 2])> {
        let ((s, x, y), (t, u, v)) = (self.masked(a)?, self.masked(b)?);
        (s == t).then_some((s, [x, y], [u, v]))
    }

    /// The factor goes inside the mask: outside it would turn 0 x inf of the branch not taken
    /// into not-a-number.
    fn multiply_inside(
        &mut self,
        (test, a, b): (NodeId, NodeId, NodeId),
        factor: NodeId,
    ) -> NodeId {
        let (a, b) = (self.mul(a, factor), self.mul(b, factor));
        self.select(test, a, b)
    }

    pub fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if self.is_zero(a) || self.is_one(b) {
            return a;
        }
        match (self.node(a), self.node(b)) {
            (Node::Constant(x), Node::Constant(y)) => {
                self.constant(f64::from_bits(x) / f64::from_bits(y))
            }
            (Node::Neg(x), _) => {
                let quotient = self.div(x, b);
                self.neg(quotient)
            }
            _ => match self.masked(a) {
                Some((test, x, y)) => {
                    let (x, y) = (self.div(x, b), self.div(y, b));
                    self.select(test, x, y)
                }
                None => {
                    let inverse = self.inverse(b);
                    self.mul(a, inverse)
                }
            },
        }
    }

    /// 1 / b, once for all quotients by b: a division costs as much as ten products.
    fn inverse(&mut self, b: NodeId) -> NodeId {
        match self.value(b) {
            Some(value) => self.constant(1.0 / value),
            None => {
                let one = self.constant(1.0);
                self.intern(Node::Div(one, b))
            }
        }
    }

    pub fn neg(&mut self, a: NodeId) -> NodeId {
        match self.node(a) {
            Node::Constant(x) => self.constant(-f64::from_bits(x)),
            Node::Neg(x) => x,
            Node::Sub(x, y) => self.sub(y, x),
            _ => match self.masked(a) {
                Some((test, x, y)) => {
                    let (x, y) = (self.neg(x), self.neg(y));
                    self.select(test, x, y)
                }
                None => self.intern(Node::Neg(a)),
            },
        }
    }

    pub fn select(&mut self, test: NodeId, a: NodeId, b: NodeId) -> NodeId {
        // A branch that asks the same question again knows the answer.
        let a = match self.node(a) {
            Node::Select(same, x, _) if same == test => x,
            _ => a,
        };
        let b = match self.node(b) {
            Node::Select(same, _, y) if same == test => y,
            _ => b,
        };
        if a == b {
            return a;
        }
        match self.value(test) {
            Some(value) if value >= 0.0 => a,
            Some(_) => b,
            None => self.intern(Node::Select(test, a, b)),
        }
    }

    pub fn atan2(&mut self, y: NodeId, x: NodeId) -> NodeId {
        match (self.value(y), self.value(x)) {
            (Some(y), Some(x)) => self.constant(libm::atan2(y, x)),
            _ => self.intern(Node::Atan2(y, x)),
        }
    }

    pub fn sqrt(&mut self, a: NodeId) -> NodeId {
        self.unary(a, f64::sqrt, Node::Sqrt)
    }

    pub fn exp(&mut self, a: NodeId) -> NodeId {
        self.unary(a, libm::exp, Node::Exp)
    }

    pub fn log(&mut self, a: NodeId) -> NodeId {
        self.unary(a, libm::log, Node::Log)
    }

    pub fn sin(&mut self, a: NodeId) -> NodeId {
        self.unary(a, libm::sin, Node::Sin)
    }

    pub fn cos(&mut self, a: NodeId) -> NodeId {
        self.unary(a, libm::cos, Node::Cos)
    }

    fn unary(&mut self, a: NodeId, apply: fn(f64) -> f64, node: fn(NodeId) -> Node) -> NodeId {
        match self.value(a) {
            Some(value) => self.constant(apply(value)),
            None => self.intern(node(a)),
        }
    }

    /// `a^power` by repeated squaring.
    pub fn powi(&mut self, a: NodeId, power: i32) -> NodeId {
        if power < 0 {
            let one = self.constant(1.0);
            let positive = self.powi(a, -power);
            return self.div(one, positive);
        }
        let (mut result, mut square, mut rest) = (self.constant(1.0), a, power);
        while rest > 0 {
            if rest & 1 == 1 {
                result = self.mul(result, square);
            }
            rest >>= 1;
            if rest > 0 {
                square = self.mul(square, square);
            }
        }
        result
    }
}
