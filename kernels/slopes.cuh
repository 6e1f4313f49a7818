//! How J of a tile's terms moves with the slots; the formulas are those of the CPU backend's vectors.rs.

/// dJ by slots at the events; by terms where there are groups of them.
__device__ __forceinline__ void fill_slopes(const Tile& tile)
{
    for (int item = threadIdx.x; item < VECTORS * PART; item += THREADS) {
        const int vector = item / PART, event = item % PART;
        if (event >= tile.padded) continue;
        double by_re = 0.0, by_im = 0.0;
#pragma unroll 1
        for (int row = 0; row < ROWS; row++) {
            if (!is_present(vector, row)) continue;
            const Pair u = vector_at(tile, vector, row, event);
            const Pair w = pulled(tile, row, event);
            by_re = fma(2.0 * w.im, u.im, fma(2.0 * w.re, u.re, by_re));
            by_im = fma(2.0 * w.im, u.re, fma(-2.0 * w.re, u.im, by_im));
        }
#if DENSITIES
        for (int d = 0; d < DENSITIES; d++) {
            const double m = multiplicity(d);
            if (vector == DENSITY_COEFFICIENT[d]) {
                const Pair product = get<PRODUCT>(tile, 2 * d, event);
                by_re = fma(m, product.re, by_re);
                by_im = fma(-m, product.im, by_im);
            }
            if (DENSITY_SHAPE[d] < 0) continue;
            Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
            c = pair(c.re * m, c.im * m);
            const int shape = DENSITY_SHAPE[d];
            for (int place = FIRST_JACOBIAN[shape]; place < FIRST_JACOBIAN[shape + 1]; place++) {
                if (vector != COEFFICIENTS + JACOBIAN_PARAMETER[place]) continue;
                const Pair f = get<JACOBIAN>(tile, 2 * place, event);
                const Pair a = get<AMPLITUDE>(tile, 2 * DENSITY_ROW[d], event);
                const Pair b = get<AMPLITUDE>(tile, 2 * DENSITY_OTHER[d], event);
                by_re += plain_times(plain_times(plain_times(c, f), a), pair(b.re, -b.im)).re;
            }
        }
#endif
        if (vector < COEFFICIENTS) {
            plane<EVENT_SLOT>(tile, 2 * vector)[event] = by_re;
            plane<EVENT_SLOT>(tile, 2 * vector + 1)[event] = by_im;
        } else {
            plane<EVENT_SLOT>(tile, COEFFICIENTS + vector)[event] = by_re;
        }
    }
#if GROUPED
    __syncthreads();
    for (int item = threadIdx.x; item < (SLOTS - BACKGROUNDS) * PART; item += THREADS) {
        const int slot = item / PART, n = item % PART;
        if (n >= tile.padded_terms) continue;
        double sum = 0.0;
        if (n < tile.terms)
            for (int e = tile.firsts[n]; e < tile.firsts[n + 1]; e++)
                sum = fma(tile.shares[e], plane<EVENT_SLOT>(tile, slot)[e - tile.first_event], sum);
        plane<TERM_SLOT>(tile, slot)[n] = sum;
    }
#endif
    // A loop of no turns takes part in how the rest is laid out in registers.
#if BACKGROUNDS
    for (int item = threadIdx.x; item < BACKGROUNDS * PART; item += THREADS) {
        const int k = item / PART, n = item % PART;
        if (n < tile.padded_terms) plane<TERM_SLOT>(tile, SLOTS - BACKGROUNDS + k)[n] = background(tile, k, n);
    }
#endif
}
