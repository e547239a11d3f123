# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Scans of JPEG-LS to samples (ISO/IEC 14495-1 Annex A; PS3.5 8.2.3).

Every number that is read has a bound, so that a damaged scan ends soon: each sample takes a bounded number of steps.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int8_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

include "entropy.pxi"

cdef extern from *:
    """
    /* How many of the highest bits are 0; x is not. */
    static inline int dicomkit_zeros(uint64_t x) {
    #ifdef __GNUC__
        return __builtin_clzll(x);
    #else
        int n = 0;
        while (!(x >> 63)) { x <<= 1; n++; }
        return n;
    #endif
    }
    static const int dicomkit_run_orders[32] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
                                                4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    """
    int leading_zeros "dicomkit_zeros"(uint64_t x) noexcept nogil
    const int* RUN_ORDERS "dicomkit_run_orders"

cdef enum:
    MOST_COMPONENTS = 4
    CONTEXTS = 367
    RUN_CONTEXT = 365
    # Of the standard up to MAXVAL, of encoders 64 always; with more, the sums of contexts would not fit.
    MOST_RESET = 4096
    # What is wrong with a scan, besides 0.
    NO_CODE = 1
    SHORT = 2
    LONG = 3

cdef struct Context:
    int32_t a
    int32_t b
    int32_t c
    int32_t n

cdef struct Scan:
    const uint8_t* at
    const uint8_t* end
    uint64_t buffer
    # Bits in the buffer, and how many of them, the last ones, stand for data that is not there.
    int32_t bits
    int32_t missing
    int problem
    int32_t most
    int32_t near
    int32_t step
    int32_t span
    int32_t value_bits
    int32_t limit
    int32_t reset
    int32_t farthest
    # How often a sample that ends a run was less than predicted; of both kinds.
    int32_t negative[2]
    int32_t run_index[MOST_COMPONENTS]
    Context contexts[CONTEXTS]
    const int8_t* steps


cdef void fill(Scan* scan) noexcept nogil:
    """Have 41 bits or more in the buffer, zeros where there is no more data; behind 0xFF stand 7 bits in a byte."""
    cdef uint64_t x
    cdef int32_t count
    if scan.end - scan.at >= 8:
        x = eight(scan.at)
        if not has_ff(x):
            scan.buffer |= x >> scan.bits
            count = (63 - scan.bits) >> 3
            scan.at += count
            scan.bits += 8 * count
            return
    scan.buffer = scan.buffer & ~((<uint64_t>-1) >> scan.bits) if scan.bits else 0
    while scan.bits <= 40:
        if scan.at < scan.end and scan.at[0] != 0xFF:
            scan.buffer |= <uint64_t>scan.at[0] << (56 - scan.bits)
            scan.at += 1
            scan.bits += 8
        elif scan.end - scan.at >= 2 and scan.at[1] < 0x80:
            scan.buffer |= (<uint64_t>0xFF << 7 | <uint64_t>scan.at[1]) << (49 - scan.bits)
            scan.at += 2
            scan.bits += 15
        else:
            scan.missing += 8
            scan.bits += 8


cdef inline void take(Scan* scan, int32_t count) noexcept nogil:
    scan.buffer <<= count
    scan.bits -= count


cdef inline int32_t bits_of(Scan* scan, int32_t count) noexcept nogil:
    """Take up to 16 bits as a number."""
    cdef int32_t value
    if count == 0:
        return 0
    if scan.bits < 32:
        fill(scan)
    value = <int32_t>(scan.buffer >> (64 - count))
    take(scan, count)
    return value


cdef inline int32_t golomb(Scan* scan, int32_t k, int32_t limit) noexcept nogil:
    """Take a number in Golomb's code of the order k, at most `limit` bits long (A.5.3)."""
    cdef int32_t zeros, value
    if scan.bits < 32:
        fill(scan)
    zeros = leading_zeros(scan.buffer | 1)
    if zeros + k < 31 and zeros < limit - scan.value_bits - 1:
        # All of it is in the buffer; that it is a number that can be is all that is left to see.
        scan.buffer <<= zeros + 1
        value = zeros << k | <int32_t>(scan.buffer >> 1 >> (63 - k))
        take(scan, k)
        scan.bits -= zeros + 1
        if value > scan.farthest:
            scan.problem = NO_CODE
            return 0
        return value
    return long_golomb(scan, k, limit)


