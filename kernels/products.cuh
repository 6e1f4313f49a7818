//! Sums of products of two vectors, or of two slopes, over the events of a tile; the order is that of the CPU
//! backend's vectors.rs and hessian.rs.
//!
//! A block takes a band of them against a band of others: a slice of events of both is in shared memory, and an octet of
//! threads keeps the sums of some (`tall`) against some others (`wide`) in registers until the tile is done. Of a band
//! against itself only the lower triangle is taken. What is absent from a row counts as zero there.

#if DENSITIES && !SCORES
/// M applied to every vector, in the rows it mixes.
__device__ __forceinline__ void mix_vectors(const Tile& tile)
{
    for (int item = threadIdx.x; item < VECTORS * PART; item += THREADS) {
        const int vector = item / PART, event = item % PART;
        if (event >= tile.padded) continue;
        apply_densities(tile, event, pairs<MIXED>(tile, 2 * vector * ROWS), [&](int row) {
            return is_present(vector, row) ? vector_at(tile, vector, row, event) : pair(0.0, 0.0);
        });
    }
}
#endif

__device__ __forceinline__ double read(const double* at)
{
    return *at;
}

__device__ __forceinline__ void write(double* at, double value)
{
    *at = value;
}

__device__ __forceinline__ void clear(Pair& sum)
{
    sum = pair(0.0, 0.0);
}

__device__ __forceinline__ void clear(double& sum)
{
    sum = 0.0;
}

/// sum + a conj(b).
__device__ __forceinline__ Pair add_times_conjugate(Pair sum, Pair a, Pair b)
{
    sum.re = fma(a.re, b.re, sum.re);
    sum.re = fma(a.im, b.im, sum.re);
    sum.im = fma(a.im, b.re, sum.im);
    sum.im = fma(-a.re, b.im, sum.im);
    return sum;
}

__device__ __forceinline__ double add_times_conjugate(double sum, double a, double b)
{
    return fma(a, b, sum);
}

__device__ __forceinline__ double exchanged(double value, int distance)
{
    return __shfl_xor_sync(0xffffffffu, value, distance, 8);
}

__device__ __forceinline__ Pair exchanged(Pair value, int distance)
{
    return pair(exchanged(value.re, distance), exchanged(value.im, distance));
}

__device__ __forceinline__ double plus(double a, double b)
{
    return a + b;
}

__device__ __forceinline__ Pair plus(Pair a, Pair b)
{
    return pair(a.re + b.re, a.im + b.im);
}

/// Of eight numbers of an octet's lanes the sum of one in each lane, added as by sum_of_lanes.
template <typename Number>
__device__ __forceinline__ Number sum_of_each(Number (&numbers)[8])
{
    const int lane = lane_of_octet();
#pragma unroll
    for (int half = 4; half > 0; half /= 2)
#pragma unroll
        for (int k = 0; k < half; k++) {
            const bool upper = (lane & half) != 0;
            const Number kept = upper ? numbers[k + half] : numbers[k];
            const Number given = upper ? numbers[k] : numbers[k + half];
            numbers[k] = plus(kept, exchanged(given, half));
        }
    return numbers[0];
}

#if !SCORES
/// sum_e s U_a conj(M U_b), s from SLOPE, of all b <= a; `Add` has what becomes of it.
template <typename Add>
struct OfVectors {
    typedef Pair Number;
    typedef double2 Stored;
    // Small tiles where they are not too many for the octets: there are more of them at work.
    enum { count = VECTORS, rows = ROWS, tall = 4, wide = VECTORS <= 20 ? 2 : 4 };

    static __device__ __forceinline__ bool is_present(int vector, int row)
    {
        return vector < VECTORS && ::is_present(vector, row);
    }

    static __device__ __forceinline__ Pair get(const Tile& tile, int vector, int row, int event)
    {
        return vector_at(tile, vector, row, event);
    }

    static __device__ __forceinline__ Pair scaled(const Tile& tile, int event, Pair u)
    {
        const double s = plane<SLOPE>(tile)[event];
        return pair(s * u.re, s * u.im);
    }

    static __device__ __forceinline__ bool is_mixed(int row)
    {
        return DENSITIES > 0 && IS_MIXED[row];
    }

    static __device__ __forceinline__ Pair mixed(const Tile& tile, int vector, int row, int event)
    {
#if DENSITIES
        return read(pairs<MIXED>(tile, 2 * (vector * ROWS + row)) + event);
#else
        return pair(0.0, 0.0);
#endif
    }

    static __device__ __forceinline__ void add(const Triangle& out, int a, int b, Pair sum)
    {
        Add::add(out, a, b, sum.re, sum.im);
    }
};
#endif

#if HESSIAN || SCORES
/// sum_n b dJ_a dJ_b, b from TERM_BEND, of all b <= a.
struct OfSlopes {
    typedef double Number;
    typedef double Stored;
    enum { count = SLOTS, rows = 1, tall = SLOTS <= 28 ? 4 : 8, wide = 4 };

    static __device__ __forceinline__ bool is_present(int slot, int)
    {
        return slot < SLOTS;
    }

    static __device__ __forceinline__ double get(const Tile& tile, int slot, int, int n)
    {
        return plane<TERM_SLOT>(tile, slot)[n];
    }

    static __device__ __forceinline__ double scaled(const Tile& tile, int n, double g)
    {
        return plane<TERM_BEND>(tile)[n] * g;
    }

    static __device__ __forceinline__ bool is_mixed(int)
    {
        return false;
    }

    static __device__ __forceinline__ double mixed(const Tile&, int, int, int)
    {
        return 0.0;
    }

    static __device__ __forceinline__ void add(const Triangle& out, int a, int b, double sum)
    {
        add_entry(out, a, b, sum);
    }
};
#endif

