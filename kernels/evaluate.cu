//! The kernels: sums over groups of four tiles, the pairwise sum of these, amplitudes of every event.

#if HESSIAN
#define ENTRIES (SLOTS * (SLOTS + 1) / 2)
#else
#define ENTRIES 0
#endif

struct Shared {
    int first_bad;
    double sums[1 + SLOTS];
    double coefficients[2 * COEFFICIENTS + 1];
};

/// Copies what every event reads at a point; a barrier stands before its first use.
__device__ __forceinline__ void load_coefficients(const double* point, double* coefficients)
{
    for (int i = threadIdx.x; i < 2 * COEFFICIENTS + 1; i += THREADS) coefficients[i] = point[i];
}

#if SHARED_PLANES
extern __shared__ double dynamic_planes[];
#endif

/// Columns, variables, tiles (first event, events, first term, terms of each), weights, backgrounds, first
/// events of terms, shares.
#define SAMPLE                                                                                           \
    const column_t *__restrict__ columns, const double *__restrict__ variables,                         \
        const int *__restrict__ tiles, const double *__restrict__ weights,                              \
        const double *__restrict__ backgrounds, const int *__restrict__ firsts,                         \
        const double *__restrict__ shares, double *scratch

#define TILE_OF(index, own_weights, at_point, own_coefficients)                                                           \
    make_tile(index, columns, variables, tiles, own_weights, backgrounds, firsts, shares, at_point, own_coefficients, scratch)

__device__ __forceinline__ Tile make_tile(int index, const column_t* columns, const double* variables,
    const int* tiles, const double* weights, const double* backgrounds, const int* firsts, const double* shares,
    const double* point, const double* coefficients, double* scratch)
{
    Tile tile;
    tile.first_event = tiles[4 * index];
    tile.events = tiles[4 * index + 1];
    tile.first_term = tiles[4 * index + 2];
    tile.terms = tiles[4 * index + 3];
    tile.padded = (tile.events + 7) / 8 * 8;
    tile.padded_terms = (tile.terms + 7) / 8 * 8;
    tile.columns = columns + (size_t)index * (2 * COLUMNS * STRIDE);
    tile.variables = variables + (size_t)index * (VARIABLES * STRIDE);
    tile.weights = weights + tile.first_term;
    tile.background = backgrounds + tile.first_term;
    tile.firsts = firsts + tile.first_term;
    tile.shares = shares;
    tile.point = point;
    tile.coefficients = coefficients;
#if SHARED_PLANES
    tile.planes = dynamic_planes;
    tile.carry = dynamic_planes + PLANES * PART;
#else
    tile.planes = scratch + (size_t)blockIdx.x * (PLANES * PART);
    tile.carry = nullptr;
#endif
    tile.begins = tile.ends = true;
    return tile;
}

/// Where the block's sums and its first event without a value go.
struct Output {
    double* sums;
    size_t stride;
    int* bad_event;
    double* bad_value;
};

/// Adds a part of a tile to the block's sums.
template <int ORDER>
__device__ __forceinline__ void add_part(const Tile& tile, bool logarithm, Shared& shared, const Output& out)
{
    if (threadIdx.x == 0) shared.first_bad = tile.terms;
    values_of_shapes(tile);
    __syncthreads();
    amplitudes(tile);
    __syncthreads();
    intensities(tile);
    __syncthreads();
    terms(tile, logarithm, &shared.first_bad);
    __syncthreads();
    if (threadIdx.x == 0 && shared.first_bad < tile.terms) {
        const int n = shared.first_bad;
        const int event = GROUPED ? tile.firsts[n] : tile.first_event + n;
        if (atomicMin(out.bad_event, event) > event) *out.bad_value = PLANE(TERM_J)[n];
    }
    if (ORDER >= 1) {
        adjoints(tile);
        __syncthreads();
        gradients_of_shapes(tile);
        __syncthreads();
    }
    add_to_sums(tile, ORDER >= 1, shared.sums);
#if HESSIAN
    Triangle triangle;
    triangle.entries = out.sums + (1 + SLOTS) * out.stride;
    triangle.stride = out.stride;
    add_hessian(tile, triangle);
#endif
    __syncthreads();
}

