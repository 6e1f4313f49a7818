//! Complex formulas become real operations, once.

use std::collections::HashMap;

use super::expression::Op;
use super::{Expr, NodeId, RealGraph};

/// Lowers formulas into one graph; a formula met before is not lowered again.
#[derive(Debug, Default)]
pub struct Lowering {
    pub graph: RealGraph,
    /// The formula is kept so that its address is not given to another one.
    seen: HashMap<usize, (Expr, Value)>,
}

/// Real and imaginary part.
type Value = (NodeId, NodeId);

impl Lowering {
    pub fn new() -> Self {
        Self::default()
    }

    /// Real and imaginary part of the formula as nodes of the graph.
    pub fn lower(&mut self, expr: &Expr) -> (NodeId, NodeId) {
        if let Some((_, value)) = self.seen.get(&expr.address()) {
            return *value;
        }
        let value = self.lower_op(expr);
        self.seen.insert(expr.address(), (expr.clone(), value));
        value
    }

    fn lower_op(&mut self, expr: &Expr) -> Value {
        match expr.op() {
            Op::Constant(value) => (self.graph.constant(value.re), self.graph.constant(value.im)),
            Op::Symbol(symbol) => {
                let input = self.graph.input(*symbol);
                self.real(input)
            }
            Op::Add(a, b) => {
                let (a, b) = (self.lower(a), self.lower(b));
                (self.graph.add(a.0, b.0), self.graph.add(a.1, b.1))
            }
            Op::Sub(a, b) => {
                let (a, b) = (self.lower(a), self.lower(b));
                (self.graph.sub(a.0, b.0), self.graph.sub(a.1, b.1))
            }
            Op::Mul(a, b) => {
                let (a, b) = (self.lower(a), self.lower(b));
                self.multiply(a, b)
            }
            Op::Div(a, b) => {
                let (a, b) = (self.lower(a), self.lower(b));
                self.divide(a, b)
            }
            Op::Neg(a) => {
                let a = self.lower(a);
                (self.graph.neg(a.0), self.graph.neg(a.1))
            }
            Op::Powi(a, power) => {
                let real = a.is_real();
                let a = self.lower(a);
                if real {
                    let value = self.graph.powi(a.0, *power);
                    return self.real(value);
                }
                let positive = self.complex_power(a, power.unsigned_abs());
                if *power >= 0 {
                    return positive;
                }
                let one = self.graph.constant(1.0);
                let one = self.real(one);
                self.divide(one, positive)
            }
            Op::Sqrt(a) if a.is_real() => {
                let a = self.lower(a);
                let value = self.graph.sqrt(a.0);
                self.real(value)
            }
            Op::Sqrt(a) => {
                let a = self.lower(a);
                self.principal_sqrt(a)
            }
            Op::Exp(a) => {
                let a = self.lower(a);
                let modulus = self.graph.exp(a.0);
                let (cos, sin) = (self.graph.cos(a.1), self.graph.sin(a.1));
                (self.graph.mul(modulus, cos), self.graph.mul(modulus, sin))
            }
            Op::Log(a) if a.is_real() => {
                let a = self.lower(a);
                let value = self.graph.log(a.0);
                self.real(value)
            }
            Op::Log(a) => {
                let a = self.lower(a);
                let norm = self.norm_sqr(a);
                let half = self.graph.constant(0.5);
                let log = self.graph.log(norm);
                (self.graph.mul(half, log), self.graph.atan2(a.1, a.0))
            }
            Op::Sin(a) => self.sin_cos(a, true),
            Op::Cos(a) => self.sin_cos(a, false),
            Op::Atan2(y, x) => {
                let (y, x) = (self.lower(y), self.lower(x));
                let value = self.graph.atan2(y.0, x.0);
                self.real(value)
            }
            Op::Select {
                test,
                then,
                otherwise,
            } => {
                let (test, a, b) = (self.lower(test), self.lower(then), self.lower(otherwise));
                (
                    self.graph.select(test.0, a.0, b.0),
                    self.graph.select(test.0, a.1, b.1),
                )
            }
            Op::Conj(a) => {
                let a = self.lower(a);
                (a.0, self.graph.neg(a.1))
            }
            Op::Re(a) => {
                let a = self.lower(a);
                self.real(a.0)
            }
            Op::Im(a) => {
                let a = self.lower(a);
                self.real(a.1)
            }
        }
    }

