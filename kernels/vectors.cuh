//! How the amplitudes and J of a tile move with the slots; the formulas are those of the CPU backend's
//! vectors.rs.

#define VECTORS (COEFFICIENTS + PARAMETERS)

/// The sums of second derivatives of one group of tiles, one number every `stride`.
struct Triangle {
    double* entries;
    size_t stride;
};

__device__ __forceinline__ void add_entry(const Triangle& out, int a, int b, double value)
{
    const size_t low = a > b ? b : a, high = a > b ? a : b;
    out.entries[(high * (high + 1) / 2 + low) * out.stride] += value;
}

__device__ __forceinline__ bool is_present(int vector, int row)
{
    return VECTOR_BEGIN[vector * ROWS + row] < VECTOR_BEGIN[vector * ROWS + row + 1];
}

__device__ __forceinline__ int vector_plane(int vector, int row)
{
    return VECTOR + 2 * (vector * ROWS + row);
}

/// U_a: dA/dc of each coefficient, dA/dp of each parameter.
__device__ __forceinline__ void fill_vectors(const Tile& tile)
{
    for (int item = threadIdx.x; item < VECTORS * ROWS * PART; item += THREADS) {
        const int at = item / PART, event = item % PART;
        if (event >= tile.padded || VECTOR_BEGIN[at] == VECTOR_BEGIN[at + 1]) continue;
        Pair u = pair(0.0, 0.0);
        for (int i = VECTOR_BEGIN[at]; i < VECTOR_BEGIN[at + 1]; i++) {
            const int factor = VECTOR_FACTOR[i], source = VECTOR_SOURCE[i];
            if (at >= COEFFICIENTS * ROWS) {
                // T of the group already holds the coefficients.
                u = add_product(u, get(tile, JACOBIAN + 2 * factor, event), get(tile, PARTIAL + 2 * source, event));
            } else {
                const Pair g = column(tile, source, event);
                if (factor < 0)
                    u = pair(fma(-0.0, g.im, fma(1.0, g.re, u.re)), fma(0.0, g.re, fma(1.0, g.im, u.im)));
                else
                    u = add_product(u, get(tile, SHAPE + 2 * factor, event), g);
            }
        }
        set(tile, VECTOR + 2 * at, event, u);
    }
}

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
            const Pair u = get(tile, vector_plane(vector, row), event);
            const Pair w = pulled(tile, row, event);
            by_re = fma(2.0 * w.im, u.im, fma(2.0 * w.re, u.re, by_re));
            by_im = fma(2.0 * w.im, u.re, fma(-2.0 * w.re, u.im, by_im));
        }
#if DENSITIES
        for (int d = 0; d < DENSITIES; d++) {
            const double m = DENSITY_ROW[d] == DENSITY_OTHER[d] ? 1.0 : 2.0;
            if (vector == DENSITY_COEFFICIENT[d]) {
                const Pair product = get(tile, PRODUCT + 2 * d, event);
                by_re = fma(m, product.re, by_re);
                by_im = fma(-m, product.im, by_im);
            }
            if (DENSITY_SHAPE[d] < 0) continue;
            Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
            c = pair(c.re * m, c.im * m);
            const int shape = DENSITY_SHAPE[d];
            for (int place = FIRST_JACOBIAN[shape]; place < FIRST_JACOBIAN[shape + 1]; place++) {
                if (vector != COEFFICIENTS + JACOBIAN_PARAMETER[place]) continue;
                const Pair f = get(tile, JACOBIAN + 2 * place, event);
                const Pair a = get(tile, AMPLITUDE + 2 * DENSITY_ROW[d], event);
                const Pair b = get(tile, AMPLITUDE + 2 * DENSITY_OTHER[d], event);
                by_re += plain_times(plain_times(plain_times(c, f), a), pair(b.re, -b.im)).re;
            }
        }
#endif
        if (vector < COEFFICIENTS) {
            PLANE(EVENT_SLOT + 2 * vector)[event] = by_re;
            PLANE(EVENT_SLOT + 2 * vector + 1)[event] = by_im;
        } else {
            PLANE(EVENT_SLOT + COEFFICIENTS + vector)[event] = by_re;
        }
    }
#if GROUPED
    __syncthreads();
    for (int item = threadIdx.x; item < (SLOTS - BACKGROUND) * PART; item += THREADS) {
        const int slot = item / PART, n = item % PART;
        if (n >= tile.padded_terms) continue;
        double sum = 0.0;
        if (n < tile.terms)
            for (int e = tile.firsts[n]; e < tile.firsts[n + 1]; e++)
                sum = fma(tile.shares[e], PLANE(EVENT_SLOT + slot)[e - tile.first_event], sum);
        PLANE(TERM_SLOT + slot)[n] = sum;
    }
#endif
#if BACKGROUND
    for (int n = threadIdx.x; n < tile.padded_terms; n += THREADS)
        PLANE(TERM_SLOT + SLOTS - 1)[n] = n < tile.terms ? tile.background[n] : 0.0;
#endif
}

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
