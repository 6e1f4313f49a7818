// Kernels of the emulator's tests. BUG chooses a mistake; 0 is none.

// The sum of a block's elements: a tree in shared memory, then a warp.
extern "C" __global__ void __launch_bounds__(256) total(const double* __restrict__ x, double* __restrict__ part, int n) {
    __shared__ double sums[256];
    const int t = threadIdx.x;
    double sum = 0.0;
#if BUG == 9 // no check in the last tile
    for (int first = blockIdx.x * 256; first < n; first += gridDim.x * 256) sum += x[first + t];
#elif BUG == 3 // one too far
    for (int i = blockIdx.x * 256 + t; i <= n; i += gridDim.x * 256) sum += x[i];
#else
    for (int i = blockIdx.x * 256 + t; i < n; i += gridDim.x * 256) sum += x[i];
#endif
#if BUG == 6 // one element is forgotten
    if (t < 255) sums[t] = sum;
#elif BUG == 8 // one too far in shared memory
    sums[t + 1] = sum;
#else
    sums[t] = sum;
#endif
#if BUG != 1 // no barrier before others read
    __syncthreads();
#endif
    for (int o = 128; o >= 32; o >>= 1) {
#if BUG == 5 // a barrier for some
        if (t < o) {
            sums[t] += sums[t + o];
            __syncthreads();
        }
#else
        if (t < o) sums[t] += sums[t + o];
#if BUG != 2 // no barrier between the steps
        __syncthreads();
#endif
#endif
    }
#if BUG == 4 // a mask that names absent lanes
    if (t < 16) {
#else
    if (t < 32) {
#endif
        double v = sums[t];
        for (int o = 16; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
#if BUG == 7 // all blocks write one place
        if (t == 0) part[0] = v;
#else
        if (t == 0) part[blockIdx.x] = v;
#endif
    }
}

extern "C" __global__ void elementary(const double* __restrict__ x, double* __restrict__ y, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const double v = x[i];
    y[i] = sin(v) + cos(v) * exp(-v) + log(v) / sqrt(v) + atan2(v, 2.0);
}

struct Numbers {
    double list[3];
    int count;
};

__constant__ double coefficients[4] = {1.0, -2.0, 0.5, 0.25};

__device__ __noinline__ double polynomial(double x, const double* c, int n) {
    double sum = 0.0;
    for (int i = n - 1; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

// What compilers make of C++: calls, arrays of a thread, structures, vectors, choices, integers, votes.
extern "C" __global__ void language(const double2* __restrict__ x, double* y, Numbers numbers, long long divisor, int n) {
    extern __shared__ double shared[];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double2 v = x[i < n ? i : n - 1];
    double local[5];
    for (int j = 0; j < 5; j++) local[j] = v.x + j;
    double r = polynomial(v.x, coefficients, 4) + polynomial(v.y, numbers.list, numbers.count) + local[i % 5];
    switch (i % 7) {
        case 0: r += 1.0; break;
        case 1: r -= v.y; break;
        case 2: r *= 3.0; break;
        case 3: r = -r; break;
        case 4: r = fabs(r); break;
        case 5: r = fmin(r, v.y); break;
        default: r = fmax(r, 0.5);
    }
    shared[threadIdx.x] = r;
    __syncwarp();
    const unsigned positive = __ballot_sync(0xffffffffu, shared[threadIdx.x ^ 1] > 0.0);
    const long long big = (long long)i * 123456789012345LL - 77;
    r += __popc(positive) + (double)(big / divisor) + (double)(big % divisor) + (signed char)(i * 37);
    if (i < n) y[i] = r;
}
