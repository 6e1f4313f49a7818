//! Searches among many known minima: on a coarse objective first, in blocks, interrupted and taken up.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use ndarray::Array2;

use super::basins::basins;
use super::minimise::Descent;
use super::problems::{Analytic, Answer, Learning};
use super::*;
use crate::checkpoint::{Identity, Journal};
use crate::objective::{Objective, Order};

/// sum over i of 3 (1 - cos 2 pi x_i) + (x_i - tilt)^2 / 2: minima near all integers, the lowest one near
/// zero, the next ones half a unit above it.
fn egg_box(tilt: f64) -> Analytic<impl Fn(&[f64]) -> Answer + Sync> {
    let turn = 2.0 * std::f64::consts::PI;
    Analytic {
        dimension: 2,
        function: move |x: &[f64]| {
            let mut value = 0.0;
            let (mut gradient, mut hessian) = (vec![0.0; 2], Array2::zeros((2, 2)));
            for (i, &x) in x.iter().enumerate() {
                let off = x - tilt;
                value += 3.0 * (1.0 - libm::cos(turn * x)) + 0.5 * off * off;
                gradient[i] = 3.0 * turn * libm::sin(turn * x) + off;
                hessian[[i, i]] = 3.0 * turn * turn * libm::cos(turn * x) + 1.0;
            }
            Some((value, gradient, hessian))
        },
    }
}

fn in_the_box() -> Vec<Coordinate> {
    let drawn = RandomStart::Uniform {
        low: -3.5,
        high: 3.5,
    };
    let coordinate = |i| Coordinate::new(format!("x{i}"), 2.2).drawn(drawn);
    (0..2).map(coordinate).collect()
}

fn options(starts: usize) -> FitOptions {
    FitOptions {
        starts,
        block: 8,
        whitening: Whitening::Off,
        ..FitOptions::default()
    }
}

fn search<'a>(
    objective: &'a dyn Objective,
    coarse: Option<&'a dyn Objective>,
    coordinates: &'a [Coordinate],
    options: &'a FitOptions,
) -> Search<'a> {
    Search {
        objective,
        coarse,
        marks: None,
        coordinates,
        options,
        observer: &keep_going,
    }
}

fn alone(search: &Search) -> FitOutcome {
    search.run(&mut Journal::nowhere()).unwrap()
}

fn begun(search: &Search, path: &Path) -> FitOutcome {
    let mut journal = Journal::begin(path, &Identity::new()).unwrap();
    search.run(&mut journal).unwrap()
}

fn taken_up(search: &Search, path: &Path) -> FitOutcome {
    let mut journal = Journal::resume(path, &Identity::new()).unwrap();
    search.run(&mut journal).unwrap()
}

#[test]
fn ends_on_a_coarse_objective_lead_to_the_lowest_minimum() {
    let (full, coarse, coordinates) = (egg_box(0.1), egg_box(0.3), in_the_box());
    let options = options(120);
    let plain = alone(&search(&full, None, &coordinates, &options));
    let found = alone(&search(&full, Some(&coarse), &coordinates, &options));
    assert_eq!(found.status, FitStatus::Converged);
    assert!((found.nll - plain.nll).abs() < 1e-9);
    assert!(found.point.iter().all(|x| x.abs() < 0.1), "{found:?}");
    assert_eq!(found.starts.len(), 120);
    assert!(found.found().0 > 1);
    assert!(found.evaluations.total() < plain.evaluations.total());
    let spent: u64 = found.starts.iter().map(|start| start.evaluations).sum();
    let counted = found.evaluations.total() + found.coarse_evaluations.total();
    assert_eq!(spent, counted);
}

