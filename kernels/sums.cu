//! Sums over groups of four tiles; what of them follows from the purpose.

/// Numbers of a point that each tile adds to in global memory, and all: Re and Im of a lower triangle are alone, another
/// triangle follows the value and the slots, which are in shared memory.
#if GRAM
enum { ENTRIES = VECTORS * (VECTORS + 1) };
#elif HESSIAN || SCORES
enum { ENTRIES = SLOTS * (SLOTS + 1) / 2 };
#else
enum { ENTRIES = 0 };
#endif
enum { WIDTH = OWN + ENTRIES };

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
__device__ __forceinline__ void add_part(int index, bool logarithm)
{
    const Part& part = walk.parts[index];
#if HESSIAN || SCORES || GRAM
    Triangle triangle;
    triangle.entries = walk.out.sums + OWN * walk.out.stride;
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
#if GRADIENTS
        adjoints(tile, event);
#endif
    });
    __syncthreads();
    if (threadIdx.x == 0) tell_bad_events(part);
#if SCORES
    add_scores(index, logarithm, triangle);
#else
#if GRADIENTS && GROUPED
    adjoints_of_events(part);
    __syncthreads();
#endif
#if GRADIENTS && PARAMETERS
    gradients_of_shapes(part);
    __syncthreads();
#endif
    add_to_lanes(index);
#endif
#endif
#if HESSIAN
    add_hessian(index, triangle);
#endif
    __syncthreads();
}

#if HESSIAN
#define SUMS sums_hessian
#elif GRAM
#define SUMS sums_gram
#elif SCORES
#define SUMS sums_scores
#elif GRADIENTS
#define SUMS sums_gradient
#else
#define SUMS sums_value
#endif

/// One block a group of four tiles and a walk over it at up to POINTS points: number `slot` of what is summed goes
/// to sums[(point * width + slot) * groups + group] of the group. The lowest event without a value goes to bad_event, its J to
/// bad_value of the group. Walks over a group are neighbours: blocks that run together read the same columns.
extern "C" __global__ void __launch_bounds__(THREADS, 2) SUMS(SAMPLE, const double* __restrict__ points,
    const double* const* __restrict__ weights_of, int point_count, int tile_count,
    int first_group, int groups, int logarithm, double* sums, int* bad_event, double* bad_value)
{
    const Sample sample = THE_SAMPLE;
    const int all_groups = (tile_count + TILES_TOGETHER - 1) / TILES_TOGETHER;
    // As many points in each walk as in any other, but for the last one.
    const int walks = (point_count + POINTS - 1) / POINTS, most = (point_count + walks - 1) / walks;
    for (int work = blockIdx.x; work < groups * walks; work += gridDim.x) {
        const int first = work % walks * most, group = work / walks;
        const int count = point_count - first < most ? point_count - first : most;
        double* own_sums = sums + (size_t)first * WIDTH * groups + group;
        load_points(points + (size_t)first * POINT, count, scratch);
        if (threadIdx.x == 0) {
            walk.sample = sample;
            walk.out.sums = own_sums;
            walk.out.stride = groups;
            walk.out.next_sums = (size_t)WIDTH * groups;
            walk.out.bad_event = bad_event + first;
            walk.out.bad_value = bad_value + (size_t)first * all_groups + first_group + group;
            walk.out.next_value = all_groups;
            walk.points = points + (size_t)first * POINT;
            walk.point_count = count;
            for (int p = 0; p < POINTS; p++) walk.first_bad[p] = PART;
            for (int p = 0; p < count; p++) walk.weights_of[p] = weights_of[first + p];
            const int tile = (first_group + group) * TILES_TOGETHER;
            begin_walk(tile, tile + TILES_TOGETHER < tile_count ? tile + TILES_TOGETHER : tile_count);
        }
#if !GRAM
        for (int i = threadIdx.x; i < count * OWN; i += THREADS) OF_POINTS[i / OWN * POINT_NUMBERS + i % OWN] = 0.0;
#endif
        for (int i = OWN + threadIdx.x; i < WIDTH; i += THREADS) own_sums[i * (size_t)groups] = 0.0;
        __syncthreads();
        each_part([&](int index) { add_part(index, logarithm != 0); },
            [&](int index) {
#if !(GRAM || SCORES)
                if (walk.parts[index].ends) finish_tile(index);
#endif
            });
#if !GRAM
        for (int i = threadIdx.x; i < count * OWN; i += THREADS) {
            const int point = i / OWN, slot = i % OWN;
            walk.out.sums[point * walk.out.next_sums + slot * walk.out.stride] = OF_POINTS[point * POINT_NUMBERS + slot];
        }
#endif
        __syncthreads();
    }
}
