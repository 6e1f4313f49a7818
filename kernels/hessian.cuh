//! Second derivatives of a tile; the formulas are those of the CPU backend's hessian.rs. The lower
//! triangle is kept; in each pass an entry belongs to one octet, and passes are apart by barriers.

/// s 2 Re(U_a† M U_b).
struct AddProduct {
    static __device__ __forceinline__ void add(const Triangle& out, int a, int b, double re, double im)
    {
        re *= 2.0;
        im *= 2.0;
        if (a < COEFFICIENTS) {
            // U of Im c is i times U of Re c.
            add_entry(out, 2 * a, 2 * b, re);
            add_entry(out, 2 * a + 1, 2 * b + 1, re);
            add_entry(out, 2 * a + 1, 2 * b, -im);
            if (a != b) add_entry(out, 2 * a, 2 * b + 1, im);
        } else if (b < COEFFICIENTS) {
            add_entry(out, a + COEFFICIENTS, 2 * b, re);
            add_entry(out, a + COEFFICIENTS, 2 * b + 1, im);
        } else {
            add_entry(out, a + COEFFICIENTS, b + COEFFICIENTS, re);
        }
    }
};

/// s 2 Re(W† d²A) of a coefficient and a parameter of its shape.
__device__ __forceinline__ void add_coefficient_and_parameter(const Part& part, const Triangle& out)
{
    for (int item = octet(); item < MEETINGS; item += OCTETS) {
        const int slot = 2 * COEFFICIENTS + MEETING_PARAMETER[item], c = MEETING_COEFFICIENT[item];
        for (int k = MEETING_BEGIN[item]; k < MEETING_BEGIN[item + 1]; k++) {
            Pair sum[POINTS] = {pair(0.0, 0.0)};
            project<JACOBIAN>(part, MEETING_COLUMN[k], MEETING_ROW[k], 2 * MEETING_JACOBIAN[k], sum);
            const double re = sum_of_lanes(sum[0].re), im = sum_of_lanes(sum[0].im);
            if (lane_of_octet() == 0) {
                add_entry(out, slot, 2 * c, re);
                add_entry(out, slot, 2 * c + 1, 0.0 - im);
            }
        }
    }
}

/// The second derivatives of the shapes.
__device__ __forceinline__ void add_curvatures(const Tile& tile, const Triangle& out)
{
    for (int item = octet(); item < BENDS; item += OCTETS) {
        for (int k = BEND_BEGIN[item]; k < BEND_BEGIN[item + 1]; k++) {
            const double sum = total(plane<CURVATURE>(tile, BEND_PLACE[k]), tile.padded);
            if (lane_of_octet() == 0)
                add_entry(out, 2 * COEFFICIENTS + BEND_FIRST[item], 2 * COEFFICIENTS + BEND_SECOND[item],
                    BEND_TIMES[k] * sum);
        }
    }
}

/// Adds d² sum f(J) / d slots² of a tile whose gradient has been taken.
__device__ __forceinline__ void add_hessian(int index, const Triangle& out)
{
    const Part& part = walk.parts[index];
    const Tile tile = at(part, 0);
    jacobians_of_shapes(tile);
    curvatures_of_shapes(tile);
    __syncthreads();
    fill_slopes(tile);
#if DENSITIES
    mix_vectors(tile);
#endif
    __syncthreads();
    add_products<OfVectors<AddProduct>>(index, out, tile.padded);
    __syncthreads();
    add_coefficient_and_parameter(part, out);
    __syncthreads();
#if DENSITIES
    add_density_hessian(index, out);
    __syncthreads();
#endif
    add_curvatures(tile, out);
    __syncthreads();
    add_products<OfSlopes>(index, out, tile.padded_terms);
}