#[test]
fn ends_that_lie_too_high_are_not_followed() {
    let (full, coarse, coordinates) = (egg_box(0.1), egg_box(0.3), in_the_box());
    let mut narrow = options(120);
    narrow.coarse.window = 1.0;
    let found = alone(&search(&full, Some(&coarse), &coordinates, &narrow));
    assert!(found.point.iter().all(|x| x.abs() < 0.1), "{found:?}");
    let lowest = found.starts.iter().filter_map(|start| start.coarse_nll);
    let lowest = lowest.fold(f64::INFINITY, f64::min);
    for start in &found.starts {
        let high = start.coarse_nll.unwrap() > lowest + 1.0;
        assert_eq!(start.status == StartStatus::NotPolished, high, "{start:?}");
        assert_eq!(start.nll.is_none(), high);
    }
    let (often, of) = found.found();
    assert!(often > 0 && of == 120);
}

#[test]
fn a_search_ends_once_its_lowest_minimum_was_found_often_enough() {
    let (full, coordinates) = (egg_box(0.1), in_the_box());
    let options = FitOptions {
        enough: Some(3),
        ..options(10_000)
    };
    let found = alone(&search(&full, None, &coordinates, &options));
    let (often, of) = found.found();
    assert!(often >= 3 && of < 1000 && of % 8 == 0, "{often} of {of}");
    // One block less had not found it often enough.
    let fewer = FitOptions {
        starts: of - 8,
        ..options.clone()
    };
    let before = alone(&search(&full, None, &coordinates, &fewer));
    assert!(before.found().0 < 3);
}

