//! The kernels: sums over groups of four tiles, the pairwise sum of these, amplitudes of every event.

/// Numbers of a point in shared memory, and in all: Re and Im of a lower triangle are alone, another triangle
/// follows the value and the slots.
template <int SUMMED>
struct Width {
    enum { own = SUMMED == VALUE ? 1 : SUMMED == GRAM_MATRIX ? 0 : 1 + SLOTS };
    enum { entries = SUMMED == SECOND_DERIVATIVES || SUMMED == SCORES_OF_TERMS ? SLOTS * (SLOTS + 1) / 2
#if GRAM
        : SUMMED == GRAM_MATRIX ? VECTORS * (VECTORS + 1)
#endif
                                : 0 };
    enum { all = int(own) + int(entries) };
};

/// Columns, variables, tiles (first event, events, first term, terms of each), weights, backgrounds, first
/// events of terms, shares.
#define SAMPLE                                                                                           \
    const column_t *__restrict__ columns, const double *__restrict__ variables,                         \
        const int4 *__restrict__ tiles, const double *__restrict__ weights,                             \
        const double *__restrict__ backgrounds, const int *__restrict__ firsts,                         \
        const double *__restrict__ shares, double *scratch

#define TILE_OF(index) make_tile(index, columns, variables, tiles, weights, backgrounds, firsts, shares)

/// A whole tile, without points.
__device__ __forceinline__ Part make_tile(int index, const column_t* columns, const double* variables,
    const int4* tiles, const double* weights, const double* backgrounds, const int* firsts, const double* shares)
{
    const int4 at = tiles[index];
    Part tile;
    tile.first_event = at.x;
    tile.events = at.y;
    tile.first_term = at.z;
    tile.terms = at.w;
    tile.padded = (tile.events + 7) / 8 * 8;
    tile.padded_terms = (tile.terms + 7) / 8 * 8;
    tile.columns = columns + (size_t)index * (COLUMNS * STRIDE);
    tile.variables = variables + (size_t)index * (VARIABLES * STRIDE);
    tile.weights = weights + tile.first_term;
    tile.backgrounds = backgrounds + BACKGROUNDS * tile.first_term;
    tile.firsts = firsts + tile.first_term;
    tile.shares = shares;
    tile.begins = tile.ends = true;
    return tile;
}

/// Copies what all events read at each of some points; a barrier stands before its first use.
__device__ __forceinline__ void load_points(const double* points, int count)
{
    for (int i = threadIdx.x; i < count * COPIED; i += THREADS) {
        const int point = i / COPIED, k = i % COPIED;
        OF_POINTS[point * POINT_NUMBERS + 1 + SLOTS + k] = points[(size_t)point * POINT + k];
    }
}

/// Where the sums and the first event without a value of the walk's first point go; the numbers of
/// another point are `next_sums` and `next_value` further on.
struct Output {
    double* sums;
    size_t stride, next_sums, next_value;
    int* bad_event;
    double* bad_value;
};

/// What is the same for all threads of a block: in shared memory, not in registers of each of them.
struct Walk {
    Part parts[BUFFERS];
    int replica_of[POINTS];
    Output out;
    /// The part's lowest term without a value; what is read beside it stands in other words.
    int first_bad[POINTS];
};

/// Values, amplitudes and intensities of a part that has been staged. A thread knows the intensities of its own
/// events only. Of one row, a thread has the amplitudes of its events.
__device__ __forceinline__ void forward(const Part& part)
{
    values_of_shapes(part);
    __syncthreads();
    amplitudes(part);
    if (ROWS > 1) __syncthreads();
    intensities(part);
}

