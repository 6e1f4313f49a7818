//! Line shapes of one's own through the binary: formulas, free knots, tables; what is listed and printed.

mod support;

use serde_json::Value;

use support::story::{Story, events, with_data};
use support::{gpuwa, number, write};

const BUILT_IN: &str = "[resonance.R]\nspin  = 0\nmass  = 1.0\n";

/// A free mass, width and coupling, with data and Monte Carlo.
fn model(resonance: &str) -> String {
    let config = with_data(&events("data"), &events("mc"));
    assert!(config.contains(BUILT_IN));
    let mass = "mass  = { start = 1.0, free = true, limits = [0.8, 1.2] }\n";
    let resonance = format!("[resonance.R]\nspin  = 0\n{mass}{resonance}");
    config.replacen(BUILT_IN, &resonance, 1)
}

/// The non-resonant wave with another shape.
fn with_wave(wave: &str) -> String {
    let config = with_data(&events("data"), &events("mc"));
    let shape = "shape = \"constant\"";
    assert!(config.contains(shape));
    config.replacen(shape, wave, 1)
}

const RUNNING: &str =
    r#"formula = "1/(m0^2 - s - 1im*m0*width*(q/q0)^(2*L+1)*(m0/m)*barrier(L, q, q0, R)^2)""#;

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} != {b}");
}

fn parameter<'a>(result: &'a Value, name: &str) -> &'a Value {
    let list = result["parameters"].as_array().unwrap();
    let found = list.iter().find(|parameter| parameter["name"] == name);
    found.unwrap_or_else(|| panic!("no parameter {name} in {list:?}"))
}

#[test]
fn a_formula_gives_what_the_shape_of_this_formula_gives() {
    let (own, built_in) = (model(&format!("{RUNNING}\n")), model(""));
    let nll = |config: &str| {
        let arguments = ["nll", "fit.toml", "--gradient", "--json", "--quiet"];
        Story::new(config).run(&arguments).json()
    };
    let (a, b) = (nll(&own), nll(&built_in));
    close(number(&a["nll"]), number(&b["nll"]), 1e-12);
    let fit = |config: &str| {
        let arguments = ["fit", "fit.toml", "--json", "--quiet", "--starts", "1"];
        Story::new(config).run(&arguments).json()
    };
    let (a, b) = (fit(&own), fit(&built_in));
    close(number(&a["nll"]), number(&b["nll"]), 1e-12);
    for name in ["R.mass", "R.width"] {
        let (a, b) = (parameter(&a, name), parameter(&b, name));
        // The minimum is found to the tolerance of the fit.
        close(number(&a["value"]), number(&b["value"]), 1e-6);
        close(number(&a["error"]), number(&b["error"]), 1e-5);
    }
}

#[test]
fn parameters_of_a_formula_are_named_shared_and_have_units() {
    let wave = "formula = \"c*exp(-a*s)*(s - b)\"\n\
                parameters = { a = { start = 0.4, free = true, limits = [0, 3] }, \
                b = { same_as = \"NR.a\" }, c = { modulus = 2, phase = 0.5 } }\n\
                units = { a = \"GeV^-2\" }";
    let story = Story::new(&with_wave(wave));
    let survey = story
        .run(&["check", "fit.toml", "--json", "--no-data"])
        .json();
    let a = parameter(&survey, "NR.a");
    assert_eq!(
        (&a["unit"], &a["state"]),
        (&"GeV^-2".into(), &"free".into())
    );
    assert_eq!(parameter(&survey, "NR.b")["same_as"], "NR.a");
    assert_eq!(
        number(&parameter(&survey, "NR.c.re")["start"]),
        2.0 * f64::cos(0.5)
    );
    let expanded = story
        .run(&["check", "fit.toml", "--no-data", "--expand"])
        .good();
    let again = Story::new(&expanded)
        .run(&["check", "fit.toml", "--json", "--no-data"])
        .json();
    assert_eq!(again["parameters"], survey["parameters"]);
}

/// The wave, where the mistake is, and what is said of it.
fn mistake(wave: &str, at: &str, says: &[&str]) {
    let place = format!("fit.toml:{at}");
    Story::new(&with_wave(wave))
        .run(&["check", "fit.toml", "--no-data"])
        .fails(2, &[&[place.as_str()], says].concat());
}

