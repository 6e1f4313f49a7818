//! The tree of a decay chain over numbered final particles.

/// A particle of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    pub mother: Option<usize>,
    /// In the model's order; None of final particles.
    pub daughters: Option<[usize; 2]>,
    /// The final particles below, or the particle itself, as bits.
    pub finals: u32,
}

/// Nodes, mothers before daughters; node 0 is the initial particle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecayTree {
    nodes: Vec<TreeNode>,
    /// The node of each final particle.
    leaves: Vec<usize>,
}

/// The tree of sets of final particles, whatever the names and the order of daughters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topology(Vec<u32>);

impl DecayTree {
    /// From (mother, daughters) of each node and the number of the final particle of each leaf.
    pub fn new(
        nodes: &[(Option<usize>, Option<[usize; 2]>)],
        final_of_node: impl Fn(usize) -> Option<usize>,
    ) -> Self {
        let mut tree: Vec<TreeNode> = nodes
            .iter()
            .enumerate()
            .map(|(index, &(mother, daughters))| TreeNode {
                mother,
                daughters,
                finals: final_of_node(index).map_or(0, |number| 1 << number),
            })
            .collect();
        for index in (1..tree.len()).rev() {
            if let Some(mother) = tree[index].mother {
                let finals = tree[index].finals;
                tree[mother].finals |= finals;
            }
        }
        Self::with_leaves(tree)
    }

    fn with_leaves(nodes: Vec<TreeNode>) -> Self {
        let count = nodes[0].finals.count_ones() as usize;
        let mut leaves = vec![0; count];
        for (index, node) in nodes.iter().enumerate() {
            if node.daughters.is_none() {
                leaves[node.finals.trailing_zeros() as usize] = index;
            }
        }
        Self { nodes, leaves }
    }

    pub fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    pub fn node(&self, index: usize) -> &TreeNode {
        &self.nodes[index]
    }

    /// The node of a final particle.
    pub fn leaf(&self, final_particle: usize) -> usize {
        self.leaves[final_particle]
    }

    pub fn finals(&self) -> usize {
        self.leaves.len()
    }

    /// Decaying nodes with their daughters.
    pub fn vertices(&self) -> impl Iterator<Item = (usize, [usize; 2])> + '_ {
        let decays = |(index, node): (usize, &TreeNode)| node.daughters.map(|d| (index, d));
        self.nodes.iter().enumerate().filter_map(decays)
    }

    /// The other daughter of the same mother.
    pub fn is_second(&self, index: usize) -> bool {
        self.nodes[index]
            .mother
            .and_then(|mother| self.nodes[mother].daughters)
            .is_some_and(|[_, second]| second == index)
    }

    /// The way to a final particle from the initial one, backwards: the sets of final particles of
    /// the nodes on it, and whether each is listed as its mother's second daughter.
    pub fn path(&self, final_particle: usize) -> Vec<(u32, bool)> {
        let mut path = Vec::new();
        let mut node = self.leaf(final_particle);
        while let Some(mother) = self.nodes[node].mother {
            path.push((self.nodes[node].finals, self.is_second(node)));
            node = mother;
        }
        path
    }

    pub fn topology(&self) -> Topology {
        let mut sets: Vec<u32> = self.nodes.iter().map(|node| node.finals).collect();
        sets.sort_unstable();
        Topology(sets)
    }

    /// The same tree with final particle `i` in the place of final particle `permutation[i]`'s
    /// name, i.e. leaf i becomes leaf `permutation[i]`.
    pub fn permuted(&self, permutation: &[usize]) -> Self {
        let moved = |finals: u32| {
            (0..permutation.len())
                .filter(|&i| finals & (1 << i) != 0)
                .fold(0, |sum, i| sum | 1 << permutation[i])
        };
        let nodes = self.nodes.iter().map(|node| TreeNode {
            finals: moved(node.finals),
            ..*node
        });
        Self::with_leaves(nodes.collect())
    }
}
