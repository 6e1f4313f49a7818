//! LS couplings that a massless daughter makes linear combinations of others.
//!
//! At fixed masses they are redundant exactly; barrier factors of different l tell them apart where
//! the mother or a daughter is broad. Whether a fit can is for the information matrix to say.

use crate::decay::{AllowedHelicities, LsCoupling, VertexCoupling, redundant_couplings};
use crate::model::{Chain, CouplingId, Model, Vertex};

/// Sentences that name the couplings each decay of the model could do without.
pub fn repeated_couplings(model: &Model) -> Vec<String> {
    let mut notes = Vec::new();
    for chain in &model.chains {
        for vertex in &chain.vertices {
            let names = repeated(model, chain, vertex);
            if names.is_empty() {
                continue;
            }
            let note = format!(
                "{}: {} repeat other couplings at fixed masses (a massless daughter has no helicity 0); only barrier factors tell them apart",
                chain.name,
                names.join(", ")
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn repeated(model: &Model, chain: &Chain, vertex: &Vertex) -> Vec<String> {
    let Some(daughters) = chain.tree.node(vertex.node).daughters else {
        return Vec::new();
    };
    let [b, c] = daughters.map(|node| {
        let leaf = chain.tree.node(node).daughters.is_none();
        let place = chain.tree.node(node).finals.trailing_zeros() as usize;
        if leaf && model.finals[place].is_massless() {
            AllowedHelicities {
                two_j: chain.two_j[node],
                two_helicities: model.finals[place].two_helicities.clone(),
            }
        } else {
            AllowedHelicities::massive(chain.two_j[node])
        }
    });
    let terms = vertex.terms.iter();
    // Helicity couplings do not repeat each other.
    let of_ls = terms.filter_map(|term| match term.kind {
        VertexCoupling::Ls(ls) => Some((ls, term.coupling)),
        VertexCoupling::Helicity(_) | VertexCoupling::Parity { .. } => None,
    });
    let (list, couplings): (Vec<LsCoupling>, Vec<CouplingId>) = of_ls.unzip();
    redundant_couplings(chain.two_j[vertex.node], &b, &c, &list)
        .into_iter()
        .map(|place| format!("`{}`", model.parameters.coupling(couplings[place]).name))
        .collect()
}