/// One block a group of four tiles and point: sum, gradient and second derivatives of the group go to
/// sums[(point * width + slot) * groups + group]. The lowest event without a value goes to bad_event, its
/// J to bad_value of the group. Points are neighbours: blocks that run together read the same columns.
template <int ORDER>
__device__ __forceinline__ void sum_groups(SAMPLE, const double* __restrict__ points,
    const double* __restrict__ replicas, const int* __restrict__ replica_of, int point_count, int tile_count,
    int first_group, int groups, int logarithm, double* sums, int* bad_event, double* bad_value)
{
    __shared__ Shared shared;
    const int width = ORDER == 0 ? 1 : ORDER == 1 ? 1 + SLOTS : 1 + SLOTS + ENTRIES;
    const int own = ORDER == 0 ? 1 : 1 + SLOTS;
    const int all_groups = (tile_count + TILES_TOGETHER - 1) / TILES_TOGETHER;
    for (long long work = blockIdx.x; work < (long long)groups * point_count; work += gridDim.x) {
        const int point = (int)(work % point_count), group = (int)(work / point_count);
        const double* at_point = points + (size_t)point * POINT;
        const int replica = replica_of[point];
        const double* own_weights =
            replica < 0 ? weights : replicas + (size_t)replica * (size_t)tiles[4 * tile_count + 2];
        Output out;
        out.sums = sums + (size_t)point * width * groups + group;
        out.stride = groups;
        out.bad_event = bad_event + point;
        out.bad_value = bad_value + (size_t)point * all_groups + first_group + group;
        load_coefficients(at_point, shared.coefficients);
        for (int i = threadIdx.x; i < own; i += THREADS) shared.sums[i] = 0.0;
        for (int i = own + threadIdx.x; i < width; i += THREADS) out.sums[i * out.stride] = 0.0;
        const int begin = (first_group + group) * TILES_TOGETHER;
        for (int index = begin; index < begin + TILES_TOGETHER && index < tile_count; index++) {
            const Tile tile = TILE_OF(index, own_weights, at_point, shared.coefficients);
            for (int start = 0; start < tile.events; start += PART)
                add_part<ORDER>(part_of(tile, start), logarithm != 0, shared, out);
        }
        for (int i = threadIdx.x; i < own; i += THREADS) out.sums[i * out.stride] = shared.sums[i];
        __syncthreads();
    }
}

#define SUMS(name, order)                                                                                \
    extern "C" __global__ void __launch_bounds__(THREADS, 2) name(SAMPLE, const double* __restrict__ points, \
        const double* __restrict__ replicas, const int* __restrict__ replica_of, int point_count,        \
        int tile_count, int first_group, int groups, int logarithm, double* sums, int* bad_event,        \
        double* bad_value)                                                                               \
    {                                                                                                    \
        sum_groups<order>(columns, variables, tiles, weights, backgrounds, firsts, shares, scratch,      \
            points, replicas, replica_of, point_count, tile_count, first_group, groups, logarithm, sums, \
            bad_event, bad_value);                                                                       \
    }

#if HESSIAN
SUMS(sums_hessian, 2)
#else
SUMS(sums_value, 0)
SUMS(sums_gradient, 1)

/// I of each event, and where wanted A: rows[(2 row + part) * events + event].
extern "C" __global__ void __launch_bounds__(THREADS, 2) events(SAMPLE, const double* __restrict__ point,
    int tile_count, int want_rows, int event_count, double* intensity, double* rows)
{
    __shared__ double coefficients[2 * COEFFICIENTS + 1];
    load_coefficients(point, coefficients);
    for (int index = blockIdx.x; index < tile_count; index += gridDim.x) {
        const Tile whole = TILE_OF(index, weights, point, coefficients);
        for (int start = 0; start < whole.events; start += PART) {
            const Tile tile = part_of(whole, start);
            values_of_shapes(tile);
            __syncthreads();
            amplitudes(tile);
            __syncthreads();
            intensities(tile);
            __syncthreads();
            for (int e = threadIdx.x; e < tile.events; e += THREADS)
                intensity[tile.first_event + e] = PLANE(INTENSITY)[e];
            for (int item = threadIdx.x; want_rows && item < 2 * ROWS * PART; item += THREADS) {
                const int plane = item / PART, e = item % PART;
                if (e < tile.events)
                    rows[(size_t)plane * event_count + tile.first_event + e] = PLANE(AMPLITUDE + plane)[e];
            }
            __syncthreads();
        }
    }
}
#endif

/// Adds neighbours, then neighbours of these, ...: the order of the CPU backend. One block a sum; the
/// result goes to out[block * stride + place].
extern "C" __global__ void __launch_bounds__(THREADS, 2) pairwise(double* sums, int groups, double* out, int stride, int place)
{
    double* own = sums + (size_t)blockIdx.x * groups;
    for (int apart = 1; apart < groups; apart *= 2) {
        for (long long i = (long long)threadIdx.x * 2 * apart; i + apart < groups; i += (long long)THREADS * 2 * apart)
            own[i] += own[i + apart];
        __syncthreads();
    }
    if (threadIdx.x == 0) out[(size_t)blockIdx.x * stride + place] = own[0];
}
