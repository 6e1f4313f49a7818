//! Particle names as people spell them in branches, and the nearest names to a wrong one.

/// Words that may stand for a particle in a branch name, the surest first.
///
/// ```text
/// pi+       pi+  pip  pi_plus  piplus  pi
/// pi+[2]    pi+[2]  pip2  pi_plus2  piplus2  pi2
/// J/psi(1S) J/psi(1S)  Jpsi1S  Jpsi
/// ```
///
/// The charge is dropped last; a word that then fits two particles of a sample is no fit.
pub(crate) fn words(name: &str) -> Vec<Vec<String>> {
    let numbered = name.strip_suffix(']').and_then(|n| n.rsplit_once('['));
    let (stem, number) = match numbered {
        Some((stem, number)) if number.chars().all(|c| c.is_ascii_digit()) => (stem, number),
        _ => (name, ""),
    };
    let core = stem.trim_end_matches(['+', '-']);
    let charge = &stem[core.len()..];
    let plain = letters(core);
    let short = letters(core.split('(').next().unwrap_or(core));
    let with = |stem: &str| -> Vec<String> {
        let (letter, word) = match charge {
            "" => return vec![format!("{stem}{number}")],
            c if c.starts_with('+') => ("p", "plus"),
            _ => ("m", "minus"),
        };
        vec![
            format!("{stem}{}{number}", letter.repeat(charge.len())),
            format!("{stem}_{word}{number}"),
            format!("{stem}{word}{number}"),
        ]
    };
    let mut tiers = vec![
        vec![name.to_string()],
        with(&plain),
        with(&short),
        vec![format!("{plain}{number}")],
        vec![format!("{short}{number}")],
    ];
    if stem == "gamma" {
        tiers.push(vec![format!("gam{number}")]);
    }
    let mut seen = std::collections::HashSet::new();
    for tier in &mut tiers {
        tier.retain(|word| !word.is_empty() && seen.insert(word.clone()));
    }
    tiers.retain(|tier| !tier.is_empty());
    tiers
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// `did you mean …` with up to three near names, or the list where it is short.
pub(crate) fn nearest_help<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    let lower = wrong.to_ascii_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .map(|name| {
            (
                strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()),
                name,
            )
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    if near.is_empty() {
        return "there are no columns at all".into();
    }
    let some: Vec<String> = near
        .iter()
        .take(4)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    format!("the nearest names are {}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_spellings_are_tried_the_surest_first() {
        let spelled = |name| {
            words(name)
                .into_iter()
                .map(|tier| tier.join(" "))
                .collect::<Vec<_>>()
                .join(" | ")
        };
        assert_eq!(spelled("pi+"), "pi+ | pip pi_plus piplus | pi");
        assert_eq!(spelled("pi+[2]"), "pi+[2] | pip2 pi_plus2 piplus2 | pi2");
        assert_eq!(spelled("K-"), "K- | Km K_minus Kminus | K");
        assert_eq!(spelled("J/psi(1S)"), "J/psi(1S) | Jpsi1S | Jpsi");
        assert_eq!(
            spelled("Delta(1232)++"),
            "Delta(1232)++ | Delta1232pp Delta1232_plus Delta1232plus | Deltapp Delta_plus Deltaplus | Delta1232 | Delta"
        );
        assert_eq!(spelled("p"), "p");
    }
}
