//! How the amplitudes of a tile move with coefficients and parameters; the formulas are those of the CPU backend's
//! vectors.rs.

/// The sums of a symmetric matrix of one group of tiles, one number every `stride`.
struct Triangle {
    double* entries;
    size_t stride;
};

__device__ __forceinline__ void add_entry(const Triangle& out, int a, int b, double value)
{
    const size_t low = a > b ? b : a, high = a > b ? a : b;
    out.entries[(high * (high + 1) / 2 + low) * out.stride] += value;
}

__device__ __forceinline__ bool is_present(int vector, int row)
{
    return VECTOR_BEGIN[vector * ROWS + row] < VECTOR_BEGIN[vector * ROWS + row + 1];
}

/// U_a of a vector that is present in a row: dA/dc of each coefficient, then dA/dp of each parameter; of a Gram matrix
/// that of each coefficient and parameter, without the coefficient. It is put together wherever it is needed: columns
/// are near, and vectors would be too many to keep.
__device__ __forceinline__ Pair vector_at(const Tile& tile, int vector, int row, int event)
{
    const int at = vector * ROWS + row, end = VECTOR_BEGIN[at + 1];
    Pair u = pair(0.0, 0.0);
    for (int i = VECTOR_BEGIN[at]; i < end; i++) {
        const int factor = VECTOR_FACTOR[i], source = VECTOR_SOURCE[i];
        if (vector >= COEFFICIENTS) {
            const Pair slope = get<JACOBIAN>(tile, 2 * factor, event);
#if GRAM
            u = add_product(u, slope, column(tile, source, event));
#else
            // T of the group already holds the coefficients.
            u = add_product(u, slope, get<PARTIAL>(tile, 2 * source, event));
#endif
        } else {
            const Pair g = column(tile, source, event);
            if (factor < 0)
                u = pair(fma(-0.0, g.im, fma(1.0, g.re, u.re)), fma(0.0, g.re, fma(1.0, g.im, u.im)));
            else
                u = add_product(u, get<SHAPE>(tile, 2 * factor, event), g);
        }
    }
    return u;
}
