//! The gradient of a tile, by one pass back through it; the formulas are those of the CPU backend's
//! gradient.rs. A sum over events belongs to one octet, a slot to one thread, so that no two threads add to the same
//! number.

/// 2 s conj(W) of each row at an event.
__device__ __forceinline__ void adjoints(const Tile& tile, int event)
{
    const double twice = 2.0 * plane<SLOPE>(tile)[event];
#pragma unroll 2
    for (int row = 0; row < ROWS; row++) {
        const Pair w = pulled(tile, row, event);
        set<ADJOINT>(tile, 2 * row, event, pair(twice * w.re, -twice * w.im));
    }
}

/// The same at each event.
__device__ __forceinline__ void adjoints_of_events(const Part& part)
{
    for (int number = threadIdx.x; number < points_of(part) * PART; number += THREADS) {
        const Item item = item_of(part, number);
        if (item.event < part.padded) adjoints(at(part, item.point), item.event);
    }
}

/// zeta of a shape at an event: what d Re(zeta F) / dp is taken of.
__device__ __forceinline__ Pair seed(const Tile& tile, int shape, int event)
{
    Pair zeta = pair(0.0, 0.0);
    for (int i = SHAPE_BEGIN[shape]; i < SHAPE_BEGIN[shape + 1]; i++) {
        const int group = SHAPE_GROUPS[i];
        zeta = add_product(
            zeta, get<ADJOINT>(tile, 2 * GROUP_ROW[group], event), partial(tile, group, event));
    }
#if DENSITIES
    for (int d = 0; d < DENSITIES; d++) {
        if (DENSITY_SHAPE[d] != shape) continue;
        const double m = multiplicity(d);
        Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
        c = pair(c.re * m, c.im * m);
        const Pair p = times_conjugate(get<AMPLITUDE>(tile, 2 * DENSITY_ROW[d], event),
            get<AMPLITUDE>(tile, 2 * DENSITY_OTHER[d], event));
        const Pair z = times(c, p);
        const double slope = plane<SLOPE>(tile)[event];
        zeta = pair(fma(slope, z.re, zeta.re), fma(slope, z.im, zeta.im));
    }
#endif
    return zeta;
}

/// Nothing is multiplied.
#define NONE (-1)

// As many as registers allow.
#define OCTETS_TOGETHER (POINTS == 1 ? 4 : 2)

/// Goes on with sum_e b G of a column at each point, b the adjoint of a row, or its product with another pair, of kind
/// TIMES; their lanes of Re and -Im are left in `sum`.
template <int TIMES>
__device__ __forceinline__ void project(const Part& part, int place, int row, int times, Pair (&sum)[POINTS])
{
    const int lane = lane_of_octet();
    const column_t* columns = columns_at(part, lane) + 8 * place;
    const double2 *factors[POINTS], *others[POINTS];
#pragma unroll
    for (int p = 0; p < POINTS; p++) {
        const Tile tile = at_or_first(part, p);
        factors[p] = pairs<ADJOINT>(tile, 2 * row) + lane;
        if (TIMES != NONE) others[p] = pairs<TIMES>(tile, times) + lane;
    }
    const auto add_of_octet = [&](int e) {
        const Pair g = read(columns + e * COLUMNS);
#pragma unroll
        for (int p = 0; p < POINTS; p++) {
            Pair b = read(factors[p] + e);
            if (TIMES != NONE) b = add_product(pair(0.0, 0.0), b, read(others[p] + e));
            sum[p] = add_term(sum[p], b, g);
        }
    };
    // Nearly all parts are whole, and their loop needs no count. With several points two long loops would take too many
    // registers.
    if ((POINTS == 1 || PART <= 32) && part.padded == PART) {
#pragma unroll 4
        for (int e = 0; e < PART; e += 8) add_of_octet(e);
    } else {
#pragma unroll OCTETS_TOGETHER
        for (int e = 0; e < part.padded; e += 8) add_of_octet(e);
    }
}

/// Goes on with what a term adds to the derivatives by its coefficient, at all points.
__device__ __forceinline__ void add_of_term(const Part& part, int term)
{
    const int group = TERM_GROUP[term], place = column_of_term(term), number = CARRY_TERM + term;
    const int row = GROUP_ROW[group], shape = GROUP_SHAPE[group];
    Pair sum[POINTS];
#pragma unroll
    for (int p = 0; p < POINTS; p++) {
        const Tile tile = at_or_first(part, p);
        sum[p] = pair(carried(tile, number), carried(tile, number + TERMS));
    }
    if (shape < 0)
        project<NONE>(part, place, row, 0, sum);
    else
        project<SHAPE>(part, place, row, 2 * shape, sum);
#pragma unroll
    for (int p = 0; p < POINTS; p++) {
        const Tile tile = at_or_first(part, p);
        carry(tile, number, sum[p].re);
        carry(tile, number + TERMS, sum[p].im);
    }
}

