//! One tile of a sample, and how the threads of a block share its work.
//!
//! Columns lie on the device as on the CPU: tile after tile, in a tile one plane of STRIDE numbers after
//! the other. A block works on one part of a tile at a time, PART events; what the CPU keeps in planes of
//! its cache, a block keeps in planes of its shared memory, or of a piece of global memory where not even
//! those of a small part fit. Sums over the events of a tile go on from part to part.

#define WARPS (THREADS / 32)
#define OCTETS (THREADS / 8)
/// Pieces of 32 events of a part.
#define CHUNKS ((PART + 31) / 32)
/// Tiles whose sums a block adds one after the other.
#define TILES_TOGETHER 4

/// A tile, or a part of one.
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
    /// What all events share at a point; coefficients and the background's factor in shared memory.
    const double* point;
    const double* coefficients;
    double* planes;
    /// Unfinished sums of eight lanes each, and whether the part begins or ends its tile.
    double* carry;
    bool begins, ends;
};

#define PLANE(index) (tile.planes + (size_t)(index) * PART)

/// The part that starts at an event of a tile. Only tiles whose events are terms have several.
__device__ __forceinline__ Tile part_of(const Tile& whole, int start)
{
    Tile part = whole;
    const int rest = whole.events - start;
    part.begins = start == 0;
    part.ends = rest <= PART;
#if PART < STRIDE
    part.events = part.terms = rest < PART ? rest : PART;
    part.padded = part.padded_terms = (part.events + 7) / 8 * 8;
    part.first_event += start;
    part.first_term += start;
    part.columns += start;
    part.variables += start;
    part.weights += start;
    part.background += start;
#endif
    return part;
}

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
    return pair(tile.coefficients[2 * index], tile.coefficients[2 * index + 1]);
}

__device__ __forceinline__ double kappa(const Tile& tile)
{
    return tile.coefficients[2 * COEFFICIENTS];
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

/// The lane of an unfinished sum.
__device__ __forceinline__ double carried(const Tile& tile, int number)
{
#if PART < STRIDE
    if (!tile.begins) return tile.carry[8 * number + lane_of_octet()];
#endif
    return 0.0;
}

/// The sum where the tile ends, else zero and the lane is kept for the next part.
__device__ __forceinline__ double finished(const Tile& tile, int number, double lane)
{
#if PART < STRIDE
    if (!tile.ends) {
        tile.carry[8 * number + lane_of_octet()] = lane;
        return 0.0;
    }
#endif
    return sum_of_lanes(lane);
}

/// sum_e a b.
__device__ __forceinline__ double dot(const Tile& tile, int number, const double* a, const double* b, int length)
{
    double sum = carried(tile, number);
    for (int e = lane_of_octet(); e < length; e += 8) sum = fma(a[e], b[e], sum);
    return finished(tile, number, sum);
}

/// sum_e a.
__device__ __forceinline__ double total(const Tile& tile, int number, const double* a, int length)
{
    double sum = carried(tile, number);
    for (int e = lane_of_octet(); e < length; e += 8) sum = a[e] + sum;
    return finished(tile, number, sum);
}
