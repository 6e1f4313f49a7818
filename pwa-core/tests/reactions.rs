//! Several reactions in one fit: what they share, and what each has of its own.

mod toy;

use std::path::Path;

use pwa_core::config::{Defaults, Source, expand, print};
use pwa_core::engine::CpuBackend;
use pwa_core::objective::{Evaluation, Objective, Order};
use pwa_core::setup::survey::SurveyOf;
use pwa_core::setup::{Job, LoadedSet, Overrides};
use toy::{flat_of, open, sample};

/// One K-matrix, seen in two channels.
const RESONANCES: &str = r#"
[resonance.S]
spin = 0
parity = 1
shape = "k-matrix"
options = { channels = [[0.13957039, 0.13957039], [0.493677, 0.493677]], poles = 1 }

[resonance.S.parameters]
mass_0 = { start = 1.44, free = true, limits = [1.3, 1.6] }
g_0_0 = { start = 0.45, free = true, limits = [0.2, 0.8] }
g_0_1 = 0.3
beta_0 = 1
"#;

/// A reaction under the table `name`, with the daughters of the resonances, a channel and a tensor.
fn reaction(name: &str, daughters: &str, channel: usize, tensor: &str) -> String {
    let finals = daughters.replace(' ', "\", \"");
    format!(
        r#"
[{name}]
initial = {{ particle = "J/psi(1S)", helicities = [-1, 1] }}
final = ["gamma", "{finals}"]

[[{name}.chain]]
decay = "J/psi(1S) -> gamma X, X -> {daughters}"
X = ["S", "{tensor}"]
options = {{ S = {{ channel = {channel} }} }}
"#
    )
}

const HEAD: &str = "gpuwa = 1\nconvention = \"helicity-1\"\n";

fn together() -> String {
    let pipi = reaction("reaction.pipi", "pi+ pi-", 0, "f2(1270)");
    let kk = reaction("reaction.kk", "K+ K-", 1, "f2'(1525)");
    format!("{HEAD}{pipi}{kk}{RESONANCES}")
}

fn sets(job: &Job) -> Vec<LoadedSet> {
    let sets = job.models.iter().enumerate().map(|(model, of_model)| {
        let events = |n: u64, seed| sample(&flat_of(of_model, n, seed), vec![1.0; n as usize]);
        LoadedSet {
            background: None,
            name: "set".to_owned(),
            model,
            data: events(80, 5),
            monte_carlo: Some(events(150, 6)),
            generated: None,
        }
    });
    sets.collect()
}

/// At a point away from the start, by parameter.
fn evaluated(job: &Job) -> (Evaluation, Vec<String>) {
    let parameters = job.parameters();
    let names = parameters.free().into_iter();
    let names: Vec<String> = names.map(|id| parameters.get(id).name.clone()).collect();
    // The same shift of the same parameter, whatever the reaction is called.
    let shift = |name: &String| {
        let own = name.rsplit(':').next().unwrap_or(name);
        0.01 * (own.bytes().map(usize::from).sum::<usize>() % 7) as f64
    };
    let point: Vec<f64> = (names.iter().zip(parameters.start()))
        .map(|(name, start)| start + shift(name))
        .collect();
    let (_, likelihood) = job.likelihood(&sets(job)).unwrap();
    (likelihood.evaluate(&point, Order::Gradient).unwrap(), names)
}

