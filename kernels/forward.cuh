//! From columns to amplitudes.

/// Values and amplitudes of a part that has been staged. Of one row at one point, a thread knows the amplitudes of its
/// own events only: it goes on with them.
__device__ __forceinline__ void forward(const Part& part)
{
#if SHAPES
    values_of_shapes(part);
    __syncthreads();
#endif
    amplitudes(part);
    if (ROWS > 1 || POINTS > 1) __syncthreads();
}