#[test]
fn a_mistake_in_a_formula_is_pointed_at() {
    mistake(
        r#"formula = "1/(m - ) + 1""#,
        "31:19",
        &["expected a number, a name or a bracket, found `)`"],
    );
    mistake(
        r#"formula = "exp(-tail*m)""#,
        "31:17",
        &[
            "unknown name `tail`",
            "declare it in [resonance.\"NR\"]: `parameters = { tail = ... }`",
        ],
    );
    mistake(
        "formula = \"\"\"\nexp(-m) \\\n   + slop\"\"\"\nparameters = { slope = 1 }",
        "33:6",
        &["unknown name `slop`", "did you mean `slope`?"],
    );
    mistake(
        "formula = 'sqr(m)'",
        "31:12",
        &["unknown function `sqr`", "did you mean `sqrt`?"],
    );
    mistake(
        "formula = \"m\"\nparameters = { a = 1 }",
        "32:20",
        &["`formula` has no parameter `a`"],
    );
    mistake(
        "formula = \"m*q\"\nparameters = { q = 1 }",
        "32:20",
        &["`q` has a meaning of its own in formulas"],
    );
    mistake(
        "formula = \"m\"\nparameters = { mass = 1 }",
        "32:23",
        &["write `mass = ...` in [resonance.\"NR\"] itself"],
    );
    mistake(
        "formula = \"m\"\nunits = { a = \"GeV\" }",
        "32:15",
        &["`parameters` of `NR` has no `a`"],
    );
    mistake(
        "formula = \"m\"\nshape = \"constant\"",
        "31:11",
        &["the shape `constant` and a formula"],
    );
    mistake("shape = \"formula\"", "31:9", &["`NR` has no formula"]);
    mistake(
        "shape = \"linear\"\nunits = { a = \"GeV\" }",
        "32:1",
        &["parameters of a formula"],
    );
    mistake(
        "formula = \"m0\"",
        "10:15",
        &["`NR` has no mass, which the shape `formula` needs"],
    );
}

#[test]
fn a_formula_that_is_no_number_names_the_event() {
    for formula in ["log(m - 100)", "sqrt(m - 100)*exp(a*m)"] {
        let parameters = match formula.contains('a') {
            true => "parameters = { a = { start = 0.1, free = true } }",
            false => "",
        };
        let config = with_wave(&format!("formula = \"{formula}\"\n{parameters}"));
        Story::new(&config)
            .run(&["nll", "fit.toml"])
            .fails(3, &["event 0: the amplitude is not a number", "line shape"]);
    }
}

const KNOTS: &str = "options = { knots = [0.63, 0.9, 1.2, 1.5, 1.71] }\n";

#[test]
fn a_wave_without_a_model_is_fitted_by_its_knots() {
    let free: Vec<String> = (0..5)
        .map(|i| format!("c_{i} = {{ re = 1.0, im = 0.0, free = {} }}", i > 0))
        .collect();
    let wave = format!(
        "shape = \"spline\"\n{KNOTS}parameters = {{ {} }}",
        free.join(", ")
    );
    let story = Story::new(&with_wave(&wave));
    // All values are one: the constant wave, whose fit cannot be better.
    let nll = ["nll", "fit.toml", "--json", "--quiet"];
    let constant = Story::new(&with_wave("shape = \"constant\""));
    let (a, b) = (story.run(&nll).json(), constant.run(&nll).json());
    close(number(&a["nll"]), number(&b["nll"]), 1e-12);
    let fit = ["fit", "fit.toml", "--json", "--quiet", "--starts", "1"];
    let (a, b) = (story.run(&fit).json(), constant.run(&fit).json());
    assert_eq!(a["status"], "converged");
    assert!(
        number(&a["nll"]) < number(&b["nll"]),
        "{} {}",
        a["nll"],
        b["nll"]
    );
    assert!(number(&parameter(&a, "NR.c_2.re")["error"]) > 0.0);
    let fractions = a["fractions"].as_array().unwrap();
    assert_eq!(fractions.len(), 2, "{fractions:?}");
}

