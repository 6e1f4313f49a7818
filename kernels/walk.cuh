//! What a block works on: the parts of the tiles of its work one after the other, the next ones on their way to shared
//! memory while one is added.

/// A sample as it lies on the device: tiles are first event, events, first term, terms of each.
struct Sample {
    const column_t* columns;
    const double* variables;
    const int4* tiles;
    const double* weights;
    const double* backgrounds;
    const int* firsts;
    const double* shares;
    double* scratch;
};

/// Its arguments of a kernel.
#define SAMPLE                                                                                           \
    const column_t *__restrict__ columns, const double *__restrict__ variables,                         \
        const int4 *__restrict__ tiles, const double *__restrict__ weights,                             \
        const double *__restrict__ backgrounds, const int *__restrict__ firsts,                         \
        const double *__restrict__ shares, double *scratch
#define THE_SAMPLE {columns, variables, tiles, weights, backgrounds, firsts, shares, scratch}

/// Where the sums and the first event without a value of the walk's first point go; the numbers of
/// another point are `next_sums` and `next_value` further on.
struct Output {
    double* sums;
    size_t stride, next_sums, next_value;
    int* bad_event;
    double* bad_value;
};

/// The tile of the next part, its first event there, the tile behind the last; its place among parts and its buffer.
struct alignas(16) Next {
    int tile, start, end, place, buffer;
};

/// What is the same for all threads of a block: in shared memory, not in registers of each of them.
struct Walk {
    Sample sample;
    /// Those that are staged, and the next one.
    Part parts[BUFFERS + 1];
    Output out;
    /// At which points, as they lie on the device, and the weights of those that have their own.
    const double* points;
    const double* weights_of[POINTS];
    int point_count;
    /// One thread has it.
    Next next;
    /// The part's lowest term without a value; what is read beside it stands in other words.
    alignas(8) int first_bad[POINTS];
};

__shared__ Walk walk;
static_assert(sizeof(Walk) <= WALK_BYTES, "the host leaves room for it");

/// The part that starts at an event of a tile. Only tiles whose events are terms have several.
__device__ __forceinline__ Part part_of(int index, int start)
{
    const Sample& sample = walk.sample;
    const int4 at = sample.tiles[index];
    Part part;
    part.first_event = at.x;
    part.events = at.y;
    part.first_term = at.z;
    part.terms = at.w;
    part.columns = sample.columns + (size_t)index * (COLUMNS * STRIDE);
    part.variables = sample.variables + (size_t)index * (VARIABLES * STRIDE);
    const int rest = part.events - start;
    part.begins = start == 0;
    part.ends = PART == STRIDE || rest <= PART;
#if PART < STRIDE
    part.events = part.terms = rest < PART ? rest : PART;
    part.first_event += start;
    part.first_term += start;
    part.columns += COLUMNS * start;
    part.variables += start;
#endif
    part.padded = (part.events + 7) / 8 * 8;
    part.padded_terms = (part.terms + 7) / 8 * 8;
    part.weights = sample.weights + part.first_term;
    part.backgrounds = sample.backgrounds + (size_t)BACKGROUNDS * part.first_term;
    part.firsts = sample.firsts + part.first_term;
    part.shares = sample.shares;
    part.scratch = sample.scratch + (size_t)blockIdx.x * SCRATCH_NUMBERS;
    part.at_points = walk.points;
    part.point_count = walk.point_count;
    part.weights_of = walk.weights_of;
    return part;
}

/// The place of the part behind one's.
__device__ __forceinline__ int behind(int index)
{
    return index == BUFFERS ? 0 : index + 1;
}

/// Says what the next part is, one without events behind the last. One thread does, in a call: nothing of it stays in
/// registers.
__device__ __noinline__ void tell_next_part()
{
    Next& next = walk.next;
    Part& place = walk.parts[next.place];
    if (next.tile < next.end) {
        Part part = part_of(next.tile, next.start);
        part.buffer = next.buffer;
        next.start = part.ends ? 0 : next.start + PART;
        next.tile += part.ends;
        place = part;
    } else {
        place.events = 0;
    }
    next.place = behind(next.place);
    next.buffer = BUFFERS - 1 - next.buffer;
}

/// Begins a walk over tiles; a barrier stands behind it.
__device__ __forceinline__ void begin_walk(int tile, int end)
{
    walk.next = {tile, 0, end, 0, 0};
    for (int n = 0; n < BUFFERS; n++) tell_next_part();
}

/// Begins to copy a part that has been told to its buffer.
__device__ __noinline__ void stage(int index)
{
    const Part& part = walk.parts[index];
    if (part.events > 0) stage_part(part);
    end_of_stage();
}

/// Takes the parts that have been told and those behind them in turn: `work` has a barrier at its end, `then` may go on
/// while the next part is copied. A barrier stands before and behind.
template <typename Work, typename Then>
__device__ __forceinline__ void each_part(Work work, Then then)
{
    for (int n = 0; n < BUFFERS; n++) stage(n);
    // The place of the part that is told while one is worked on is the one before that one's.
    for (int index = 0, before = BUFFERS; walk.parts[index].events > 0; before = index, index = behind(index)) {
        wait_for_stage();
        __syncthreads();
        if (threadIdx.x == 0) tell_next_part();
        work(index);
        stage(before);
        then(index);
    }
    __syncthreads();
}

/// Copies what all events read at each of some points; a barrier stands before its first use. A call of its own: put in
/// place, it takes registers from all that follows.
__device__ __noinline__ void load_points(const double* points, int count, double* scratch)
{
    for (int i = threadIdx.x; i < count * COPIED; i += THREADS) {
        const int point = i / COPIED, k = i % COPIED;
        OF_POINTS[point * POINT_NUMBERS + COPIED_AT + k] = points[(size_t)point * POINT + k];
    }
    for (int i = threadIdx.x; i < count * TERMS; i += THREADS) {
        const int point = i / TERMS, k = i % TERMS;
        const double* coefficient = points + (size_t)point * POINT + 2 * TERM_COEFFICIENT[k];
#if SHARED_PLANES
        double* to = OF_POINTS + point * POINT_NUMBERS + COEFFICIENTS_AT + 2 * k;
#else
        double* to = scratch + (size_t)blockIdx.x * SCRATCH_NUMBERS + COEFFICIENTS_AT + 2 * k;
#endif
        to[0] = coefficient[0];
        to[1] = coefficient[1];
    }
}
