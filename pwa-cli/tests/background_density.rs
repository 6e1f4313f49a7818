//! A background density inside the likelihood: numbers from plain sums, and toys fitted back.

mod support;

use pwa_core::sample::{ParticleRequest, SampleRequest, read_sample};
use serde_json::Value;
use support::story::{Story, events, with_data};
use support::{own, text, write};

/// B -> a b c with the data and Monte Carlo of `negative_weights.rs`, and this background.
fn config(density: &str) -> String {
    let mc = format!("{}\nweight = \"1\"", events("mc"));
    format!(
        "{}\n[background_density]\n{density}\n",
        with_data(&format!("{}\nweight = \"1\"", events("data")), &mc)
    )
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap()).collect()
}

fn nll(story: &Story) -> f64 {
    let result = story.run(&["nll", "fit.toml", "--json"]).json();
    result["nll"].as_f64().unwrap()
}

#[test]
fn a_flat_background_is_that_of_plain_sums() {
    let story = Story::new(&config("fraction = 0.2\nformula = \"3 + 0*m(a b)\""));
    let eval = |sample: &str| {
        let path = own(&format!("oracle/background_{sample}.npz"));
        let file = text(&path).to_owned();
        let arguments = ["eval", "fit.toml", "--data", &file, "--json"];
        numbers(&story.run(&arguments).json()["intensity"])
    };
    let (data, mc) = (eval("data"), eval("mc"));
    let mean = mc.iter().sum::<f64>() / mc.len() as f64;
    let want: f64 = data.iter().map(|i| -(0.8 * i / mean + 0.2).ln()).sum();
    let got = nll(&story);
    assert!((got - want).abs() < 1e-10 * want.abs(), "{got} {want}");
    // One bin is a constant; a fraction of nothing changes nothing.
    let bins = Story::new(&config(
        "fraction = 0.2\nhistogram = \"bins.txt\"\nvariables = [\"m2(a b)\"]",
    ));
    write(bins.folder.path(), "bins.txt", "0 5 7\n");
    assert!((nll(&bins) - want).abs() < 1e-10 * want.abs());
    let none = nll(&Story::new(&config("fraction = 0.0\nformula = \"m(a b)\"")));
    let signal: f64 = data.iter().map(|i| -(i / mean).ln()).sum();
    assert!(
        (none - signal).abs() < 1e-10 * signal.abs(),
        "{none} {signal}"
    );
}

/// A resonance alone: a flat background beside a constant wave would be nearly the same thing.
fn resonance(data: &str) -> String {
    let config = with_data(data, "files = \"mc.root\"");
    let config = config.replace("[\"R\", \"NR\"]", "[\"R\"]");
    config.replace("[resonance.NR]\nspin  = 0\nshape = \"constant\"\n", "")
}

/// Toys: 3000 of the signal, 1000 flat ones in phase space, and a sideband.
fn toys() -> Story {
    let data = "files = [\"signal.root\", \"flat.root\"]";
    let story = Story::new(&resonance(data));
    let signal = [
        "generate",
        "fit.toml",
        "--events",
        "3000",
        "--out",
        "signal.root",
    ];
    story.run(&signal).good();
    for (events, seed, file) in [
        ("1000", "2", "flat.root"),
        ("1500", "3", "side.root"),
        ("20000", "4", "mc.root"),
    ] {
        story.flat(file, events, seed);
    }
    story
}

/// The mass of a and b in a fit.
fn projection(story: &Story) -> Value {
    let plot = [
        "plot",
        "out/result.json",
        "--out",
        "plots",
        "--x",
        "m(a b)",
        "--json",
    ];
    story.run(&plot).json()["reactions"][0]["projections"][0].clone()
}

const FRACTION: &str = "fraction = { start = 0.1, free = true }";