/// One factor too many: the knots and the coupling before them.
#[test]
fn a_common_factor_of_all_knots_is_a_flat_direction() {
    let free: Vec<String> = (0..5)
        .map(|i| format!("c_{i} = {{ re = 1.0, im = 0.{i}, free = true }}"))
        .collect();
    let wave = format!(
        "shape = \"interpolated\"\n{KNOTS}parameters = {{ {} }}",
        free.join(", ")
    );
    let run = Story::new(&with_wave(&wave)).run(&["check", "fit.toml"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("`NR.total` repeats `NR.c_0`, `NR.c_1`"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_event_outside_the_knots_is_refused_unless_the_config_says_what_lies_there() {
    let wave = |outside: &str| {
        let values: Vec<String> = (0..3).map(|i| format!("c_{i} = 1")).collect();
        with_wave(&format!(
            "shape = \"interpolated\"\noptions = {{ knots = [0.63, 0.9, 1.2]{outside} }}\nparameters = {{ {} }}",
            values.join(", ")
        ))
    };
    let says = "the line shape of `NR` is defined from 0.63 to 1.2 GeV, the mass is 1.";
    Story::new(&wave(""))
        .run(&["nll", "fit.toml"])
        .fails(3, &["event ", says, "outside = \"zero\""]);
    Story::new(&wave(", outside = \"constant\""))
        .run(&["nll", "fit.toml"])
        .good();
}

#[test]
fn a_table_is_a_line_shape() {
    let config =
        with_wave("shape = \"tabulated\"\noptions = { file = \"shape.csv\", method = \"linear\" }");
    let story = Story::new(&config);
    let check = ["check", "fit.toml", "--no-data"];
    story
        .run(&check)
        .fails(2, &["fit.toml:32:20", "cannot read `shape.csv`"]);
    write(
        story.folder.path(),
        "shape.csv",
        "m,re,im\n0.6,1,0\n0.5,1,0\n",
    );
    let says = "`shape.csv`, line 3: the mass 0.5 comes after 0.6: sort the table";
    story.run(&check).fails(2, &["fit.toml:32:20", says]);
    write(
        story.folder.path(),
        "shape.csv",
        "m,re,im\n0.6,1,0\n0.8,1,0\n",
    );
    let nll = ["nll", "fit.toml", "--json", "--quiet"];
    story.run(&nll).fails(
        3,
        &["the line shape of `NR` is defined from 0.6 to 0.8 GeV"],
    );
    write(
        story.folder.path(),
        "shape.csv",
        "m,re,im\n0.6,3,0\n# the same\n1.8,3,0\n",
    );
    // The normalisation of a wave takes a constant factor out.
    let constant = Story::new(&with_wave("shape = \"constant\""));
    let (a, b) = (story.run(&nll).json(), constant.run(&nll).json());
    close(number(&a["nll"]), number(&b["nll"]), 1e-12);
    Story::new(&with_wave("shape = \"tabulated\""))
        .run(&check)
        .fails(2, &["option `file` is missing: the table of m, re, im"]);
}

#[test]
fn every_line_shape_is_listed_with_formula_parameters_units_and_source() {
    let all = gpuwa(&["lineshapes", "--json"]).json();
    let text = gpuwa(&["lineshapes"]).good();
    for shape in all.as_array().unwrap() {
        let name = shape["name"].as_str().unwrap();
        assert!(text.contains(name), "{name}");
        for key in ["summary", "formula", "latex", "units", "source", "limits"] {
            assert!(!shape[key].as_str().unwrap().is_empty(), "{name}: {key}");
        }
        assert_eq!(gpuwa(&["lineshapes", name, "--json"]).json(), *shape);
    }
    let running = gpuwa(&["lineshapes", "breit-wigner-running"]).good();
    for part in [
        "Γ(m) = Γ0 (q/q0)^(2L+1)",
        "PDG review",
        "mass (GeV), width (GeV)",
    ] {
        assert!(running.contains(part), "{running}");
    }
    let formula = gpuwa(&["lineshapes", "formula"]).good();
    assert!(formula.contains("barrier(l, q, q0, R)"), "{formula}");
    gpuwa(&["lineshapes", "breit-wignr"]).fails(
        2,
        &[
            "unknown line shape `breit-wignr`",
            "did you mean `breit-wigner`?",
        ],
    );
}

#[test]
fn a_model_prints_as_latex() {
    let wave = "formula = \"c*exp(-a*s)/(1 + i*q/m)\"\n\
                parameters = { a = { start = 0.4, free = true }, c = { re = 2, im = -0.5 } }\n\
                units = { a = \"GeV^-2\" }";
    let config = with_wave(wave);
    let latex = Story::new(&config)
        .run(&["check", "fit.toml", "--latex"])
        .good();
    insta::assert_snapshot!(latex);
    let open = |bracket: char| latex.matches(bracket).count();
    assert_eq!(open('{'), open('}'));
    for (begin, end) in [(r"\begin{", r"\end{"), (r"\left", r"\right")] {
        assert_eq!(latex.matches(begin).count(), latex.matches(end).count());
    }
    assert_eq!(open('$') % 2, 0);
}
