//! One tile of a sample or a part of it, and how the threads of a block share its work.
//!
//! A block walks over the events of a tile in parts of PART events, at up to POINTS points at once. On the
//! device columns lie by octets: the pairs of eight events of the first column, then those of the second,
//! ...; a part is one piece of memory. Where STAGED, a block copies the part to shared memory, once for
//! the way there and back and for all of its points, on cards that can past the registers, and where two fit to one of two
//! buffers while it works on the part in the other; else the part is read where it lies, again each time.
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
    /// Where the part lies on the device; the backgrounds of a term stand side by side. Where it is staged, the buffer
    /// that holds it counts: the compiler has to know what is in shared memory.
    const column_t* columns;
    const double* variables;
    const double* weights;
    const double* backgrounds;
    int buffer;
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
    const double* copied;
    double* planes;
    /// Those of vectors and slopes by slots: where they are too many, in global memory.
    double* far;
    /// Sums over the events of a tile so far, eight lanes each.
    double* carry;
    /// The value, then the slots.
    double* sums;
    int number;
};

#define PLANE(index) (tile.planes + (index) * PART)
#define FAR_PLANE(index) (tile.far + (index) * PART)

/// The block's shared memory: what STAGED says, two bands of vectors, then POINT_NUMBERS of each point.
extern __shared__ double2 block_memory[];

#define BANDS ((double*)block_memory + BUFFERS * BUFFER_NUMBERS)
#define OF_POINTS (BANDS + BAND_BYTES / 8)
#if STAGED
#define VARIABLE_STRIDE PART
// Where what is in a buffer begins, in numbers.
#define VARIABLES_AT (int(sizeof(column_t) / sizeof(double)) * COLUMNS * PART)
#define WEIGHTS_AT (VARIABLES_AT + VARIABLES * PART)
#define BACKGROUNDS_AT (WEIGHTS_AT + PART)
#else
#define VARIABLE_STRIDE STRIDE
#endif

/// A buffer of the block.
__device__ __forceinline__ double* buffer_of(const Part& part)
{
    return (double*)block_memory + (BUFFERS == 1 ? 0 : part.buffer * BUFFER_NUMBERS);
}

__device__ __forceinline__ const column_t* columns_of(const Part& part)
{
#if STAGED
    return (const column_t*)buffer_of(part);
#else
    return part.columns;
#endif
}

__device__ __forceinline__ Tile at(const Part& part, int point)
{
    Tile tile;
    (Part&)tile = part;
#if STAGED
    tile.variables = buffer_of(part) + VARIABLES_AT;
    tile.weights = buffer_of(part) + WEIGHTS_AT;
    tile.backgrounds = buffer_of(part) + BACKGROUNDS_AT;
#endif
    tile.number = point;
    tile.sums = OF_POINTS + point * POINT_NUMBERS;
    tile.copied = tile.sums + COPIED_AT;
#if SHARED_PLANES
    tile.point = tile.copied;
    tile.planes = tile.sums + PLANES_AT;
#else
    tile.point = part.at_points + (size_t)point * POINT;
    tile.planes = part.scratch;
#endif
    tile.far = FAR_TOGETHER ? tile.planes + FAR_AT : part.scratch;
    tile.carry = tile.planes + PLANES * PART;
    return tile;
}

#if ASYNCHRONOUS
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

#if ASYNCHRONOUS
// All of a part, less than 64.
#define COPIES_TOGETHER 64
#else
#define COPIES_TOGETHER 4
#endif

