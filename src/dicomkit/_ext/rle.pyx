# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The runs of RLE Lossless, one byte plane a segment (PS3.5 G.3): to interleaved samples and back.

A plane is decoded as it lies, in copies of 16 bytes that may reach beyond a run, and only then are the planes merged:
writing each byte to its sample at once costs three times as much.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from dicomkit._ext.interleave cimport merge

cdef extern from *:
    """
    /* How many bytes from p on are no start of a run of three; all, if fewer than `left` - 2 can be looked at. */
    static uint64_t dicomkit_before_run(const uint8_t *p, uint64_t left) {
        uint64_t i = 0;
    #if defined(DICOMKIT_SSE2) && defined(__GNUC__)
        for (; i + 18 <= left; i += 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(p + i));
            __m128i y = _mm_loadu_si128((const __m128i *)(p + i + 1));
            __m128i z = _mm_loadu_si128((const __m128i *)(p + i + 2));
            int mask = _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(x, y), _mm_cmpeq_epi8(y, z)));
            if (mask) return i + (uint64_t)__builtin_ctz((unsigned)mask);
        }
    #endif
        for (; i + 3 <= left; i++)
            if (p[i] == p[i + 1] && p[i] == p[i + 2]) return i;
        return left;
    }

    /* How many bytes from p on are the same, at least one of `left`. */
    static uint64_t dicomkit_run(const uint8_t *p, uint64_t left) {
        uint64_t i = 1;
    #if defined(DICOMKIT_SSE2) && defined(__GNUC__)
        const __m128i first = _mm_set1_epi8((char)p[0]);
        for (; i + 16 <= left; i += 16) {
            int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(p + i)), first));
            if (mask != 0xFFFF) return i + (uint64_t)__builtin_ctz(~(unsigned)mask);
        }
    #endif
        while (i < left && p[i] == p[0]) i++;
        return i;
    }
    """
    uint64_t before_run "dicomkit_before_run"(const uint8_t* p, uint64_t left) nogil
    uint64_t run_of "dicomkit_run"(const uint8_t* p, uint64_t left) nogil

# The RLE header has room for 15 segments (PS3.5 G.5).
cdef enum:
    HEADER = 64
    MOST = 15
    SHORTEST_RUN = 3
    LONGEST = 128
    # Within these bounds a run of 128 bytes, and what a copy of 16 bytes takes or writes too much, are certainly there.
    INPUT_SLACK = 160
    OUTPUT_SLACK = 144


cdef uint64_t decode_plane(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t room,
                           uint64_t* taken) noexcept nogil:
    """Decode runs until they or the room end; return how many bytes came out, and say how many were taken."""
    cdef uint64_t at = 0, made = 0, count, done
    cdef uint8_t code
    while length - at >= INPUT_SLACK and room - made >= OUTPUT_SLACK:
        code = data[at]
        if code < 128:
            count = <uint64_t>code + 1
            memcpy(out + made, data + at + 1, 16)
            done = 16
            while done < count:
                memcpy(out + made + done, data + at + 1 + done, 16)
                done += 16
            at += count + 1
            made += count
        elif code > 128:
            count = 257 - <uint64_t>code
            memset(out + made, data[at + 1], 16)
            done = 16
            while done < count:
                memset(out + made + done, data[at + 1], 16)
                done += 16
            at += 2
            made += count
        else:
            at += 1
    while at < length and made < room:
        code = data[at]
        if code < 128:
            count = <uint64_t>code + 1
            if count > length - at - 1:
                count = length - at - 1
            at += count + 1
            done = count if count < room - made else room - made
            memcpy(out + made, data + at - count, done)
            made += done
        elif code > 128:
            if length - at < 2:
                at = length
                break
            count = 257 - <uint64_t>code
            done = count if count < room - made else room - made
            memset(out + made, data[at + 1], done)
            at += 2
            made += done
        else:
            at += 1
    taken[0] = at
    return made


