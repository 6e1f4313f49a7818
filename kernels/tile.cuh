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
//! The items of a phase are numbered with events innermost: threads side by side read neighbours, and the same entries of
//! tables. What reads columns takes all points of a walk in one thread.

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
    /// Of each point those of all terms that are on the device with the part's, null where it has none of its own.
    const double* const* weights_of;
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
    /// Those in shared memory, and from kind NEAR_PLANES on in global memory.
    double* planes;
    double* far;
    /// Sums over the events of a tile so far, eight lanes each.
    double* carry;
    /// The value, then the slots.
    double* sums;
    int number;
};

/// The block's shared memory: what STAGED says, two bands of vectors, then POINT_NUMBERS of each point.
extern __shared__ double2 block_memory[];

// Whether any planes are there.
#define SHARED_PLANES (NEAR_PLANES > 0)
#define BANDS ((double*)block_memory + BUFFERS * BUFFER_NUMBERS)
#define OF_POINTS (BANDS + BAND_NUMBERS)
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
    tile.planes = nullptr;
#endif
    tile.far = part.scratch;
    tile.carry = SHARED_PLANES ? tile.planes + NEAR_PLANES * PART : tile.far + PLANES * PART;
    return tile;
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

/// A plane of a kind; the compiler knows where the kind is.
template <int KIND>
__device__ __forceinline__ double* plane(const Tile& tile, int number = 0)
{
    return KIND < NEAR_PLANES ? tile.planes + (KIND + number) * PART : tile.far + (KIND - NEAR_PLANES + number) * PART;
}

/// The pairs of a plane and the next one.
template <int KIND>
__device__ __forceinline__ double2* pairs(const Tile& tile, int number = 0)
{
    return (double2*)plane<KIND>(tile, number);
}

template <int KIND>
__device__ __forceinline__ Pair get(const Tile& tile, int number, int event)
{
    return read(pairs<KIND>(tile, number) + event);
}

template <int KIND>
__device__ __forceinline__ void set(const Tile& tile, int number, int event, Pair value)
{
    write(pairs<KIND>(tile, number) + event, value);
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
    const double* own = tile.weights_of[tile.number];
    return own == nullptr ? tile.weights[term] : own[tile.first_term + term];
}

#if SLOPES
/// SLOPE of a term's events; zero behind the last.
__device__ __forceinline__ void spread(const Tile& tile, int n, double value)
{
    const bool real = n < tile.terms;
#if GROUPED
    if (n >= tile.events && n < tile.padded) plane<SLOPE>(tile)[n] = 0.0;
    if (!real) return;
    for (int e = tile.firsts[n]; e < tile.firsts[n + 1]; e++)
        plane<SLOPE>(tile)[e - tile.first_event] = value * tile.shares[e];
#else
    if (n < tile.padded) plane<SLOPE>(tile)[n] = real ? value : 0.0;
#endif
}
#endif

__device__ __forceinline__ Pair coefficient(const Tile& tile, int index)
{
    return pair(tile.copied[2 * index], tile.copied[2 * index + 1]);
}

/// The coefficients of all terms.
__device__ __forceinline__ double2* coefficients_of_terms(const Tile& tile)
{
    return (double2*)((SHARED_PLANES ? tile.sums : tile.far) + COEFFICIENTS_AT);
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
