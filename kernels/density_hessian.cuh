//! What densities with free coefficients or shapes add to second derivatives; the formulas, and the plain
//! sums over events, are those of the CPU backend's density_hessian.rs.

#if DENSITIES
/// sum_e X U_r and sum_e Y conj(U_o) of density d and a vector, with F (factor -1) or c dF/dp for F, in
/// the order of events.
__device__ __forceinline__ void pair_sums(const Tile& tile, int d, int vector, int factor, Pair& p, Pair& q)
{
    const int row = DENSITY_ROW[d], other = DENSITY_OTHER[d];
    const double m = multiplicity(d);
    const Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
    const bool left = is_present(vector, row), right = is_present(vector, other);
    p = q = pair(0.0, 0.0);
    for (int e = 0; e < tile.padded; e++) {
        Pair f = pair(1.0, 0.0);
        if (factor >= 0)
            f = plain_times(c, get<JACOBIAN>(tile, 2 * factor, e));
        else if (DENSITY_SHAPE[d] >= 0)
            f = get<SHAPE>(tile, 2 * DENSITY_SHAPE[d], e);
        const double scale = m * plane<SLOPE>(tile)[e];
        f = pair(f.re * scale, f.im * scale);
        if (left) {
            const Pair b = get<AMPLITUDE>(tile, 2 * other, e);
            const Pair term = plain_times(plain_times(f, conjugate(b)), vector_at(tile, vector, row, e));
            p = pair(p.re + term.re, p.im + term.im);
        }
        if (right) {
            const Pair a = get<AMPLITUDE>(tile, 2 * row, e);
            const Pair term = plain_times(plain_times(f, a), conjugate(vector_at(tile, vector, other, e)));
            q = pair(q.re + term.re, q.im + term.im);
        }
    }
}

/// sum_e s dF/dp A_r conj(A_o), in the order of events.
__device__ __forceinline__ Pair own_sum(const Tile& tile, int d, int factor)
{
    Pair sum = pair(0.0, 0.0);
    for (int e = 0; e < tile.padded; e++) {
        Pair term = plain_times(get<JACOBIAN>(tile, 2 * factor, e), get<AMPLITUDE>(tile, 2 * DENSITY_ROW[d], e));
        term = plain_times(term, conjugate(get<AMPLITUDE>(tile, 2 * DENSITY_OTHER[d], e)));
        const double s = plane<SLOPE>(tile)[e];
        sum = pair(sum.re + term.re * s, sum.im + term.im * s);
    }
    return sum;
}

/// Two different derivatives by one slot come in both orders.
__device__ __forceinline__ void add_cross(const Triangle& out, int a, int b, double value)
{
    add_entry(out, a, b, a == b ? 2.0 * value : value);
}

/// The derivative that a density and factor come with: by Re of its coefficient, or by a parameter of its shape.
__device__ __forceinline__ int own_slot(int d, int factor)
{
    return factor < 0 ? 2 * DENSITY_COEFFICIENT[d] : 2 * COEFFICIENTS + JACOBIAN_PARAMETER[factor];
}

/// Adds what a vector has with a density and factor: entries that no other vector has.
__device__ __forceinline__ void add_pair_sums(const Triangle& out, int d, int factor, int vector, Pair p, Pair q)
{
    const int slot = 2 * DENSITY_COEFFICIENT[d], own = own_slot(d, factor);
    const bool is_coefficient = vector < COEFFICIENTS;
    const int by = is_coefficient ? 2 * vector : COEFFICIENTS + vector;
    add_cross(out, by, own, p.re + q.re);
    if (factor < 0) add_cross(out, by, slot + 1, -(p.im + q.im));
    if (!is_coefficient) return;
    add_cross(out, by + 1, own, -(p.im - q.im));
    if (factor < 0) add_cross(out, by + 1, slot + 1, -(p.re - q.re));
}

// Of a density and factor one for each vector, then the one that no vector has; and how many sums fit into shared memory.
#define SUMS_OF_FACTOR (VECTORS + 1)
#define SUMS_TOGETHER (BAND_NUMBERS / 4)

/// All threads sum over the events, then they add what they found: the vectors of a density and factor at the same time, and
/// those one after the other, because they share entries. A call of its own needs fewer registers.
__device__ __noinline__ void add_density_hessian(int index, Triangle out)
{
    const Tile tile = at(walk.parts[index], 0);
    Pair* sums = (Pair*)BANDS;
    const int all = DENSITY_FACTORS * SUMS_OF_FACTOR;
    for (int begin = 0; begin < all; begin += SUMS_TOGETHER) {
        const int end = begin + SUMS_TOGETHER < all ? begin + SUMS_TOGETHER : all;
        for (int item = begin + threadIdx.x; item < end; item += THREADS) {
            const int number = item / SUMS_OF_FACTOR, vector = item % SUMS_OF_FACTOR;
            const int d = FACTOR_DENSITY[number], factor = FACTOR_PLACE[number];
            Pair p = pair(0.0, 0.0), q = p;
            if (vector < VECTORS)
                pair_sums(tile, d, vector, factor, p, q);
            else if (factor >= 0)
                p = own_sum(tile, d, factor);
            sums[2 * (item - begin)] = p;
            sums[2 * (item - begin) + 1] = q;
        }
        __syncthreads();
        for (int number = begin / SUMS_OF_FACTOR; number * SUMS_OF_FACTOR < end; number++) {
            const int d = FACTOR_DENSITY[number], factor = FACTOR_PLACE[number];
            const int first = number * SUMS_OF_FACTOR, last = first + VECTORS;
            for (int item = first + threadIdx.x; item < last && item < end; item += THREADS) {
                const Pair* found = sums + 2 * (item - begin);
                if (item >= begin) add_pair_sums(out, d, factor, item - first, found[0], found[1]);
            }
            __syncthreads();
            if (factor < 0 || last >= end) continue;
            if (threadIdx.x == 0) {
                const Pair sum = sums[2 * (last - begin)];
                const int slot = 2 * DENSITY_COEFFICIENT[d], own = own_slot(d, factor);
                const double m = multiplicity(d);
                add_cross(out, own, slot, sum.re * m);
                add_cross(out, own, slot + 1, -(sum.im * m));
            }
            __syncthreads();
        }
    }
}
#endif