/// Fits and checks the fraction (0.25) and the width (0.1).
fn fitted_back(story: &Story, density: &str) -> Value {
    let config = resonance("files = [\"signal.root\", \"flat.root\"]");
    let config =
        format!("{config}\n[background_density]\n{FRACTION}\n{density}\n[fit]\nstarts = 2\n");
    write(story.folder.path(), "fit.toml", &config);
    let result = story
        .run(&["fit", "fit.toml", "--out", "out", "--json", "--force"])
        .json();
    let parameters = result["parameters"].as_array().unwrap();
    for (name, truth) in [("background.fraction", 0.25), ("R.width", 0.1)] {
        let found = parameters.iter().find(|p| p["name"] == name).unwrap();
        let [value, error] = ["value", "error"].map(|key| found[key].as_f64().unwrap());
        assert!(error > 0.0 && error < 0.05, "{name}: {error}");
        assert!(
            (value - truth).abs() < 3.5 * error,
            "{name}: {value} ± {error}"
        );
    }
    result
}

#[test]
fn toys_with_a_background_are_fitted_back_by_every_kind_of_density() {
    let story = toys();
    let by_formula = fitted_back(&story, "formula = \"1 + 0*m2(a b)\"");
    write(story.folder.path(), "bins.txt", "0 5 0 5 7\n");
    let two = "variables = [\"m2(a b)\", \"m2(b c)\"]";
    let by_bins = fitted_back(&story, &format!("histogram = \"bins.txt\"\n{two}"));
    let [nll, other] = [&by_formula, &by_bins].map(|result| result["nll"].as_f64().unwrap());
    assert!((nll - other).abs() < 1e-7 * nll.abs(), "{nll} {other}");
    let by_kernels = fitted_back(
        &story,
        &format!("{two}\n[background_density.sideband]\nfiles = \"side.root\""),
    );
    let roles: Vec<&Value> = by_kernels["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["role"])
        .collect();
    assert!(roles.contains(&&Value::from("data sideband")), "{roles:?}");
    story.run(&["check", "fit.toml"]).good();
    // Toys are of the signal, and one has to say so.
    let generate = [
        "generate", "fit.toml", "--events", "10", "--out", "new.root",
    ];
    story.run(&generate).fails(
        2,
        &["toys have no background", "--set background.fraction=0"],
    );
    story
        .run(&[&generate[..], &["--set", "background.fraction=0"]].concat())
        .good();
}

#[test]
fn backgrounds_that_are_none_are_refused() {
    let plain = "fraction = 0.2\nformula = \"1 + m2(a b)\"";
    for (was, is, status, says) in [
        ("m2(a b)", "m2(a d)", 2, "`d` is no final particle"),
        ("1 + m2", "1 + x*m2", 2, "`x` is no variable of the event"),
        ("1 + m2", "1 - 9*m2", 3, "of the data is below zero"),
        ("0.2", "1.5", 2, "it lies between 0 and 1"),
        (
            "0.2",
            "{ free = true }",
            2,
            "`background.fraction` has no start value",
        ),
        (
            "formula",
            "bandwidth = [0.1]\nformula",
            2,
            "only the kernels of a sideband",
        ),
        (
            "formula",
            "histogram = \"none.txt\"\nformula",
            2,
            "write one of",
        ),
        (
            "formula = \"1 + m2(a b)\"",
            "histogram = \"none.txt\"",
            2,
            "in some variables",
        ),
        (
            "formula = \"1 + m2(a b)\"",
            "variables = [\"m(a b)\"]\nhistogram = \"none.txt\"",
            2,
            "cannot read",
        ),
    ] {
        let density = plain.replacen(was, is, 1);
        assert_ne!(density, plain);
        let story = Story::new(&config(&density));
        story.run(&["nll", "fit.toml"]).fails(status, &[says]);
    }
    for given in [
        "start = 0.1, free = true, limits = [-1.0, 1.0]",
        "start = 1.0, free = true",
    ] {
        let given = format!("{plain}\n[parameter]\n\"background.fraction\" = {{ {given} }}");
        let story = Story::new(&config(&given));
        story
            .run(&["nll", "fit.toml"])
            .fails(2, &["it lies between 0 and 1"]);
    }
    let hole = Story::new(&config(
        "fraction = 0.2\nhistogram = \"bins.txt\"\nvariables = [\"m(a b)\"]",
    ));
    write(hole.folder.path(), "bins.txt", "0 0.9 1\n");
    hole.run(&["nll", "fit.toml"])
        .fails(3, &["bins must cover all of them"]);
    let subtracted = format!("{}\n[background]\n{}\n", config(plain), events("side"));
    let subtracted = Story::new(&subtracted);
    subtracted
        .run(&["nll", "fit.toml"])
        .fails(2, &["subtracted already", "fit.toml:"]);
}

/// Their sums over the Monte Carlo move together, which the formula for independent ones does not know.
#[test]
fn data_sets_of_one_monte_carlo_file_have_no_part_of_its_size() {
    let mc = format!("{}\nweight = \"1\"", events("mc"));
    let data = format!("{}\nweight = \"1\"", events("data"));
    let one = with_data(&data, &mc);
    let (head, _) = one.split_once("[data]").unwrap();
    let [data, mc] = [data, mc].map(|sample| sample.replace('\n', ", "));
    let set =
        |name| format!("[[dataset]]\nname = \"{name}\"\ndata = {{ {data} }}\nmc = {{ {mc} }}\n");
    let two = format!("{head}{}{}", set("first"), set("second"));
    for (config, given) in [(one.as_str(), true), (two.as_str(), false)] {
        let story = Story::new(config);
        let run = story.run(&["fit", "fit.toml", "--starts", "2", "--json"]);
        assert_eq!(run.stderr.contains("share Monte Carlo files"), !given);
        assert_eq!(run.json()["monte_carlo_covariance"].is_object(), given);
    }
}

/// NLL = -sum_i ln(I_i + κ b_i) + T / ((1 - f) N),   κ = f/(1 - f) T/B, from the intensities of all events.
#[test]
fn an_extended_likelihood_with_a_background_is_that_of_plain_sums() {
    let density = "fraction = 0.2\nformula = \"1 + m2(a b)\"\n[fit]\ngenerated = 7000";
    let story = Story::new(&config(density));
    let of = |sample: &str| {
        let path = own(&format!("oracle/background_{sample}.npz"));
        let file = text(&path).to_owned();
        let arguments = ["eval", "fit.toml", "--data", &file, "--json"];
        numbers(&story.run(&arguments).json()["intensity"])
    };
    let (data, mc) = (of("data"), of("mc"));
    let [of_data, of_mc] = ["data", "mc"].map(|sample| {
        let squares = masses_squared(&own(&format!("oracle/background_{sample}.npz")));
        squares.into_iter().map(|m2| 1.0 + m2).collect::<Vec<f64>>()
    });
    let (total, background) = (mc.iter().sum::<f64>(), of_mc.iter().sum::<f64>());
    let kappa = 0.2 / 0.8 * total / background;
    let logarithms = data
        .iter()
        .zip(&of_data)
        .map(|(i, b)| -(i + kappa * b).ln());
    let want = logarithms.sum::<f64>() + total / 0.8 / 7000.0;
    let got = nll(&story);
    assert!((got - want).abs() < 1e-10 * want.abs(), "{got} {want}");
}

/// (p_a + p_b)² of the events of a file.
fn masses_squared(path: &std::path::Path) -> Vec<f64> {
    let particles = ["a", "b"].map(|name| ParticleRequest {
        name: name.to_owned(),
        ..ParticleRequest::default()
    });
    let sample = read_sample(&SampleRequest {
        files: vec![text(path).to_owned()],
        particles: particles.to_vec(),
        ..SampleRequest::default()
    });
    let sample = sample.unwrap();
    let [a, b] = &sample.particles[..] else {
        panic!("two particles");
    };
    let squared = |event: usize| {
        let ([ax, ay, az], [bx, by, bz]) = (a.at(event), b.at(event));
        let e = a.e[event] + b.e[event];
        e * e - (ax + bx).powi(2) - (ay + by).powi(2) - (az + bz).powi(2)
    };
    (0..sample.len()).map(squared).collect()
}

#[test]
fn an_extended_fit_finds_the_fraction_of_a_fit_of_the_shape() {
    let story = toys();
    let by_shape = fitted_back(&story, "formula = \"1 + 0*m2(a b)\"");
    // The rate is one more number: it takes the coupling that a fit of the shape fixes.
    let rate =
        "formula = \"1 + 0*m2(a b)\"\n[parameter]\n\"R.total.re\" = { start = 0.5, free = true }";
    let config = resonance("files = [\"signal.root\", \"flat.root\"]");
    let config = format!(
        "{config}\n[background_density]\n{FRACTION}\n{rate}\n[fit]\nstarts = 2\ngenerated = 20000\n"
    );
    write(story.folder.path(), "fit.toml", &config);
    let extended = story
        .run(&["fit", "fit.toml", "--out", "out", "--json", "--force"])
        .json();
    for name in ["background.fraction", "R.width"] {
        let [a, b] = [&by_shape, &extended].map(|result| {
            let mut list = result["parameters"].as_array().unwrap().iter();
            let found = list.find(|p| p["name"] == name).unwrap();
            ["value", "error"].map(|key| found[key].as_f64().unwrap())
        });
        assert!((a[0] - b[0]).abs() < 1e-3 * a[1], "{name}: {a:?} {b:?}");
        assert!((a[1] - b[1]).abs() < 1e-3 * a[1], "{name}: {a:?} {b:?}");
    }
    // Signal and background together are as many as there are.
    let projection = projection(&story);
    let sum = |key: &str| -> f64 { numbers(&projection[key]).iter().sum() };
    let (data, model) = (sum("data"), sum("model"));
    assert!(
        (data - 4000.0).abs() < 1e-9 && (model - data).abs() < 1e-3 * data,
        "{data} {model}"
    );
}

#[test]
fn projections_and_tests_of_the_fit_have_the_background() {
    let story = toys();
    let result = fitted_back(&story, "formula = \"1 + 0*m2(a b)\"");
    let projection = projection(&story);
    let sum = |key: &str| -> f64 { numbers(&projection[key]).iter().sum() };
    let mut parameters = result["parameters"].as_array().unwrap().iter();
    let fraction = parameters
        .find(|p| p["name"] == "background.fraction")
        .unwrap();
    let fraction = fraction["value"].as_f64().unwrap();
    assert!((sum("model") - 4000.0).abs() < 1e-6);
    assert!((sum("background") - 4000.0 * fraction).abs() < 1e-6);
    let p_values = |gof: &Value| numbers(&gof["adaptive_chi2"]["p_values"]);
    let test = [
        "--test",
        "adaptive-chi2",
        "--test",
        "mixed-sample",
        "--json",
    ];
    let gof = story
        .run(&[&["gof", "out/result.json"][..], &test].concat())
        .json();
    assert!(p_values(&gof).iter().all(|&p| p > 1e-3), "{gof}");
    let points = gof["points"][0]["p_value"].as_f64().unwrap();
    assert!(points > 1e-3, "{gof}");
    // The same model without background is none of these events.
    let none = ["--set", "background.fraction=0"];
    let gof = story
        .run(&[&["gof", "out/result.json"][..], &test, &none].concat())
        .json();
    assert!(p_values(&gof).iter().all(|&p| p < 1e-6), "{gof}");
    let points = gof["points"][0]["p_value"].as_f64().unwrap();
    assert!(points < 0.01, "{gof}");
}

#[test]
fn data_sets_have_backgrounds_of_their_own() {
    let densities = [
        "fraction = 0.2\nformula = \"1 + m2(a b)\"",
        "fraction = { start = 0.4, free = true }\nformula = \"2 - 0.5*m(a b)\"",
    ];
    let alone: f64 = densities
        .iter()
        .map(|density| nll(&Story::new(&config(density))))
        .sum();
    let whole = config("");
    let (model, _) = whole.split_once("[data]").unwrap();
    let sets = densities.iter().zip(["one", "two"]).map(|(density, name)| {
        format!(
            "[[dataset]]\nname = \"{name}\"\n[dataset.data]\n{}\nweight = \"1\"\n[dataset.mc]\n{}\n\
             weight = \"1\"\n[dataset.background_density]\n{density}\n",
            events("data"),
            events("mc")
        )
    });
    let story = Story::new(&(model.to_owned() + &sets.collect::<String>()));
    let together = nll(&story);
    assert!(
        (together - alone).abs() < 1e-10 * alone.abs(),
        "{together} {alone}"
    );
    let moved = [
        "nll",
        "fit.toml",
        "--json",
        "--gradient",
        "--set",
        "two.background.fraction=0.3",
    ];
    let moved = story.run(&moved).json();
    assert_ne!(moved["nll"].as_f64().unwrap(), together);
    let slopes = moved["gradient"].as_object().unwrap();
    assert!(slopes.contains_key("two.background.fraction"), "{slopes:?}");
    assert!(
        !slopes.contains_key("one.background.fraction"),
        "{slopes:?}"
    );
}

/// A background that is linear in the mass squared of a and b, b = 1 + slope m2: events in phase space with that
/// weight, drawn by it.
#[test]
fn coefficients_of_a_formula_float_and_come_back() {
    let story = toys();
    // The sum of two known functions: the share of each is what a slope says.
    let fixed = fitted_back(&story, "formula = \"1 + 0*m2(a b)\"");
    let sloped = "formula = \"1 + slope*m2(a b)\"\n[background_density.coefficients]\nslope = { start = 0.3, free = true }";
    let free = fitted_back(&story, sloped);
    let parameters = free["parameters"].as_array().unwrap();
    let slope = parameters.iter().find(|p| p["name"] == "background.slope");
    let [value, error] = ["value", "error"].map(|key| slope.unwrap()[key].as_f64().unwrap());
    // The background was flat.
    assert!(error > 0.01 && error < 1.0, "{error}");
    assert!(value.abs() < 3.0 * error, "{value} ± {error}");
    let [nll, best] = [&fixed, &free].map(|result| result["nll"].as_f64().unwrap());
    assert!(best <= nll && nll - best < 9.0, "{nll} {best}");
    // A projection shows the density at the fit's values.
    let projection = projection(&story);
    let sum = |key: &str| -> f64 { numbers(&projection[key]).iter().sum() };
    let (data, model) = (sum("data"), sum("model"));
    assert!((model - data).abs() < 1e-9 * data, "{data} {model}");
    story.run(&["check", "fit.toml"]).good();
}

/// NLL at values of coefficients is that of the formula with these numbers in it, whichever way it is written.
#[test]
fn a_formula_with_coefficients_is_the_formula_with_numbers() {
    let plain = nll(&Story::new(&config(
        "fraction = 0.2\nformula = \"1 + 0.5*m2(a b) - 0.1*m2(a b)*m2(b c)\"",
    )));
    for (formula, a, b) in [
        ("1 + a*m2(a b) + b*m2(a b)*m2(b c)", 0.5, -0.1),
        ("(a/2 + m2(a b)/2 + b*m2(b c)*m2(a b))/a", 2.0, -0.1),
    ] {
        for free in ["", ", free = true"] {
            let density = format!(
                "fraction = 0.2\nformula = \"{formula}\"\n[background_density.coefficients]\na = {{ start = {a}{free} }}\nb = {{ start = {b}{free} }}"
            );
            let story = Story::new(&config(&density));
            let got = nll(&story);
            assert!((got - plain).abs() < 1e-12 * plain.abs(), "{got} {plain}");
            story.run(&["check", "fit.toml", "--expand"]).good();
        }
    }
}

#[test]
fn coefficients_that_make_no_density_are_refused() {
    let plain = "fraction = 0.2\nformula = \"1 + a*m2(a b)\"\n[background_density.coefficients]\na = { start = 0.1, free = true }";
    for (was, is, status, says) in [
        (
            "1 + a*m2(a b)",
            "1 + m2(a b)",
            2,
            "it does not depend on `a`",
        ),
        (
            "1 + a*m2(a b)",
            "1 + c*m2(a b)",
            2,
            "`c` is no variable of the event",
        ),
        (
            "1 + a*m2(a b)",
            "exp(a*m2(a b))",
            2,
            "it is no sum of products of a and",
        ),
        ("start = 0.1, ", "", 2, "`background.a` has no start value"),
        ("a = {", "fraction = {", 2, "share of background events"),
        (
            "formula = \"1 + a*m2(a b)\"",
            "histogram = \"none.txt\"",
            2,
            "only a formula has",
        ),
        (
            "start = 0.1",
            "start = -9.0",
            3,
            "of the data is below zero",
        ),
    ] {
        let density = plain.replacen(was, is, 1);
        assert_ne!(density, plain);
        let story = Story::new(&config(&density));
        story.run(&["nll", "fit.toml"]).fails(status, &[says]);
    }
    let story = Story::new(&config(plain));
    let below = ["nll", "fit.toml", "--set", "background.a=-9"];
    story.run(&below).fails(3, &["background density of event"]);
}
