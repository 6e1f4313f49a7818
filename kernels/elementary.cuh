//! Logarithm, exponential, sine, cosine and arc tangent with the digits of the CPU backend: the same
//! operations as pwa-core/src/simd/elementary.rs and as the FreeBSD functions in the crate libm.

/// x = 2^(exponent - 2048) m with m in [1/sqrt 2, sqrt 2).
__device__ __forceinline__ double split(double x, unsigned long long& exponent)
{
    const unsigned long long b = (unsigned long long)__double_as_longlong(x);
    const unsigned long long shifted = b - 0x3fe6a09e667f3bcdULL;
    exponent = (shifted + (1ULL << 63)) >> 52;
    return bits((long long)(b - (shifted & 0xfff0000000000000ULL)));
}

__device__ __forceinline__ double binary_exponent(unsigned long long exponent)
{
    return bits((long long)(exponent | 0x4330000000000000ULL)) - (4503599627370496.0 + 2048.0);
}

/// k ln 2 + ln(1 + f) with s = f / (2 + f).
__device__ __forceinline__ double log_of_split(double f, double s, double k)
{
    const double ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
    const double z = s * s;
    double p = 0.14616449685043406;
    p = fma(p, z, 0.15331721600556042);
    p = fma(p, z, 0.18182889125261723);
    p = fma(p, z, 0.2222221113479508);
    p = fma(p, z, 0.28571428625975487);
    p = fma(p, z, 0.39999999999899505);
    p = fma(p, z, 0.666666666666667);
    const double r = z * p;
    const double half = 0.5 * f * f;
    const double tail = fma(s, half + r, k * ln2_low);
    return fma(k, ln2_high, f - (half - tail));
}

__device__ __forceinline__ double exact_log(double x)
{
    const bool small = x < 2.2250738585072014e-308;
    unsigned long long exponent;
    const double m = split(small ? x * 18014398509481984.0 : x, exponent);
    const double f = m - 1.0;
    const double value = log_of_split(f, f / (2.0 + f), binary_exponent(exponent) - (small ? 54.0 : 0.0));
    const double infinity = bits(0x7ff0000000000000LL);
    if (x > 0.0 && x < infinity) return value;
    if (x == 0.0) return -infinity;
    return x == infinity ? x : bits(0x7ff8000000000000LL);
}

/// ln x and 1/x; from 2^-1000 to 2^1000 with one division, as on the CPU.
__device__ __forceinline__ double log_and_inverse(double x, double& inverse)
{
    if (!(x >= 9.332636185032189e-302 && x <= 1.0715086071862673e301)) {
        inverse = 1.0 / x;
        return exact_log(x);
    }
    unsigned long long exponent;
    const double m = split(x, exponent);
    const double f = m - 1.0, above = m + 1.0;
    const double of_both = 1.0 / (m * above);
    inverse = above * of_both * bits((long long)((1023 + 2048 - exponent) << 52));
    return log_of_split(f, f * (m * of_both), binary_exponent(exponent));
}

__device__ __forceinline__ double exact_exp(double x)
{
    const double ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
    double clamped = x > 720.0 ? 720.0 : x;
    clamped = clamped < -760.0 ? -760.0 : clamped;
    const double rounding = 1.5 * 4503599627370496.0;
    const double shifted = fma(clamped, 1.4426950408889634, rounding);
    const double k = shifted - rounding;
    double r = fma(-k, ln2_high, clamped);
    r = fma(-k, ln2_low, r);
    double p = 2.0914686968086876e-9;
    p = fma(p, r, 2.5105217004720745e-8);
    p = fma(p, r, 2.75572736431103e-7);
    p = fma(p, r, 2.7557255400206422e-6);
    p = fma(p, r, 2.4801587325547745e-5);
    p = fma(p, r, 0.00019841269874820627);
    p = fma(p, r, 0.0013888888888883748);
    p = fma(p, r, 0.008333333333326136);
    p = fma(p, r, 0.04166666666666667);
    p = fma(p, r, 0.1666666666666667);
    p = fma(p, r, 0.5);
    p = fma(r * r, p, r) + 1.0;
    const unsigned long long exponent =
        (unsigned long long)(__double_as_longlong(shifted) - __double_as_longlong(rounding)) + 2046ULL;
    const unsigned long long half = exponent >> 1;
    return p * bits((long long)(half << 52)) * bits((long long)((exponent - half) << 52));
}

