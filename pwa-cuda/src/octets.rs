//! Columns as they lie on a device: what a block reads of any eight events is one piece of memory.

/// Events of an octet.
const OCTET: usize = 8;

/// The planes of a tile, Re and Im of each column, as octets of events one after the other: the pairs of eight
/// events of the first column, then of the second, ... Planes are `stride` long, a multiple of eight.
pub fn octets(planes: &[f64], stride: usize) -> impl Iterator<Item = f64> {
    let octets = (0..stride / OCTET).map(|octet| octet * OCTET..(octet + 1) * OCTET);
    octets.flat_map(move |octet| {
        planes.chunks_exact(2 * stride).flat_map(move |column| {
            let (re, im) = column.split_at(stride);
            let pairs = re[octet.clone()].iter().zip(&im[octet.clone()]);
            pairs.flat_map(|(&re, &im)| [re, im])
        })
    })
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
        let pairs = octets(&planes, stride).map(|x| x as u32);
        let pairs: Vec<u32> = pairs.collect();
        for (place, pair) in pairs.chunks(2).enumerate() {
            let (event, column) = (place % 8, place / 8 % columns);
            let event = event + 8 * (place / 8 / columns);
            let plane = (200 * column + event) as u32;
            assert_eq!(pair, [plane, plane + 100]);
        }
        assert_eq!(pairs.len(), planes.len());
    }
}