cdef int32_t long_golomb(Scan* scan, int32_t k, int32_t limit) noexcept nogil:
    """The same for numbers of many bits."""
    cdef int32_t zeros = 0, count, value
    while True:
        if scan.bits < 32:
            fill(scan)
        count = leading_zeros(scan.buffer) if scan.buffer else 64
        if count < scan.bits:
            break
        zeros += scan.bits
        take(scan, scan.bits - 1)
        take(scan, 1)
        if zeros > limit or scan.missing > scan.bits:
            scan.problem = SHORT if scan.missing > scan.bits else NO_CODE
            return 0
    zeros += count
    # In two steps, for to shift by 64 means nothing.
    take(scan, count)
    take(scan, 1)
    if zeros < limit - scan.value_bits - 1:
        if k > 24 or zeros > (scan.farthest >> k):
            scan.problem = NO_CODE
            return 0
        value = zeros << k
        if k > 16:
            value |= bits_of(scan, k - 16) << 16
            k = 16
        value |= bits_of(scan, k)
        if value > scan.farthest:
            scan.problem = NO_CODE
            return 0
        return value
    if zeros > limit:
        scan.problem = NO_CODE
    return bits_of(scan, scan.value_bits) + 1


cdef inline int32_t restored(Scan* scan, int32_t predicted, int32_t error) noexcept nogil:
    """The sample at a prediction and an error that is counted in steps, modulo the range (A.4.5, A.8)."""
    cdef int32_t value = predicted + error * scan.step
    if value < -scan.near:
        value += scan.span * scan.step
    elif value > scan.most + scan.near:
        value -= scan.span * scan.step
    return 0 if value < 0 else scan.most if value > scan.most else value


cdef inline int32_t quantized(Scan* scan, int32_t gradient, int32_t last) noexcept nogil:
    """The region of a gradient, -4 to 4 (A.3.3); `steps` has those from -last to last."""
    gradient = -last if gradient < -last else last if gradient > last else gradient
    return scan.steps[gradient + last]


cdef inline int32_t order_of(int32_t n, int32_t a) noexcept nogil:
    """The smallest k with which n, shifted by it, is not less than a (A.5.1)."""
    cdef int32_t k = leading_zeros(<uint64_t>n) - leading_zeros(<uint64_t>(a | 1))
    if k < 0:
        return 0
    return k + 1 if (n << k) < a else k


cdef inline int32_t regular(Scan* scan, int32_t place, int32_t a, int32_t b, int32_t c) noexcept nogil:
    """A sample in regular mode, in the context `place`, which is negative for those that are mirrored (A.4, A.5, A.6)."""
    cdef int32_t sign = -1 if place < 0 else 1, predicted, k = 0, error, low, high
    cdef Context* context = &scan.contexts[place * sign]
    low, high = (a, b) if a < b else (b, a)
    predicted = low if c >= high else high if c <= low else a + b - c
    predicted += sign * context.c
    predicted = 0 if predicted < 0 else scan.most if predicted > scan.most else predicted
    k = order_of(context.n, context.a)
    error = golomb(scan, k, scan.limit)
    error = -((error + 1) >> 1) if error & 1 else error >> 1
    if k == 0 and scan.near == 0 and 2 * context.b <= -context.n:
        error = -error - 1
    context.b += error * scan.step
    context.a += -error if error < 0 else error
    if context.n >= scan.reset:
        context.a >>= 1
        context.b = context.b >> 1 if context.b >= 0 else -((1 - context.b) >> 1)
        context.n >>= 1
    context.n += 1
    if context.b <= -context.n:
        context.b += context.n
        if context.c > -128:
            context.c -= 1
        if context.b <= -context.n:
            context.b = 1 - context.n
    elif context.b > 0:
        context.b -= context.n
        if context.c < 127:
            context.c += 1
        if context.b > 0:
            context.b = 0
    return restored(scan, predicted, sign * error)