    fn real(&mut self, value: NodeId) -> Value {
        (value, self.graph.constant(0.0))
    }

    fn multiply(&mut self, a: Value, b: Value) -> Value {
        let g = &mut self.graph;
        let (rr, ii, ri, ir) = (
            g.mul(a.0, b.0),
            g.mul(a.1, b.1),
            g.mul(a.0, b.1),
            g.mul(a.1, b.0),
        );
        (g.sub(rr, ii), g.add(ri, ir))
    }

    fn norm_sqr(&mut self, a: Value) -> NodeId {
        let g = &mut self.graph;
        let (re, im) = (g.mul(a.0, a.0), g.mul(a.1, a.1));
        g.add(re, im)
    }

    fn divide(&mut self, a: Value, b: Value) -> Value {
        if self.graph.is_zero(b.1) {
            return (self.graph.div(a.0, b.0), self.graph.div(a.1, b.0));
        }
        let norm = self.norm_sqr(b);
        let conjugate = (b.0, self.graph.neg(b.1));
        let product = self.multiply(a, conjugate);
        (
            self.graph.div(product.0, norm),
            self.graph.div(product.1, norm),
        )
    }

    fn complex_power(&mut self, a: Value, power: u32) -> Value {
        let one = self.graph.constant(1.0);
        let (mut result, mut square, mut rest) = (self.real(one), a, power);
        while rest > 0 {
            if rest & 1 == 1 {
                result = self.multiply(result, square);
            }
            rest >>= 1;
            if rest > 0 {
                square = self.multiply(square, square);
            }
        }
        result
    }

    /// `sqrt(z)`, Re >= 0: the larger of the two parts is formed without cancellation, the other
    /// one from `Im z = 2 Re w Im w`.
    fn principal_sqrt(&mut self, z: Value) -> Value {
        let norm = self.norm_sqr(z);
        let g = &mut self.graph;
        let half = g.constant(0.5);
        let two = g.constant(2.0);
        let modulus = g.sqrt(norm);
        let negative = g.neg(z.0);
        let absolute = g.select(z.0, z.0, negative);
        let sum = g.add(modulus, absolute);
        let halved = g.mul(half, sum);
        let larger = g.sqrt(halved);
        let doubled = g.mul(two, larger);
        let other = g.div(z.1, doubled);
        let flipped = g.neg(larger);
        let upper = g.select(z.1, larger, flipped);
        let minus = g.neg(other);
        let magnitude = g.select(z.1, other, minus);
        (
            g.select(z.0, larger, magnitude),
            g.select(z.0, other, upper),
        )
    }

    /// sin(x + iy) = sin x cosh y + i cos x sinh y; cos(x + iy) = cos x cosh y - i sin x sinh y.
    fn sin_cos(&mut self, a: &Expr, sine: bool) -> Value {
        let real = a.is_real();
        let (x, y) = self.lower(a);
        let g = &mut self.graph;
        let (sin, cos) = (g.sin(x), g.cos(x));
        if real {
            let value = if sine { sin } else { cos };
            return self.real(value);
        }
        let half = g.constant(0.5);
        let minus_y = g.neg(y);
        let (up, down) = (g.exp(y), g.exp(minus_y));
        let (sum, difference) = (g.add(up, down), g.sub(up, down));
        let (cosh, sinh) = (g.mul(half, sum), g.mul(half, difference));
        if sine {
            (g.mul(sin, cosh), g.mul(cos, sinh))
        } else {
            let product = g.mul(sin, sinh);
            (g.mul(cos, cosh), g.neg(product))
        }
    }
}
