# cython: language_level=3
"""Planes of bytes to pixels: the loops that RLE segments and planar frames share, with vectors where there are any."""

from libc.stdint cimport uint8_t, uint64_t

cdef extern from *:
    """
    #ifndef DICOMKIT_INTERLEAVE
    #define DICOMKIT_INTERLEAVE
    #include <stdint.h>
    #include <stddef.h>

    #if defined(__SSE2__) || defined(_M_X64)
    #define DICOMKIT_SSE2 1
    #include <emmintrin.h>
    #endif
    /* What is beyond SSE2, the least that x86-64 has, is compiled beside it and chosen when the program runs. */
    #if defined(DICOMKIT_SSE2) && defined(__GNUC__)
    #define DICOMKIT_DISPATCH 1
    #include <immintrin.h>
    static inline int dicomkit_has_ssse3(void) { return __builtin_cpu_supports("ssse3"); }
    #endif

    static void dicomkit_merge_2(const uint8_t *const *planes, uint8_t *out, uint64_t count) {
        const uint8_t *a = planes[0], *b = planes[1];
        uint64_t i = 0;
    #ifdef DICOMKIT_SSE2
        for (; i + 16 <= count; i += 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(a + i)), y = _mm_loadu_si128((const __m128i *)(b + i));
            _mm_storeu_si128((__m128i *)(out + 2 * i), _mm_unpacklo_epi8(x, y));
            _mm_storeu_si128((__m128i *)(out + 2 * i + 16), _mm_unpackhi_epi8(x, y));
        }
    #endif
        for (; i < count; i++) {
            out[2 * i] = a[i];
            out[2 * i + 1] = b[i];
        }
    }

    static void dicomkit_merge_4(const uint8_t *const *planes, uint8_t *out, uint64_t count) {
        const uint8_t *a = planes[0], *b = planes[1], *c = planes[2], *d = planes[3];
        uint64_t i = 0;
    #ifdef DICOMKIT_SSE2
        for (; i + 16 <= count; i += 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(a + i)), y = _mm_loadu_si128((const __m128i *)(b + i));
            __m128i z = _mm_loadu_si128((const __m128i *)(c + i)), w = _mm_loadu_si128((const __m128i *)(d + i));
            __m128i low = _mm_unpacklo_epi8(x, y), high = _mm_unpackhi_epi8(x, y);
            __m128i low2 = _mm_unpacklo_epi8(z, w), high2 = _mm_unpackhi_epi8(z, w);
            _mm_storeu_si128((__m128i *)(out + 4 * i), _mm_unpacklo_epi16(low, low2));
            _mm_storeu_si128((__m128i *)(out + 4 * i + 16), _mm_unpackhi_epi16(low, low2));
            _mm_storeu_si128((__m128i *)(out + 4 * i + 32), _mm_unpacklo_epi16(high, high2));
            _mm_storeu_si128((__m128i *)(out + 4 * i + 48), _mm_unpackhi_epi16(high, high2));
        }
    #endif
        for (; i < count; i++) {
            out[4 * i] = a[i];
            out[4 * i + 1] = b[i];
            out[4 * i + 2] = c[i];
            out[4 * i + 3] = d[i];
        }
    }

    #ifdef DICOMKIT_DISPATCH
    /* Sixteen pixels of three bytes a turn; returns how many pixels it made. */
    __attribute__((target("ssse3")))
    static uint64_t dicomkit_merge_3_ssse3(const uint8_t *a, const uint8_t *b, const uint8_t *c, uint8_t *out,
                                           uint64_t count) {
        const __m128i a0 = _mm_setr_epi8(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5);
        const __m128i a1 = _mm_setr_epi8(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1);
        const __m128i a2 = _mm_setr_epi8(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1);
        const __m128i b0 = _mm_setr_epi8(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1);
        const __m128i b1 = _mm_setr_epi8(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10);
        const __m128i b2 = _mm_setr_epi8(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1);
        const __m128i c0 = _mm_setr_epi8(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1);
        const __m128i c1 = _mm_setr_epi8(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1);
        const __m128i c2 = _mm_setr_epi8(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15);
        uint64_t i = 0;
        for (; i + 16 <= count; i += 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(a + i)), y = _mm_loadu_si128((const __m128i *)(b + i));
            __m128i z = _mm_loadu_si128((const __m128i *)(c + i));
            _mm_storeu_si128((__m128i *)(out + 3 * i), _mm_or_si128(_mm_or_si128(
                _mm_shuffle_epi8(x, a0), _mm_shuffle_epi8(y, b0)), _mm_shuffle_epi8(z, c0)));
            _mm_storeu_si128((__m128i *)(out + 3 * i + 16), _mm_or_si128(_mm_or_si128(
                _mm_shuffle_epi8(x, a1), _mm_shuffle_epi8(y, b1)), _mm_shuffle_epi8(z, c1)));
            _mm_storeu_si128((__m128i *)(out + 3 * i + 32), _mm_or_si128(_mm_or_si128(
                _mm_shuffle_epi8(x, a2), _mm_shuffle_epi8(y, b2)), _mm_shuffle_epi8(z, c2)));
        }
        return i;
    }
    #endif

    static void dicomkit_merge_3(const uint8_t *const *planes, uint8_t *out, uint64_t count) {
        const uint8_t *a = planes[0], *b = planes[1], *c = planes[2];
        uint64_t i = 0;
    #ifdef DICOMKIT_DISPATCH
        if (dicomkit_has_ssse3()) i = dicomkit_merge_3_ssse3(a, b, c, out, count);
    #endif
        for (; i < count; i++) {
            out[3 * i] = a[i];
            out[3 * i + 1] = b[i];
            out[3 * i + 2] = c[i];
        }
    }

    /* Write byte i of plane p to out[i * planes + p]; count is the length of each plane. */
    static void dicomkit_merge(const uint8_t *const *planes, int number, uint8_t *out, uint64_t count) {
        uint64_t i;
        int p;
        if (number == 2) dicomkit_merge_2(planes, out, count);
        else if (number == 3) dicomkit_merge_3(planes, out, count);
        else if (number == 4) dicomkit_merge_4(planes, out, count);
        else for (i = 0; i < count; i++)
            for (p = 0; p < number; p++) out[i * number + p] = planes[p][i];
    }
    #endif
    """
    void merge "dicomkit_merge"(const uint8_t* const* planes, int number, uint8_t* out, uint64_t count) nogil
