//! Complex numbers of an event. With --fmad=false a product and a sum are rounded once where fma() is
//! written and nowhere else, at the same places as on the CPU.

struct Pair {
    double re, im;
};

__device__ __forceinline__ Pair pair(double re, double im)
{
    Pair z;
    z.re = re;
    z.im = im;
    return z;
}

/// A pair in memory, of doubles or singles.
template <typename Number>
__device__ __forceinline__ Pair read(const Number* at)
{
    const Number z = *at;
    return pair((double)z.x, (double)z.y);
}

__device__ __forceinline__ void write(double2* at, Pair value)
{
    double2 both;
    both.x = value.re;
    both.y = value.im;
    *at = both;
}

__device__ __forceinline__ double bits(long long pattern)
{
    return __longlong_as_double(pattern);
}

/// out + a b.
__device__ __forceinline__ Pair add_product(Pair out, Pair a, Pair b)
{
    out.re = fma(-a.im, b.im, fma(a.re, b.re, out.re));
    out.im = fma(a.im, b.re, fma(a.re, b.im, out.im));
    return out;
}

/// out + conj(a) b.
__device__ __forceinline__ Pair add_conjugate_product(Pair out, Pair a, Pair b)
{
    out.re = fma(a.im, b.im, fma(a.re, b.re, out.re));
    out.im = fma(-a.im, b.re, fma(a.re, b.im, out.im));
    return out;
}

/// out + c g, one rounding after the other: a term of an amplitude.
__device__ __forceinline__ Pair add_term(Pair out, Pair c, Pair g)
{
    out.re = fma(c.re, g.re, out.re);
    out.re = fma(-c.im, g.im, out.re);
    out.im = fma(c.re, g.im, out.im);
    out.im = fma(c.im, g.re, out.im);
    return out;
}

/// a conj(b).
__device__ __forceinline__ Pair times_conjugate(Pair a, Pair b)
{
    return pair(fma(a.im, b.im, a.re * b.re), fma(-a.re, b.im, a.im * b.re));
}

/// c f.
__device__ __forceinline__ Pair times(Pair c, Pair f)
{
    return pair(fma(-c.im, f.im, c.re * f.re), fma(c.im, f.re, c.re * f.im));
}

/// a b, every product and sum rounded.
__device__ __forceinline__ Pair plain_times(Pair a, Pair b)
{
    return pair(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

__device__ __forceinline__ Pair conjugate(Pair a)
{
    return pair(a.re, -a.im);
}
