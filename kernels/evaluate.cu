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

/// Values and amplitudes of a part that has been staged. Of one row at one point, a thread knows the amplitudes of its
/// own events only: it goes on with them.
__device__ __forceinline__ void forward(const Part& part)
{
#if SHAPES
    values_of_shapes(part);
    __syncthreads();
#endif
    amplitudes(part);
    if (ROWS > 1 || POINTS > 1) __syncthreads();
}

#if !GRAM
/// Tells the lowest event of the part without a value at each point, with its J. One thread does.
__device__ __forceinline__ void tell_bad_events(const Part& part)
{
    const Output& out = walk.out;
    for (int p = 0; p < points_of(part); p++) {
        const int n = walk.first_bad[p];
        if (n == PART) continue;
        const Tile tile = at(part, p);
        const int event = GROUPED ? tile.firsts[n] : tile.first_event + n;
        if (atomicMin(out.bad_event + p, event) > event) out.bad_value[p * out.next_value] = plane<TERM_J>(tile)[n];
        walk.first_bad[p] = PART;
    }
}
#endif

/// Adds a part of a tile to the block's sums.
template <int SUMMED>
__device__ __forceinline__ void add_part(int index, bool logarithm)
{
    const Part& part = walk.parts[index];
#if HESSIAN || SCORES || GRAM
    Triangle triangle;
    triangle.entries = walk.out.sums + Width<SUMMED>::own * walk.out.stride;
    triangle.stride = walk.out.stride;
#endif
#if GRAM && !DENSITIES
    values_of_shapes(part);
    __syncthreads();
#else
    forward(part);
#if GROUPED || GRAM
    intensities(part);
    __syncthreads();
#endif
#endif
#if GRAM
    add_gram(index, triangle);
#else
    terms(part, logarithm, walk.first_bad, [](const Tile& tile, int event) {
#if !SCORES
        if (SUMMED != VALUE) adjoints(tile, event);
#endif
    });
    __syncthreads();
    if (threadIdx.x == 0) tell_bad_events(part);
#if SCORES
    add_scores(index, logarithm, triangle);
#else
    if (SUMMED != VALUE) {
#if GROUPED
        adjoints_of_events(part);
        __syncthreads();
#endif
#if PARAMETERS
        gradients_of_shapes(part);
        __syncthreads();
#endif
    }
    add_to_lanes<SUMMED != VALUE>(index);
#endif
#endif
#if HESSIAN
    add_hessian(index, triangle);
#endif
    __syncthreads();
}

/// One block a group of four tiles and a walk over it at up to POINTS points: number `slot` of what is summed goes
/// to sums[(point * width + slot) * groups + group] of the group. The lowest event without a value goes to bad_event, its J to
/// bad_value of the group. Walks over a group are neighbours: blocks that run together read the same columns.
template <int SUMMED>
__device__ __forceinline__ void sum_groups(const Sample& sample, const double* __restrict__ points,
    const double* __restrict__ replicas, const int* __restrict__ replica_of, int point_count, int tile_count,
    int first_group, int groups, int logarithm, double* sums, int* bad_event, double* bad_value)
{
    const int width = Width<SUMMED>::all, own = Width<SUMMED>::own;
    const int all_groups = (tile_count + TILES_TOGETHER - 1) / TILES_TOGETHER;
    // As many points in each walk as in any other, but for the last one.
    const int walks = (point_count + POINTS - 1) / POINTS, most = (point_count + walks - 1) / walks;
    for (int work = blockIdx.x; work < groups * walks; work += gridDim.x) {
        const int first = work % walks * most, group = work / walks;
        const int count = point_count - first < most ? point_count - first : most;
        double* own_sums = sums + (size_t)first * width * groups + group;
        load_points(points + (size_t)first * POINT, count, sample.scratch);
        if (threadIdx.x == 0) {
            walk.sample = sample;
            walk.out.sums = own_sums;
            walk.out.stride = groups;
            walk.out.next_sums = (size_t)width * groups;
            walk.out.bad_event = bad_event + first;
            walk.out.bad_value = bad_value + (size_t)first * all_groups + first_group + group;
            walk.out.next_value = all_groups;
            walk.points = points + (size_t)first * POINT;
            walk.replicas = replicas;
            walk.point_count = count;
            walk.all_terms = sample.tiles[tile_count].z;
            for (int p = 0; p < POINTS; p++) walk.first_bad[p] = PART;
            for (int p = 0; p < count; p++) walk.replica_of[p] = replica_of[first + p];
            const int tile = (first_group + group) * TILES_TOGETHER;
            begin_walk(tile, tile + TILES_TOGETHER < tile_count ? tile + TILES_TOGETHER : tile_count);
        }
        for (int i = threadIdx.x; i < count * own; i += THREADS) OF_POINTS[i / own * POINT_NUMBERS + i % own] = 0.0;
        for (int i = own + threadIdx.x; i < width; i += THREADS) own_sums[i * (size_t)groups] = 0.0;
        __syncthreads();
        each_part([&](int index) { add_part<SUMMED>(index, logarithm != 0); },
            [&](int index) {
#if !(GRAM || SCORES)
                if (walk.parts[index].ends) finish_tile<SUMMED != VALUE>(index);
#endif
            });
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
        const Sample sample = THE_SAMPLE;                                                                \
        sum_groups<summed>(sample, points, replicas, replica_of, point_count, tile_count, first_group,   \
            groups, logarithm, sums, bad_event, bad_value);                                              \
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
    load_points(point, 1, scratch);
    for (int number = blockIdx.x; number < tile_count; number += gridDim.x) {
        if (threadIdx.x == 0) {
            const Sample sample = THE_SAMPLE;
            walk.sample = sample;
            walk.points = point;
            walk.replicas = nullptr;
            walk.point_count = 1;
            walk.all_terms = 0;
            begin_walk(number, number + 1);
        }
        __syncthreads();
        each_part([&](int index) {
            const Part& part = walk.parts[index];
            forward(part);
            intensities(part);
            __syncthreads();
            const Tile tile = at(part, 0);
            for (int e = threadIdx.x; e < tile.events; e += THREADS)
                intensity[tile.first_event + e] = plane<INTENSITY>(tile)[e];
            for (int item = threadIdx.x; want_rows && item < 2 * ROWS * PART; item += THREADS) {
                const int plane = item / PART, e = item % PART;
                if (e >= tile.events) continue;
                const Pair a = get<AMPLITUDE>(tile, plane / 2 * 2, e);
                rows[(size_t)plane * event_count + tile.first_event + e] = plane % 2 == 0 ? a.re : a.im;
            }
            __syncthreads();
        }, [](int) {});
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
