//! Formulas as values: operators on shared, immutable nodes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

use num_complex::Complex64;

/// What a formula depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symbol {
    /// A number of the event, e.g. the mass of the resonance.
    Variable(u32),
    /// A number of the model, e.g. the mass of the pole.
    Parameter(u32),
}

/// One operation of a formula. Real operations on real operands stay real.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Constant(Complex64),
    Symbol(Symbol),
    Add(Expr, Expr),
    Sub(Expr, Expr),
    Mul(Expr, Expr),
    Div(Expr, Expr),
    Neg(Expr),
    Powi(Expr, i32),
    Sqrt(Expr),
    Exp(Expr),
    Log(Expr),
    Sin(Expr),
    Cos(Expr),
    Atan2(Expr, Expr),
    /// `then` where the real `test >= 0`, `otherwise` elsewhere.
    Select {
        test: Expr,
        then: Expr,
        otherwise: Expr,
    },
    Conj(Expr),
    Re(Expr),
    Im(Expr),
}

impl Op {
    /// Whether both do the same with their operands.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => a == b,
            (Self::Symbol(a), Self::Symbol(b)) => a == b,
            (Self::Powi(_, a), Self::Powi(_, b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    pub(super) fn operands(&self) -> impl Iterator<Item = &Expr> {
        let list = match self {
            Self::Constant(_) | Self::Symbol(_) => [None, None, None],
            Self::Neg(a)
            | Self::Powi(a, _)
            | Self::Sqrt(a)
            | Self::Exp(a)
            | Self::Log(a)
            | Self::Sin(a)
            | Self::Cos(a)
            | Self::Conj(a)
            | Self::Re(a)
            | Self::Im(a) => [Some(a), None, None],
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Atan2(a, b) => [Some(a), Some(b), None],
            Self::Select {
                test,
                then,
                otherwise,
            } => [Some(test), Some(then), Some(otherwise)],
        };
        list.into_iter().flatten()
    }
}

/// A formula of real and complex numbers; cloning shares it.
#[derive(Debug, Clone)]
pub struct Expr(Arc<Node>);

#[derive(Debug)]
struct Node {
    op: Op,
    real: bool,
}

impl PartialEq for Expr {
    /// Whether both are written in the same way. Shared parts are compared once: there are 2^n ways
    /// through the inverse of a matrix.
    fn eq(&self, other: &Self) -> bool {
        let (mut seen, mut stack) = (HashSet::new(), vec![(self, other)]);
        while let Some((a, b)) = stack.pop() {
            let pair = (a.address(), b.address());
            if pair.0 == pair.1 || !seen.insert(pair) {
                continue;
            }
            if !a.op().is_like(b.op()) {
                return false;
            }
            stack.extend(a.op().operands().zip(b.op().operands()));
        }
        true
    }
}

/// The imaginary unit, for formulas: `1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * gamma)`.
#[derive(Debug, Clone, Copy)]
pub struct I;

impl From<I> for Expr {
    fn from(_: I) -> Self {
        Self::complex(Complex64::I)
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Self::complex(Complex64::new(value, 0.0))
    }
}

impl From<&Self> for Expr {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl Expr {
    fn new(op: Op) -> Self {
        let real = match &op {
            Op::Constant(value) => value.im == 0.0,
            Op::Symbol(_) | Op::Atan2(..) | Op::Re(_) | Op::Im(_) => true,
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => {
                a.is_real() && b.is_real()
            }
            Op::Select {
                then, otherwise, ..
            } => then.is_real() && otherwise.is_real(),
            Op::Neg(a)
            | Op::Powi(a, _)
            | Op::Sqrt(a)
            | Op::Exp(a)
            | Op::Log(a)
            | Op::Sin(a)
            | Op::Cos(a)
            | Op::Conj(a) => a.is_real(),
        };
        Self(Arc::new(Node { op, real }))
    }

    pub fn complex(value: Complex64) -> Self {
        Self::new(Op::Constant(value))
    }

    pub fn variable(index: u32) -> Self {
        Self::new(Op::Symbol(Symbol::Variable(index)))
    }

    pub fn parameter(index: u32) -> Self {
        Self::new(Op::Symbol(Symbol::Parameter(index)))
    }

    /// `re + i im` of two real formulas.
    pub fn cartesian(re: impl Into<Self>, im: impl Into<Self>) -> Self {
        re.into() + I * im.into()
    }

    /// `modulus exp(i phase)` of two real formulas.
    pub fn polar(modulus: impl Into<Self>, phase: impl Into<Self>) -> Self {
        let phase = phase.into();
        modulus.into() * Self::cartesian(phase.cos(), phase.sin())
    }

    /// The symbols the formula depends on, each once, in order.
    pub fn symbols(&self) -> BTreeSet<Symbol> {
        let (mut found, mut seen, mut stack) = (BTreeSet::new(), HashSet::new(), vec![self]);
        while let Some(expr) = stack.pop() {
            if !seen.insert(expr.address()) {
                continue;
            }
            if let Op::Symbol(symbol) = expr.op() {
                found.insert(*symbol);
            }
            stack.extend(expr.op().operands());
        }
        found
    }

    /// The same formula of other symbols.
    #[must_use]
    pub fn renamed(&self, name: &impl Fn(Symbol) -> Symbol) -> Self {
        self.with(&|symbol| Self::new(Op::Symbol(name(symbol))))
    }

    /// The formula with formulas in place of its symbols.
    #[must_use]
    pub fn with(&self, meaning: &impl Fn(Symbol) -> Self) -> Self {
        self.with_once(meaning, &mut HashMap::new())
    }

    fn with_once(
        &self,
        meaning: &impl Fn(Symbol) -> Self,
        done: &mut HashMap<usize, Self>,
    ) -> Self {
        if let Some(expr) = done.get(&self.address()) {
            return expr.clone();
        }
        let mut again = |expr: &Self| expr.with_once(meaning, done);
        let op = match self.op() {
            Op::Constant(value) => Op::Constant(*value),
            Op::Symbol(symbol) => return meaning(*symbol),
            Op::Add(a, b) => Op::Add(again(a), again(b)),
            Op::Sub(a, b) => Op::Sub(again(a), again(b)),
            Op::Mul(a, b) => Op::Mul(again(a), again(b)),
            Op::Div(a, b) => Op::Div(again(a), again(b)),
            Op::Neg(a) => Op::Neg(again(a)),
            Op::Powi(a, power) => Op::Powi(again(a), *power),
            Op::Sqrt(a) => Op::Sqrt(again(a)),
            Op::Exp(a) => Op::Exp(again(a)),
            Op::Log(a) => Op::Log(again(a)),
            Op::Sin(a) => Op::Sin(again(a)),
            Op::Cos(a) => Op::Cos(again(a)),
            Op::Atan2(a, b) => Op::Atan2(again(a), again(b)),
            Op::Select {
                test,
                then,
                otherwise,
            } => Op::Select {
                test: again(test),
                then: again(then),
                otherwise: again(otherwise),
            },
            Op::Conj(a) => Op::Conj(again(a)),
            Op::Re(a) => Op::Re(again(a)),
            Op::Im(a) => Op::Im(again(a)),
        };
        let expr = Self::new(op);
        done.insert(self.address(), expr.clone());
        expr
    }

    pub(super) fn op(&self) -> &Op {
        &self.0.op
    }

    pub(super) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Whether the value is real whatever the symbols are.
    pub fn is_real(&self) -> bool {
        self.0.real
    }

    /// The value when the formula is a plain number.
    pub fn constant(&self) -> Option<Complex64> {
        match self.op() {
            Op::Constant(value) => Some(*value),
            _ => None,
        }
    }

    pub fn powi(&self, power: i32) -> Self {
        match power {
            0 => 1.0.into(),
            1 => self.clone(),
            _ => Self::new(Op::Powi(self.clone(), power)),
        }
    }

    /// The square root; of a real formula the real one (not a number below zero), of a complex
    /// formula the principal branch.
    pub fn sqrt(&self) -> Self {
        Self::new(Op::Sqrt(self.clone()))
    }

    pub fn exp(&self) -> Self {
        Self::new(Op::Exp(self.clone()))
    }

    /// The natural logarithm; of a complex formula the principal branch.
    pub fn log(&self) -> Self {
        Self::new(Op::Log(self.clone()))
    }

    pub fn sin(&self) -> Self {
        Self::new(Op::Sin(self.clone()))
    }

    pub fn cos(&self) -> Self {
        Self::new(Op::Cos(self.clone()))
    }

    /// The angle of the real point (x, y) = (`other`, `self`).
    pub fn atan2(&self, other: &Self) -> Self {
        debug_assert!(self.is_real() && other.is_real());
        Self::new(Op::Atan2(self.clone(), other.clone()))
    }

    pub fn conj(&self) -> Self {
        Self::new(Op::Conj(self.clone()))
    }

    pub fn re(&self) -> Self {
        Self::new(Op::Re(self.clone()))
    }

    pub fn im(&self) -> Self {
        Self::new(Op::Im(self.clone()))
    }

    /// `|z|²`, real.
    pub fn norm_sqr(&self) -> Self {
        self.re().powi(2) + self.im().powi(2)
    }

    /// `then` where this real formula is `>= 0`, `otherwise` elsewhere; the branch that is not
    /// taken contributes nothing, not even to derivatives.
    pub fn select(&self, then: impl Into<Self>, otherwise: impl Into<Self>) -> Self {
        debug_assert!(self.is_real());
        Self::new(Op::Select {
            test: self.clone(),
            then: then.into(),
            otherwise: otherwise.into(),
        })
    }

    /// `sqrt(x)` where `x >= 0` and 0 elsewhere, with derivatives that are finite below zero.
    pub fn sqrt_or_zero(&self) -> Self {
        self.select(self.select(self.clone(), 1.0).sqrt(), 0.0)
    }

    /// `|x|` of a real formula.
    pub fn abs(&self) -> Self {
        self.select(self.clone(), -self)
    }
}

fn is_number(value: &Expr, number: f64) -> bool {
    value.constant() == Some(Complex64::new(number, 0.0))
}

fn folded(a: &Expr, b: &Expr, apply: impl Fn(Complex64, Complex64) -> Complex64) -> Option<Expr> {
    Some(Expr::complex(apply(a.constant()?, b.constant()?)))
}

fn add(a: Expr, b: Expr) -> Expr {
    match () {
        () if is_number(&a, 0.0) => b,
        () if is_number(&b, 0.0) => a,
        () => folded(&a, &b, |x, y| x + y).unwrap_or_else(|| Expr::new(Op::Add(a, b))),
    }
}

fn sub(a: Expr, b: Expr) -> Expr {
    match () {
        () if is_number(&b, 0.0) => a,
        () if is_number(&a, 0.0) => -b,
        () => folded(&a, &b, |x, y| x - y).unwrap_or_else(|| Expr::new(Op::Sub(a, b))),
    }
}

fn mul(a: Expr, b: Expr) -> Expr {
    match () {
        () if is_number(&a, 0.0) || is_number(&b, 1.0) => a,
        () if is_number(&b, 0.0) || is_number(&a, 1.0) => b,
        () => folded(&a, &b, |x, y| x * y).unwrap_or_else(|| Expr::new(Op::Mul(a, b))),
    }
}

fn div(a: Expr, b: Expr) -> Expr {
    match () {
        () if is_number(&b, 1.0) => a,
        () => folded(&a, &b, |x, y| x / y).unwrap_or_else(|| Expr::new(Op::Div(a, b))),
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $function:ident) => {
        impl<T: Into<Expr>> $trait<T> for Expr {
            type Output = Expr;
            fn $method(self, other: T) -> Expr {
                $function(self, other.into())
            }
        }
        impl<T: Into<Expr>> $trait<T> for &Expr {
            type Output = Expr;
            fn $method(self, other: T) -> Expr {
                $function(self.clone(), other.into())
            }
        }
        operator!($trait, $method, $function, f64, Expr);
        operator!($trait, $method, $function, f64, &Expr);
        operator!($trait, $method, $function, I, Expr);
        operator!($trait, $method, $function, I, &Expr);
    };
    ($trait:ident, $method:ident, $function:ident, $left:ty, $right:ty) => {
        impl $trait<$right> for $left {
            type Output = Expr;
            fn $method(self, other: $right) -> Expr {
                $function(self.into(), other.into())
            }
        }
    };
}

operator!(Add, add, add);
operator!(Sub, sub, sub);
operator!(Mul, mul, mul);
operator!(Div, div, div);

impl Neg for Expr {
    type Output = Self;
    fn neg(self) -> Self {
        match self.constant() {
            Some(value) => Self::complex(-value),
            None => Self::new(Op::Neg(self)),
        }
    }
}

impl Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        -self.clone()
    }
}
