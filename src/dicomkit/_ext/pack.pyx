# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Samples between the layouts of native Pixel Data and arrays (PS3.5 8.1, 8.2; PS3.3 C.7.6.3.1)."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memmove

from dicomkit._ext.interleave cimport merge

cdef extern from *:
    """
    #include <string.h>

    #define DICOMKIT_ONES 0x0101010101010101ULL
    #define DICOMKIT_EACH_BIT 0x8040201008040201ULL

    /* Eight bits of a byte as eight bytes, the lowest bit first in memory. */
    static inline void dicomkit_unpack_byte(uint8_t byte, uint8_t *out) {
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        int bit;
        for (bit = 0; bit < 8; bit++) out[bit] = (byte >> bit) & 1;
    #else
        uint64_t bits = (byte * DICOMKIT_ONES) & DICOMKIT_EACH_BIT;
        bits = ((bits + 0x7F7F7F7F7F7F7F7FULL) >> 7 | bits >> 7) & DICOMKIT_ONES;
        memcpy(out, &bits, 8);
    #endif
    }

    #ifdef DICOMKIT_DISPATCH
    __attribute__((target("avx2")))
    static uint64_t dicomkit_unpack_avx2(const uint8_t *data, uint64_t bytes, uint8_t *out) {
        const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
                                                2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
        const __m256i each = _mm256_set1_epi64x((long long)DICOMKIT_EACH_BIT), one = _mm256_set1_epi8(1);
        uint64_t i = 0;
        for (; i + 8 <= bytes; i += 8) {
            uint64_t eight;
            memcpy(&eight, data + i, 8);
            __m256i low = _mm256_shuffle_epi8(_mm256_set1_epi32((int)(uint32_t)eight), spread);
            __m256i high = _mm256_shuffle_epi8(_mm256_set1_epi32((int)(uint32_t)(eight >> 32)), spread);
            _mm256_storeu_si256((__m256i *)(out + 8 * i), _mm256_min_epu8(_mm256_and_si256(low, each), one));
            _mm256_storeu_si256((__m256i *)(out + 8 * i + 32), _mm256_min_epu8(_mm256_and_si256(high, each), one));
        }
        return i;
    }
    #endif

    #ifdef DICOMKIT_SSE2
    static uint64_t dicomkit_unpack_sse2(const uint8_t *data, uint64_t bytes, uint8_t *out) {
        const __m128i each = _mm_set_epi32((int)0x80402010, 0x08040201, (int)0x80402010, 0x08040201);
        const __m128i one = _mm_set1_epi8(1);
        uint64_t i = 0;
        int half, quarter;
        for (; i + 16 <= bytes; i += 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(data + i)), y[2], z[2], w[2];
            y[0] = _mm_unpacklo_epi8(x, x);
            y[1] = _mm_unpackhi_epi8(x, x);
            for (half = 0; half < 2; half++) {
                z[0] = _mm_unpacklo_epi16(y[half], y[half]);
                z[1] = _mm_unpackhi_epi16(y[half], y[half]);
                for (quarter = 0; quarter < 2; quarter++) {
                    uint8_t *at = out + 8 * i + 64 * half + 32 * quarter;
                    w[0] = _mm_unpacklo_epi32(z[quarter], z[quarter]);
                    w[1] = _mm_unpackhi_epi32(z[quarter], z[quarter]);
                    _mm_storeu_si128((__m128i *)at, _mm_min_epu8(_mm_and_si128(w[0], each), one));
                    _mm_storeu_si128((__m128i *)(at + 16), _mm_min_epu8(_mm_and_si128(w[1], each), one));
                }
            }
        }
        return i;
    }
    #endif

    static void dicomkit_unpack(const uint8_t *data, uint64_t bytes, uint8_t *out) {
        uint64_t i = 0;
    #ifdef DICOMKIT_DISPATCH
        if (__builtin_cpu_supports("avx2")) i = dicomkit_unpack_avx2(data, bytes, out);
    #endif
    #ifdef DICOMKIT_SSE2
        if (i == 0) i = dicomkit_unpack_sse2(data, bytes, out);
    #endif
        for (; i < bytes; i++) dicomkit_unpack_byte(data[i], out + 8 * i);
    }

    static void dicomkit_pack(const uint8_t *samples, uint64_t bytes, uint8_t *out) {
        uint64_t i = 0;
        int bit;
    #ifdef DICOMKIT_SSE2
        const __m128i zero = _mm_setzero_si128();
        for (; i + 2 <= bytes; i += 2) {
            __m128i x = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(samples + 8 * i)), zero);
            int bits = ~_mm_movemask_epi8(x);
            out[i] = (uint8_t)bits;
            out[i + 1] = (uint8_t)(bits >> 8);
        }
    #endif
        for (; i < bytes; i++) {
            out[i] = 0;
            for (bit = 0; bit < 8; bit++) out[i] |= (uint8_t)((samples[8 * i + bit] != 0) << bit);
        }
    }

    static inline uint8_t dicomkit_turn_1(uint8_t v) { return v; }
    static inline uint16_t dicomkit_turn_2(uint16_t v) { return (uint16_t)(v << 8 | v >> 8); }
    static inline uint32_t dicomkit_turn_4(uint32_t v) {
        return v << 24 | (v << 8 & 0xFF0000u) | (v >> 8 & 0xFF00u) | v >> 24;
    }
    static inline uint64_t dicomkit_turn_8(uint64_t v) {
        return (uint64_t)dicomkit_turn_4((uint32_t)v) << 32 | dicomkit_turn_4((uint32_t)(v >> 32));
    }

    /* Each turn reads one sample and writes it to the same place or to another buffer, so vectors are right even where
       both buffers are one, which a compiler cannot know. */
    #if defined(__GNUC__) && !defined(__clang__)
    #define DICOMKIT_EACH_ALONE _Pragma("GCC ivdep")
    #elif defined(__clang__)
    #define DICOMKIT_EACH_ALONE _Pragma("clang loop vectorize(assume_safety)")
    #else
    #define DICOMKIT_EACH_ALONE
    #endif

    /* One sample a turn: bytes turned round, the bits from `low` on kept, the sign extended. `sign` is 0 for unsigned.
       The branches do not depend on samples. */
    #define DICOMKIT_COPY(T, SIZE, WITH, BY)                                                                          \\
    WITH static void dicomkit_copy_##SIZE##BY(const uint8_t *data, uint8_t *out, uint64_t count, int turned, int low,          \\
                                     uint64_t mask64, uint64_t sign64) {                                              \\
        const T mask = (T)mask64, sign = (T)sign64;                                                                   \\
        uint64_t i;                                                                                                   \\
        if (turned) {                                                                                                 \\
            DICOMKIT_EACH_ALONE for (i = 0; i < count; i++) {                                                         \\
                T v;                                                                                                  \\
                memcpy(&v, data + i * SIZE, SIZE);                                                                    \\
                v = (T)((T)((T)(dicomkit_turn_##SIZE(v) >> low) & mask) ^ sign) - sign;                               \\
                memcpy(out + i * SIZE, &v, SIZE);                                                                     \\
            }                                                                                                         \\
        } else if (low) {                                                                                             \\
            DICOMKIT_EACH_ALONE for (i = 0; i < count; i++) {                                                         \\
                T v;                                                                                                  \\
                memcpy(&v, data + i * SIZE, SIZE);                                                                    \\
                v = (T)((T)((T)(v >> low) & mask) ^ sign) - sign;                                                     \\
                memcpy(out + i * SIZE, &v, SIZE);                                                                     \\
            }                                                                                                         \\
        } else {                                                                                                      \\
            DICOMKIT_EACH_ALONE for (i = 0; i < count; i++) {                                                         \\
                T v;                                                                                                  \\
                memcpy(&v, data + i * SIZE, SIZE);                                                                    \\
                v = (T)((T)(v & mask) ^ sign) - sign;                                                                 \\
                memcpy(out + i * SIZE, &v, SIZE);                                                                     \\
            }                                                                                                         \\
        }                                                                                                             \\
    }
    #ifdef DICOMKIT_DISPATCH
    #define DICOMKIT_COPIES(T, SIZE)                                                                                  \\
    DICOMKIT_COPY(T, SIZE, , _any)                                                                                    \\
    DICOMKIT_COPY(T, SIZE, __attribute__((target("avx2"))), _avx2)                                                    \\
    static void dicomkit_copy_##SIZE(const uint8_t *data, uint8_t *out, uint64_t count, int turned, int low,          \\
                                     uint64_t mask, uint64_t sign) {                                                  \\
        (__builtin_cpu_supports("avx2") ? dicomkit_copy_##SIZE##_avx2 : dicomkit_copy_##SIZE##_any)(                  \\
            data, out, count, turned, low, mask, sign);                                                               \\
    }
    #else
    #define DICOMKIT_COPIES(T, SIZE) DICOMKIT_COPY(T, SIZE, , )
    #endif
    DICOMKIT_COPIES(uint8_t, 1)
    DICOMKIT_COPIES(uint16_t, 2)
    DICOMKIT_COPIES(uint32_t, 4)
    DICOMKIT_COPIES(uint64_t, 8)

    /* Samples of SIZE bytes moved between planes and pixels, `to_pixels` or back. */
    #define DICOMKIT_PLANES(SIZE)                                                                                     \\
    static void dicomkit_planes_##SIZE(const uint8_t *data, uint8_t *out, uint64_t pixels, uint64_t planes,           \\
                                       int to_pixels) {                                                               \\
        uint64_t i, p;                                                                                                \\
        if (to_pixels) for (i = 0; i < pixels; i++) for (p = 0; p < planes; p++)                                      \\
            memcpy(out + (i * planes + p) * SIZE, data + (p * pixels + i) * SIZE, SIZE);                              \\
        else if (planes == 3) for (i = 0; i < pixels; i++, data += 3 * SIZE) {                                        \\
            memcpy(out + i * SIZE, data, SIZE);                                                                       \\
            memcpy(out + (pixels + i) * SIZE, data + SIZE, SIZE);                                                     \\
            memcpy(out + (2 * pixels + i) * SIZE, data + 2 * SIZE, SIZE);                                             \\
        } else for (i = 0; i < pixels; i++) for (p = 0; p < planes; p++)                                                \\
            memcpy(out + (p * pixels + i) * SIZE, data + (i * planes + p) * SIZE, SIZE);                              \\
    }
    DICOMKIT_PLANES(1)
    DICOMKIT_PLANES(2)
    DICOMKIT_PLANES(4)
    DICOMKIT_PLANES(8)

    /* Y1 Y2 Cb Cr to Y1 Cb Cr Y2 Cb Cr, or back with the first pixel's chrominance. */
    #define DICOMKIT_PAIRS(SIZE)                                                                                      \\
    static void dicomkit_pairs_##SIZE(const uint8_t *data, uint8_t *out, uint64_t pairs, int to_pixels) {             \\
        uint64_t i;                                                                                                   \\
        if (to_pixels) for (i = 0; i < pairs; i++, data += 4 * SIZE, out += 6 * SIZE) {                               \\
            memcpy(out, data, SIZE);                                                                                  \\
            memcpy(out + SIZE, data + 2 * SIZE, 2 * SIZE);                                                            \\
            memcpy(out + 3 * SIZE, data + SIZE, 3 * SIZE);                                                            \\
        } else for (i = 0; i < pairs; i++, data += 6 * SIZE, out += 4 * SIZE) {                                       \\
            memcpy(out, data, SIZE);                                                                                  \\
            memcpy(out + SIZE, data + 3 * SIZE, SIZE);                                                                \\
            memcpy(out + 2 * SIZE, data + SIZE, 2 * SIZE);                                                            \\
        }                                                                                                             \\
    }
    DICOMKIT_PAIRS(1)
    DICOMKIT_PAIRS(2)
    DICOMKIT_PAIRS(4)
    DICOMKIT_PAIRS(8)

    /* Three samples a pixel times a matrix of 20 fractional bits, rounded half up, kept between 0 and `top`. WIDE holds
       the sum: 32 bits for samples of 8. */
    #define DICOMKIT_COLORS(T, WIDE, SIZE, WITH, BY)                                                                  \\
    WITH static void dicomkit_colors_##SIZE##BY(const uint8_t *data, uint8_t *out, uint64_t pixels, const int64_t *matrix,     \\
                                       const int64_t *constants, int64_t top64) {                                     \\
        const WIDE a = (WIDE)matrix[0], b = (WIDE)matrix[1], c = (WIDE)matrix[2], d = (WIDE)matrix[3];                \\
        const WIDE e = (WIDE)matrix[4], f = (WIDE)matrix[5], g = (WIDE)matrix[6], h = (WIDE)matrix[7];                \\
        const WIDE k = (WIDE)matrix[8], top = (WIDE)top64;                                                            \\
        const WIDE k0 = (WIDE)constants[0], k1 = (WIDE)constants[1], k2 = (WIDE)constants[2];                         \\
        enum { BLOCK = 256 };                                                                                         \\
        T in[3][BLOCK], made[3][BLOCK];                                                                               \\
        uint64_t start, i, n;                                                                                         \\
        for (start = 0; start < pixels; start += BLOCK) {                                                             \\
            n = pixels - start < BLOCK ? pixels - start : BLOCK;                                                      \\
            for (i = 0; i < n; i++) {                                                                                 \\
                memcpy(&in[0][i], data + (start + i) * 3 * SIZE, SIZE);                                               \\
                memcpy(&in[1][i], data + ((start + i) * 3 + 1) * SIZE, SIZE);                                         \\
                memcpy(&in[2][i], data + ((start + i) * 3 + 2) * SIZE, SIZE);                                         \\
            }                                                                                                         \\
            for (i = 0; i < n; i++) {                                                                                 \\
                WIDE x = in[0][i], y = in[1][i], z = in[2][i];                                                        \\
                WIDE u = (a * x + b * y + c * z + k0) >> 20, v = (d * x + e * y + f * z + k1) >> 20;                  \\
                WIDE w = (g * x + h * y + k * z + k2) >> 20;                                                          \\
                made[0][i] = (T)(u < 0 ? 0 : u > top ? top : u);                                                      \\
                made[1][i] = (T)(v < 0 ? 0 : v > top ? top : v);                                                      \\
                made[2][i] = (T)(w < 0 ? 0 : w > top ? top : w);                                                      \\
            }                                                                                                         \\
            for (i = 0; i < n; i++) {                                                                                 \\
                memcpy(out + (start + i) * 3 * SIZE, &made[0][i], SIZE);                                              \\
                memcpy(out + ((start + i) * 3 + 1) * SIZE, &made[1][i], SIZE);                                        \\
                memcpy(out + ((start + i) * 3 + 2) * SIZE, &made[2][i], SIZE);                                        \\
            }                                                                                                         \\
        }                                                                                                             \\
    }
    #ifdef DICOMKIT_DISPATCH
    #define DICOMKIT_BOTH_COLORS(T, WIDE, SIZE)                                                                       \\
    DICOMKIT_COLORS(T, WIDE, SIZE, , _any)                                                                            \\
    DICOMKIT_COLORS(T, WIDE, SIZE, __attribute__((target("avx2"))), _avx2)                                            \\
    static void dicomkit_colors_##SIZE(const uint8_t *data, uint8_t *out, uint64_t pixels, const int64_t *matrix,     \\
                                       const int64_t *constants, int64_t top) {                                       \\
        (__builtin_cpu_supports("avx2") ? dicomkit_colors_##SIZE##_avx2 : dicomkit_colors_##SIZE##_any)(              \\
            data, out, pixels, matrix, constants, top);                                                               \\
    }
    #else
    #define DICOMKIT_BOTH_COLORS(T, WIDE, SIZE) DICOMKIT_COLORS(T, WIDE, SIZE, , )
    #endif
    DICOMKIT_BOTH_COLORS(uint8_t, int32_t, 1)
    DICOMKIT_BOTH_COLORS(uint16_t, int64_t, 2)
    """
    void unpack_all "dicomkit_unpack"(const uint8_t*, uint64_t, uint8_t*) nogil
    void pack_all "dicomkit_pack"(const uint8_t*, uint64_t, uint8_t*) nogil
    void copy_1 "dicomkit_copy_1"(const uint8_t*, uint8_t*, uint64_t, int, int, uint64_t, uint64_t) nogil
    void copy_2 "dicomkit_copy_2"(const uint8_t*, uint8_t*, uint64_t, int, int, uint64_t, uint64_t) nogil
    void copy_4 "dicomkit_copy_4"(const uint8_t*, uint8_t*, uint64_t, int, int, uint64_t, uint64_t) nogil
    void copy_8 "dicomkit_copy_8"(const uint8_t*, uint8_t*, uint64_t, int, int, uint64_t, uint64_t) nogil
    void planes_1 "dicomkit_planes_1"(const uint8_t*, uint8_t*, uint64_t, uint64_t, int) nogil
    void planes_2 "dicomkit_planes_2"(const uint8_t*, uint8_t*, uint64_t, uint64_t, int) nogil
    void planes_4 "dicomkit_planes_4"(const uint8_t*, uint8_t*, uint64_t, uint64_t, int) nogil
    void planes_8 "dicomkit_planes_8"(const uint8_t*, uint8_t*, uint64_t, uint64_t, int) nogil
    void pairs_1 "dicomkit_pairs_1"(const uint8_t*, uint8_t*, uint64_t, int) nogil
    void pairs_2 "dicomkit_pairs_2"(const uint8_t*, uint8_t*, uint64_t, int) nogil
    void pairs_4 "dicomkit_pairs_4"(const uint8_t*, uint8_t*, uint64_t, int) nogil
    void pairs_8 "dicomkit_pairs_8"(const uint8_t*, uint8_t*, uint64_t, int) nogil
    void colors_1 "dicomkit_colors_1"(const uint8_t*, uint8_t*, uint64_t, const int64_t*, const int64_t*, int64_t) nogil
    void colors_2 "dicomkit_colors_2"(const uint8_t*, uint8_t*, uint64_t, const int64_t*, const int64_t*, int64_t) nogil


