//! Columns as they lie on a device: what a block reads of any eight events is one piece of memory.

/// Events of an octet.
const OCTET: usize = 8;

/// The planes of a tile, Re and Im of each column, as octets of events one after the other: the pairs of eight
/// events of the first column of an order, then of the second, ... Planes are `stride` long, a multiple of eight.
pub fn octets<'a>(
    planes: &'a [f64],
    stride: usize,
    order: &'a [usize],
) -> impl Iterator<Item = f64> + 'a {
    let octets = (0..stride / OCTET).map(|octet| octet * OCTET..(octet + 1) * OCTET);
    octets.flat_map(move |octet| {
        order.iter().flat_map(move |&column| {
            let (re, im) = planes[2 * stride * column..][..2 * stride].split_at(stride);
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
        let order = [2, 0, 1];
        let pairs = octets(&planes, stride, &order).map(|x| x as u32);
        let pairs: Vec<u32> = pairs.collect();
        for (place, pair) in pairs.chunks(2).enumerate() {
            let (event, column) = (place % 8, order[place / 8 % columns]);
            let event = event + 8 * (place / 8 / columns);
            let plane = (200 * column + event) as u32;
            assert_eq!(pair, [plane, plane + 100]);
        }
        assert_eq!(pairs.len(), planes.len());
    }
}