/// Begins to copy a part to its buffer in shared memory.
__device__ __forceinline__ void stage_part(const Part& part)
{
#if STAGED
    // Read once: copies might write anything, for all that the compiler knows.
    const int padded = part.padded, terms = part.terms, thread = threadIdx.x;
    double* buffer = buffer_of(part);
    const column_t* columns = part.columns + thread;
    column_t* to = (column_t*)buffer + thread;
    if (padded == PART) {
        const int rounds = COLUMNS * PART / THREADS;
#pragma unroll COPIES_TOGETHER
        for (int i = 0; i < rounds; i++) copy(to + i * THREADS, columns + i * THREADS);
        if (thread < COLUMNS * PART - rounds * THREADS) copy(to + rounds * THREADS, columns + rounds * THREADS);
    } else {
#pragma unroll 1
        for (int i = 0; thread + i < COLUMNS * padded; i += THREADS) copy(to + i, columns + i);
    }
    // Two events at once: their numbers are even.
    const double* variables = part.variables;
#pragma unroll 1
    for (int i = thread; i < VARIABLES * PART / 2; i += THREADS) {
        const int pair = i % (PART / 2), variable = i / (PART / 2);
        if (2 * pair < padded)
            copy((double2*)(buffer + VARIABLES_AT) + i, (const double2*)(variables + variable * STRIDE) + pair);
    }
    const double *weights = part.weights, *backgrounds = part.backgrounds;
    for (int n = thread; n < terms; n += THREADS) copy(buffer + WEIGHTS_AT + n, weights + n);
#pragma unroll 1
    for (int i = thread; i < BACKGROUNDS * terms; i += THREADS) copy(buffer + BACKGROUNDS_AT + i, backgrounds + i);
#if ASYNCHRONOUS
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
#endif
}

/// Waits until the thread's copies are there, but for those of a part that was begun last where that is a `later`
/// one; a barrier stands before their first use.
__device__ __forceinline__ void wait_for_stage(bool later)
{
#if ASYNCHRONOUS
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

/// The part at a point, or at the first one where a walk has fewer: threads that take all points together have a
/// fixed number of them.
__device__ __forceinline__ Tile at_or_first(const Part& part, int point)
{
    return at(part, point < points_of(part) ? point : 0);
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

/// The pairs of two planes.
__device__ __forceinline__ double2* pairs(const Tile& tile, int plane)
{
    return (double2*)PLANE(plane);
}

__device__ __forceinline__ double2* far_pairs(const Tile& tile, int plane)
{
    return (double2*)FAR_PLANE(plane);
}

__device__ __forceinline__ Pair get(const Tile& tile, int plane, int event)
{
    return read(pairs(tile, plane) + event);
}

__device__ __forceinline__ void set(const Tile& tile, int plane, int event, Pair value)
{
    write(pairs(tile, plane) + event, value);
}

/// The first column at an event; the next one is eight pairs further on.
__device__ __forceinline__ const column_t* columns_at(const Part& part, int event)
{
    return columns_of(part) + event / 8 * (8 * COLUMNS) + event % 8;
}

/// Where the column of a term stands among all.
__device__ __forceinline__ int column_of_term(int term)
{
    return COLUMNS_BY_TERM ? term : TERM_COLUMN[term];
}

__device__ __forceinline__ Pair column(const Tile& tile, int index, int event)
{
    return read(columns_at(tile, event) + 8 * index);
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
    return pair(tile.copied[2 * index], tile.copied[2 * index + 1]);
}

/// The coefficients of all terms.
__device__ __forceinline__ double2* coefficients_of_terms(const Tile& tile)
{
    return (double2*)(tile.sums + COEFFICIENTS_AT);
}

__device__ __forceinline__ double kappa(const Tile& tile, int number)
{
    return tile.copied[2 * COEFFICIENTS + number];
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

/// The lane of a sum that goes on from part to part.
__device__ __forceinline__ double carried(const Tile& tile, int number)
{
    return PART < STRIDE && !tile.begins ? tile.carry[8 * number + lane_of_octet()] : 0.0;
}

__device__ __forceinline__ void carry(const Tile& tile, int number, double lane)
{
    tile.carry[8 * number + lane_of_octet()] = lane;
}

/// What the lanes of a sum have come to, added as in an octet.
__device__ __forceinline__ double finished(const Tile& tile, int number)
{
    const double* lane = tile.carry + 8 * number;
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
