//! One tile of a sample or a part of it, and how the threads of a block share its work.
//!
//! A block walks over the events of a tile in parts of PART events, at up to POINTS points at once. On the
//! device columns lie by octets: the pairs of eight events of the first column, then those of the second,
//! ...; a part is one piece of memory. Where STAGED, a block copies the part to shared memory, once for
//! the way there and back and for all of its points, on cards that can to one of two buffers while it works on the
//! part in the other; else the part is read where it lies, again each time.
//! What the CPU keeps in planes of its cache, a block keeps in planes of its shared memory, those of each
//! point for itself, or of a piece of global memory where not even those of a small part fit. Sums over the
//! events of a tile go on from part to part.
//!
//! The items of a phase are numbered with events innermost, then points: threads side by side read the
//! same column for several points, and the same entries of tables.

/// What kernels sum.
#define VALUE 0
#define GRADIENT 1
#define SECOND_DERIVATIVES 2
#define GRAM_MATRIX 3
#define SCORES_OF_TERMS 4

#define WARPS (THREADS / 32)
#define OCTETS (THREADS / 8)

/// What is shared by the points of a walk.
struct Part {
    /// Events, terms, and both rounded up to eight.
    int events, padded, terms, padded_terms;
    int first_event, first_term;
    const column_t* columns;
    const double* variables;
    /// Of the part's terms.
    const double* weights;
    /// Of the part's terms, the backgrounds of a term side by side.
    const double* backgrounds;
    /// Of all terms of the sample, one set a replica, and the replica of each point or -1.
    const double* replicas;
    const int* replica_of;
    int all_terms;
    /// The first event of each of the part's terms and of the next one, in the sample.
    const int* firsts;
    const double* shares;
    /// Whether the part begins or ends its tile.
    bool begins, ends;
    int point_count;
    /// The first point, as it lies on the device, and planes that are there too.
    const double* at_points;
    double* scratch;
};

/// A part at one of the points.
struct Tile : Part {
    /// What all events share at a point; coefficients and factors of backgrounds in shared memory.
    const double* point;
    const double* coefficients;
    double* planes;
    /// Unfinished sums of eight lanes each.
    double* carry;
    /// The value, then the slots.
    double* sums;
    int number;
};

#define PLANE(index) (tile.planes + (index) * PART)

/// The block's shared memory: what STAGED says, then POINT_NUMBERS of each point.
extern __shared__ double2 block_memory[];

#if STAGED
#define OF_POINTS ((double*)block_memory + BUFFERS * BUFFER_NUMBERS)
#define VARIABLE_STRIDE PART
#else
#define OF_POINTS ((double*)block_memory)
#define VARIABLE_STRIDE STRIDE
#endif

__device__ __forceinline__ Tile at(const Part& part, int point)
{
    Tile tile;
    (Part&)tile = part;
    tile.number = point;
    tile.sums = OF_POINTS + point * POINT_NUMBERS;
    double* copied = tile.sums + 1 + SLOTS;
    tile.coefficients = copied;
#if SHARED_PLANES
    tile.point = copied;
    tile.planes = copied + COPIED;
    tile.carry = tile.planes + PLANES * PART;
#else
    tile.point = part.at_points + (size_t)point * POINT;
    tile.planes = part.scratch;
    tile.carry = nullptr;
#endif
    return tile;
}

/// The part that starts at an event of a tile. Only tiles whose events are terms have several.
__device__ __forceinline__ Part part_of(const Part& whole, int start)
{
    Part part = whole;
    const int rest = whole.events - start;
    part.begins = start == 0;
    part.ends = rest <= PART;
#if PART < STRIDE
    part.events = part.terms = rest < PART ? rest : PART;
    part.padded = part.padded_terms = (part.events + 7) / 8 * 8;
    part.first_event += start;
    part.first_term += start;
    part.columns += COLUMNS * start;
    part.variables += start;
    part.weights += start;
    part.backgrounds += BACKGROUNDS * start;
#endif
    return part;
}

