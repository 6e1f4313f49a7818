//! The sums of groups of tiles, added up.

/// Adds neighbours, then neighbours of these, ...: the order of the CPU backend. One block a sum, which are
/// `row` numbers apart; the result goes to out[block].
extern "C" __global__ void __launch_bounds__(THREADS) pairwise(double* sums, int row, int groups, double* out)
{
    double* own = sums + (size_t)blockIdx.x * row;
    for (int apart = 1; apart < groups; apart *= 2) {
        for (long long i = (long long)threadIdx.x * 2 * apart; i + apart < groups; i += (long long)THREADS * 2 * apart)
            own[i] += own[i + apart];
        __syncthreads();
    }
    if (threadIdx.x == 0) out[blockIdx.x] = own[0];
}
