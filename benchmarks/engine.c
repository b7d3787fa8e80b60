/* What benchmarks/engine.py compares with; no part of memrig. Yakopcic's model, each device with
   its own parameters: p holds rows of n values, in the order of the enumeration. */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { AP, AN, VP, VN, XP, XN, ALPHAP, ALPHAN, UP, DOWN, KNEE, EP, EN };
#define LOW 1e-4
#define HIGH 1.0
#define LANES 64

/* Explicit Euler as anybody writes it, one device after the other; each may have its drive. */
void scalar(long n, long steps, long stride, const double *u, double h, const double *p, double *x) {
    for (long i = 0; i < n; i++) {
        const double *drive = u + i * stride;
        double ap = p[AP * n + i], an = p[AN * n + i], vp = p[VP * n + i], vn = p[VN * n + i],
               xp = p[XP * n + i], xn = p[XN * n + i], alphap = p[ALPHAP * n + i],
               alphan = p[ALPHAN * n + i], s = x[i];
        for (long k = 0; k < steps; k++) {
            double v = drive[k], g = 0.0, f;
            if (v > vp) g = ap * (exp(v) - exp(vp));
            else if (v < -vn) g = -an * (exp(-v) - exp(vn));
            if (v >= 0.0) f = s < xp ? 1.0 : exp(-alphap * (s - xp)) * (1.0 - s) / (1.0 - xp);
            else f = s > 1.0 - xn ? 1.0 : exp(alphan * (s + xn - 1.0)) * s / (1.0 - xn);
            s += h * g * f;
            s = s < LOW ? LOW : s > HIGH ? HIGH : s;
        }
        x[i] = s;
    }
}

/* What depends on the level alone, times the step. */
static void level(long n, long b, double v, double h, const double *p, double *g) {
    double e = exp(v), back = exp(-v);
    for (long l = 0; l < LANES; l++) {
        long i = b + l;
        double up = p[AP * n + i] * (e - p[EP * n + i]);
        double down = -p[AN * n + i] * (back - p[EN * n + i]);
        g[l] = h * (v > p[VP * n + i] ? up : v < -p[VN * n + i] ? down : 0.0);
    }
}

static inline double own_exp(double x) {
    x = x > -708.0 ? x : -708.0;
    x = x < 708.0 ? x : 708.0;
    double t = x * 1.4426950408889634 + 6755399441055744.0, n = t - 6755399441055744.0, scale;
    double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    uint64_t bits;
    memcpy(&bits, &t, 8);
    bits = (bits << 52) + (1023ULL << 52);
    memcpy(&scale, &bits, 8);
    double q = 2.510038549551032e-08;
    q = q * r + 2.7620088445409746e-07;
    q = q * r + 2.7557268459997064e-06;
    q = q * r + 2.4801521295954376e-05;
    q = q * r + 0.00019841269863053618;
    q = q * r + 0.0013888888917213717;
    q = q * r + 0.008333333333330062;
    q = q * r + 0.04166666666662413;
    q = q * r + 0.16666666666666669;
    q = q * r + 0.5;
    return scale + scale * (r + r * r * q);
}

/* 64 devices at a time, laid side by side by the compiler. */
void plain(long n, long steps, const double *u, double h, const double *p, double *x) {
    for (long b = 0; b < n; b += LANES) {
        double s[LANES], g[LANES];
        const double *xp = p + XP * n + b, *knee = p + KNEE * n + b, *alphap = p + ALPHAP * n + b,
                     *alphan = p + ALPHAN * n + b, *up = p + UP * n + b, *down = p + DOWN * n + b;
        memcpy(s, x + b, sizeof s);
        for (long k = 0; k < steps;) {
            double v = u[k];
            long stop = k + 1;
            while (stop < steps && u[stop] == v) stop++;
            level(n, b, v, h, p, g);
            for (; k < stop; k++)
                if (v >= 0.0)
                    for (long l = 0; l < LANES; l++) {
                        double y = s[l], f = own_exp(alphap[l] * (xp[l] - y)) * (1.0 - y) * up[l];
                        y += g[l] * (y < xp[l] ? 1.0 : f);
                        y = y > LOW ? y : LOW;
                        s[l] = y < HIGH ? y : HIGH;
                    }
                else
                    for (long l = 0; l < LANES; l++) {
                        double y = s[l], f = own_exp(alphan[l] * (y - knee[l])) * y * down[l];
                        y += g[l] * (y > knee[l] ? 1.0 : f);
                        y = y > LOW ? y : LOW;
                        s[l] = y < HIGH ? y : HIGH;
                    }
        }
        memcpy(x + b, s, sizeof s);
    }
}

