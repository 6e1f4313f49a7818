//! From amplitudes to the terms of the sum: J with backgrounds and groups, its function, the slopes.

/// J, w, f(J), f'(J) w and f''(J) w of each term, zero weight behind the last; the slopes of events.
/// `first_bad` of a point becomes the lowest term without a value. Where each event is a term, `then` follows with
/// the tile and the event.
template <typename Then>
__device__ __forceinline__ void terms(const Part& part, bool logarithm, int* first_bad, Then then)
{
    for (int number = threadIdx.x; number < points_of(part) * PART; number += THREADS) {
        const Item item = item_of(part, number);
        const int n = item.event;
        const Tile tile = at(part, item.point);
        if (n >= tile.padded_terms) {
#if SLOPES
            spread(tile, n, 0.0);
#endif
            continue;
        }
        const bool real = n < tile.terms;
#if GROUPED
        const int begin = real ? tile.firsts[n] : 0, end = real ? tile.firsts[n + 1] : 0;
        double j = real ? 0.0 : 1.0;
        for (int e = begin; e < end; e++)
            j = fma(tile.shares[e], plane<INTENSITY>(tile)[e - tile.first_event], j);
#else
        double j = intensity(tile, n);
#endif
        for (int k = 0; real && k < BACKGROUNDS; k++) j = fma(kappa(tile, k), background(tile, k, n), j);
        const double w = real ? weight(tile, n) : 0.0;
        const bool finite = fabs(j) < bits(0x7ff0000000000000LL);
        if (real && !(finite && (!logarithm || j > 0.0))) atomicMin(first_bad + item.point, n);
        double value = j, slope = w;
#if HESSIAN || SCORES
        double bend = 0.0;
#endif
        if (logarithm) {
            double inverse;
            value = log_and_inverse(j, inverse);
            slope = w * inverse;
#if HESSIAN || SCORES
            bend = -slope * inverse;
#endif
        }
        plane<TERM_J>(tile)[n] = j;
        plane<TERM_WEIGHT>(tile)[n] = w;
#if !SCORES
        plane<TERM_VALUE>(tile)[n] = value;
#endif
#if TERM_SLOPES
        plane<TERM_SLOPE>(tile)[n] = slope;
#endif
#if HESSIAN || SCORES
        plane<TERM_BEND>(tile)[n] = bend;
#endif
#if SLOPES
        spread(tile, n, slope);
#endif
#if !GROUPED
        then(tile, n);
#endif
    }
}

#if !SCORES
/// Goes on with sum_n w f(J).
__device__ __forceinline__ void add_value(const Tile& tile)
{
    const double sum = carried(tile, CARRY_VALUE);
    carry(tile, CARRY_VALUE, add_dot(sum, plane<TERM_WEIGHT>(tile), plane<TERM_VALUE>(tile), tile.padded_terms));
}
#endif
