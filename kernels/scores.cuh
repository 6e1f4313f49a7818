//! Sums over the scores g = d ln J / d slots of a tile; the formulas are those of the CPU backend's scores.rs. Of
//! logarithms they are weighted with w², else with |w| J and taken around a mean.

/// Leaves what the terms' slopes are summed with: in TERM_SLOPE each of them, in TERM_BEND products of two.
__device__ __forceinline__ void factors(const Tile& tile, bool logarithm)
{
    for (int n = threadIdx.x; n < tile.padded_terms; n += THREADS) {
        const double j = plane<TERM_J>(tile)[n], w = plane<TERM_WEIGHT>(tile)[n];
        if (logarithm) {
            const double first = w * w / j;
            plane<TERM_WEIGHT>(tile)[n] = w * w;
            plane<TERM_SLOPE>(tile)[n] = first;
            plane<TERM_BEND>(tile)[n] = first / j;
        } else {
            plane<TERM_SLOPE>(tile)[n] = fabs(w);
            plane<TERM_BEND>(tile)[n] = fabs(w) * j;
        }
    }
}

/// Slopes become scores around their mean. Where all amplitudes vanish the weight does too.
__device__ __forceinline__ void centre(const Tile& tile)
{
    for (int item = threadIdx.x; item < SLOTS * PART; item += THREADS) {
        const int slot = item / PART, n = item % PART;
        if (n >= tile.terms) continue;
        const double j = plane<TERM_J>(tile)[n];
        double* slope = plane<TERM_SLOT>(tile, slot) + n;
        *slope = j > 0.0 ? *slope / j - tile.point[MEAN + slot] : 0.0;
    }
}

/// Adds the weights and the sums of one slope to the value and the slots. A call of its own, or the kernel spills.
__device__ __noinline__ void add_slopes(const Part& part, int logarithm)
{
    const Tile tile = at(part, 0);
    for (int item = octet(); item < 1 + SLOTS; item += OCTETS) {
        const bool keeps = lane_of_octet() == 0;
        if (item > 0) {
            const double sum = dot(plane<TERM_SLOPE>(tile), plane<TERM_SLOT>(tile, item - 1), tile.padded_terms);
            if (keeps) tile.sums[item] += sum;
        } else if (!logarithm) {
            const double sum = dot(plane<TERM_SLOPE>(tile), plane<TERM_J>(tile), tile.padded_terms);
            if (keeps) tile.sums[0] += sum;
        } else if (keeps) {
            // One after the other, as on the CPU.
            double sum = 0.0;
            for (int n = 0; n < tile.padded_terms; n++) sum += plane<TERM_WEIGHT>(tile)[n];
            tile.sums[0] += sum;
        }
    }
}

/// Adds a tile whose terms have values.
__device__ __forceinline__ void add_scores(int index, bool logarithm, const Triangle& out)
{
    const Part& part = walk.parts[index];
    const Tile tile = at(part, 0);
    jacobians_of_shapes(part);
    factors(tile, logarithm);
    __syncthreads();
    fill_slopes(tile);
    __syncthreads();
    add_slopes(part, logarithm);
    __syncthreads();
    if (!logarithm) {
        centre(tile);
        __syncthreads();
    }
    add_products<OfSlopes>(index, out, tile.padded_terms);
}
