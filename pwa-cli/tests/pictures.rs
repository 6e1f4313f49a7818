//! From a result to pictures and a page, and from a reaction to a config.

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use scraper::{Html, Selector};
use support::{gpuwa, gpuwa_in, read_json, repository, text};
use tempfile::TempDir;

/// One fit for all stories.
fn result() -> &'static Path {
    static FIT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = FIT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let config = repository("data/jpsi-gpipi/fit.toml");
        let out = folder.path().join("fit");
        gpuwa(&["fit", text(&config), "--quiet", "--out", text(&out)]).good();
        let path = out.join("result.json");
        (folder, path)
    });
    path
}

#[test]
fn plot_draws_every_mass_angle_dalitz_plot_and_line_shape() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("plots");
    let options = ["--format", "svg", "--out", text(&out)];
    let printed = gpuwa(&[&["plot", text(result())], &options[..]].concat()).good();
    for name in [
        "m_pip_pim",
        "costheta_gamma",
        "phi_pip_pip_pim",
        "m2_pip_pim__m2_gamma_pip",
        "argand_f0_1500",
        "correlation",
    ] {
        let path = out.join(format!("{name}.svg"));
        assert!(printed.contains(text(&path)), "{name} is not in {printed}");
        let svg = std::fs::read_to_string(&path).unwrap();
        assert!(svg.contains("<svg xmlns="), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
    // What is there is not replaced unasked.
    gpuwa(&[&["plot", text(result())], &options[..]].concat()).fails(2, &["exists", "--force"]);
}

/// Elements of a picture that were drawn from a file of another verb.
fn drawn(folder: &Path, file: &str, count_of: &str) -> usize {
    let path = folder.join(format!("{file}.json"));
    let out = folder.join("plots");
    let options = ["--format", "svg", "--out", text(&out), "--force"];
    let printed = gpuwa(&[&["plot", text(&path)], &options[..]].concat()).good();
    let svg = std::fs::read_to_string(printed.trim()).unwrap();
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{file}");
    count(&Html::parse_document(&svg), count_of)
}

#[test]
fn plot_draws_scans_profiles_toys_variations_and_moments() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let run = |verb: &str, more: &[&str]| {
        let start = [verb, text(result()), "--quiet", "--out", text(folder)];
        gpuwa(&[&start[..], more].concat()).good();
    };
    let [mass, width] = ["f0(1500).mass", "f0(1500).width"];
    run("scan", &[mass, "--points", "5"]);
    assert_eq!(
        drawn(folder, "scan-f0_1500_.mass", "[data-series=profile] circle"),
        5
    );
    assert_eq!(
        drawn(folder, "scan-f0_1500_.mass", "[data-series=interval] path"),
        4
    );
    assert_eq!(
        drawn(folder, "scan-f0_1500_.mass", "[data-series=level]"),
        2
    );
    run("scan", &[mass, width, "--points", "5"]);
    let plane = "scan-f0_1500_.mass-f0_1500_.width";
    assert_eq!(
        drawn(folder, plane, "g[shape-rendering]:first-of-type rect"),
        25
    );
    assert_eq!(drawn(folder, plane, "[data-series=contour] path"), 2);
    run("profile", &[mass, width, "--sigmas", "1,2"]);
    assert_eq!(drawn(folder, "profile", "[data-series=interval]"), 2);
    // Two intervals with two ends each.
    assert_eq!(
        drawn(folder, "profile", "[data-series=interval] path"),
        2 * 2 * 3
    );
    run(
        "toys",
        &["--toys", "3", "--events", "300", "--monte-carlo", "600"],
    );
    let toys = read_json(&folder.join("toys.json"));
    let numbers = toys["numbers"].as_array().unwrap().iter();
    let with_pulls = numbers.filter(|number| number["pulls"].is_object()).count();
    let pulls = drawn(folder, "toys", "g[data-series^=pulls-]");
    assert_eq!(pulls, with_pulls);
    assert!(with_pulls > 20, "{with_pulls}");
    let list = "[[variation]]\nname = \"radius\"\nset = { decay.barrier_radius = 2.0 }\n";
    let list = support::write(folder, "list.toml", list);
    run("vary", &["--variations", text(&list)]);
    let varied = read_json(&folder.join("vary.json"));
    let rows = varied["total"].as_array().unwrap();
    let rows = rows
        .iter()
        .filter(|row| row["quadrature_sigmas"].is_number());
    let marks = "[data-series=group-0] circle, [data-series=group-0] text";
    assert_eq!(drawn(folder, "vary", marks), rows.count());

    let out = folder.join("of-result");
    let options = ["--format", "svg", "--out", text(&out)];
    gpuwa(&[&["plot", text(result())], &options[..]].concat()).good();
    let name = "moments_costheta_pip_pip_pim.svg";
    let svg = std::fs::read_to_string(out.join(name)).unwrap();
    let moments = Html::parse_document(&svg);
    assert_eq!(count(&moments, "g[data-series^=moment-]"), 5);

    let unknown = support::write(folder, "other.json", "{\"kind\": \"weather\"}");
    gpuwa(&["plot", text(&unknown)]).fails(2, &["no picture of `weather`"]);
}