/// Adds a part of a tile to the block's sums.
template <int SUMMED>
__device__ __forceinline__ void add_part(const Part& part, bool logarithm, Walk& walk)
{
    const Output& out = walk.out;
#if HESSIAN || SCORES || GRAM
    Triangle triangle;
    triangle.entries = out.sums + Width<SUMMED>::own * out.stride;
    triangle.stride = out.stride;
#endif
#if GRAM && !DENSITIES
    values_of_shapes(part);
    __syncthreads();
#else
    forward(part);
    if (GROUPED || GRAM) __syncthreads();
#endif
#if GRAM
    add_gram(part, triangle);
#else
    terms(part, logarithm, walk.first_bad);
    __syncthreads();
    if (threadIdx.x < points_of(part) && walk.first_bad[threadIdx.x] < part.terms) {
        const int p = threadIdx.x, n = walk.first_bad[p];
        const Tile tile = at(part, p);
        const int event = GROUPED ? tile.firsts[n] : tile.first_event + n;
        if (atomicMin(out.bad_event + p, event) > event) out.bad_value[p * out.next_value] = PLANE(TERM_J)[n];
    }
#if SCORES
    add_scores(part, logarithm, triangle);
#else
    if (SUMMED != VALUE) {
        adjoints(part);
        __syncthreads();
        gradients_of_shapes(part);
        __syncthreads();
    }
    add_to_sums(part, SUMMED != VALUE);
#endif
#endif
#if HESSIAN
    add_hessian(part, triangle);
#endif
    __syncthreads();
}

/// One block a group of four tiles and a walk over it at up to POINTS points: number `slot` of what is summed goes
/// to sums[(point * width + slot) * groups + group] of the group. The lowest event without a value goes to bad_event, its J to
/// bad_value of the group. Walks over a group are neighbours: blocks that run together read the same columns.
template <int SUMMED>
__device__ __forceinline__ void sum_groups(SAMPLE, const double* __restrict__ points,
    const double* __restrict__ replicas, const int* __restrict__ replica_of, int point_count, int tile_count,
    int first_group, int groups, int logarithm, double* sums, int* bad_event, double* bad_value)
{
    __shared__ Walk walk;
    const int width = Width<SUMMED>::all, own = Width<SUMMED>::own;
    const int all_groups = (tile_count + TILES_TOGETHER - 1) / TILES_TOGETHER;
    // As many points in each walk as in any other, but for the last one.
    const int walks = (point_count + POINTS - 1) / POINTS, most = (point_count + walks - 1) / walks;
    for (int work = blockIdx.x; work < groups * walks; work += gridDim.x) {
        const int first = work % walks * most, group = work / walks;
        const int count = point_count - first < most ? point_count - first : most;
        const double* at_points = points + (size_t)first * POINT;
        Output out;
        out.sums = sums + (size_t)first * width * groups + group;
        out.stride = groups;
        out.next_sums = (size_t)width * groups;
        out.bad_event = bad_event + first;
        out.bad_value = bad_value + (size_t)first * all_groups + first_group + group;
        out.next_value = all_groups;
        load_points(at_points, count);
        if (threadIdx.x == 0) {
            walk.out = out;
            for (int p = 0; p < count; p++) walk.replica_of[p] = replica_of[first + p];
        }
        for (int i = threadIdx.x; i < count * own; i += THREADS) OF_POINTS[i / own * POINT_NUMBERS + i % own] = 0.0;
        for (int i = own + threadIdx.x; i < width; i += THREADS) out.sums[i * out.stride] = 0.0;
        const int begin = (first_group + group) * TILES_TOGETHER;
        const int end = begin + TILES_TOGETHER < tile_count ? begin + TILES_TOGETHER : tile_count;
        // Parts are on their way to shared memory while those before them are added.
        int index = begin, start = 0, staged = 0, added = 0;
        while (true) {
            while (index < end && staged - added < BUFFERS) {
                Part part = part_of(TILE_OF(index), start);
                const int buffer = staged % BUFFERS;
                stage(part, buffer);
                start += PART;
                if (part.ends) {
                    start = 0;
                    index++;
                }
                if (threadIdx.x == 0) {
                    part.point_count = count;
                    part.at_points = at_points;
                    part.scratch = scratch + (size_t)blockIdx.x * (PLANES * PART);
                    part.replicas = replicas;
                    part.replica_of = walk.replica_of;
                    part.all_terms = tiles[tile_count].z;
                    walk.parts[buffer] = part;
                }
                staged++;
            }
            if (staged == added) break;
            const Part& part = walk.parts[added % BUFFERS];
            wait_for_stage(staged - added > 1);
            for (int p = 0; threadIdx.x == 0 && p < count; p++) walk.first_bad[p] = PART;
            __syncthreads();
            add_part<SUMMED>(part, logarithm != 0, walk);
            added++;
        }
        for (int i = threadIdx.x; i < count * own; i += THREADS) {
            const int point = i / own, slot = i % own;
            walk.out.sums[point * walk.out.next_sums + slot * walk.out.stride] = OF_POINTS[point * POINT_NUMBERS + slot];
        }
        __syncthreads();
    }
}