#if BUFFERS > 1
/// Begins to copy a number or pair to shared memory, past the registers.
template <typename Number>
__device__ __forceinline__ void copy(Number* to, const Number* from)
{
    const unsigned address = (unsigned)__cvta_generic_to_shared(to);
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(address), "l"(from), "n"(sizeof(Number)) : "memory");
}
#else
template <typename Number>
__device__ __forceinline__ void copy(Number* to, const Number* from)
{
    *to = *from;
}
#endif

/// Begins to copy a part to a buffer in shared memory.
__device__ __forceinline__ void stage(Part& part, int buffer)
{
#if STAGED
    column_t* columns = (column_t*)((double*)block_memory + buffer * BUFFER_NUMBERS);
    double* variables = (double*)(columns + COLUMNS * PART);
    double* weights = variables + VARIABLES * PART;
    double* backgrounds = weights + PART;
#pragma unroll 4
    for (int i = threadIdx.x; i < COLUMNS * part.padded; i += THREADS) copy(columns + i, part.columns + i);
    for (int i = threadIdx.x; i < VARIABLES * PART; i += THREADS) {
        const int event = i % PART;
        if (event < part.padded) copy(variables + i, part.variables + i / PART * STRIDE + event);
    }
    for (int n = threadIdx.x; n < part.terms; n += THREADS) copy(weights + n, part.weights + n);
    for (int i = threadIdx.x; i < BACKGROUNDS * part.terms; i += THREADS) copy(backgrounds + i, part.backgrounds + i);
    part.columns = columns;
    part.variables = variables;
    part.weights = weights;
    part.backgrounds = backgrounds;
#if BUFFERS > 1
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
#endif
}

/// Waits until the thread's copies are there, but for those of a part that was begun last where that is a `later`
/// one; a barrier stands before their first use.
__device__ __forceinline__ void wait_for_stage(bool later)
{
#if BUFFERS > 1
    if (later)
        asm volatile("cp.async.wait_group 1;" ::: "memory");
    else
        asm volatile("cp.async.wait_group 0;" ::: "memory");
#endif
}

/// A constant where there is never more than one.
__device__ __forceinline__ int points_of(const Part& part)
{
    return POINTS == 1 ? 1 : part.point_count;
}

/// Which event, point and thing an item of a phase is.
struct Item {
    int event, point, thing;
};

__device__ __forceinline__ Item item_of(const Part& part, int number)
{
    Item item;
    item.event = number % PART;
    const int rest = number / PART;
    item.point = rest % points_of(part);
    item.thing = rest / points_of(part);
    return item;
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
    const column_t z = tile.columns[(event / 8 * COLUMNS + index) * 8 + event % 8];
    return pair((double)z.x, (double)z.y);
}

__device__ __forceinline__ double variable(const Tile& tile, int index, int event)
{
    return tile.variables[index * VARIABLE_STRIDE + event];
}

__device__ __forceinline__ double weight(const Tile& tile, int term)
{
    const int replica = tile.replica_of[tile.number];
    if (replica < 0) return tile.weights[term];
    return tile.replicas[(size_t)replica * tile.all_terms + tile.first_term + term];
}

/// SLOPE of a term's events; zero behind the last.
__device__ __forceinline__ void spread(const Tile& tile, int n, double value)
{
    const bool real = n < tile.terms;
#if GROUPED
    if (n >= tile.events && n < tile.padded) PLANE(SLOPE)[n] = 0.0;
    if (!real) return;
    for (int e = tile.firsts[n]; e < tile.firsts[n + 1]; e++)
        PLANE(SLOPE)[e - tile.first_event] = value * tile.shares[e];
#else
    if (n < tile.padded) PLANE(SLOPE)[n] = real ? value : 0.0;
#endif
}

__device__ __forceinline__ Pair coefficient(const Tile& tile, int index)
{
    return pair(tile.coefficients[2 * index], tile.coefficients[2 * index + 1]);
}

__device__ __forceinline__ double kappa(const Tile& tile, int number)
{
    return tile.coefficients[2 * COEFFICIENTS + number];
}

/// A background of a term, zero behind the last.
__device__ __forceinline__ double background(const Tile& tile, int number, int term)
{
    return term < tile.terms ? tile.backgrounds[BACKGROUNDS * term + number] : 0.0;
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
