//! Copies of a part to shared memory.

#if ASYNCHRONOUS
/// Where copies to shared memory go: an address there, so that none of them has to find it.
typedef unsigned To;

__device__ __forceinline__ To to_buffer(double* buffer)
{
    return (unsigned)__cvta_generic_to_shared(buffer);
}

/// Begins to copy a number or pair, past the registers.
template <typename Number>
__device__ __forceinline__ void copy(To to, int place, const Number* from)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(to + place * (int)sizeof(Number)), "l"(from),
        "n"(sizeof(Number)) : "memory");
}

/// Begins to copy so many numbers, threads side by side.
template <int COUNT, typename Number>
__device__ __forceinline__ void copy_all(To to, const Number* from)
{
    // All of a part but a very large one.
#pragma unroll 64
    for (int i = 0; i < COUNT / THREADS; i++) copy(to, threadIdx.x + i * THREADS, from + threadIdx.x + i * THREADS);
    const int last = threadIdx.x + COUNT / THREADS * THREADS;
    if (last < COUNT) copy(to, last, from + last);
}
#else
// Numbers that a thread waits for together.
#define COPIES_TOGETHER 8

typedef double* To;

__device__ __forceinline__ To to_buffer(double* buffer)
{
    return buffer;
}

template <typename Number>
__device__ __forceinline__ void copy(To to, int place, const Number* from)
{
    ((Number*)to)[place] = *from;
}

/// Copies so many numbers, threads side by side. A thread reads several before it writes the first of them: what is written
/// might be what is read next, for all that the compiler knows, and it would wait for each.
template <int COUNT, typename Number>
__device__ __forceinline__ void copy_all(To to, const Number* from)
{
    const int rounds = (COUNT + THREADS - 1) / THREADS;
    // Of all but the last round it is known that each thread has a number.
    const auto has = [](int round) { return (round + 1) * THREADS <= COUNT || threadIdx.x + round * THREADS < COUNT; };
#pragma unroll
    for (int first = 0; first < rounds; first += COPIES_TOGETHER) {
        Number numbers[COPIES_TOGETHER];
#pragma unroll
        for (int i = first; i < rounds && i < first + COPIES_TOGETHER; i++)
            if (has(i)) numbers[i - first] = from[threadIdx.x + i * THREADS];
#pragma unroll
        for (int i = first; i < rounds && i < first + COPIES_TOGETHER; i++)
            if (has(i)) copy(to, threadIdx.x + i * THREADS, &numbers[i - first]);
    }
}
#endif

/// Begins to copy a part to its buffer in shared memory.
__device__ __forceinline__ void stage_part(const Part& part)
{
#if STAGED
    // Read once: copies might write anything, for all that the compiler knows.
    const int padded = part.padded, terms = part.terms, thread = threadIdx.x;
    const To to = to_buffer(buffer_of(part));
    const column_t* columns = part.columns;
    if (padded == PART) {
        copy_all<COLUMNS * PART>(to, columns);
    } else {
#pragma unroll 4
        for (int i = thread; i < COLUMNS * padded; i += THREADS) copy(to, i, columns + i);
    }
    // Two events at once: their numbers are even.
    const double* variables = part.variables;
#pragma unroll 1
    for (int i = thread; i < VARIABLES * PART / 2; i += THREADS) {
        const int pair = i % (PART / 2), variable = i / (PART / 2);
        if (2 * pair < padded)
            copy(to, VARIABLES_AT / 2 + i, (const double2*)(variables + variable * STRIDE) + pair);
    }
    const double *weights = part.weights, *backgrounds = part.backgrounds;
#pragma unroll 1
    for (int n = thread; n < terms; n += THREADS) copy(to, WEIGHTS_AT + n, weights + n);
#pragma unroll 1
    for (int i = thread; i < BACKGROUNDS * terms; i += THREADS) copy(to, BACKGROUNDS_AT + i, backgrounds + i);
#endif
}

/// Says that the thread's copies of a part have begun, if there was one: parts are counted.
__device__ __forceinline__ void end_of_stage()
{
#if ASYNCHRONOUS
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until the thread's copies are there, but for those of the part that was begun last where there are two buffers; a
/// barrier stands before their first use.
__device__ __forceinline__ void wait_for_stage()
{
#if ASYNCHRONOUS
    asm volatile("cp.async.wait_group %0;" ::"n"(BUFFERS - 1) : "memory");
#endif
}
