//! Which of several solutions of each bin belong together: those along which amplitudes turn least.
//!
//! ```text
//! path = argmin over one solution s(b) of every bin b of   |A(1) - A(0)|² + sum_b |A(b+1) - 2 A(b) + A(b-1)|²
//! ```
//!
//! A: the amplitudes of all waves. Second differences, because data without a sense of rotation have the complex conjugates
//! of a solution too, which meet it where a phase goes through 0 or a half turn: the shortest way would turn back there.
//! Where the amplitudes of every bin have conjugates among its solutions, a path and its mirror image are as smooth: the
//! one is taken along which phases rise, as those of resonances do.

use num_complex::Complex64;

/// Amplitudes closer than this are one solution. In roots of events the data know one to a half.
const SAME: f64 = 0.1;

/// Whether two solutions are one.
#[must_use]
pub fn same_amplitudes(left: &[Complex64], right: &[Complex64]) -> bool {
    distance(left, right) < SAME * SAME
}

/// The solution of each bin; `solutions` has the amplitudes of each, in roots of events, of bins with at least one.
#[must_use]
pub fn smooth_path(solutions: &[Vec<Vec<Complex64>>]) -> Vec<usize> {
    let path = smoothest(solutions);
    match mirrored(solutions, &path) {
        Some(mirror) if turning(solutions, &path) < 0.0 => mirror,
        _ => path,
    }
}

/// The last two solutions of a way decide how it can go on.
fn smoothest(solutions: &[Vec<Vec<Complex64>>]) -> Vec<usize> {
    let [first, second, rest @ ..] = solutions else {
        return vec![0; solutions.len()];
    };
    // The roughness of the best way to each pair of solutions, and of each bin behind where that comes from.
    let mut ways: Vec<Vec<f64>> = (first.iter())
        .map(|before| second.iter().map(|here| distance(before, here)).collect())
        .collect();
    let mut from: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut last = [first, second];
    for next in rest {
        let best = |middle: usize, there: &[Complex64]| {
            let all = last[0].iter().zip(&ways).enumerate();
            let all = all.map(|(place, (before, ways))| {
                let bend = bend(before, &last[1][middle], there);
                (place, ways[middle] + bend)
            });
            least(all)
        };
        let pairs = (0..last[1].len()).map(|middle| next.iter().map(move |there| (middle, there)));
        let found: Vec<Vec<(usize, f64)>> = pairs
            .map(|row| row.map(|(middle, there)| best(middle, there)).collect())
            .collect();
        let column = |row: &Vec<(usize, f64)>| row.iter().map(|(place, _)| *place).collect();
        from.push(found.iter().map(column).collect());
        ways = (found.iter())
            .map(|row| row.iter().map(|(_, way)| *way).collect())
            .collect();
        last = [last[1], next];
    }
    let ends = ways.iter().enumerate().flat_map(|(before, row)| {
        let row = row.iter().enumerate();
        row.map(move |(here, &way)| ((before, here), way))
    });
    let (mut at, _) = least(ends);
    let mut path = vec![at.1, at.0];
    for from in from.iter().rev() {
        at = (from[at.0][at.1], at.0);
        path.push(at.0);
    }
    path.reverse();
    path
}

/// The first of the smallest.
fn least<T: Default>(all: impl Iterator<Item = (T, f64)>) -> (T, f64) {
    all.fold((T::default(), f64::INFINITY), |best, one| {
        if one.1 < best.1 { one } else { best }
    })
}

/// The complex conjugates of a path, where every bin has them.
fn mirrored(solutions: &[Vec<Vec<Complex64>>], path: &[usize]) -> Option<Vec<usize>> {
    let bins = solutions.iter().zip(path);
    let conjugates = bins.map(|(solutions, &chosen)| {
        let wanted: Vec<Complex64> = solutions[chosen].iter().map(Complex64::conj).collect();
        let mut all = solutions.iter();
        all.position(|solution| same_amplitudes(solution, &wanted))
    });
    conjugates.collect()
}

/// Positive where the phases of large amplitudes rise.
fn turning(solutions: &[Vec<Vec<Complex64>>], path: &[usize]) -> f64 {
    let chosen: Vec<&Vec<Complex64>> = (solutions.iter().zip(path))
        .map(|(solutions, &place)| &solutions[place])
        .collect();
    let steps = chosen.windows(2).flat_map(|pair| {
        let waves = pair[0].iter().zip(pair[1]);
        waves.map(|(before, here)| (before.conj() * here).im)
    });
    steps.sum()
}

fn bend(before: &[Complex64], here: &[Complex64], next: &[Complex64]) -> f64 {
    let waves = before.iter().zip(here).zip(next);
    waves.map(|((a, b), c)| (a - 2.0 * b + c).norm_sqr()).sum()
}

fn distance(left: &[Complex64], right: &[Complex64]) -> f64 {
    let waves = left.iter().zip(right);
    waves.map(|(a, b)| (a - b).norm_sqr()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reference and a wave of this phase.
    fn solution(degrees: f64) -> Vec<Complex64> {
        let wave = Complex64::from_polar(20.0, degrees.to_radians());
        vec![Complex64::new(30.0, 0.0), wave]
    }

    #[test]
    fn phases_rise_through_bins_that_hold_the_conjugates_too() {
        let bins: Vec<Vec<Vec<Complex64>>> = [10.0, 40.0, 90.0, 140.0, 170.0]
            .iter()
            .enumerate()
            .map(|(bin, &degrees)| {
                let both = vec![solution(degrees), solution(-degrees)];
                match bin % 2 {
                    0 => both,
                    _ => both.into_iter().rev().collect(),
                }
            })
            .collect();
        assert_eq!(smooth_path(&bins), [0, 1, 0, 1, 0]);
    }

    /// The middle bin knows the sign: no mirror image is taken, though phases fall.
    #[test]
    fn data_that_know_the_sense_decide_it() {
        let both = |degrees: f64| vec![solution(degrees), solution(-degrees)];
        let bins = [both(60.0), vec![solution(-90.0)], both(120.0)];
        assert_eq!(smooth_path(&bins), [1, 0, 1]);
        let falling = [both(120.0), vec![solution(90.0)], both(60.0)];
        assert_eq!(smooth_path(&falling), [0, 0, 0]);
    }

    #[test]
    fn a_phase_goes_on_through_a_half_turn() {
        let bins: Vec<Vec<Vec<Complex64>>> = (0..10)
            .map(|bin| {
                let degrees = 100.0 + 20.0 * f64::from(bin);
                // From 180° on the conjugate stands first, as random starts may find them.
                match degrees < 180.0 {
                    true => vec![solution(degrees), solution(-degrees)],
                    false => vec![solution(-degrees), solution(degrees)],
                }
            })
            .collect();
        let path = smooth_path(&bins);
        assert_eq!(path, [0, 0, 0, 0, path[4], 1, 1, 1, 1, 1]);
    }

    #[test]
    fn few_bins_have_a_path() {
        assert!(smooth_path(&[]).is_empty());
        assert_eq!(smooth_path(&[vec![solution(0.0)]]), [0]);
    }
}