#[test]
fn plot_takes_any_formula_of_event_variables_and_its_numbers_are_those_of_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("plots");
    let document = gpuwa(&[
        "plot",
        text(result()),
        "--x",
        "m(pi+ pi-)",
        "--x",
        "m2(gamma pi+) - m2(gamma pi-)",
        "--bins",
        "25",
        "--pairs",
        "--json",
        "--out",
        text(&out),
    ])
    .json();
    let projections = document["reactions"][0]["projections"].as_array().unwrap();
    assert_eq!(projections.len(), 2);
    assert_eq!(
        document["reactions"][0]["planes"].as_array().map(Vec::len),
        Some(0)
    );
    assert_eq!(projections[0]["x"]["unit"], "GeV");
    assert_eq!(projections[0]["pairs"].as_array().map(Vec::len), Some(10));
    let sum: f64 = support::numbers(&projections[1]["data"]).iter().sum();
    assert_eq!(sum, 4000.0);
    let png = std::fs::read(out.join("m_pip_pim.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let legend = std::fs::read_to_string(out.join("m_pip_pim.svg")).unwrap();
    for name in ["data", "model", "interference", "(1500)"] {
        assert!(legend.contains(name), "{name} is not in the legend");
    }
}

#[test]
fn plot_shows_where_a_formula_is_wrong() {
    gpuwa(&["plot", text(result()), "--x", "m(pi+ K-)"])
        .fails(2, &["`K-` is no final particle", "gamma, pi+, pi-"]);
}

#[test]
fn a_formula_without_a_value_in_some_events_is_refused_or_noted() {
    let folder = tempfile::tempdir().unwrap();
    let run = |verb: &[&str], formula: &str| {
        let x = ["--x", formula];
        gpuwa_in(folder.path(), &[verb, &[text(result())], &x].concat())
    };
    let some = "log(m(pi+ pi-)-1)";
    run(&["gof", "--test", "energy"], some)
        .fails(2, &["is no number in", "events of the data of data"]);
    let plotted = run(&["plot"], some);
    let said = support::unwrapped(&plotted.stderr);
    assert!(
        said.contains("events of the data of data are left out"),
        "{said}"
    );
    plotted.good();
    run(&["plot"], "sqrt(m(pi+ pi-)-10)").fails(2, &["is no number in 4000 events of the data"]);
    let arguments = [
        "gof",
        text(result()),
        "--test",
        "moments",
        "--x",
        "m(pi+ pi-)",
    ];
    gpuwa(&arguments).fails(2, &["--x is for tests that compare points"]);
}

fn select(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .map(|element| element.text().collect::<String>().trim().to_owned())
        .collect()
}

fn count(page: &Html, selector: &str) -> usize {
    page.select(&Selector::parse(selector).unwrap()).count()
}

#[test]
fn the_report_is_one_page_with_everything_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let [out, tex, md] = ["report.html", "t.tex", "t.md"].map(|name| folder.path().join(name));
    gpuwa(&[
        "report",
        text(result()),
        "--out",
        text(&out),
        "--latex",
        text(&tex),
        "--markdown",
        text(&md),
    ])
    .good();
    let html = std::fs::read_to_string(&out).unwrap();
    let page = Html::parse_document(&html);
    assert_eq!(page.errors, Vec::<std::borrow::Cow<str>>::new());
    assert_eq!(
        select(&page, "h2"),
        [
            "Summary",
            "Waves",
            "Parameters",
            "Fit fractions",
            "Minima",
            "Correlation",
            "Projections",
            "Dalitz plots",
            "Goodness of fit",
            "Line shapes",
            "Provenance",
            "Tables to copy",
        ]
    );
    assert_eq!(select(&page, "h1"), ["J/ψ(1S) → γπ+π−"]);
    // Every link of the contents leads somewhere.
    let links = Selector::parse("nav a").unwrap();
    for link in page.select(&links) {
        let target = link.value().attr("href").unwrap();
        assert_eq!(count(&page, target), 1, "{target}");
    }
    let document = read_json(result());
    let free = document["parameters"].as_array().unwrap();
    let free = free
        .iter()
        .filter(|parameter| parameter["free"] == true)
        .count();
    assert_eq!(count(&page, "#parameters > .table tbody tr"), free);
    // Heads of numbers stand where numbers do.
    let heads = "#parameters > .table th.number";
    assert_eq!(select(&page, heads), ["value", "Monte Carlo", "start"]);
    for table in ["#parameters > .table", "#fractions > .table:first-of-type"] {
        let cells = format!("{table} th[scope=col]:nth-child(3), {table} td:nth-child(3).number");
        let of_monte_carlo = select(&page, &cells);
        let rows = if table.starts_with("#p") { free } else { 5 };
        assert_eq!(of_monte_carlo.len(), 1 + rows, "{of_monte_carlo:?}");
        assert_eq!(of_monte_carlo[0], "Monte Carlo");
    }
    // Five components and their sum; five rows of interference.
    assert_eq!(count(&page, "#fractions .table:first-of-type tbody tr"), 6);
    // Seven projections, each with five components.
    assert_eq!(count(&page, "#projections figure"), 7);
    assert_eq!(count(&page, "#projections g[data-series=wave-4]"), 7);
    assert_eq!(count(&page, "#projections input[type=checkbox]"), 8);
    assert_eq!(count(&page, "#dalitz figure"), 3);
    assert_eq!(count(&page, "#shapes figure"), 5);
    let fit = &select(&page, "#goodness p")[0];
    assert!(
        fit.contains("χ² = ") && fit.contains("degrees of freedom"),
        "{fit}"
    );
    // Comparisons of points, and the moments of the only pair with resonances.
    assert_eq!(count(&page, "#goodness table"), 2);
    assert!(select(&page, "#provenance pre")[0].contains("[decay]"));
    let sha = document["inputs"][0]["sha256"].as_str().unwrap();
    assert!(select(&page, "#provenance code").contains(&sha.to_owned()));
    // Nothing comes from elsewhere.
    for attribute in ["src", "href", "data", "srcset"] {
        let all = Selector::parse(&format!("[{attribute}]")).unwrap();
        for element in page.select(&all) {
            let target = element.value().attr(attribute).unwrap();
            assert!(
                target.starts_with('#') || target == "data:,",
                "{attribute}={target}"
            );
        }
    }
    assert!(!html.contains("url(") && !html.contains("@import") && !html.contains("NaN"));
    let tables = std::fs::read_to_string(&tex).unwrap();
    assert!(
        tables.contains(r"$f_{0}(1500)$ & $") && tables.contains(r"\pm"),
        "{tables}"
    );
    let component = &document["fractions"][2];
    let of_monte_carlo = support::number(&component["monte_carlo_error"]);
    let (_, digits) = pwa_report::with_error(of_monte_carlo, Some(of_monte_carlo));
    let markdown = std::fs::read_to_string(&md).unwrap();
    let mut rows = markdown.lines();
    let name = component["name"].as_str().unwrap();
    let row = rows.find(|row| row.starts_with(&format!("| {name} | ")));
    assert!(row.unwrap().ends_with(&format!("| {digits} |")), "{row:?}");
    assert!(markdown.contains("| component | fraction | Monte Carlo |"));
    assert!(tables.contains(r"component & fraction & Monte Carlo \"));
    gpuwa(&["report", text(result()), "--out", text(&out)]).fails(2, &["exists", "--force"]);
}

#[test]
fn a_report_of_several_reactions_has_their_names_as_words_and_particles_as_symbols() {
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/jpsi-gpipi-gkk/fit.toml");
    let fit = ["fit", text(&config), "--quiet", "--starts", "1", "--out"];
    gpuwa(&[&fit[..], &[text(folder.path())]].concat()).good();
    let [result, html, tex] =
        ["result.json", "report.html", "t.tex"].map(|name| folder.path().join(name));
    gpuwa(&["report", text(&result), "--latex", text(&tex)]).good();
    let page = Html::parse_document(&std::fs::read_to_string(html).unwrap());
    assert_eq!(
        select(&page, "h1"),
        ["kk: J/ψ(1S) → γK+K−", "pipi: J/ψ(1S) → γπ+π−"]
    );
    assert_eq!(
        select(&page, "#fractions .table:first-of-type tbody th"),
        [
            "kk:S",
            "kk:f2′(1525)",
            "pipi:S",
            "pipi:f2(1270)",
            "sum of kk",
            "sum of pipi"
        ]
    );
    let axes = select(&page, "#projections text");
    assert!(axes.contains(&"m(γK+) [GeV]".to_owned()), "{axes:?}");
    let tables = std::fs::read_to_string(&tex).unwrap();
    let name = r"$\mathrm{pipi}:f_{2}(1270)$";
    assert!(tables.contains(name), "{tables}");
}

#[test]
fn gof_says_of_a_fit_what_every_test_finds_with_the_same_digits_on_any_thread_count() {
    let command = |threads: &'static str| {
        let options = [
            "--points",
            "300",
            "--permutations",
            "99",
            "--threads",
            threads,
        ];
        [&["gof", text(result())], &options[..]].concat()
    };
    let printed = gpuwa(&command("1")).good();
    for word in [
        "adaptive-chi2",
        "mixed-sample",
        "energy",
        "costheta(pi+ | pi+ pi-)",
        "P4",
    ] {
        assert!(printed.contains(word), "{word} is not in {printed}");
    }
    assert_eq!(printed, gpuwa(&command("2")).good());
    let one = ["--test", "energy", "--x", "m(pi+ pi-)", "--json"];
    let document = gpuwa(&[&command("2"), &one[..]].concat()).json();
    assert_eq!(document["points"].as_array().map(Vec::len), Some(1));
    assert!(
        document["points"][0]["p_value"].as_f64().unwrap() > 0.005,
        "{document}"
    );
    assert_eq!(document["moments"].as_array().map(Vec::len), Some(0));
    let wrong = ["--test", "energy", "--x", "m(pi+ K-)"];
    gpuwa(&[&command("2"), &wrong[..]].concat()).fails(2, &["`K-` is no final particle"]);
}

#[test]
fn a_report_without_the_events_says_so_and_has_the_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = read_json(result());
    let gone = folder.path().join("gone/fit.toml");
    document["config"]["path"] = text(&gone).into();
    for input in document["inputs"].as_array_mut().unwrap() {
        input["absolute"] = text(&gone.with_file_name(input["path"].as_str().unwrap())).into();
    }
    let moved = support::write(folder.path(), "result.json", &document.to_string());
    let run = gpuwa_in(folder.path(), &["report", text(&moved)]);
    assert!(run.stderr.contains("No projections"), "{}", run.stderr);
    run.good();
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    let page = Html::parse_document(&html);
    assert_eq!(count(&page, "#projections"), 0);
    assert_eq!(count(&page, "#parameters"), 1);
    assert!(select(&page, "#summary .note")[0].contains("No projections"));
}

