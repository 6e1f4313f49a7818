//! Warps, and octets of threads side by side, in whose eight lanes sums over events run.

#define WARPS (THREADS / 32)
#define OCTETS (THREADS / 8)

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

/// The lane of a sum that goes on with a b.
__device__ __forceinline__ double add_dot(double sum, const double* a, const double* b, int length)
{
    for (int e = lane_of_octet(); e < length; e += 8) sum = fma(a[e], b[e], sum);
    return sum;
}

/// The lane of a sum that goes on with a.
__device__ __forceinline__ double add_total(double sum, const double* a, int length)
{
    for (int e = lane_of_octet(); e < length; e += 8) sum = a[e] + sum;
    return sum;
}

/// sum_e a b.
__device__ __forceinline__ double dot(const double* a, const double* b, int length)
{
    return sum_of_lanes(add_dot(0.0, a, b, length));
}

/// sum_e a.
__device__ __forceinline__ double total(const double* a, int length)
{
    return sum_of_lanes(add_total(0.0, a, length));
}

/// Where the thread's lane of a sum goes on from part to part. Sums stand side by side in each lane: octets with
/// neighbouring sums use different banks, and so do threads that finish them.
__device__ __forceinline__ double* lane_at(const Tile& tile, int number)
{
    return tile.carry + CARRIED * lane_of_octet() + number;
}

__device__ __forceinline__ double carried(const Tile& tile, int number)
{
    return PART < STRIDE && !tile.begins ? *lane_at(tile, number) : 0.0;
}

__device__ __forceinline__ void carry(const Tile& tile, int number, double lane)
{
    *lane_at(tile, number) = lane;
}

/// What the lanes of a sum have come to, added as in an octet.
__device__ __forceinline__ double finished(const Tile& tile, int number)
{
    const auto lane = [&](int l) { return tile.carry[CARRIED * l + number]; };
    return ((lane(0) + lane(4)) + (lane(2) + lane(6))) + ((lane(1) + lane(5)) + (lane(3) + lane(7)));
}
