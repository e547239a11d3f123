# Bytes of entropy-coded segments, eight at a time: what the kernels of JPEG and JPEG-LS read bits from.

cdef extern from *:
    """
    /* Eight bytes from p on, the first one the most significant. */
    static inline uint64_t dicomkit_eight(const uint8_t *p) {
        uint64_t x;
    #if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        __builtin_memcpy(&x, p, 8);
        x = __builtin_bswap64(x);
    #else
        int i;
        for (x = 0, i = 0; i < 8; i++) x = x << 8 | p[i];
    #endif
        return x;
    }

    /* Whether one of them is 0xFF. */
    static inline int dicomkit_has_ff(uint64_t x) {
        return (x & (~x - 0x0101010101010101ULL) & 0x8080808080808080ULL) != 0;
    }
    """
    uint64_t eight "dicomkit_eight"(const uint8_t* p) noexcept nogil
    bint has_ff "dicomkit_has_ff"(uint64_t x) noexcept nogil