__device__ __forceinline__ unsigned high_word(double x)
{
    return (unsigned)((unsigned long long)__double_as_longlong(x) >> 32);
}

__device__ __forceinline__ unsigned low_word(double x)
{
    return (unsigned)__double_as_longlong(x);
}

__device__ __forceinline__ double kernel_sin(double x, double y, bool has_tail)
{
    const double s1 = -1.66666666666666324348e-01;
    const double z = x * x;
    const double w = z * z;
    const double r = 8.33333333332248946124e-03
        + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06)
        + z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
    const double v = z * x;
    return has_tail ? x - ((z * (0.5 * y - v * r) - y) - v * s1) : x + v * (s1 + z * r);
}

__device__ __forceinline__ double kernel_cos(double x, double y)
{
    const double z = x * x;
    const double w = z * z;
    const double r = z
            * (4.16666666666666019037e-02
                + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05))
        + w * w
            * (-2.75573143513906633035e-07
                + z * (2.08757232117817482790e-09 + z * -1.13596475577881948265e-11));
    const double half = 0.5 * z;
    const double rest = 1.0 - half;
    return rest + (((1.0 - rest) - half) + (z * r - x * y));
}

/// x - n pi/2 in two parts, for |x| below 2^20 pi/2.
__device__ __forceinline__ int remainder_medium(double x, unsigned ix, double& y0, double& y1)
{
    const double to_int = 1.5 / 2.2204460492503131e-16;
    const double f_n = (x * 6.36619772367581382433e-01 + to_int) - to_int;
    double r = x - f_n * 1.57079632673412561417e+00;
    double w = f_n * 6.07710050650619224932e-11;
    y0 = r - w;
    const int ex = (int)(ix >> 20);
    if (ex - (int)((high_word(y0) >> 20) & 0x7ff) > 16) {
        double t = r;
        w = f_n * 6.07710050630396597660e-11;
        r = t - w;
        w = f_n * 2.02226624879595063154e-21 - ((t - r) - w);
        y0 = r - w;
        if (ex - (int)((high_word(y0) >> 20) & 0x7ff) > 49) {
            t = r;
            w = f_n * 2.02226624871116645580e-21;
            r = t - w;
            w = f_n * 8.47842766036889956997e-32 - ((t - r) - w);
            y0 = r - w;
        }
    }
    y1 = (r - y0) - w;
    return (int)f_n;
}

/// x - n pi/2 in two parts for |x| above pi/4.
__device__ __forceinline__ int remainder_pio2(double x, double& y0, double& y1)
{
    const double high = 1.57079632673412561417e+00, low = 6.07710050650619224932e-11;
    const unsigned ix = high_word(x) & 0x7fffffffu;
    int n = 0;
    if (ix <= 0x400f6a7a) {
        if ((ix & 0xfffff) != 0x921fb) n = ix <= 0x4002d97c ? 1 : 2;
    } else if (ix <= 0x401c463b) {
        if (ix <= 0x4015fdbc) {
            if (ix != 0x4012d97c) n = 3;
        } else if (ix != 0x401921fb) {
            n = 4;
        }
    }
    if (n == 0) return remainder_medium(x, ix, y0, y1);
    const double factor = x > 0.0 ? (double)n : -(double)n;
    const double z = x - factor * high;
    const double tail = factor * low;
    y0 = z - tail;
    y1 = (z - y0) - tail;
    return x > 0.0 ? n : -n;
}

/// Whether the argument is beyond the reduction above. No phase of an amplitude is; CUDA's own
/// function, right to its last digits but one, takes over there.
__device__ __forceinline__ bool is_huge(unsigned ix)
{
    return ix >= 0x413921fb;
}

__device__ __forceinline__ double exact_sin(double x)
{
    const unsigned ix = high_word(x) & 0x7fffffffu;
    if (ix <= 0x3fe921fb) return ix < 0x3e500000 ? x : kernel_sin(x, 0.0, false);
    if (is_huge(ix)) return sin(x);
    double y0, y1;
    const int n = remainder_pio2(x, y0, y1) & 3;
    const double value = (n & 1) ? kernel_cos(y0, y1) : kernel_sin(y0, y1, true);
    return (n & 2) ? -value : value;
}