cdef int32_t run_end(Scan* scan, int32_t a, int32_t b, int kind, int32_t order) noexcept nogil:
    """The sample that ends a run, `kind` 1 where those to the left and above are alike (A.7.2)."""
    cdef Context* context = &scan.contexts[RUN_CONTEXT + kind]
    cdef int32_t wanted = context.a + ((context.n >> 1) if kind else 0), k = 0, code, error, odd
    k = order_of(context.n, wanted)
    code = golomb(scan, k, scan.limit - order - 1)
    odd = (code + kind) & 1
    error = (code + kind + odd) >> 1
    if (k != 0 or 2 * scan.negative[kind] >= context.n) == odd:
        error = -error
    if error < 0:
        scan.negative[kind] += 1
    context.a += (code + 1 - kind) >> 1
    if context.n >= scan.reset:
        context.a >>= 1
        context.n >>= 1
        scan.negative[kind] >>= 1
    context.n += 1
    if kind:
        return restored(scan, a, error)
    return restored(scan, b, -error if a > b else error)


cdef Py_ssize_t run_length(Scan* scan, Py_ssize_t room, int component) noexcept nogil:
    """How many samples a run has, at most `room`, which then ends with its line (A.7.1)."""
    cdef Py_ssize_t length = 0, part
    cdef int32_t order
    while length < room:
        if scan.missing > scan.bits:
            scan.problem = SHORT
            return room
        order = RUN_ORDERS[scan.run_index[component]]
        part = <Py_ssize_t>1 << order
        if bits_of(scan, 1):
            if part > room - length:
                return room
            length += part
            if scan.run_index[component] < 31:
                scan.run_index[component] += 1
        else:
            length += bits_of(scan, order)
            if length > room:
                scan.problem = NO_CODE
                length = room
            return length
    return length


cdef void decode_line(Scan* scan, uint16_t* line, const uint16_t* above, Py_ssize_t columns, int32_t last,
                      int component) noexcept nogil:
    """Decode a line of one component; ``line[-1]``, ``above[-1]`` and ``above[columns]`` are there."""
    cdef Py_ssize_t x = 0, run, i
    cdef int32_t a = (line - 1)[0], b = above[0], c = (above - 1)[0], d, place, order
    while x < columns and scan.problem == 0:
        d = above[x + 1]
        place = (quantized(scan, d - b, last) * 9 + quantized(scan, b - c, last)) * 9 + quantized(scan, c - a, last)
        if place:
            a = regular(scan, place, a, b, c)
            line[x] = <uint16_t>a
            x += 1
            c, b = b, d
            continue
        run = run_length(scan, columns - x, component)
        for i in range(x, x + run):
            line[i] = <uint16_t>a
        x += run
        if x < columns:
            b = above[x]
            order = RUN_ORDERS[scan.run_index[component]]
            a = run_end(scan, a, b, 1 if -scan.near <= a - b <= scan.near else 0, order)
            line[x] = <uint16_t>a
            x += 1
            if scan.run_index[component] > 0:
                scan.run_index[component] -= 1
            c, b = b, above[x]


cdef void decode_pixels(Scan* scan, uint16_t** lines, uint16_t** aboves, int count, Py_ssize_t columns,
                        int32_t last) noexcept nogil:
    """Decode a line of components that lie sample by sample: a run is one of all of them (A.7, B.2.3)."""
    cdef Py_ssize_t x = 0, run, i
    cdef int32_t places[MOST_COMPONENTS]
    cdef int32_t a, b, c, d, order
    cdef int n
    cdef bint is_run
    while x < columns and scan.problem == 0:
        is_run = True
        for n in range(count):
            a, b, c, d = lines[n][x - 1], aboves[n][x], aboves[n][x - 1], aboves[n][x + 1]
            places[n] = (quantized(scan, d - b, last) * 9 + quantized(scan, b - c, last)) * 9 + quantized(
                scan, c - a, last)
            if places[n]:
                is_run = False
        if not is_run:
            for n in range(count):
                lines[n][x] = <uint16_t>regular(scan, places[n], lines[n][x - 1], aboves[n][x], aboves[n][x - 1])
            x += 1
            continue
        run = run_length(scan, columns - x, 0)
        for n in range(count):
            a = lines[n][x - 1]
            for i in range(x, x + run):
                lines[n][i] = <uint16_t>a
        x += run
        if x < columns:
            order = RUN_ORDERS[scan.run_index[0]]
            for n in range(count):
                lines[n][x] = <uint16_t>run_end(scan, lines[n][x - 1], aboves[n][x], 0, order)
            x += 1
            if scan.run_index[0] > 0:
                scan.run_index[0] -= 1


