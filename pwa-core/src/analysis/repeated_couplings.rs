//! LS couplings that a massless daughter makes linear combinations of others.
//!
//! At fixed masses they are redundant exactly; barrier factors of different l tell them apart where
//! the mother or a daughter is broad. Whether a fit can is for the information matrix to say.

use crate::decay::{AllowedHelicities, LsCoupling, redundant_couplings};
use crate::model::{Chain, Model, Vertex};

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
            AllowedHelicities::massless(chain.two_j[node])
        } else {
            AllowedHelicities::massive(chain.two_j[node])
        }
    });
    let list: Vec<LsCoupling> = vertex.terms.iter().map(|term| term.ls).collect();
    redundant_couplings(chain.two_j[vertex.node], &b, &c, &list)
        .into_iter()
        .map(|place| {
            let coupling = model.parameters.coupling(vertex.terms[place].coupling);
            format!("`{}`", coupling.name)
        })
        .collect()
}