/// Goes on with the sum of a derivative by a parameter of a shape.
__device__ __forceinline__ void add_derivative(const Tile& tile, int place)
{
    const double sum = carried(tile, CARRY_PARAMETER + place);
    carry(tile, CARRY_PARAMETER + place, add_total(sum, plane<DERIVATIVE>(tile, place), tile.padded));
}

#if DENSITIES
/// Goes on with sum_e s times the product of a density.
__device__ __forceinline__ void add_density(const Tile& tile, int d)
{
    const int number = CARRY_DENSITY + d;
    Pair sum = pair(carried(tile, number), carried(tile, number + DENSITIES));
    for (int e = lane_of_octet(); e < tile.padded; e += 8) {
        const Pair product = get<PRODUCT>(tile, 2 * d, e);
        sum.re = fma(plane<SLOPE>(tile)[e], product.re, sum.re);
        sum.im = fma(plane<SLOPE>(tile)[e], product.im, sum.im);
    }
    carry(tile, number, sum.re);
    carry(tile, number + DENSITIES, sum.im);
}
#endif

#if BACKGROUNDS
/// Goes on with sum_n f' w B of a background.
__device__ __forceinline__ void add_background(const Tile& tile, int k)
{
    double sum = carried(tile, CARRY_BACKGROUND + k);
    for (int n = lane_of_octet(); n < tile.padded_terms; n += 8)
        sum = fma(plane<TERM_SLOPE>(tile)[n], background(tile, k, n), sum);
    carry(tile, CARRY_BACKGROUND + k, sum);
}
#endif

/// Goes on with the sums over a tile that the value and the slots are made of.
__device__ __noinline__ void add_to_lanes(int index)
{
    const Part& part = walk.parts[index];
    const int others = 1 + JACOBIANS + DENSITIES + BACKGROUNDS;
    for (int number = octet(); number < TERMS + others * points_of(part); number += OCTETS) {
        if (number < TERMS) {
            add_of_term(part, number);
            continue;
        }
        const Tile tile = at(part, (number - TERMS) % points_of(part));
        int item = (number - TERMS) / points_of(part);
        if (item == 0) {
            add_value(tile);
            continue;
        }
        item--;
        if (item < JACOBIANS) {
            add_derivative(tile, item);
            continue;
        }
#if DENSITIES
        if (item < JACOBIANS + DENSITIES) {
            add_density(tile, item - JACOBIANS);
            continue;
        }
#endif
#if BACKGROUNDS
        add_background(tile, item - JACOBIANS - DENSITIES);
#endif
    }
}

/// Adds what a tile gives to d/dRe c and d/dIm c.
__device__ __forceinline__ void finish_coefficient(const Tile& tile, int c)
{
    double* const sums = tile.sums + 1 + 2 * c;
    Pair sum = pair(sums[0], sums[1]);
    for (int k = COEFFICIENT_BEGIN[c]; k < COEFFICIENT_BEGIN[c + 1]; k++) {
        const int number = CARRY_TERM + COEFFICIENT_TERM[k];
        const Pair z = pair(finished(tile, number), finished(tile, number + TERMS));
        sum = pair(sum.re + z.re, sum.im - z.im);
    }
    for (int d = 0; d < DENSITIES; d++) {
        if (DENSITY_COEFFICIENT[d] != c) continue;
        const double m = multiplicity(d);
        const Pair z = pair(finished(tile, CARRY_DENSITY + d), finished(tile, CARRY_DENSITY + DENSITIES + d));
        sum = pair(sum.re + m * z.re, sum.im - m * z.im);
    }
    sums[0] = sum.re;
    sums[1] = sum.im;
}

/// Adds the sums over a tile that ends with a part to the block's, in the order of the CPU backend.
__device__ __noinline__ void finish_tile(int index)
{
    const Part& part = walk.parts[index];
    const int all = COEFFICIENTS + 1 + PARAMETERS + BACKGROUNDS;
    for (int number = threadIdx.x; number < all * points_of(part); number += THREADS) {
        const Tile tile = at(part, number / all);
        const int item = number % all;
        if (item < COEFFICIENTS) {
            finish_coefficient(tile, item);
            continue;
        }
        const int other = item - COEFFICIENTS - 1;
        double& sum = tile.sums[other < 0 ? 0 : 1 + 2 * COEFFICIENTS + other];
        if (other < 0) {
            sum += finished(tile, CARRY_VALUE);
        } else if (other < PARAMETERS) {
            for (int i = PARAMETER_BEGIN[other]; i < PARAMETER_BEGIN[other + 1]; i++)
                sum += finished(tile, CARRY_PARAMETER + PARAMETER_PLACES[i]);
        } else {
            sum += finished(tile, CARRY_BACKGROUND + other - PARAMETERS);
        }
    }
}
