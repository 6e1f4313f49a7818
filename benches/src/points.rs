//! Parameter points at which something is timed: a new one for every call.

/// `count` points around `centre`, every coordinate changed by up to 1 % of its value.
///
/// The changes are multiples of the golden ratio modulo one: spread evenly, and the same in every
/// run.
pub fn points_around(centre: &[f64], count: usize) -> Vec<Vec<f64>> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let change = |number: usize| 0.02 * (GOLDEN * (number + 1) as f64).fract() - 0.01;
    (0..count)
        .map(|point| {
            let first = point * centre.len();
            (centre.iter().enumerate())
                .map(|(place, value)| value * (1.0 + change(first + place)))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_differ_and_stay_near() {
        let centre = [1.0, -2.0, 0.5];
        let points = points_around(&centre, 50);
        for (number, point) in points.iter().enumerate() {
            assert!(!points[..number].contains(point));
            for (value, middle) in point.iter().zip(centre) {
                assert!((value / middle - 1.0).abs() <= 0.01);
            }
        }
    }
}