#[test]
fn resonances_are_shared_and_couplings_are_not() {
    let job = open(&together());
    let (_, names) = evaluated(&job);
    assert_eq!(names.iter().filter(|name| *name == "S.mass_0").count(), 1);
    for name in ["pipi:f2(1270).total.re", "kk:f2'(1525).total.re"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    assert!(job.parameters().find("kk:S.total.re").is_some());
    let lowered = job.fractions(&job.parameters().start(), None).unwrap();
    let of_kk = lowered[0].fractions.iter().map(|f| f.name.as_str());
    assert_eq!(of_kk.collect::<Vec<_>>(), ["kk:S", "kk:f2'(1525)"]);
}

#[test]
fn the_likelihood_is_the_sum_of_those_of_the_reactions_alone() {
    let (both, names) = evaluated(&open(&together()));
    let gradient = both.gradient.unwrap();
    let mut value = 0.0;
    let mut slopes = vec![0.0; names.len()];
    for (own, daughters, channel, tensor) in [
        ("kk", "K+ K-", 1, "f2'(1525)"),
        ("pipi", "pi+ pi-", 0, "f2(1270)"),
    ] {
        let decay = reaction("decay", daughters, channel, tensor);
        let (alone, of_alone) = evaluated(&open(&format!("{HEAD}{decay}{RESONANCES}")));
        value += alone.value;
        for (name, slope) in of_alone.iter().zip(alone.gradient.unwrap()) {
            let known = |known: &String| known == name || *known == format!("{own}:{name}");
            let place = names.iter().position(known).unwrap();
            slopes[place] += slope;
        }
    }
    // Two sums in another order.
    assert!((both.value - value).abs() < 1e-12 * value.abs());
    for ((name, slope), want) in names.iter().zip(gradient).zip(slopes) {
        assert!((slope - want).abs() < 1e-9 * (1.0 + want.abs()), "{name}");
    }
}

#[test]
fn a_named_reaction_alone_has_the_bits_of_a_decay() {
    let decay = reaction("decay", "pi+ pi-", 0, "f2(1270)");
    let named = reaction("reaction.only", "pi+ pi-", 0, "f2(1270)");
    let [decay, named] = [decay, named].map(|reaction| {
        let (evaluation, _) = evaluated(&open(&format!("{HEAD}{reaction}{RESONANCES}")));
        evaluation
    });
    assert_eq!(decay, named);
}

#[test]
fn each_reaction_has_a_scale_of_its_own() {
    let flat = |text: &str| {
        let survey = open(text).survey(SurveyOf::ModelAlone).unwrap();
        let directions = survey.flat_directions.directions.into_iter();
        directions
            .map(|direction| direction.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(flat(&together()), Vec::<String>::new());
    let free = "[coupling]\n\"kk:S.total\" = { re = 1, im = 0, free = true }\n";
    let found = flat(&format!("{}{free}", together()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("amplitudes of `kk`"), "{found:?}");
}

#[test]
fn quantities_are_made_of_fractions_of_all_reactions() {
    let quantity = r#"
[quantity.ratio]
formula = "k * m / p"
fractions = { k = "kk:S", p = ["pipi:S"] }
parameters = { m = "S.mass_0" }
"#;
    let job = open(&format!("{}{quantity}", together()));
    let parameters = job.parameters();
    let point = parameters.start();
    let unit = ndarray::Array2::eye(point.len());
    let fractions = job.fractions(&point, None).unwrap();
    let [(k, by_k), (p, by_p)] = [0, 1].map(|reaction| {
        let of = &fractions[reaction];
        assert!(of.fractions[0].name.ends_with(":S"));
        (of.fractions[0].value, &of.gradients[0])
    });
    let place = parameters.find("S.mass_0").unwrap();
    let place = parameters.free().iter().position(|&id| id == place);
    let m = point[place.unwrap()];
    let found = &job.quantity_values(&point, Some(&unit)).unwrap().0[0];
    assert!((found.value - k * m / p).abs() < 1e-12);
    let mut slopes = by_k * (m / p) - by_p * (k * m / (p * p));
    slopes[place.unwrap()] += k / p;
    let error = slopes.dot(&slopes).sqrt();
    assert!((found.error.unwrap() - error).abs() < 1e-9 * error);

    let mixed = quantity.replace("[\"pipi:S\"]", "[\"pipi:S\", \"kk:S\"]");
    let (said, line, helped) = refused(&format!("{}{mixed}", together()));
    assert!(
        said.contains("`p` adds amplitudes of different reactions"),
        "{said}"
    );
    assert!(line.starts_with("fractions"), "{line}");
    assert!(helped.contains("a fraction each"), "{helped}");
    let short = quantity.replace("\"kk:S\"", "\"kkk:S\"");
    let (said, _, helped) = refused(&format!("{}{short}", together()));
    assert!(said.contains("no chain is of `kkk:S`"), "{said}");
    assert!(helped.contains("did you mean `kk:S`?"), "{helped}");
}

/// Their phase spaces are of the same random numbers.
#[test]
fn what_phase_space_does_to_two_equal_reactions_cancels_in_their_ratio() {
    let equal = ["reaction.a", "reaction.b"].map(|name| reaction(name, "pi+ pi-", 0, "f2(1270)"));
    let quantity =
        "[quantity.ratio]\nformula = \"a / b\"\nfractions = { a = \"a:S\", b = \"b:S\" }\n";
    let job = open(&format!("{HEAD}{}{RESONANCES}{quantity}", equal.concat()));
    let point = job.parameters().start();
    let spaces = job.phase_spaces().unwrap();
    let mut numbers = spaces.dependences(&spaces.fractions(&point, None).unwrap());
    numbers.extend(job.quantity_values(&point, None).unwrap().1);
    let known = ndarray::Array2::zeros((point.len(), point.len()));
    let covariance = spaces.monte_carlo_covariance(&point, &numbers, &known);
    let variances = covariance.unwrap().diag().to_vec();
    let (ratio, fractions) = variances.split_last().unwrap();
    assert!(
        fractions.iter().all(|&variance| variance > 1e-8),
        "{variances:?}"
    );
    assert!(*ratio < 1e-20, "{ratio}");
}

#[test]
fn an_expanded_config_has_the_same_reactions() {
    let job = open(&together());
    let document = expand(&job.document, &job.source, &job.models).unwrap();
    let text = print(&document, &[], Defaults::Write).unwrap();
    let source = Source::new("expanded.toml", text.as_str(), Path::new(""));
    let again = Job::open(source, &Overrides::default(), &CpuBackend::BEST)
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.parameters(), job.parameters());
    assert_eq!(evaluated(&again).0, evaluated(&job).0, "{text}");
}

/// What is wrong, the place where, and what to do.
#[test]
fn mistakes_are_told_with_their_place() {
    let set = "[[dataset]]\nname = \"a\"\n";
    let files = "data = { files = \"a.root\" }\n";
    let decay = reaction("decay", "pi+ pi-", 0, "f2(1270)");
    for (more, problem, at, help) in [
        (
            format!("{set}reaction = \"kkk\"\n{files}"),
            "no reaction `kkk`",
            "\"kkk\"",
            "did you mean `kk`?",
        ),
        (
            format!("{set}{files}"),
            "the data set `a` is of no reaction",
            "[dataset]",
            "kk, pipi",
        ),
        (
            "[data]\nfiles = \"a.root\"\n".to_owned(),
            "[data] does not say which reaction it is of",
            "data",
            "[[dataset]]",
        ),
        (
            "[coupling]\n\"kk:f2(1270).total\" = 1\n".to_owned(),
            "the model has no coupling `kk:f2(1270).total`",
            "1",
            "did you mean",
        ),
        (
            "[coupling]\n\"S.total\" = 1\n".to_owned(),
            "the model has no coupling `S.total`",
            "1",
            "",
        ),
        (decay, "not both", "decay", "[reaction.NAME]"),
        (
            "[phase_space]\nsample = { files = \"flat.root\" }\n".to_owned(),
            "one sample cannot be the phase space of several reactions",
            "sample",
            "leave it out",
        ),
    ] {
        let text = format!("{}{more}", together());
        let (said, line, helped) = refused(&text);
        assert!(said.contains(problem), "{said}");
        assert!(helped.contains(help), "{helped}");
        assert!(
            line.contains(at.trim_matches(['[', ']'])),
            "{problem}: {line}"
        );
    }
    let text = together().replace(
        "options = { S = { channel = 1 } }",
        "options = { S = { channel = 7 } }",
    );
    let (said, line, _) = refused(&text);
    assert!(said.contains("channel"), "{said}");
    assert!(line.contains("channel = 7"), "{line}");
    let text = together().replace(
        "options = { S = { channel = 1 } }",
        "options = { S = { chanel = 1 } }",
    );
    let (said, _, helped) = refused(&text);
    assert!(said.contains("no option `chanel`"), "{said}");
    assert!(helped.contains("did you mean `channel"), "{helped}");
    let text = together().replace(
        "options = { S = { channel = 1 } }",
        "options = { \"J/psi(1S)\" = { channel = 1 } }",
    );
    assert!(refused(&text).0.contains("has no line shape"));
    let (said, _, helped) = refused(&format!("{HEAD}{RESONANCES}"));
    assert!(
        said.contains("no decay") && helped.contains("[decay]"),
        "{said}"
    );
}

/// The message, the line it points at, and the help.
fn refused(text: &str) -> (String, String, String) {
    use miette::Diagnostic;
    let source = Source::new("fit.toml", text, Path::new(""));
    let error = match Job::open(source, &Overrides::default(), &CpuBackend::BEST) {
        Ok(_) => panic!("no mistake in\n{text}"),
        Err(error) => error,
    };
    let label = error.labels().and_then(|mut labels| labels.next());
    let line = label.map(|label| {
        let start = text[..label.offset()].rfind('\n').map_or(0, |at| at + 1);
        text[start..].lines().next().unwrap_or_default().to_owned()
    });
    let help = error.help().map(|help| help.to_string());
    (
        error.to_string(),
        line.unwrap_or_default(),
        help.unwrap_or_default(),
    )
}
