//! Whether one decay is possible, and by which couplings.

use super::particles::{are_pair, are_short_and_long_kaon, is_neutral_in_isospin, is_strong};
use super::{Options, Reason, Vertex};
use crate::decay::conservation::{
    C_PARITY, CHARGE, ConservationRule, G_PARITY, G_PARITY_OF_PAIR, IDENTICAL_DAUGHTERS, ISOSPIN,
    ISOSPIN_OF_NEUTRAL, KAON_PAIR, PARITY, SelectionRules,
};
use crate::decay::{AllowedHelicities, LsCoupling, LsError, helicity_coupling, ls_couplings};
use crate::particle::Particle;

/// Coefficients that are not zero are larger.
const NEGLIGIBLE: f64 = 1e-9;

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
    couplings.retain(|&ls| has_amplitude(ls, mother, daughters));
    if couplings.is_empty() {
        let problem = "a massless daughter has no helicity for any coupling";
        return Err(Reason::Law(problem.to_owned()));
    }
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
        if [mother, first, second]
            .into_iter()
            .all(is_neutral_in_isospin)
        {
            laws.push(&ISOSPIN_OF_NEUTRAL);
        }
        let both = first.g_parity.is_some() && second.g_parity.is_some();
        if both {
            laws.push(&G_PARITY);
        } else if pair {
            laws.push(&G_PARITY_OF_PAIR);
        }
    }
    laws
}

/// Whether a coupling gives an amplitude to some helicities that the daughters can have.
///
/// A massless one has ±j alone. Two photons of equal helicities are symmetric, which an odd J is not: J = 1 has
/// no other ones (L. D. Landau, Dokl. Akad. Nauk SSSR 60 (1948) 207; C. N. Yang, Phys. Rev. 77 (1950) 242).
fn has_amplitude(ls: LsCoupling, mother: &Particle, daughters: [&Particle; 2]) -> bool {
    let two_j = |particle: &Particle| particle.spin.map_or(0, |spin| spin.two_j());
    let massless = |particle: &Particle| particle.mass == Some(0.0);
    let allowed = |particle: &Particle| match massless(particle) {
        true => AllowedHelicities::massless(two_j(particle)),
        false => AllowedHelicities::massive(two_j(particle)),
    };
    let [first, second] = daughters.map(allowed);
    let [d1, d2] = daughters;
    let same = d1.name == d2.name && massless(d1);
    let odd = two_j(mother) % 4 == 2;
    let pairs = (first.two_helicities.iter())
        .flat_map(|&l1| second.two_helicities.iter().map(move |&l2| (l1, l2)));
    let mut possible = pairs.filter(|(l1, l2)| !(same && odd && l1 == l2));
    possible.any(|(l1, l2)| {
        let amplitude = helicity_coupling(two_j(mother), first.two_j, l1, second.two_j, l2, ls);
        amplitude.abs() > NEGLIGIBLE
    })
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