#[test]
fn a_result_finds_its_files_from_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = read_json(result());
    document["config"]["path"] = "data/jpsi-gpipi/fit.toml".into();
    let moved = support::write(folder.path(), "result.json", &document.to_string());
    let run = gpuwa_in(folder.path(), &["report", text(&moved)]);
    assert!(!run.stderr.contains("No projections"), "{}", run.stderr);
    run.good();
}

#[test]
fn names_of_a_config_are_text_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = read_json(result());
    document["run"]["machine"] = "<script>alert(1)</script> & \"co\"".into();
    let evil = support::write(folder.path(), "result.json", &document.to_string());
    gpuwa(&["report", text(&evil)]).good();
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    let page = Html::parse_document(&html);
    assert_eq!(count(&page, "script"), 1);
    assert!(
        select(&page, "#provenance td")
            .iter()
            .any(|cell| cell.starts_with("<script>alert"))
    );
}

#[test]
fn a_report_is_of_a_result_and_of_its_values() {
    let config = repository("data/jpsi-gpipi/fit.toml");
    gpuwa(&["report", text(&config)]).fails(2, &["a report is made of a result.json"]);
    let other = ["report", text(result()), "--set", "f0(1500).mass=1.5"];
    gpuwa(&other).fails(2, &["a report is of the values that were fitted"]);
}

