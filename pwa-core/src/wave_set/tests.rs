//! Wave sets that are known from the literature.

use super::*;
use crate::particle::ParticleTable;

fn set(reaction: &str, options: &Options) -> WaveSet {
    let table = ParticleTable::pdg();
    wave_set(&table, &Reaction::parse(reaction, &table).unwrap(), options)
}

/// The mothers of resonances that decay to the two particles.
fn into(set: &WaveSet, first: &str, second: &str) -> Vec<String> {
    let vertices = set.waves.iter().flat_map(Wave::resonances);
    let wanted = [first.to_owned(), second.to_owned()];
    let mut names: Vec<String> = vertices
        .filter(|vertex| vertex.daughters == wanted)
        .map(|vertex| vertex.mother.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn reason(set: &WaveSet, decay: &str) -> String {
    let found = set.forbidden.iter().find(|entry| entry.decay == decay);
    found
        .unwrap_or_else(|| panic!("{decay} is not forbidden"))
        .reason
        .to_string()
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

#[test]
fn radiative_decays_to_two_pions_have_even_spins_and_positive_c() {
    let set = set("J/psi -> gamma pi+ pi-", &Options::default());
    assert!(!set.weak);
    let pions = into(&set, "pi+", "pi-");
    for name in ["f0(500)", "f0(980)", "f2(1270)", "f0(1710)", "f4(2050)"] {
        assert!(has(&pions, name), "{name} {pions:?}");
    }
    for name in &pions {
        assert!(name.starts_with('f') || name.starts_with("chi"), "{name}");
    }
    // Their decay to two pions is allowed, that of J/psi to them and a photon is not.
    assert_eq!(
        reason(&set, "J/psi(1S) -> gamma rho(770)0"),
        "C parity (C = C1 C2, or (-1)^(l+s) of a particle and its antiparticle) forbids (l=1,s=0), (l=1,s=1), (l=1,s=2), (l=3,s=2); \
         parity (P = P1 P2 (-1)^l) forbids (l=0,s=1), (l=2,s=1), (l=2,s=2)"
    );
    assert!(reason(&set, "eta'(958) -> pi+ pi-").starts_with("parity"));
    assert!(reason(&set, "f1(1285) -> pi+ pi-").starts_with("parity"));
    assert!(reason(&set, "omega(782) -> pi+ pi-").starts_with("G parity"));
}

#[test]
fn two_neutral_pions_are_identical() {
    let set = set("J/psi -> omega pi0 pi0", &Options::default());
    let pions = into(&set, "pi0", "pi0");
    assert!(
        has(&pions, "f2(1270)") && !has(&pions, "rho(770)0"),
        "{pions:?}"
    );
    // Both orders of the two pions are one wave, wherever the third particle stands.
    for reaction in ["J/psi -> omega pi0 pi0", "J/psi -> pi0 omega pi0"] {
        let set = super::tests::set(reaction, &Options::default());
        let waves = set.waves.iter().map(Wave::to_string);
        let b1 = waves.filter(|wave| wave.contains("b1(1235)0"));
        assert_eq!(b1.count(), 1, "{reaction}");
    }
}

#[test]
fn massless_daughters_have_few_helicities() {
    let of = |reaction| set(reaction, &Options::default());
    // L. D. Landau and C. N. Yang: nothing of spin 1 decays to two photons.
    let photons = into(&of("J/psi -> gamma gamma gamma"), "gamma", "gamma");
    assert!(
        has(&photons, "f2(1270)") && has(&photons, "eta"),
        "{photons:?}"
    );
    assert!(!has(&photons, "f1(1285)"), "{photons:?}");
    // A spin 0 does not become another one and a photon.
    let weak = of("B+ -> gamma K+ pi0");
    assert!(reason(&weak, "B+ -> gamma K0*(1430)+").contains("helicity"));
}

#[test]
fn leptons_are_no_resonances_and_baryons_are_counted() {
    let of = |reaction| set(reaction, &Options::default());
    let leptons = of("J/psi -> e+ e- gamma");
    assert!(
        leptons
            .waves
            .iter()
            .all(|wave| !wave.to_string().contains("mu"))
    );
    let baryons = of("B+ -> p n pi0");
    assert!(baryons.waves.is_empty());
    assert!(baryons.forbidden[0].reason.to_string().contains("baryon"));
}

#[test]
fn neutral_isospins_add_to_even_ones() {
    let set = set("Xi(c)0 -> Sigma0 pi0 KS", &Options::default());
    assert!(has(&into(&set, "Sigma0", "pi0"), "Lambda(1520)"));
    assert!(reason(&set, "Sigma(1385)0 -> Sigma0 pi0").starts_with("isospin"));
}

#[test]
fn g_parity_and_isospin_of_three_pions() {
    let mut options = Options::default();
    let strict = set("J/psi -> pi+ pi- pi0", &options);
    let neutral = into(&strict, "pi+", "pi-");
    assert!(
        has(&neutral, "rho(770)0") && !has(&neutral, "f2(1270)"),
        "{neutral:?}"
    );
    assert!(has(&into(&strict, "pi+", "pi0"), "rho(770)+"));
    options.leave_out("isospin").unwrap();
    options.leave_out("g-parity").unwrap();
    let loose = set("J/psi -> pi+ pi- pi0", &options);
    assert!(has(&into(&loose, "pi+", "pi-"), "omega(782)"));
    assert!(
        options
            .leave_out("colour")
            .unwrap_err()
            .known
            .contains("g-parity")
    );
}

#[test]
fn pairs_of_kaons_have_the_g_parity_of_their_isospin() {
    let set = set("psi(2S) -> pi- K+ K(S)0", &Options::default());
    let kaons = into(&set, "K+", "K(S)0");
    assert!(
        has(&kaons, "rho(1450)+") && !has(&kaons, "a2(1320)+"),
        "{kaons:?}"
    );
    assert!(reason(&set, "psi(2S) -> pi- a2(1320)+").contains("G parity"));
    let radiative = super::tests::set("psi(2S) -> gamma pi- K+ K(S)0", &Options::default());
    assert!(has(&into(&radiative, "K+", "K(S)0"), "a2(1320)+"));
    // P of two pseudoscalars is (-1)^l.
    assert!(reason(&set, "b1(1235)+ -> K+ K(S)0").contains("forbids"));
    // K(S)0 is K0 as well as its antiparticle: both charges of K* occur.
    assert!(has(&into(&set, "pi-", "K(S)0"), "K*(892)-"));
    assert!(has(&into(&set, "pi-", "K+"), "K*(892)0"));
    assert!(!has(&into(&set, "pi-", "K+"), "Kbar*(892)0"));
}

#[test]
fn short_kaons_are_identical_and_short_with_long_are_antisymmetric() {
    let of = |reaction| set(reaction, &Options::default());
    let short = into(&of("J/psi -> gamma K(S)0 K(S)0"), "K(S)0", "K(S)0");
    assert!(
        has(&short, "f2'(1525)") && !has(&short, "phi(1020)"),
        "{short:?}"
    );
    let mixed = into(&of("J/psi -> eta K(S)0 K(L)0"), "K(S)0", "K(L)0");
    assert!(
        has(&mixed, "phi(1020)") && !has(&mixed, "f2'(1525)"),
        "{mixed:?}"
    );
}

#[test]
fn a_change_of_flavour_is_a_weak_decay() {
    let set = set("D0 -> K(S)0 pi+ pi-", &Options::default());
    assert!(set.weak);
    for (first, second, name) in [
        ("K(S)0", "pi-", "K*(892)-"),
        ("K(S)0", "pi+", "K*(892)+"),
        ("pi+", "pi-", "rho(770)0"),
    ] {
        assert!(has(&into(&set, first, second), name), "{name}");
    }
    let baryon = super::tests::set("Lambda(b)0 -> p K- J/psi", &Options::default());
    assert!(baryon.weak && has(&into(&baryon, "p", "K-"), "Lambda(1520)"));
    // Isospin 0 and 1 both reach p K-.
    assert!(has(&into(&baryon, "p", "K-"), "Sigma(1775)0"));
    assert!(reason(&baryon, "P(ccbar)(4312)+ -> p J/psi(1S)").contains("not known"));
}

#[test]
fn chains_of_four_particles_have_two_resonances() {
    let set = set("chi(c1)(1P) -> pi+ pi- pi+ pi-", &Options::default());
    let names: Vec<String> = set.waves.iter().map(Wave::to_string).collect();
    let rhos = names
        .iter()
        .filter(|name| name.matches("rho(770)0 -> pi+ pi-").count() == 2);
    assert_eq!(rhos.count(), 1);
    let cascades = |name: &&String| name.contains("a1(1260)-, a1") && name.contains("rho(770)0");
    assert!(names.iter().any(|name| cascades(&name)), "{names:#?}");
}

#[test]
fn masses_and_angular_momenta_have_limits() {
    let narrow = Options {
        max_l: 1,
        reach: 1.0,
        ..Options::default()
    };
    let set = set("J/psi -> gamma pi+ pi-", &narrow);
    assert!(reason(&set, "f2(1270) -> pi+ pi-").contains("above the limit 1"));
    let kaons = super::tests::set("J/psi -> gamma K+ K-", &Options::default());
    assert!(has(&into(&kaons, "K+", "K-"), "f0(980)"));
    assert!(reason(&kaons, "rho(770)0 -> K+ K-").contains("is needed"));
}

#[test]
fn reactions_that_cannot_be_read_say_where() {
    let table = ParticleTable::pdg();
    let error = |text: &str| Reaction::parse(text, &table).unwrap_err();
    assert!(matches!(
        error("J/psi gamma"),
        ReactionError::NoArrow { .. }
    ));
    assert!(matches!(error("-> a b"), ReactionError::Count { .. }));
    assert!(matches!(error("J/psi -> pi0"), ReactionError::Count { .. }));
    let ReactionError::Particle { at, unknown, .. } = error("J/psi -> gamma f2(1720)") else {
        panic!("another error");
    };
    assert_eq!((at.offset(), at.len()), (15, 8));
    assert!(unknown.nearest.contains(&"f2(1270)".to_owned()));
}
