//! Columns as they lie on a device: what a block reads of any eight events is one piece of memory.

/// Events of an octet.
const OCTET: usize = 8;

/// The planes of a tile, Re and Im of each column, as octets of events one after the other: the pairs of eight
/// events of the first column, then of the second, ... Planes are `stride` long, a multiple of eight.
pub fn octets<T>(planes: &[f64], stride: usize, number: impl Fn(f64) -> T) -> Vec<T> {
    let columns = planes.len() / (2 * stride).max(1);
    let mut pairs = Vec::with_capacity(planes.len());
    for octet in 0..stride / OCTET {
        for column in 0..columns {
            for event in octet * OCTET..(octet + 1) * OCTET {
                pairs.push(number(planes[2 * column * stride + event]));
                pairs.push(number(planes[(2 * column + 1) * stride + event]));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_of_a_column_stand_side_by_side_for_eight_events() {
        // Plane p of event e holds 100 p + e.
        let (columns, stride) = (3, 16);
        let planes: Vec<f64> = (0..2 * columns * stride)
            .map(|at| f64::from((100 * (at / stride) + at % stride) as u32))
            .collect();
        let pairs = octets(&planes, stride, |x| x as u32);
        for (place, pair) in pairs.chunks(2).enumerate() {
            let (event, column) = (place % 8, place / 8 % columns);
            let event = event + 8 * (place / 8 / columns);
            let plane = (200 * column + event) as u32;
            assert_eq!(pair, [plane, plane + 100]);
        }
        assert_eq!(pairs.len(), planes.len());
    }
}