#[test]
fn what_cannot_be_drawn_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = support::write(folder.path(), "bootstrap.json", "{\"replicas\": []}");
    gpuwa(&["plot", text(&file)])
        .fails(2, &["is nothing that can be drawn", "bins, scan, profile"]);
}

#[test]
fn init_writes_a_config_that_check_accepts_and_fit_runs() {
    let folder = tempfile::tempdir().unwrap();
    let [data, mc] = ["data.root", "mc.root"].map(|name| repository("data/jpsi-gpipi").join(name));
    let made = gpuwa_in(
        folder.path(),
        &[
            "init",
            "J/psi -> gamma pi+ pi-",
            "--max-l",
            "2",
            "--data",
            text(&data),
            "--mc",
            text(&mc),
        ],
    );
    assert!(made.stderr.contains("its only tree"), "{}", made.stderr);
    made.good();
    let config = std::fs::read_to_string(folder.path().join("fit.toml")).unwrap();
    for line in [
        "tree = \"events\"",
        "momenta = \"{p}_E {p}_PX {p}_PY {p}_PZ\"",
        "\"f2(1270)\"",
        "[mc]",
    ] {
        assert!(config.contains(line), "{line} is not in\n{config}");
    }
    gpuwa_in(folder.path(), &["check", "fit.toml", "--no-data"]).good();
    gpuwa_in(folder.path(), &["nll", "fit.toml", "--json"]).json();
    let again = gpuwa_in(folder.path(), &["init", "J/psi -> gamma pi+ pi-"]);
    again.fails(2, &["`fit.toml` exists", "--force"]);
}

#[test]
fn init_without_files_says_what_to_add() {
    let folder = tempfile::tempdir().unwrap();
    gpuwa_in(
        folder.path(),
        &["init", "D+ -> K- pi+ pi+", "--out", "d.toml"],
    )
    .good();
    gpuwa_in(folder.path(), &["check", "d.toml", "--no-data"]).good();
    let config = std::fs::read_to_string(folder.path().join("d.toml")).unwrap();
    assert!(config.contains("gpuwa generate d.toml --flat"), "{config}");
    // What stands behind comment signs is right: without them it is a config too.
    let uncommented = config.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest)
            if rest.starts_with('[')
                || rest.contains(" = ") && !rest.contains("...") && !rest.contains('`') =>
        {
            rest
        }
        _ => line,
    });
    let uncommented: Vec<&str> = uncommented.collect();
    support::write(folder.path(), "all.toml", &uncommented.join("\n"));
    gpuwa_in(folder.path(), &["check", "all.toml", "--no-data"]).good();
}