#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512d V;
#define SET _mm512_set1_pd
#define MUL _mm512_mul_pd
#define SUB _mm512_sub_pd
#define FMA _mm512_fmadd_pd
#define LOAD _mm512_loadu_pd
#define BOUND(x, low, high) _mm512_min_pd(_mm512_max_pd(x, SET(low)), SET(high))

static inline V vector_exp(V x) {
    x = BOUND(x, -708.0, 708.0);
    V t = FMA(x, SET(1.4426950408889634), SET(6755399441055744.0));
    V n = SUB(t, SET(6755399441055744.0));
    V r = _mm512_fnmadd_pd(n, SET(6.93147180369123816490e-01), x);
    r = _mm512_fnmadd_pd(n, SET(1.90821492927058770002e-10), r);
    V scale = _mm512_castsi512_pd(_mm512_add_epi64(
        _mm512_slli_epi64(_mm512_castpd_si512(t), 52), _mm512_set1_epi64(1023LL << 52)));
    V q = SET(2.510038549551032e-08);
    q = FMA(q, r, SET(2.7620088445409746e-07));
    q = FMA(q, r, SET(2.7557268459997064e-06));
    q = FMA(q, r, SET(2.4801521295954376e-05));
    q = FMA(q, r, SET(0.00019841269863053618));
    q = FMA(q, r, SET(0.0013888888917213717));
    q = FMA(q, r, SET(0.008333333333330062));
    q = FMA(q, r, SET(0.04166666666662413));
    q = FMA(q, r, SET(0.16666666666666669));
    q = FMA(q, r, SET(0.5));
    return FMA(scale, FMA(MUL(r, r), q, r), scale);
}

/* The same by hand: eight devices in a register, eight registers at a time. */
void vector(long n, long steps, const double *u, double h, const double *p, double *x) {
    for (long b = 0; b < n; b += LANES) {
        V s[8], g[8];
        double drive[LANES];
        for (int j = 0; j < 8; j++) s[j] = LOAD(x + b + 8 * j);
        for (long k = 0; k < steps;) {
            double v = u[k];
            long stop = k + 1;
            while (stop < steps && u[stop] == v) stop++;
            level(n, b, v, h, p, drive);
            for (int j = 0; j < 8; j++) g[j] = LOAD(drive + 8 * j);
            for (; k < stop; k++)
                for (int j = 0; j < 8; j++) {
                    const double *q = p + b + 8 * j;
                    V y = s[j], f;
                    __mmask8 free;
                    if (v >= 0.0) {
                        V xp = LOAD(q + XP * n);
                        f = MUL(MUL(vector_exp(MUL(LOAD(q + ALPHAP * n), SUB(xp, y))),
                                    SUB(SET(1.0), y)), LOAD(q + UP * n));
                        free = _mm512_cmp_pd_mask(y, xp, _CMP_LT_OQ);
                    } else {
                        V knee = LOAD(q + KNEE * n);
                        f = MUL(MUL(vector_exp(MUL(LOAD(q + ALPHAN * n), SUB(y, knee))), y),
                                LOAD(q + DOWN * n));
                        free = _mm512_cmp_pd_mask(y, knee, _CMP_GT_OQ);
                    }
                    s[j] = BOUND(FMA(g[j], _mm512_mask_blend_pd(free, f, SET(1.0)), y), LOW, HIGH);
                }
        }
        for (int j = 0; j < 8; j++) _mm512_storeu_pd(x + b + 8 * j, s[j]);
    }
}
#endif