#[test]
fn a_search_taken_up_anywhere_ends_as_one_that_was_never_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (coordinates, options) = (in_the_box(), options(40));
    for with_coarse in [false, true] {
        let run = |journal: &mut Journal| {
            let full = Learning::new(egg_box(0.1));
            let coarse = Learning::new(egg_box(0.3));
            let coarse = with_coarse.then_some(&coarse as &dyn Objective);
            search(&full, coarse, &coordinates, &options)
                .run(journal)
                .unwrap()
        };
        let whole = run(&mut Journal::begin(&path, &Identity::new()).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert!(lines.len() > 5);
        for kept in 1..=lines.len() {
            std::fs::write(&path, lines[..kept].concat()).unwrap();
            let again = run(&mut Journal::resume(&path, &Identity::new()).unwrap());
            assert_eq!(again, whole, "{kept} lines");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}

#[test]
fn a_search_that_was_interrupted_goes_on_to_the_same_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (full, coarse) = (egg_box(0.1), egg_box(0.3));
    let (coordinates, options) = (in_the_box(), options(40));
    for coarse in [None, Some(&coarse as &dyn Objective)] {
        let whole = alone(&search(&full, coarse, &coordinates, &options));
        for last in [1, 2, 7, 40, 60] {
            let rounds = Cell::new(0);
            let observer = |_: &Progress| {
                rounds.set(rounds.get() + 1);
                match rounds.get() == last {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let stopped = Search {
                observer: &observer,
                ..search(&full, coarse, &coordinates, &options)
            };
            let interrupted = begun(&stopped, &path);
            assert_eq!(interrupted.status, FitStatus::Interrupted, "{last}");
            let value = full.evaluate(&interrupted.point, Order::Value).unwrap();
            assert_eq!(interrupted.nll, value.value);
            let going_on = search(&full, coarse, &coordinates, &options);
            assert_eq!(taken_up(&going_on, &path), whole);
        }
    }
}

#[test]
fn more_starts_extend_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let coordinates = in_the_box();
    // The last block of twenty is a part of one of forty, and made again.
    let (twenty, forty) = (options(20), options(40));
    let before = Learning::new(egg_box(0.1));
    begun(&search(&before, None, &coordinates, &twenty), &path);
    let counted = Learning::new(egg_box(0.1));
    let extended = taken_up(&search(&counted, None, &coordinates, &forty), &path);
    let learning = Learning::new(egg_box(0.1));
    let fresh = alone(&search(&learning, None, &coordinates, &forty));
    assert_eq!(extended, fresh);
    assert_eq!(extended.starts.len(), 40);
    // The sixteen that were recalled were not evaluated.
    let of = |starts: &[StartSummary]| starts.iter().map(|start| start.evaluations).sum::<u64>();
    let made = counted.in_all.load(Ordering::Relaxed);
    assert_eq!(made, of(&extended.starts[16..]));
    assert_eq!(extended.evaluations.total(), of(&extended.starts));
}

#[test]
fn blocks_of_several_processes_are_joined_to_the_search_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let begin = |name: &str| Journal::begin(&path(name), &Identity::new()).unwrap();
    let coordinates = in_the_box();
    // All starts, and a search that ends before the last ones.
    for (with_coarse, enough) in [(false, None), (true, None), (true, Some(2))] {
        let options = FitOptions {
            enough,
            ..options(60)
        };
        let blocks: Vec<_> = options.blocks().collect();
        let with = |work: &dyn Fn(&Search)| {
            let full = Learning::new(egg_box(0.1));
            let coarse = Learning::new(egg_box(0.3));
            let coarse = with_coarse.then_some(&coarse as &dyn Objective);
            work(&search(&full, coarse, &coordinates, &options));
        };
        let whole = Cell::new(None);
        with(&|search| whole.set(Some(search.run(&mut begin("whole")).unwrap())));
        for (part, blocks) in blocks.chunks(3).enumerate() {
            with(&|search| {
                let explored = search.explore(blocks, &mut begin(&part.to_string()));
                assert!(explored.unwrap().is_continue());
            });
        }
        with(&|search| {
            let mut journal = begin("joined");
            let missing = |journal: &Journal| {
                let blocks = blocks.iter();
                let missing = blocks.filter(|block| !journal.holds(&search.name(block)));
                missing.cloned().collect::<Vec<_>>()
            };
            assert_eq!(missing(&journal), blocks);
            for part in ["2", "0"] {
                assert!(journal.borrow(&path(part), &Identity::new()).unwrap());
            }
            assert_eq!(missing(&journal), blocks[3..6]);
            journal.borrow(&path("1"), &Identity::new()).unwrap();
            assert!(missing(&journal).is_empty());
            let joined = search.run(&mut journal).unwrap();
            // Two findings are there before the last block.
            assert_eq!(joined.starts.len() < 60, enough.is_some());
            assert_eq!(Some(joined), whole.take());
        });
        let [one, joined] = ["whole", "joined"].map(|name| std::fs::read(path(name)).unwrap());
        assert!(one == joined);
    }
}

#[test]
fn ends_on_one_objective_are_not_taken_for_those_on_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (full, coarse, coordinates) = (egg_box(0.1), egg_box(0.3), in_the_box());
    let coarse = Some(&coarse as &dyn Objective);
    let (sixteen, forty) = (options(16), options(40));
    for [before, after] in [[None, coarse], [coarse, None]] {
        begun(&search(&full, before, &coordinates, &sixteen), &path);
        let extended = search(&full, after, &coordinates, &forty);
        assert_eq!(taken_up(&extended, &path), alone(&extended));
    }
}

#[test]
fn ends_of_one_nll_are_told_apart_by_their_marks() {
    let end = |nll: f64, x: f64| {
        Ok(Descent {
            status: StartStatus::Converged,
            nll,
            edm: None,
            point: vec![x],
            at_limit: vec![false],
            hessian: None,
            evaluations: EvaluationCounts::default(),
        })
    };
    let ends = BTreeMap::from([
        (0, end(1.02, -2.0)),
        (1, end(1.0, 2.0)),
        (2, end(1.01, 3.0)),
        (3, end(7.0, 2.0)),
        (4, Err("no value".to_owned())),
    ]);
    let options = CoarseOptions::default();
    let starts = |marks: Option<Marks>| -> Vec<Vec<usize>> {
        let basins = basins(&ends, marks, &options);
        basins.into_iter().map(|basin| basin.starts).collect()
    };
    assert_eq!(starts(None), [vec![1, 2, 0], vec![3]]);
    let size = |point: &[f64]| vec![point[0].abs()];
    assert_eq!(starts(Some(&size)), [vec![1, 0], vec![2], vec![3]]);
}
