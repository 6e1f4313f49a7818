//! Sums of products of two vectors over the events of a tile; the order is that of the CPU backend's vectors.rs.

#if DENSITIES
/// M applied to every vector, in the rows it mixes.
__device__ __forceinline__ void mix_vectors(const Tile& tile)
{
    for (int item = threadIdx.x; item < VECTORS * PART; item += THREADS) {
        const int vector = item / PART, event = item % PART;
        if (event >= tile.padded) continue;
        apply_densities(tile, event, MIXED + 2 * vector * ROWS, [&](int row) {
            return is_present(vector, row) ? get(tile, vector_plane(vector, row), event) : pair(0.0, 0.0);
        });
    }
}
#endif

/// `add(out, a, b, Re, Im)` of sum_e s U_a conj(M U_b) for all b <= a, in one lane of an octet, s from SLOPE. A call
/// of its own: put in place, it makes the kernel spill.
template <typename Add>
__device__ __noinline__ void each_product(const Part& part, Triangle out, Add add)
{
    const Tile tile = at(part, 0);
    for (int item = octet(); item < VECTORS * VECTORS; item += OCTETS) {
        const int a = item / VECTORS, b = item % VECTORS;
        if (b > a) continue;
        double re = 0.0, im = 0.0;
#pragma unroll 1
        for (int row = 0; row < ROWS; row++) {
            if (!is_present(a, row)) continue;
            int right = vector_plane(b, row);
#if DENSITIES
            if (IS_MIXED[row])
                right = MIXED + 2 * (b * ROWS + row);
            else
#endif
                if (!is_present(b, row)) continue;
            const int left = vector_plane(a, row);
#pragma unroll 2
            for (int e = lane_of_octet(); e < tile.padded; e += 8) {
                const double weight = PLANE(SLOPE)[e];
                const Pair u = get(tile, left, e), v = get(tile, right, e);
                const Pair scaled = pair(weight * u.re, weight * u.im);
                re = fma(scaled.re, v.re, re);
                re = fma(scaled.im, v.im, re);
                im = fma(scaled.im, v.re, im);
                im = fma(-scaled.re, v.im, im);
            }
        }
        re = sum_of_lanes(re);
        im = sum_of_lanes(im);
        if (lane_of_octet() == 0) add(out, a, b, re, im);
    }
}
