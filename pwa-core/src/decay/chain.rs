//! The tree of a decay chain.

use std::fmt;
use std::ops::Range;

/// Most final particles of a chain.
pub(super) const MAX_FINAL: usize = 6;

/// A cascade of two-body decays, as written: names are not resolved, slots stay slots.
///
/// Nodes are in the order in which the string introduces them, so a mother precedes its daughters
/// and node 0 is the initial particle.
///
/// ```
/// use pwa_core::decay::DecayChainSpec;
/// let chain: DecayChainSpec = "B0 -> X D0, X -> K+ pi-".parse().unwrap();
/// let names = |nodes: &[usize]| nodes.iter().map(|&n| chain.node(n).name.clone()).collect::<Vec<_>>();
/// assert_eq!(names(&chain.final_particles()), ["K+", "pi-", "D0"]);
/// assert_eq!(names(&chain.intermediate_states()), ["X"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecayChainSpec {
    pub(super) nodes: Vec<DecayNode>,
}

/// One particle of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecayNode {
    pub name: String,
    /// Bytes of the decay string where the particle is introduced.
    pub span: Range<usize>,
    /// `None` for the initial particle.
    pub mother: Option<usize>,
    /// In the written order; `None` for final particles.
    pub daughters: Option<[usize; 2]>,
}

impl DecayChainSpec {
    pub fn nodes(&self) -> &[DecayNode] {
        &self.nodes
    }

    /// # Panics
    /// When `index` is not the index of a node.
    pub fn node(&self, index: usize) -> &DecayNode {
        &self.nodes[index]
    }

    /// The initial particle, node 0.
    pub fn initial(&self) -> &DecayNode {
        &self.nodes[0]
    }

    /// Every decaying node with its daughters, mothers before their daughters.
    pub fn vertices(&self) -> impl Iterator<Item = (usize, [usize; 2])> {
        let decays =
            |(index, node): (usize, &DecayNode)| node.daughters.map(|daughters| (index, daughters));
        self.nodes.iter().enumerate().filter_map(decays)
    }

    /// Decaying nodes other than the initial one.
    pub fn intermediate_states(&self) -> Vec<usize> {
        self.vertices().map(|(index, _)| index).skip(1).collect()
    }

    /// The final particles from left to right in the tree.
    pub fn final_particles(&self) -> Vec<usize> {
        self.final_particles_of(0)
    }

    /// The final particles that node `index` decays to, itself if it does not decay.
    ///
    /// # Panics
    /// When `index` is not the index of a node.
    pub fn final_particles_of(&self, index: usize) -> Vec<usize> {
        match self.nodes[index].daughters {
            None => vec![index],
            Some(daughters) => daughters
                .iter()
                .flat_map(|&daughter| self.final_particles_of(daughter))
                .collect(),
        }
    }
}

/// The chain as a decay string.
impl fmt::Display for DecayChainSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (mother, [first, second])) in self.vertices().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            let name = |index: usize| &self.nodes[index].name;
            write!(
                f,
                "{separator}{} -> {} {}",
                name(mother),
                name(first),
                name(second)
            )?;
        }
        Ok(())
    }
}