__device__ __forceinline__ double exact_cos(double x)
{
    const unsigned ix = high_word(x) & 0x7fffffffu;
    if (ix <= 0x3fe921fb) return ix < 0x3e46a09e ? 1.0 : kernel_cos(x, 0.0);
    if (is_huge(ix)) return cos(x);
    double y0, y1;
    const int n = remainder_pio2(x, y0, y1) & 3;
    const double value = (n & 1) ? kernel_sin(y0, y1, true) : kernel_cos(y0, y1);
    return (n == 1 || n == 2) ? -value : value;
}

__device__ __forceinline__ double exact_atan(double x)
{
    const unsigned hx = high_word(x);
    const bool negative = (hx >> 31) != 0;
    const unsigned ix = hx & 0x7fffffffu;
    if (ix >= 0x44100000u) {
        if (x != x) return x;
        const double z = 1.57079632679489655800e+00;
        return negative ? -z : z;
    }
    double high = 0.0, low = 0.0;
    const bool reduced = ix >= 0x3fdc0000u;
    if (!reduced) {
        if (ix < 0x3e400000u) return x;
    } else {
        x = fabs(x);
        if (ix < 0x3ff30000u) {
            if (ix < 0x3fe60000u) {
                x = (2.0 * x - 1.0) / (2.0 + x);
                high = 4.63647609000806093515e-01;
                low = 2.26987774529616870924e-17;
            } else {
                x = (x - 1.0) / (x + 1.0);
                high = 7.85398163397448278999e-01;
                low = 3.06161699786838301793e-17;
            }
        } else if (ix < 0x40038000u) {
            x = (x - 1.5) / (1.0 + 1.5 * x);
            high = 9.82793723247329054082e-01;
            low = 1.39033110312309984516e-17;
        } else {
            x = -1.0 / x;
            high = 1.57079632679489655800e+00;
            low = 6.12323399573676603587e-17;
        }
    }
    const double z = x * x;
    const double w = z * z;
    const double s1 = z
        * (3.33333333333329318027e-01
            + w * (1.42857142725034663711e-01
                + w * (9.09088713343650656196e-02
                    + w * (6.66107313738753120669e-02
                        + w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
    const double s2 = w
        * (-1.99999999998764832476e-01
            + w * (-1.11111104054623557880e-01
                + w * (-7.69187620504482999495e-02
                    + w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
    if (!reduced) return x - x * (s1 + s2);
    const double value = high - (x * (s1 + s2) - low - x);
    return negative ? -value : value;
}

__device__ __forceinline__ double exact_atan2(double y, double x)
{
    const double pi = 3.1415926535897931160E+00, pi_low = 1.2246467991473531772E-16;
    if (x != x || y != y) return x + y;
    unsigned ix = high_word(x), iy = high_word(y);
    if (((ix - 0x3ff00000u) | low_word(x)) == 0) return exact_atan(y);
    const unsigned m = ((iy >> 31) & 1u) | ((ix >> 30) & 2u);
    ix &= 0x7fffffffu;
    iy &= 0x7fffffffu;
    if ((iy | low_word(y)) == 0) return m < 2 ? y : (m == 2 ? pi : -pi);
    if ((ix | low_word(x)) == 0) return (m & 1u) ? -pi / 2.0 : pi / 2.0;
    if (ix == 0x7ff00000u) {
        double angle = iy == 0x7ff00000u ? (m < 2 ? pi / 4.0 : 3.0 * pi / 4.0) : (m < 2 ? 0.0 : pi);
        return (m & 1u) ? -angle : angle;
    }
    if (ix + (64u << 20) < iy || iy == 0x7ff00000u) return (m & 1u) ? -pi / 2.0 : pi / 2.0;
    const double z = ((m & 2u) && iy + (64u << 20) < ix) ? 0.0 : exact_atan(fabs(y / x));
    if (m < 2) return m == 0 ? z : -z;
    return m == 2 ? pi - (z - pi_low) : (z - pi_low) - pi;
}
