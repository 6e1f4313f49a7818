//! One tile of a sample, and how the threads of a block share its work.
//!
//! Columns lie on the device as on the CPU: tile after tile, in a tile one plane of STRIDE numbers after
//! the other. A block works on one tile at a time; what the CPU keeps in planes of its cache, a block
//! keeps in planes of its shared memory, or of a piece of global memory where they do not fit.

#define WARPS (THREADS / 32)
#define OCTETS (THREADS / 8)
/// Pieces of 32 events of a tile.
#define CHUNKS ((STRIDE + 31) / 32)
/// Tiles whose sums a block adds one after the other.
#define TILES_TOGETHER 4

struct Tile {
    /// Events, terms, and both rounded up to eight.
    int events, padded, terms, padded_terms;
    int first_event, first_term;
    const column_t* columns;
    const double* variables;
    /// Of the tile's terms.
    const double* weights;
    const double* background;
    /// The first event of each of the tile's terms and of the next one, in the sample.
    const int* firsts;
    const double* shares;
    /// What all events share at a point.
    const double* point;
    double* planes;
};

#define PLANE(index) (tile.planes + (size_t)(index) * STRIDE)

__device__ __forceinline__ Pair get(const Tile& tile, int plane, int event)
{
    return pair(PLANE(plane)[event], PLANE(plane + 1)[event]);
}

__device__ __forceinline__ void set(const Tile& tile, int plane, int event, Pair value)
{
    PLANE(plane)[event] = value.re;
    PLANE(plane + 1)[event] = value.im;
}

__device__ __forceinline__ Pair column(const Tile& tile, int index, int event)
{
    const column_t* re = tile.columns + (size_t)(2 * index) * STRIDE + event;
    return pair((double)re[0], (double)re[STRIDE]);
}

__device__ __forceinline__ double variable(const Tile& tile, int index, int event)
{
    return tile.variables[(size_t)index * STRIDE + event];
}

__device__ __forceinline__ Pair coefficient(const Tile& tile, int index)
{
    return pair(tile.point[2 * index], tile.point[2 * index + 1]);
}

__device__ __forceinline__ double kappa(const Tile& tile)
{
    return tile.point[2 * COEFFICIENTS];
}

/// The first item of a warp in a list whose items are handed to the warps in turn, `before` of them
/// to earlier lists.
__device__ __forceinline__ int first_of_warp(int before)
{
    const int warp = threadIdx.x / 32;
    return (warp + WARPS - before % WARPS) % WARPS;
}

__device__ __forceinline__ int lane_of_warp()
{
    return threadIdx.x % 32;
}

/// Sums over events run in eight lanes, on eight threads side by side; lane l takes events l, l + 8, ...
__device__ __forceinline__ int lane_of_octet()
{
    return threadIdx.x % 8;
}

__device__ __forceinline__ int octet()
{
    return threadIdx.x / 8;
}

/// ((a + e) + (c + g)) + ((b + f) + (d + h)) of the lanes a, b, ..., in every thread of the octet.
__device__ __forceinline__ double sum_of_lanes(double value)
{
    const unsigned mask = 0xffu << (threadIdx.x & 24);
    value += __shfl_xor_sync(mask, value, 4, 8);
    value += __shfl_xor_sync(mask, value, 2, 8);
    value += __shfl_xor_sync(mask, value, 1, 8);
    return value;
}

/// sum_e a b.
__device__ __forceinline__ double dot(const double* a, const double* b, int length)
{
    double sum = 0.0;
    for (int e = lane_of_octet(); e < length; e += 8) sum = fma(a[e], b[e], sum);
    return sum_of_lanes(sum);
}

/// sum_e a.
__device__ __forceinline__ double total(const double* a, int length)
{
    double sum = 0.0;
    for (int e = lane_of_octet(); e < length; e += 8) sum = a[e] + sum;
    return sum_of_lanes(sum);
}