cdef class _Buffers:
    """One buffer to read and one to write to, given back when this goes."""

    cdef Py_buffer source
    cdef Py_buffer target
    cdef const uint8_t* data
    cdef uint8_t* out
    cdef Py_ssize_t length
    cdef Py_ssize_t room
    cdef int held

    def __cinit__(self, data not None, out not None):
        PyObject_GetBuffer(data, &self.source, PyBUF_SIMPLE)
        self.held = 1
        PyObject_GetBuffer(out, &self.target, PyBUF_WRITABLE)
        self.held = 2
        self.data = <const uint8_t*>self.source.buf
        self.out = <uint8_t*>self.target.buf
        self.length = self.source.len
        self.room = self.target.len

    def __dealloc__(self):
        if self.held == 2:
            PyBuffer_Release(&self.target)
        if self.held:
            PyBuffer_Release(&self.source)


def unpack_bits(data not None, out not None, Py_ssize_t start=0):
    """Write a byte of 0 or 1 for each bit from bit `start` on, the lowest of a byte first, until `out` is full."""
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t count = <uint64_t>both.room, whole, i
    cdef const uint8_t* source
    cdef int shift
    if start < 0 or both.length < start // 8 or both.length * 8 - start < both.room:
        raise ValueError(f"{both.room} bits from bit {start} on are not in {both.length} bytes")
    source = both.data + start // 8
    shift = start % 8
    with nogil:
        if shift == 0:
            whole = count // 8
            unpack_all(source, whole, both.out)
            for i in range(8 * whole, count):
                both.out[i] = (source[i // 8] >> (i % 8)) & 1
        else:
            for i in range(count):
                both.out[i] = (source[(i + shift) // 8] >> ((i + shift) % 8)) & 1


def pack_bits(samples not None, out not None):
    """Write a bit for each byte, 1 for all but 0, the lowest of a byte first; what is left of the last byte is 0."""
    cdef _Buffers both = _Buffers(samples, out)
    cdef uint64_t count = <uint64_t>both.length, whole, i
    if both.room != (both.length + 7) // 8:
        raise ValueError(f"{both.length} bits do not fill {both.room} bytes")
    with nogil:
        whole = count // 8
        pack_all(both.data, whole, both.out)
        if count % 8:
            both.out[whole] = 0
            for i in range(8 * whole, count):
                both.out[whole] |= (both.data[i] != 0) << (i % 8)


def copy_samples(data not None, out not None, int size, bint swapped, int low, int bits, bint is_signed):
    """Copy samples of `size` bytes, their bytes turned round if `swapped`: `bits` of each from bit `low` on.

    The others become 0, or what extends the sign. `data` and `out` may be the same.
    """
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t count, mask, sign
    if size not in (1, 2, 4, 8) or both.length != both.room or both.length % size:
        raise ValueError(f"samples of {size} bytes from {both.length} to {both.room} bytes")
    if low < 0 or bits < 1 or low + bits > 8 * size:
        raise ValueError(f"{bits} bits from bit {low} on of {8 * size}")
    mask = <uint64_t>-1 >> (64 - bits)
    sign = <uint64_t>1 << (bits - 1) if is_signed and bits < 8 * size else 0
    count = <uint64_t>both.length // <uint64_t>size
    with nogil:
        if bits == 8 * size and (size == 1 or not swapped):
            memmove(both.out, both.data, <size_t>both.length)
        elif size == 1:
            copy_1(both.data, both.out, count, 0, low, mask, sign)
        elif size == 2:
            copy_2(both.data, both.out, count, swapped, low, mask, sign)
        elif size == 4:
            copy_4(both.data, both.out, count, swapped, low, mask, sign)
        else:
            copy_8(both.data, both.out, count, swapped, low, mask, sign)


cdef uint64_t pixels_of(_Buffers both, int size, int planes) except? 0:
    """Return how many pixels both buffers have; ValueError if they do not have the same, or none of whole samples."""
    if size not in (1, 2, 4, 8) or not 1 <= planes <= 16 or both.length != both.room or both.length % (size * planes):
        raise ValueError(f"{planes} samples of {size} bytes a pixel from {both.length} to {both.room} bytes")
    return <uint64_t>(both.length // (size * planes))


def merge_planes(data not None, out not None, int size, int planes):
    """Copy samples that lie plane by plane so that they lie pixel by pixel (Planar Configuration 1 to 0)."""
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t count = pixels_of(both, size, planes)
    cdef const uint8_t* each[16]
    cdef int plane
    with nogil:
        if size == 1:
            for plane in range(planes):
                each[plane] = both.data + <uint64_t>plane * count
            merge(each, planes, both.out, count)
        elif size == 2:
            planes_2(both.data, both.out, count, <uint64_t>planes, 1)
        elif size == 4:
            planes_4(both.data, both.out, count, <uint64_t>planes, 1)
        else:
            planes_8(both.data, both.out, count, <uint64_t>planes, 1)


def split_planes(data not None, out not None, int size, int planes):
    """Copy samples that lie pixel by pixel so that they lie plane by plane (Planar Configuration 0 to 1)."""
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t count = pixels_of(both, size, planes)
    with nogil:
        if size == 1:
            planes_1(both.data, both.out, count, <uint64_t>planes, 0)
        elif size == 2:
            planes_2(both.data, both.out, count, <uint64_t>planes, 0)
        elif size == 4:
            planes_4(both.data, both.out, count, <uint64_t>planes, 0)
        else:
            planes_8(both.data, both.out, count, <uint64_t>planes, 0)


cdef void move_pairs(_Buffers both, int size, uint64_t pairs, int to_pixels) noexcept nogil:
    if size == 1:
        pairs_1(both.data, both.out, pairs, to_pixels)
    elif size == 2:
        pairs_2(both.data, both.out, pairs, to_pixels)
    elif size == 4:
        pairs_4(both.data, both.out, pairs, to_pixels)
    else:
        pairs_8(both.data, both.out, pairs, to_pixels)


def expand_pairs(data not None, out not None, int size):
    """Give both pixels of a pair, stored as Y Y Cb Cr, the chrominance that they share (PS3.3 C.7.6.3.1.2)."""
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t pairs
    if size not in (1, 2, 4, 8) or both.length % (4 * size) or both.room % (6 * size) or \
            both.length // (4 * size) != both.room // (6 * size):
        raise ValueError(f"pairs of pixels with samples of {size} bytes from {both.length} to {both.room} bytes")
    pairs = <uint64_t>(both.length // (4 * size))
    with nogil:
        move_pairs(both, size, pairs, 1)


def shrink_pairs(data not None, out not None, int size):
    """Store two pixels as Y Y Cb Cr, with the chrominance of the first, which is sited there (PS3.3 C.7.6.3.1.2)."""
    cdef _Buffers both = _Buffers(data, out)
    cdef uint64_t pairs
    if size not in (1, 2, 4, 8) or both.length % (6 * size) or both.room % (4 * size) or \
            both.length // (6 * size) != both.room // (4 * size):
        raise ValueError(f"pairs of pixels with samples of {size} bytes from {both.length} to {both.room} bytes")
    pairs = <uint64_t>(both.length // (6 * size))
    with nogil:
        move_pairs(both, size, pairs, 0)


def transform_colors(data not None, out not None, int size, int bits, tuple matrix not None, tuple constants not None):
    """Multiply the three samples of each pixel by a matrix, add constants, and keep what `bits` bits hold.

    Both are integers with 20 fractional bits; a half that is to be rounded up is part of the constants. `data` and
    `out` may be the same.
    """
    cdef _Buffers both = _Buffers(data, out)
    cdef int64_t factors[9]
    cdef int64_t added[3]
    cdef uint64_t pixels
    cdef int64_t top, bound
    cdef int i
    if size not in (1, 2) or not 1 <= bits <= 8 * size or both.length != both.room or both.length % (3 * size):
        raise ValueError(f"pixels of {bits} bits in {size} bytes from {both.length} to {both.room} bytes")
    if len(matrix) != 9 or len(constants) != 3:
        raise ValueError(f"a matrix of {len(matrix)} factors, {len(constants)} constants")
    for i in range(9):
        factors[i] = matrix[i]
        if not -(1 << 22) <= factors[i] <= 1 << 22:
            raise ValueError(f"the factor {factors[i]} is too large")
    # With these bounds the sums of samples of 8 bits stay within 32 bits.
    for i in range(3):
        if abs(factors[3 * i]) + abs(factors[3 * i + 1]) + abs(factors[3 * i + 2]) > 1 << 22:
            raise ValueError(f"the factors of sample {i} are too large together")
    bound = <int64_t>1 << (8 * size + 20)
    for i in range(3):
        added[i] = constants[i]
        if not -2 * bound <= added[i] <= 2 * bound:
            raise ValueError(f"the constant {added[i]} is more than twice the largest sample")
    top = ((<int64_t>1) << bits) - 1
    pixels = <uint64_t>(both.length // (3 * size))
    with nogil:
        if size == 1:
            colors_1(both.data, both.out, pixels, factors, added, top)
        else:
            colors_2(both.data, both.out, pixels, factors, added, top)