/// Sizes of bands: as many as there are, up to what keeps slices long.
template <typename Of>
struct Band {
    enum {
        most = sizeof(typename Of::Stored) == 16 ? 32 : 56,
        // Numbers behind a slice, so that octets whose vectors are neighbours use different banks.
        apart = sizeof(typename Of::Stored) == 16 ? 0 : 2,
        all = (Of::count + Of::tall - 1) / Of::tall * Of::tall,
        height = int(all) < int(most) ? int(all) : int(most),
        fitting = (8 * BAND_NUMBERS / (2 * int(height) * int(sizeof(typename Of::Stored))) - int(apart)) / 8 * 8,
        // Of about the same length.
        slices = (STRIDE + int(fitting) - 1) / int(fitting),
        slice = (STRIDE / 8 + int(slices) - 1) / int(slices) * 8,
        pitch = int(slice) + int(apart)
    };
};

/// Puts a slice of the events of two bands into shared memory: the first one scaled, the second one mixed.
template <typename Of>
__device__ __forceinline__ void stage_bands(const Tile& tile, int first, int second, int row, int begin, int end)
{
    typedef typename Of::Number Number;
    enum { slice = Band<Of>::slice, height = Band<Of>::height };
    typename Of::Stored *left = (typename Of::Stored*)BANDS, *right = left + height * Band<Of>::pitch;
#pragma unroll 2
    for (int item = threadIdx.x; item < height * slice; item += THREADS) {
        const int a = first + item / slice, b = second + item / slice, e = begin + item % slice;
        const int place = item + item / slice * Band<Of>::apart;
        if (e >= end) continue;
        Number u, v;
        clear(u);
        clear(v);
        if (Of::is_present(a, row)) u = Of::get(tile, a, row, e);
        if (Of::is_mixed(row)) {
            if (b < Of::count) v = Of::mixed(tile, b, row, e);
        } else if (a == b) {
            v = u;
        } else if (Of::is_present(b, row)) {
            v = Of::get(tile, b, row, e);
        }
        write(left + place, Of::scaled(tile, e, u));
        write(right + place, v);
    }
}

/// Which of a band and of another one, or of itself, an octet's products are of. Returns how many octets have some, where
/// `number` is beyond them.
template <typename Of>
__device__ __forceinline__ int find_products(int number, bool triangle, int& above, int& beside)
{
    int before = 0;
    for (above = 0; above < Band<Of>::height; above += Of::tall) {
        const int tiles = (triangle ? above + Of::tall : Band<Of>::height) / Of::wide;
        beside = (number - before) * Of::wide;
        before += tiles;
        if (number < before) break;
    }
    return before;
}

/// Whether any of a band takes part in a row.
template <typename Of>
__device__ __forceinline__ bool any_present(int first, int count, int row)
{
    bool any = false;
    for (int k = 0; k < count && !any; k++) any = Of::is_present(first + k, row);
    return any;
}

/// Adds all products of a kind over so many events or terms. A call of its own: put in place, it makes kernels spill.
template <typename Of>
__device__ __noinline__ void add_products(int index, Triangle out, int length)
{
    typedef typename Of::Number Number;
    enum { tall = Of::tall, wide = Of::wide, height = Band<Of>::height };
    enum { slice = Band<Of>::slice, pitch = Band<Of>::pitch };
    const Tile tile = at(walk.parts[index], 0);
    const typename Of::Stored *left = (typename Of::Stored*)BANDS, *right = left + height * pitch;
    const int lane = lane_of_octet();
    for (int first = 0; first < Of::count; first += height)
        for (int second = 0; second <= first; second += height) {
            int above, beside;
            const int tiles = find_products<Of>(1 << 20, first == second, above, beside);
            for (int begin = 0; begin < tiles; begin += OCTETS) {
                find_products<Of>(begin + octet(), first == second, above, beside);
                const bool has_any = begin + octet() < tiles;
                Number sum[tall * wide / 8][8];
#pragma unroll
                for (int k = 0; k < tall * wide; k++) clear(sum[k / 8][k % 8]);
#pragma unroll 1
                for (int row = 0; row < Of::rows; row++) {
                    if (!any_present<Of>(first, height, row)) continue;
                    if (!Of::is_mixed(row) && !any_present<Of>(second, height, row)) continue;
                    const bool takes_part = has_any && any_present<Of>(first + above, tall, row)
                        && (Of::is_mixed(row) || any_present<Of>(second + beside, wide, row));
#pragma unroll 1
                    for (int from = 0; from < length; from += slice) {
                        const int to = length - from < slice ? length : from + slice;
                        stage_bands<Of>(tile, first, second, row, from, to);
                        __syncthreads();
#pragma unroll 1
                        for (int e = lane; takes_part && e < to - from; e += 8) {
                            Number v[wide];
#pragma unroll
                            for (int j = 0; j < wide; j++) v[j] = read(right + (beside + j) * pitch + e);
#pragma unroll
                            for (int i = 0; i < tall; i++) {
                                const Number u = read(left + (above + i) * pitch + e);
#pragma unroll
                                for (int j = 0; j < wide; j++) {
                                    Number& so_far = sum[(i * wide + j) / 8][(i * wide + j) % 8];
                                    so_far = add_times_conjugate(so_far, u, v[j]);
                                }
                            }
                        }
                        __syncthreads();
                    }
                }
#pragma unroll
                for (int k = 0; k < tall * wide / 8; k++) {
                    const Number total = sum_of_each(sum[k]);
                    const int place = 8 * k + lane, a = first + above + place / wide, b = second + beside + place % wide;
                    if (has_any && a < Of::count && b <= a) Of::add(out, a, b, total);
                }
            }
        }
}
