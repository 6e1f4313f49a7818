//! Whether one decay is possible, and by which couplings.

use super::particles::{are_pair, are_short_and_long_kaon, is_strong};
use super::{Options, Reason, Vertex};
use crate::decay::conservation::{
    C_PARITY, CHARGE, ConservationRule, G_PARITY, G_PARITY_OF_PAIR, IDENTICAL_DAUGHTERS, ISOSPIN,
    KAON_PAIR, PARITY, SelectionRules,
};
use crate::decay::{LsError, ls_couplings};
use crate::particle::Particle;

/// The couplings of a decay.
///
/// # Errors
/// Why there are none.
pub fn vertex(
    mother: &Particle,
    daughters: [&Particle; 2],
    weak: bool,
    options: &Options,
) -> Result<Vertex, Reason> {
    let numbers = |particle: &Particle| {
        (particle.quantum_numbers())
            .ok_or_else(|| Reason::Unknown(format!("the spin of {} is not known", particle.name)))
    };
    let [first, second] = daughters;
    let numbers = [numbers(mother)?, numbers(first)?, numbers(second)?];
    let poles: f64 = daughters.iter().filter_map(|daughter| daughter.mass).sum();
    let rules = SelectionRules::of(
        laws(mother, daughters, weak)
            .into_iter()
            .filter(|law| !options.without.contains(&law.name())),
    );
    let couplings = ls_couplings(&numbers[0], &numbers[1], &numbers[2], &rules);
    let mut couplings = couplings.map_err(|error| Reason::Law(in_words(&error)))?;
    let lowest = couplings.iter().map(|ls| ls.orbital_l).min();
    couplings.retain(|ls| ls.orbital_l <= options.max_l);
    if let (true, Some(lowest)) = (couplings.is_empty(), lowest) {
        let max_l = options.max_l;
        return Err(Reason::HighL(format!(
            "l = {lowest} and more, above the limit {max_l}"
        )));
    }
    Ok(Vertex {
        mother: mother.name.clone(),
        daughters: daughters.map(|daughter| daughter.name.clone()),
        decay: [false; 2],
        numbers,
        mass: mother.mass,
        width: mother.width,
        weak,
        below_threshold: mother.mass < Some(poles),
        couplings,
    })
}

/// Those that hold for this decay.
fn laws(
    mother: &Particle,
    [first, second]: [&Particle; 2],
    weak: bool,
) -> Vec<&'static ConservationRule> {
    let mut laws = vec![&CHARGE];
    if first.name == second.name {
        laws.push(&IDENTICAL_DAUGHTERS);
    }
    if are_short_and_long_kaon(first, second) {
        laws.push(&KAON_PAIR);
    }
    if weak {
        return laws;
    }
    laws.push(&PARITY);
    let pair = are_pair(first, second);
    if pair || (first.c_parity.is_some() && second.c_parity.is_some()) {
        laws.push(&C_PARITY);
    }
    if [mother, first, second].into_iter().all(is_strong) {
        laws.push(&ISOSPIN);
        let both = first.g_parity.is_some() && second.g_parity.is_some();
        if both {
            laws.push(&G_PARITY);
        } else if pair {
            laws.push(&G_PARITY_OF_PAIR);
        }
    }
    laws
}

fn in_words(error: &LsError) -> String {
    match error {
        LsError::AngularMomentum { .. } => "an odd number of half-integer spins".to_owned(),
        LsError::AllForbidden { removed, .. } => {
            let rules = removed.iter().map(ToString::to_string);
            rules.collect::<Vec<_>>().join("; ")
        }
    }
}
