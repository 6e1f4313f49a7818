//! How many multiply-adds of doubles a card does: chains in registers, of no use but their time.

/// x -> a x + b, `steps` times in every chain of every thread. The sums are written, so that the compiler keeps
/// the chains.
extern "C" __global__ void multiply_adds(double a, double b, int steps, double* sums)
{
    double chains[CHAINS];
    const int thread = blockIdx.x * blockDim.x + threadIdx.x;
    for (int k = 0; k < CHAINS; k++) chains[k] = thread + k;
    for (int step = 0; step < steps; step++)
        for (int k = 0; k < CHAINS; k++) chains[k] = fma(a, chains[k], b);
    double sum = 0.0;
    for (int k = 0; k < CHAINS; k++) sum += chains[k];
    sums[thread] = sum;
}