cdef int finish(Scan* scan) noexcept nogil:
    """Go to the marker behind the scan; LONG if there is more data than what fills up the last byte, or two of 0xFF."""
    cdef const uint8_t* at = scan.at
    cdef Py_ssize_t left = scan.bits - scan.missing
    while at < scan.end:
        if at[0] != 0xFF:
            left += 8
            at += 1
        elif scan.end - at < 2 or at[1] == 0xFF:
            at += 1
        elif at[1] < 0x80:
            left += 15
            at += 2
        else:
            break
    scan.at = at
    return LONG if left >= 16 else 0


def decode(data not None, Py_ssize_t start, tuple places not None, out not None, Py_ssize_t rows, Py_ssize_t columns,
           int samples, int interleave, int near, tuple parameters not None):
    """Decode a scan into `out`: `rows` by `columns` of `samples`, of which the scan has those at `places`.

    `interleave` is 0 for one component, 1 line by line, 2 sample by sample; `parameters` are MAXVAL, T1, T2, T3 and
    RESET. Return where the scan ends, how many rows are whole, and what is wrong: 0 nothing, 1 no such code, 2 the data
    ends before, 3 there is more data. Where it ends means nothing if something is wrong before the end.
    """
    cdef Py_buffer source, target
    cdef Scan scan
    cdef int32_t offsets[MOST_COMPONENTS]
    # Of another type than what a scan holds, so that to write to them changes nothing of it.
    cdef uint16_t* lines[MOST_COMPONENTS]
    cdef uint16_t* aboves[MOST_COMPONENTS]
    cdef uint16_t* memory = NULL
    cdef int8_t* steps = NULL
    cdef int32_t most, t1, t2, t3, reset, i, last
    cdef Py_ssize_t width = columns + 2, whole = 0
    cdef int count, n, size
    if not 0 < len(places) <= MOST_COMPONENTS or len(set(places)) != len(places) or (len(places) > 1) != (interleave > 0):
        raise ValueError(f"components at {places}, interleaved by {interleave}")
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF and 0 < samples <= MOST_COMPONENTS and 0 <= interleave <= 2):
        raise ValueError(f"{rows} rows of {columns} with {samples} samples, interleaved by {interleave}")
    most, t1, t2, t3, reset = parameters
    if not (1 <= most <= 0xFFFF and 0 <= near <= 255 and 2 * near <= most and near < t1 <= t2 <= t3 <= most
            and 3 <= reset <= MOST_RESET):
        raise ValueError(f"parameters {parameters} with the difference {near}")
    count = <int>len(places)
    for n in range(count):
        offsets[n] = places[n]
        if not 0 <= offsets[n] < samples:
            raise ValueError(f"component {n} at {offsets[n]} of {samples}")
    PyObject_GetBuffer(data, &source, PyBUF_SIMPLE)
    try:
        if not 0 <= start <= source.len:
            raise ValueError(f"a scan at {start} of {source.len} bytes")
        PyObject_GetBuffer(out, &target, PyBUF_WRITABLE)
        try:
            size = 1 if target.len == rows * columns * samples else 2
            if target.len != rows * columns * samples * size or (size == 1 and most > 255):
                raise ValueError(f"{target.len} bytes for {rows} rows of {columns} with {samples} samples up to {most}")
            last = t3
            steps = <int8_t*>calloc(2 * <size_t>last + 1, 1)
            memory = <uint16_t*>calloc(2 * <size_t>count * <size_t>width, sizeof(uint16_t))
            if steps == NULL or memory == NULL:
                raise MemoryError
            for i in range(-last, last + 1):
                steps[i + last] = <int8_t>region(i, near, t1, t2, t3)
            prepare(&scan, most, near, reset)
            scan.steps = steps
            scan.at, scan.end = <const uint8_t*>source.buf + start, <const uint8_t*>source.buf + source.len
            for n in range(count):
                lines[n] = memory + (2 * n) * width + 1
                aboves[n] = memory + (2 * n + 1) * width + 1
            with nogil:
                whole = decode_rows(&scan, lines, aboves, offsets, count, <uint8_t*>target.buf, size, rows, columns,
                                    samples, interleave, last)
            return scan.at - <const uint8_t*>source.buf, whole, scan.problem
        finally:
            free(steps)
            free(memory)
            PyBuffer_Release(&target)
    finally:
        PyBuffer_Release(&source)


