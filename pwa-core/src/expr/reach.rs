//! Where a node is reached: the answers to the questions of `select` on the way there from an output.
//!
//! Where it is not reached its adjoint is zero, and its derivative may be anything: what is made of both stands inside
//! a `select` by its reach, since 0 x inf is no number.

use super::{Node, NodeId, RealGraph};

/// A question, and the answer to it: whether the test is zero or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub test: NodeId,
    pub yes: bool,
}

/// All of these answers; everywhere, where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach(Vec<Answer>);

impl Reach {
    /// Where this answer is given, besides; none where that is nowhere.
    pub fn and(&self, answer: Answer) -> Option<Self> {
        match self.0.iter().find(|known| known.test == answer.test) {
            Some(known) => (*known == answer).then(|| self.clone()),
            None => Some(Self([&self.0[..], &[answer]].concat())),
        }
    }

    /// Where one of the two is.
    pub fn or(&self, other: &Self, graph: &mut RealGraph) -> Self {
        let is_common = |answer: &&Answer| other.0.contains(answer);
        let mut both: Vec<Answer> = self.0.iter().filter(is_common).copied().collect();
        let rest = |of: &Self| -> Vec<Answer> {
            let rest = of.0.iter().filter(|answer| !both.contains(answer));
            rest.copied().collect()
        };
        let (a, b) = (rest(self), rest(other));
        let opposite = matches!((&a[..], &b[..]), ([x], [y]) if x.test == y.test);
        if !(a.is_empty() || b.is_empty() || opposite) {
            let [one, minus_one] = [1.0, -1.0].map(|value| graph.constant(value));
            let in_b = given(graph, &b, one, minus_one);
            let test = given(graph, &a, one, in_b);
            both.push(Answer { test, yes: true });
        }
        Self(both)
    }

    /// The value where it is reached, and zero elsewhere.
    pub fn guard(&self, graph: &mut RealGraph, value: NodeId) -> NodeId {
        let zero = graph.constant(0.0);
        let open = |answer: &&Answer| !is_guarded(graph, value, **answer);
        let open: Vec<Answer> = self.0.iter().filter(open).copied().collect();
        given(graph, &open, value, zero)
    }
}

/// `value` where all of these answers are given, `otherwise` where not.
fn given(graph: &mut RealGraph, answers: &[Answer], value: NodeId, otherwise: NodeId) -> NodeId {
    answers
        .iter()
        .fold(value, |value, answer| match answer.yes {
            true => graph.select(answer.test, value, otherwise),
            false => graph.select(answer.test, otherwise, value),
        })
}

/// Whether the value is zero wherever another answer is given.
fn is_guarded(graph: &RealGraph, mut value: NodeId, answer: Answer) -> bool {
    while let Node::Select(test, a, b) = graph.node(value) {
        let (yes, inside) = match (graph.is_zero(a), graph.is_zero(b)) {
            (false, true) => (true, a),
            (true, false) => (false, b),
            _ => return false,
        };
        if (Answer { test, yes }) == answer {
            return true;
        }
        value = inside;
    }
    graph.is_zero(value)
}