#define SUMS(name, summed)                                                                               \
    extern "C" __global__ void __launch_bounds__(THREADS, 2) name(SAMPLE, const double* __restrict__ points, \
        const double* __restrict__ replicas, const int* __restrict__ replica_of, int point_count,        \
        int tile_count, int first_group, int groups, int logarithm, double* sums, int* bad_event,        \
        double* bad_value)                                                                               \
    {                                                                                                    \
        sum_groups<summed>(columns, variables, tiles, weights, backgrounds, firsts, shares, scratch,     \
            points, replicas, replica_of, point_count, tile_count, first_group, groups, logarithm, sums, \
            bad_event, bad_value);                                                                       \
    }

#if HESSIAN
SUMS(sums_hessian, SECOND_DERIVATIVES)
#elif GRAM
SUMS(sums_gram, GRAM_MATRIX)
#elif SCORES
SUMS(sums_scores, SCORES_OF_TERMS)
#else
SUMS(sums_value, VALUE)
SUMS(sums_gradient, GRADIENT)
#endif

#if !(BATCH || HESSIAN || GRAM || SCORES)
/// I of each event, and where wanted A: rows[(2 row + part) * events + event].
extern "C" __global__ void __launch_bounds__(THREADS, 2) events(SAMPLE, const double* __restrict__ point,
    int tile_count, int want_rows, int event_count, double* intensity, double* rows)
{
    load_points(point, 1);
    for (int index = blockIdx.x; index < tile_count; index += gridDim.x) {
        Part whole = TILE_OF(index);
        whole.point_count = 1;
        whole.at_points = point;
        whole.scratch = scratch + (size_t)blockIdx.x * (PLANES * PART);
        for (int start = 0; start < whole.events; start += PART) {
            Part part = part_of(whole, start);
            stage(part, 0);
            wait_for_stage(false);
            __syncthreads();
            forward(part);
            __syncthreads();
            const Tile tile = at(part, 0);
            for (int e = threadIdx.x; e < tile.events; e += THREADS)
                intensity[tile.first_event + e] = PLANE(INTENSITY)[e];
            for (int number = threadIdx.x; want_rows && number < 2 * ROWS * PART; number += THREADS) {
                const int plane = number / PART, e = number % PART;
                if (e < tile.events)
                    rows[(size_t)plane * event_count + tile.first_event + e] = PLANE(AMPLITUDE + plane)[e];
            }
            __syncthreads();
        }
    }
}
#endif

/// Adds neighbours, then neighbours of these, ...: the order of the CPU backend. One block a sum, which are
/// `row` numbers apart; the result goes to out[block].
extern "C" __global__ void __launch_bounds__(THREADS, 2) pairwise(double* sums, int row, int groups, double* out)
{
    double* own = sums + (size_t)blockIdx.x * row;
    for (int apart = 1; apart < groups; apart *= 2) {
        for (long long i = (long long)threadIdx.x * 2 * apart; i + apart < groups; i += (long long)THREADS * 2 * apart)
            own[i] += own[i + apart];
        __syncthreads();
    }
    if (threadIdx.x == 0) out[blockIdx.x] = own[0];
}
