//! The gradient of a tile, by one pass back through it; the formulas are those of the CPU backend's
//! gradient.rs. Every slot belongs to one octet, so that no two threads add to the same number.

/// 2 s conj(W) of each row.
__device__ __forceinline__ void adjoints(const Part& part)
{
    for (int number = threadIdx.x; number < ROWS * points_of(part) * PART; number += THREADS) {
        const Item item = item_of(part, number);
        const int row = item.thing, event = item.event;
        if (event >= part.padded) continue;
        const Tile tile = at(part, item.point);
        const Pair w = pulled(tile, row, event);
        const double twice = 2.0 * PLANE(SLOPE)[event];
        set(tile, ADJOINT + 2 * row, event, pair(twice * w.re, -twice * w.im));
    }
}

/// zeta of a shape at an event: what d Re(zeta F) / dp is taken of.
__device__ __forceinline__ Pair seed(const Tile& tile, int shape, int event)
{
    Pair zeta = pair(0.0, 0.0);
    for (int i = SHAPE_BEGIN[shape]; i < SHAPE_BEGIN[shape + 1]; i++) {
        const int group = SHAPE_GROUPS[i];
        zeta = add_product(
            zeta, get(tile, ADJOINT + 2 * GROUP_ROW[group], event), partial(tile, group, event));
    }
#if DENSITIES
    for (int d = 0; d < DENSITIES; d++) {
        if (DENSITY_SHAPE[d] != shape) continue;
        const double m = DENSITY_ROW[d] == DENSITY_OTHER[d] ? 1.0 : 2.0;
        Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
        c = pair(c.re * m, c.im * m);
        const Pair p = times_conjugate(get(tile, AMPLITUDE + 2 * DENSITY_ROW[d], event),
            get(tile, AMPLITUDE + 2 * DENSITY_OTHER[d], event));
        const Pair z = times(c, p);
        const double slope = PLANE(SLOPE)[event];
        zeta = pair(fma(slope, z.re, zeta.re), fma(slope, z.im, zeta.im));
    }
#endif
    return zeta;
}

/// Adds sum_e b G, b given by event, to `re` and subtracts it from `im`; `number` is that of the first of
/// two carried sums.
template <typename Factor>
__device__ __forceinline__ void project(
    const Tile& tile, int number, int index, Factor factor, double& re, double& im)
{
    double sum_re = carried(tile, number), sum_im = carried(tile, number + 1);
#pragma unroll 2
    for (int e = lane_of_octet(); e < tile.padded; e += 8) {
        const Pair b = factor(e);
        const Pair g = column(tile, index, e);
        sum_re = fma(b.re, g.re, sum_re);
        sum_re = fma(-b.im, g.im, sum_re);
        sum_im = fma(b.re, g.im, sum_im);
        sum_im = fma(b.im, g.re, sum_im);
    }
    re += finished(tile, number, sum_re);
    im -= finished(tile, number + 1, sum_im);
}

/// d/dRe c and d/dIm c.
__device__ __forceinline__ void add_coefficient(const Tile& tile, int c, double* gradient)
{
    // One lane reads and writes the sums; what the others hold is given up.
    const bool keeps = lane_of_octet() == 0;
    double re = keeps ? gradient[2 * c] : 0.0, im = keeps ? gradient[2 * c + 1] : 0.0;
    for (int k = COEFFICIENT_BEGIN[c]; k < COEFFICIENT_BEGIN[c + 1]; k++) {
        const int group = COEFFICIENT_GROUP[k], index = COEFFICIENT_COLUMN[k];
        const int adjoint = ADJOINT + 2 * GROUP_ROW[group], shape = GROUP_SHAPE[group];
        if (shape < 0)
            project(tile, CARRY_TERM + 2 * k, index, [&](int e) { return get(tile, adjoint, e); }, re, im);
        else
            project(tile, CARRY_TERM + 2 * k, index, [&](int e) {
                return add_product(pair(0.0, 0.0), get(tile, adjoint, e), get(tile, SHAPE + 2 * shape, e));
            }, re, im);
    }
#if DENSITIES
    for (int d = 0; d < DENSITIES; d++) {
        if (DENSITY_COEFFICIENT[d] != c) continue;
        const double m = DENSITY_ROW[d] == DENSITY_OTHER[d] ? 1.0 : 2.0;
        const int number = CARRY_DENSITY + 2 * d;
        re += m * dot(tile, number, PLANE(SLOPE), PLANE(PRODUCT + 2 * d), tile.padded);
        im -= m * dot(tile, number + 1, PLANE(SLOPE), PLANE(PRODUCT + 2 * d + 1), tile.padded);
    }
#endif
    if (keeps) {
        gradient[2 * c] = re;
        gradient[2 * c + 1] = im;
    }
}

/// Adds what the part adds to the value and, where wanted, to every slot.
__device__ __forceinline__ void add_to_sums(const Part& part, bool gradient)
{
    const int items = gradient ? 1 + BACKGROUNDS + COEFFICIENTS + PARAMETERS : 1;
    for (int number = octet(); number < items * points_of(part); number += OCTETS) {
        const int item = number / points_of(part);
        const Tile tile = at(part, number % points_of(part));
        double* sums = tile.sums;
        if (item == 0) {
            const double value = dot(tile, CARRY_VALUE, PLANE(TERM_WEIGHT), PLANE(TERM_VALUE), tile.padded_terms);
            if (lane_of_octet() == 0) sums[0] += value;
        } else if (item < 1 + BACKGROUNDS) {
            const int k = item - 1;
            double sum = carried(tile, CARRY_BACKGROUND + k);
            for (int n = lane_of_octet(); n < tile.padded_terms; n += 8)
                sum = fma(PLANE(TERM_SLOPE)[n], background(tile, k, n), sum);
            sum = finished(tile, CARRY_BACKGROUND + k, sum);
            if (lane_of_octet() == 0) sums[1 + SLOTS - BACKGROUNDS + k] += sum;
        } else if (item < 1 + BACKGROUNDS + COEFFICIENTS) {
            add_coefficient(tile, item - 1 - BACKGROUNDS, sums + 1);
        } else {
            const int parameter = item - 1 - BACKGROUNDS - COEFFICIENTS;
            const bool keeps = lane_of_octet() == 0;
            double sum = keeps ? sums[1 + 2 * COEFFICIENTS + parameter] : 0.0;
            for (int i = PARAMETER_BEGIN[parameter]; i < PARAMETER_BEGIN[parameter + 1]; i++)
                sum += total(tile, CARRY_PARAMETER + PARAMETER_PLACES[i], PLANE(DERIVATIVE + PARAMETER_PLACES[i]),
                    tile.padded);
            if (keeps) sums[1 + 2 * COEFFICIENTS + parameter] = sum;
        }
    }
}
