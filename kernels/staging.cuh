//! Copies of a part to shared memory.

#if ASYNCHRONOUS
// All of a part but a very large one.
#define COPIES_TOGETHER 64

/// Begins to copy a number or pair to shared memory, past the registers.
template <typename Number>
__device__ __forceinline__ void copy(Number* to, const Number* from)
{
    const unsigned address = (unsigned)__cvta_generic_to_shared(to);
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(address), "l"(from), "n"(sizeof(Number)) : "memory");
}
#else
#define COPIES_TOGETHER 4

template <typename Number>
__device__ __forceinline__ void copy(Number* to, const Number* from)
{
    *to = *from;
}
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
