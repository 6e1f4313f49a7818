//! What densities with free coefficients or shapes add to second derivatives; the formulas, and the plain
//! sums over events, are those of the CPU backend's density_hessian.rs.

#if DENSITIES
/// sum_e X U_r and sum_e Y conj(U_o) of density d and a vector, with F (factor -1) or c dF/dp for F, in
/// the order of events.
__device__ __forceinline__ void pair_sums(const Tile& tile, int d, int vector, int factor, Pair& p, Pair& q)
{
    const int row = DENSITY_ROW[d], other = DENSITY_OTHER[d];
    const double m = row == other ? 1.0 : 2.0;
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

/// Two different derivatives by one slot come in both orders.
__device__ __forceinline__ void add_cross(const Triangle& out, int a, int b, double value)
{
    add_entry(out, a, b, a == b ? 2.0 * value : value);
}

/// Entries are shared between densities and vectors, so one warp takes the densities in turn: its lanes
/// sum over the events of a vector each, then one lane adds what they found, vector by vector. A call of its own needs
/// fewer registers.
__device__ __noinline__ void add_density_hessian(int index, Triangle out)
{
    const Tile tile = at(walk.parts[index], 0);
    if (threadIdx.x >= 32) return;
    const int lane = lane_of_warp();
    for (int d = 0; d < DENSITIES; d++) {
        const int slot = 2 * DENSITY_COEFFICIENT[d], shape = DENSITY_SHAPE[d];
        const int first = shape < 0 ? 0 : FIRST_JACOBIAN[shape], last = shape < 0 ? 0 : FIRST_JACOBIAN[shape + 1];
        for (int place = first - 1; place < last; place++) {
            const int factor = place < first ? -1 : place;
            const int own = factor < 0 ? slot : 2 * COEFFICIENTS + JACOBIAN_PARAMETER[factor];
            for (int begin = 0; begin < VECTORS; begin += 32) {
                Pair p = pair(0.0, 0.0), q = p;
                if (begin + lane < VECTORS) pair_sums(tile, d, begin + lane, factor, p, q);
                for (int l = 0; l < 32 && begin + l < VECTORS; l++) {
                    const int vector = begin + l;
                    const double p_re = __shfl_sync(0xffffffffu, p.re, l), p_im = __shfl_sync(0xffffffffu, p.im, l);
                    const double q_re = __shfl_sync(0xffffffffu, q.re, l), q_im = __shfl_sync(0xffffffffu, q.im, l);
                    if (lane != 0) continue;
                    const bool is_coefficient = vector < COEFFICIENTS;
                    const int by = is_coefficient ? 2 * vector : COEFFICIENTS + vector;
                    add_cross(out, by, own, p_re + q_re);
                    if (factor < 0) add_cross(out, by, slot + 1, -(p_im + q_im));
                    if (!is_coefficient) continue;
                    add_cross(out, by + 1, own, -(p_im - q_im));
                    if (factor < 0) add_cross(out, by + 1, slot + 1, -(p_re - q_re));
                }
            }
            if (factor < 0 || lane != 0) continue;
            Pair sum = pair(0.0, 0.0);
            for (int e = 0; e < tile.padded; e++) {
                Pair term = plain_times(get<JACOBIAN>(tile, 2 * factor, e), get<AMPLITUDE>(tile, 2 * DENSITY_ROW[d], e));
                term = plain_times(term, conjugate(get<AMPLITUDE>(tile, 2 * DENSITY_OTHER[d], e)));
                const double s = plane<SLOPE>(tile)[e];
                sum = pair(sum.re + term.re * s, sum.im + term.im * s);
            }
            const double m = DENSITY_ROW[d] == DENSITY_OTHER[d] ? 1.0 : 2.0;
            add_cross(out, own, slot, sum.re * m);
            add_cross(out, own, slot + 1, -(sum.im * m));
        }
    }
}
#endif