cdef int32_t region(int32_t d, int32_t near, int32_t t1, int32_t t2, int32_t t3) noexcept:
    """Where a gradient lies between the thresholds (A.3.3)."""
    cdef int32_t size = -d if d < 0 else d
    cdef int32_t found = 0 if size <= near else 1 if size < t1 else 2 if size < t2 else 3 if size < t3 else 4
    return -found if d < 0 else found


cdef void prepare(Scan* scan, int32_t most, int32_t near, int32_t reset) noexcept:
    """Set a scan to what stands at its beginning (A.2)."""
    cdef int32_t n, value_bits = 2, first
    scan.buffer, scan.bits, scan.missing, scan.problem = 0, 0, 0, 0
    scan.most, scan.near, scan.step, scan.reset = most, near, 2 * near + 1, reset
    scan.span = (most + 2 * near) // scan.step + 1
    scan.farthest = 2 * scan.span + 2
    while (1 << value_bits) < most + 1:
        value_bits += 1
    scan.limit = 2 * (value_bits + (value_bits if value_bits > 8 else 8))
    scan.value_bits = 1
    while (1 << scan.value_bits) < scan.span:
        scan.value_bits += 1
    first = (scan.span + 32) // 64
    for n in range(CONTEXTS):
        scan.contexts[n].a, scan.contexts[n].b = first if first > 2 else 2, 0
        scan.contexts[n].c, scan.contexts[n].n = 0, 1
    for n in range(2):
        scan.negative[n] = 0
    for n in range(MOST_COMPONENTS):
        scan.run_index[n] = 0


cdef Py_ssize_t decode_rows(Scan* scan, uint16_t** lines, uint16_t** aboves, const int32_t* offsets, int count,
                            uint8_t* out, int size, Py_ssize_t rows, Py_ssize_t columns, int samples, int interleave,
                            int32_t last) noexcept nogil:
    """Decode all rows; how many are whole."""
    cdef Py_ssize_t y, x
    cdef int n
    cdef uint16_t* swap
    cdef uint8_t* bytes_
    cdef uint16_t* words
    for y in range(rows):
        for n in range(count):
            (lines[n] - 1)[0] = aboves[n][0]
            aboves[n][columns] = aboves[n][columns - 1]
        if interleave == 2:
            decode_pixels(scan, lines, aboves, count, columns, last)
        else:
            for n in range(count):
                decode_line(scan, lines[n], aboves[n], columns, last, n)
        if scan.missing > scan.bits:
            scan.problem = SHORT
        if scan.problem:
            return y
        for n in range(count):
            if size == 1:
                bytes_ = out + y * columns * samples + offsets[n]
                for x in range(columns):
                    bytes_[x * samples] = <uint8_t>lines[n][x]
            else:
                words = <uint16_t*>out + y * columns * samples + offsets[n]
                for x in range(columns):
                    words[x * samples] = lines[n][x]
            swap = aboves[n]
            aboves[n] = lines[n]
            lines[n] = swap
    scan.problem = finish(scan)
    return rows
