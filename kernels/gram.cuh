//! The Gram matrix of the amplitudes' basis over a tile: sum_e w U_a conj(M U_b), Re and Im of the lower triangle.

struct AddProduct {
    static __device__ __forceinline__ void add(const Triangle& out, int a, int b, double re, double im)
    {
        double* entry = out.entries + 2 * ((size_t)a * (a + 1) / 2 + b) * out.stride;
        entry[0] += re;
        entry[out.stride] += im;
    }
};

/// The weight of each event.
__device__ __forceinline__ void weights_of_events(const Tile& tile)
{
    for (int n = threadIdx.x; n < PART; n += THREADS) spread(tile, n, n < tile.terms ? weight(tile, n) : 0.0);
}

/// Adds a tile whose shapes have values, and whose matrix between rows is there.
__device__ __forceinline__ void add_gram(int index, const Triangle& out)
{
    const Part& part = walk.parts[index];
    const Tile tile = at(part, 0);
    weights_of_events(tile);
#if VECTORS > COEFFICIENTS
    jacobians_of_shapes(part);
#endif
    __syncthreads();
#if DENSITIES
    mix_vectors(tile);
    __syncthreads();
#endif
    add_products<OfVectors<AddProduct>>(index, out, tile.padded);
}
