//! From columns to amplitudes and intensities of a tile's events.

/// t + T of a group, of columns at an event, with the coefficients of each of some points.
template <int N>
__device__ __forceinline__ void add_group(
    const column_t* columns, int group, const double2* const (&coefficients)[N], Pair (&t)[N])
{
    const int end = GROUP_BEGIN[group + 1];
#pragma unroll 4
    for (int k = GROUP_BEGIN[group]; k < end; k++) {
        const Pair g = read(columns + 8 * column_of_term(k));
#pragma unroll
        for (int p = 0; p < N; p++) t[p] = add_term(t[p], read(coefficients[p] + k), g);
    }
}

/// A of each row, and where they are kept T of the groups with a shape. A thread has all points of its event: it reads
/// a column once.
__device__ __forceinline__ void amplitudes(const Part& part)
{
    const double2* coefficients[POINTS];
#pragma unroll
    for (int p = 0; p < POINTS; p++) coefficients[p] = coefficients_of_terms(at_or_first(part, p));
    for (int number = threadIdx.x; number < ROWS * PART; number += THREADS) {
        const int row = number / PART, event = number % PART;
        if (event >= part.padded) continue;
        const column_t* columns = columns_at(part, event);
        Pair a[POINTS];
#pragma unroll
        for (int p = 0; p < POINTS; p++) a[p] = pair(0.0, 0.0);
        for (int i = ROW_BEGIN[row]; i < ROW_BEGIN[row + 1]; i++) {
            const int group = ROW_GROUPS[i];
            const int shape = GROUP_SHAPE[group];
            Pair t[POINTS];
#pragma unroll
            for (int p = 0; p < POINTS; p++) t[p] = shape < 0 ? a[p] : pair(0.0, 0.0);
            add_group(columns, group, coefficients, t);
#pragma unroll
            for (int p = 0; p < POINTS; p++) {
                if (shape < 0) {
                    a[p] = t[p];
                    continue;
                }
                const Tile tile = at_or_first(part, p);
#if PARTIALS
                set<PARTIAL>(tile, 2 * group, event, t[p]);
#endif
                a[p] = add_product(a[p], get<SHAPE>(tile, 2 * shape, event), t[p]);
            }
        }
#pragma unroll
        for (int p = 0; p < POINTS; p++)
            if (p < points_of(part)) set<AMPLITUDE>(at(part, p), 2 * row, event, a[p]);
    }
}

/// T of a group: read again from columns that are near.
__device__ __forceinline__ Pair partial(const Tile& tile, int group, int event)
{
#if PARTIALS
    return get<PARTIAL>(tile, 2 * group, event);
#else
    const double2* const coefficients[1] = {coefficients_of_terms(tile)};
    Pair t[1] = {pair(0.0, 0.0)};
    add_group(columns_at(tile, event), group, coefficients, t);
    return t[0];
#endif
}

/// How often Re of a density's number counts: that of a row with itself once.
__device__ __forceinline__ double multiplicity(int d)
{
    return DENSITY_ROW[d] == DENSITY_OTHER[d] ? 1.0 : 2.0;
}

#if DENSITIES && SLOPES
/// out = M applied to a vector of rows, in the rows that stand in a density; the pairs of one row follow those of the
/// other.
template <typename Vector>
__device__ __forceinline__ void apply_densities(const Tile& tile, int event, double2* out, Vector vector)
{
    const auto of_row = [&](int row) { return out + row * PART + event; };
    for (int i = 0; i < MIXED_ROWS; i++) write(of_row(MIXED_ROW[i]), pair(0.0, 0.0));
    for (int d = 0; d < DENSITIES; d++) {
        const Pair rho = get<RHO>(tile, 2 * d, event);
        const int row = DENSITY_ROW[d], other = DENSITY_OTHER[d];
        const Pair to_row = read(of_row(row));
        if (row == other) {
            const Pair a = vector(row);
            write(of_row(row), pair(fma(rho.re, a.re, to_row.re), fma(rho.re, a.im, to_row.im)));
        } else {
            write(of_row(row), add_conjugate_product(to_row, rho, vector(other)));
            const Pair to_other = read(of_row(other));
            write(of_row(other), add_product(to_other, rho, vector(row)));
        }
    }
}
#endif

#if DENSITIES
/// Adds the densities' part to an intensity and, where there are slopes, leaves W.
__device__ __forceinline__ double densities(const Tile& tile, int event, double intensity)
{
    for (int d = 0; d < DENSITIES; d++) {
        const Pair c = coefficient(tile, DENSITY_COEFFICIENT[d]);
        Pair product = times_conjugate(get<AMPLITUDE>(tile, 2 * DENSITY_ROW[d], event),
            get<AMPLITUDE>(tile, 2 * DENSITY_OTHER[d], event));
        Pair rho = c;
        if (DENSITY_SHAPE[d] >= 0) {
            const Pair f = get<SHAPE>(tile, 2 * DENSITY_SHAPE[d], event);
            rho = times(c, f);
            product = add_product(pair(0.0, 0.0), f, product);
        }
#if SLOPES
        set<RHO>(tile, 2 * d, event, rho);
        set<PRODUCT>(tile, 2 * d, event, product);
#endif
        const double m = multiplicity(d);
        intensity = fma(c.re * m, product.re, intensity);
        intensity = fma(-(c.im * m), product.im, intensity);
    }
#if SLOPES
    apply_densities(tile, event, pairs<PULLED>(tile), [&](int row) { return get<AMPLITUDE>(tile, 2 * row, event); });
#endif
    return intensity;
}
#endif

#if SLOPES
/// W of a row: the amplitude itself where nothing mixes it.
__device__ __forceinline__ Pair pulled(const Tile& tile, int row, int event)
{
#if DENSITIES
    if (IS_MIXED[row]) return get<PULLED>(tile, 2 * row, event);
#endif
    return get<AMPLITUDE>(tile, 2 * row, event);
}
#endif

/// I of an event; 1 behind the last.
__device__ __forceinline__ double intensity(const Tile& tile, int event)
{
    double intensity = 0.0;
    for (int i = 0; i < PLAIN_ROWS; i++) {
        const Pair a = get<AMPLITUDE>(tile, 2 * PLAIN_ROW[i], event);
        intensity = fma(a.im, a.im, fma(a.re, a.re, intensity));
    }
#if DENSITIES
    intensity = densities(tile, event, intensity);
#endif
    return event < tile.events ? intensity : 1.0;
}

#if INTENSITIES
/// I of each event, for other threads.
__device__ __forceinline__ void intensities(const Part& part)
{
    for (int number = threadIdx.x; number < points_of(part) * PART; number += THREADS) {
        const Item item = item_of(part, number);
        if (item.event >= part.padded) continue;
        const Tile tile = at(part, item.point);
        plane<INTENSITY>(tile)[item.event] = intensity(tile, item.event);
    }
}
#endif
