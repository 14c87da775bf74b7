/* products.c - the reference products for AVX2 and AVX-512: tiles of the result that fit into the
 * registers, each element summed in the order of k. */
#include "lib/products.h"

#include <stddef.h>

const products_clone products_plain = {"reference (plain)", multiply_plain_f, multiply_plain_d};

#ifdef __x86_64__
#include <immintrin.h>
#undef REAL

/* Loops over the rows and vectors of a tile must be unrolled for its sums to stay in registers. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* -1 as often as a vector has lanes, then 0: a mask of the first n lanes begins n before the 0. */
static const int first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

#define CLONE __attribute__((target("avx2,fma")))
#define MAX_SUMS 12
#define MAX_VECTORS 2
#define MASK __m256i

#define NAME(name) name##_avx2_f
#define REAL float
#define VECTOR __m256
#define LANES 8
#define MASK_OF(n) _mm256_loadu_si256((const __m256i *)(first_lanes + 8 - (n)))
#define SPLAT(x) _mm256_set1_ps(x)
#define FUSED(a, b, c) _mm256_fmadd_ps(a, b, c)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define LOAD_PART(p, mask) _mm256_maskload_ps(p, mask)
#define STORE_PART(p, mask, v) _mm256_maskstore_ps(p, mask, v)
#include "lib/products_clone.inc"

#define NAME(name) name##_avx2_d
#define REAL double
#define VECTOR __m256d
#define LANES 4
#define MASK_OF(n) _mm256_loadu_si256((const __m256i *)(first_lanes + 8 - 2 * (n)))
#define SPLAT(x) _mm256_set1_pd(x)
#define FUSED(a, b, c) _mm256_fmadd_pd(a, b, c)
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, v) _mm256_storeu_pd(p, v)
#define LOAD_PART(p, mask) _mm256_maskload_pd(p, mask)
#define STORE_PART(p, mask, v) _mm256_maskstore_pd(p, mask, v)
#include "lib/products_clone.inc"

#undef CLONE
#undef MAX_SUMS
#undef MAX_VECTORS
#undef MASK
#define CLONE __attribute__((target("avx512f")))
#define MAX_SUMS 24
#define MAX_VECTORS 4
#define MASK __mmask16

#define NAME(name) name##_avx512_f
#define REAL float
#define VECTOR __m512
#define LANES 16
#define MASK_OF(n) (__mmask16)(0xffffU >> (16 - (n)))
#define SPLAT(x) _mm512_set1_ps(x)
#define FUSED(a, b, c) _mm512_fmadd_ps(a, b, c)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define LOAD_PART(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE_PART(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)
#include "lib/products_clone.inc"

#define NAME(name) name##_avx512_d
#define REAL double
#define VECTOR __m512d
#define LANES 8
#define MASK_OF(n) (__mmask16)(0xffU >> (8 - (n)))
#define SPLAT(x) _mm512_set1_pd(x)
#define FUSED(a, b, c) _mm512_fmadd_pd(a, b, c)
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define LOAD_PART(p, mask) _mm512_maskz_loadu_pd((__mmask8)(mask), p)
#define STORE_PART(p, mask, v) _mm512_mask_storeu_pd(p, (__mmask8)(mask), v)
#include "lib/products_clone.inc"

static const products_clone avx2 = {"reference (AVX2)", multiply_avx2_f, multiply_avx2_d};
static const products_clone avx512 = {"reference (AVX-512)", multiply_avx512_f, multiply_avx512_d};

const products_clone *products_of(blas_clone clone)
{
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (clone) {
    case BLAS_PLAIN: return &products_plain;
    case BLAS_AVX2: return has_avx2 ? &avx2 : NULL;
    case BLAS_AVX512: return __builtin_cpu_supports("avx512f") ? &avx512 : NULL;
    }
    return NULL;
}

#else

const products_clone *products_of(blas_clone clone)
{
    return clone == BLAS_PLAIN ? &products_plain : NULL;
}

#endif

const products_clone *products_best(void)
{
    for (int clone = BLAS_AVX512; clone > BLAS_PLAIN; clone--) {
        const products_clone *found = products_of((blas_clone)clone);
        if (found)
            return found;
    }
    return &products_plain;
}