def decode(data not None, tuple starts not None, tuple ends not None, out not None, Py_ssize_t pixels):
    """Decode one segment per byte of a pixel into `out`, where these bytes lie side by side.

    Segment `n` is ``data[starts[n]:ends[n]]`` and becomes byte `n` of each pixel. What a segment has not got becomes
    zero; what it has beyond is left. Return, for each, how many bytes came out and how many were taken.
    """
    cdef Py_buffer source, target
    cdef uint64_t first[MOST]
    cdef uint64_t last[MOST]
    cdef uint64_t made[MOST]
    cdef uint64_t taken[MOST]
    cdef const uint8_t* planes[MOST]
    cdef uint8_t* scratch = NULL
    cdef uint8_t* plane
    cdef const uint8_t* encoded
    cdef uint64_t room
    cdef Py_ssize_t start, end
    cdef int n, number
    if not 0 < len(starts) <= MOST or len(starts) != len(ends):
        raise ValueError(f"{len(starts)} segments: 1 to 15 are possible")
    number = <int>len(starts)
    PyObject_GetBuffer(data, &source, PyBUF_SIMPLE)
    try:
        for n in range(number):
            start, end = starts[n], ends[n]
            if not 0 <= start <= end <= source.len:
                raise ValueError(f"segment {n} from {start} to {end} of {source.len} bytes")
            first[n], last[n] = <uint64_t>start, <uint64_t>end
        PyObject_GetBuffer(out, &target, PyBUF_WRITABLE)
        try:
            if pixels < 0 or target.len // number != pixels or target.len % number:
                raise ValueError(f"{pixels} pixels of {number} bytes do not fill {target.len} bytes")
            room = <uint64_t>pixels
            if number > 1:
                scratch = <uint8_t*>malloc(<size_t>target.len + 1)
                if scratch == NULL:
                    raise MemoryError(f"no memory for {target.len} bytes")
            plane = <uint8_t*>target.buf if number == 1 else scratch
            encoded = <const uint8_t*>source.buf
            with nogil:
                for n in range(number):
                    made[n] = decode_plane(encoded + first[n], last[n] - first[n], plane, room, &taken[n])
                    memset(plane + made[n], 0, room - made[n])
                    planes[n] = plane
                    plane += room
                if number > 1:
                    merge(planes, number, <uint8_t*>target.buf, room)
                    free(scratch)
        finally:
            PyBuffer_Release(&target)
    finally:
        PyBuffer_Release(&source)
    return tuple([(made[n], taken[n]) for n in range(number)])


cdef uint64_t count_runs(const uint8_t* data, uint64_t length) noexcept nogil:
    cdef uint64_t at = 0, made = 0, count
    while at < length:
        count = data[at]
        if count < 128:
            count = count + 1 if count + 1 <= length - at - 1 else length - at - 1
            made += count
            at += count + 1
        else:
            if count > 128 and length - at >= 2:
                made += 257 - count
            at += 1 if count == 128 else 2
    return made


def decoded_length(data not None, Py_ssize_t start, Py_ssize_t end):
    """Return how many bytes a segment would become."""
    cdef Py_buffer source
    cdef uint64_t made
    PyObject_GetBuffer(data, &source, PyBUF_SIMPLE)
    try:
        if not 0 <= start <= end <= source.len:
            raise ValueError(f"a segment from {start} to {end} of {source.len} bytes")
        with nogil:
            made = count_runs(<const uint8_t*>source.buf + start, <uint64_t>(end - start))
    finally:
        PyBuffer_Release(&source)
    return made


cdef uint64_t encode_row(const uint8_t* row, uint64_t length, uint8_t* out) noexcept nogil:
    """Encode one row; `out` has room for a byte more per 128 begun. Return how many bytes it became."""
    cdef uint64_t at = 0, made = 0, literal, count
    while at < length:
        count = run_of(row + at, length - at)
        # Two of a kind are worth a run only where no literal run goes on over them (PS3.5 G.3.1).
        while count >= 2:
            literal = count if count < LONGEST else LONGEST
            out[made] = <uint8_t>(257 - literal)
            out[made + 1] = row[at]
            made += 2
            at += literal
            count -= literal
        if at >= length:
            break
        literal = before_run(row + at, length - at)
        while literal > 0:
            count = literal if literal < LONGEST else LONGEST
            out[made] = <uint8_t>(count - 1)
            memcpy(out + made + 1, row + at, count)
            made += count + 1
            at += count
            literal -= count
    return made


cdef void take_plane(const uint8_t* pixels, uint64_t length, uint64_t step, uint8_t* row) noexcept nogil:
    """Copy each `step`-th byte; two bytes a pixel are written out so that compilers use vectors."""
    cdef uint64_t i
    if step == 2:
        for i in range(length):
            row[i] = pixels[2 * i]
    else:
        for i in range(length):
            row[i] = pixels[step * i]


cdef void put_number(uint8_t* into, uint64_t value) noexcept nogil:
    into[0] = <uint8_t>value
    into[1] = <uint8_t>(value >> 8)
    into[2] = <uint8_t>(value >> 16)
    into[3] = <uint8_t>(value >> 24)


cdef uint64_t encode_frame(const uint8_t* pixels, uint64_t length, uint64_t rows, const int* order, int number,
                           uint8_t* row, uint8_t* out) noexcept nogil:
    """Encode `rows` of `length` bytes, behind a header; return 0 if an offset would need more than 32 bits.

    `row` has room for a plane of a row, `out` for the worst that there can be; `encode` has compared all with the buffer.
    """
    cdef uint64_t made = HEADER, line, columns = length // <uint64_t>number
    cdef const uint8_t* source
    cdef int n
    memset(out, 0, HEADER)
    put_number(out, <uint64_t>number)
    for n in range(number):
        if made >> 32:
            return 0
        put_number(out + 4 * (n + 1), made)
        for line in range(rows):
            source = pixels + line * length + order[n]
            if number > 1:
                take_plane(source, columns, <uint64_t>number, row)
                source = row
            made += encode_row(source, columns, out + made)
        if made & 1:
            out[made] = 0
            made += 1
    return made


def encode(samples not None, Py_ssize_t rows, Py_ssize_t columns, tuple order not None):
    """Encode `rows` times `columns` pixels of ``len(order)`` bytes: segment `n` has byte ``order[n]`` of each.

    Rows are encoded one by one (PS3.5 G.3.1), segments padded to even length. Return the frame with its header.
    """
    cdef Py_buffer source
    cdef int places[MOST]
    cdef int n, number
    cdef uint64_t made, worst, line
    cdef uint8_t* out
    if not 0 < len(order) <= MOST:
        raise ValueError(f"{len(order)} segments: 1 to 15 are possible")
    number = <int>len(order)
    for n in range(number):
        places[n] = order[n]
        if not 0 <= places[n] < number:
            raise ValueError(f"byte {places[n]} of {number}")
    PyObject_GetBuffer(samples, &source, PyBUF_SIMPLE)
    try:
        if rows <= 0 or columns <= 0 or source.len % number or source.len // number % columns or \
                source.len // number // columns != rows:
            raise ValueError(f"{rows} rows of {columns} pixels of {number} bytes are not {source.len} bytes")
        line = <uint64_t>columns + (<uint64_t>columns + LONGEST - 1) // LONGEST
        worst = HEADER + <uint64_t>number * (<uint64_t>rows * line + 1)
        out = <uint8_t*>malloc(worst + <uint64_t>columns)
        if out == NULL:
            raise MemoryError(f"no memory for {worst} bytes")
        try:
            with nogil:
                made = encode_frame(
                    <const uint8_t*>source.buf, <uint64_t>columns * <uint64_t>number, <uint64_t>rows, places, number,
                    out + worst, out)
            if made == 0:
                raise ValueError("more than 4 GiB when encoded")
            return PyBytes_FromStringAndSize(<char*>out, <Py_ssize_t>made)
        finally:
            free(out)
    finally:
        PyBuffer_Release(&source)
