# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The Huffman codes in scans of JPEG: lossless ones to samples, those of DCT blocks read and passed over.

ISO/IEC 10918-1 Annexes C, F.2.2 and H.2 (PS3.5 8.2.1). What is passed over tells whether a scan is whole: the codes of a
damaged one do not end where the scan does.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

include "entropy.pxi"

cdef enum:
    FAST = 11
    MOST_COMPONENTS = 4
    BLOCK = 64
    # What is wrong with a scan, besides 0.
    NO_CODE = 1
    SHORT = 2
    LONG = 3
    RESTART = 4
    # More than 65,535 rows and columns have blocks of 8 by 8.
    MOST_UNITS = 1 << 30

cdef struct Table:
    # By the first bits: what a code and what follows it have together, and how many coefficients it passes; 0: longer.
    uint16_t fast[1 << FAST]
    # The same for differences: code length, and how many bits follow.
    uint16_t sizes[1 << FAST]
    int32_t first[17]
    int32_t count[17]
    int32_t index[17]
    uint8_t values[256]

cdef struct Reader:
    const uint8_t* at
    const uint8_t* end
    uint64_t buffer
    # Bits in the buffer, and how many of them, the last ones, stand for data that is not there.
    int32_t bits
    int32_t missing


cdef int build(Table* table, const uint8_t* source, uint64_t length) noexcept:
    """Make a table of what a DHT segment has: 16 counts, then values; 0 if it cannot be."""
    cdef int32_t bits, code = 0, at = 0, n, value
    cdef uint32_t entry, size, start, i
    if length < 16:
        return 0
    memset(table, 0, sizeof(Table))
    for bits in range(1, 17):
        table.first[bits], table.count[bits], table.index[bits] = code, source[bits - 1], at
        at += source[bits - 1]
        code += source[bits - 1]
        if at > 256 or <uint64_t>at + 16 > length or code > 1 << bits:
            return 0
        code <<= 1
    for n in range(at):
        table.values[n] = source[16 + n]
    for bits in range(1, FAST + 1):
        for n in range(table.count[bits]):
            value = table.values[table.index[bits] + n]
            start = <uint32_t>(table.first[bits] + n) << (FAST - bits)
            entry = passing(value, bits)
            size = <uint32_t>bits | <uint32_t>(value if value <= 16 else 255) << 8
            for i in range(<uint32_t>1 << (FAST - bits)):
                table.fast[start + i] = <uint16_t>entry
                table.sizes[start + i] = <uint16_t>size
    return 1


cdef inline uint32_t passing(int32_t value, int32_t bits) noexcept nogil:
    """How many bits a code of AC takes with what follows, and how many coefficients, 64 for the end of a block."""
    cdef int32_t run = value >> 4, size = value & 15
    return <uint32_t>(bits + size) | <uint32_t>(run + 1 if size or run == 15 else BLOCK) << 8


cdef inline void fill(Reader* reader) noexcept nogil:
    """Have 48 bits or more in the buffer, zeros where there is no more data."""
    cdef uint64_t x
    cdef int32_t count
    if reader.end - reader.at >= 8:
        x = eight(reader.at)
        if not has_ff(x):
            reader.buffer |= x >> reader.bits
            count = (63 - reader.bits) >> 3
            reader.at += count
            reader.bits += 8 * count
            return
    while reader.bits <= 55:
        if reader.at < reader.end and reader.at[0] != 0xFF:
            x = reader.at[0]
            reader.at += 1
        elif reader.end - reader.at >= 2 and reader.at[1] == 0:
            x = 0xFF
            reader.at += 2
        else:
            x = 0
            reader.missing += 8
        reader.buffer = (reader.buffer & ~(<uint64_t>0xFF << (56 - reader.bits))) | x << (56 - reader.bits)
        reader.bits += 8


cdef inline void take(Reader* reader, int32_t count) noexcept nogil:
    reader.buffer <<= count
    reader.bits -= count


cdef int32_t slow(Reader* reader, const Table* table, int32_t* bits) noexcept nogil:
    """The value of a code that is longer than `FAST`, and its length; -1 if there is none."""
    cdef int32_t length, code
    for length in range(1, 17):
        code = <int32_t>(reader.buffer >> (64 - length)) - table.first[length]
        if 0 <= code < table.count[length]:
            bits[0] = length
            return table.values[table.index[length] + code]
    return -1


cdef inline int32_t size_of(Reader* reader, const Table* table) noexcept nogil:
    """Take the code of a difference; how many bits follow it, -1 if there is no such code."""
    cdef uint32_t entry
    cdef int32_t value, length = 0
    if reader.bits < 32:
        fill(reader)
    entry = table.sizes[reader.buffer >> (64 - FAST)]
    if entry:
        value, length = <int32_t>(entry >> 8), <int32_t>(entry & 0xFF)
    else:
        value = slow(reader, table, &length)
    take(reader, length)
    return value if value <= 16 else -1


cdef inline bint pass_block(Reader* reader, const Table* dc, const Table* ac) noexcept nogil:
    """Pass over a block of DCT coefficients; false where there is no code, or one for more than 64."""
    cdef int32_t size = size_of(reader, dc), k = 1, value, length = 0
    cdef uint32_t entry = 0
    if size < 0 or size > 15:
        return False
    take(reader, size)
    while k < BLOCK:
        if reader.bits < 32:
            fill(reader)
        entry = ac.fast[reader.buffer >> (64 - FAST)]
        if entry == 0:
            value = slow(reader, ac, &length)
            if value < 0:
                return False
            entry = passing(value, length)
        take(reader, <int32_t>(entry & 0xFF))
        k += <int32_t>(entry >> 8)
    # The end of a block came at any place; runs end with the block and not behind.
    return k == BLOCK or entry >> 8 == BLOCK


cdef inline int finish(Reader* reader, bint is_whole, int expected) noexcept nogil:
    """Go to the marker behind an interval, and past it if it is the one expected (-1: any); what is wrong, or 0."""
    cdef const uint8_t* at = reader.at
    cdef int problem = 0
    if is_whole and reader.bits - reader.missing >= 8:
        problem = LONG
    while reader.end - at >= 2 and not (at[0] == 0xFF and at[1] != 0 and at[1] != 0xFF):
        if at[0] != 0xFF or at[1] != 0xFF:  # what fills in front of a marker is nobody's data
            problem = LONG
        at += 1
    if reader.end - at == 1:
        problem, at = LONG, reader.end
    reader.at = at
    if not is_whole:
        problem = 0
    if expected >= 0:
        if reader.end - at < 2 or at[1] != 0xD0 + expected:
            return RESTART
        reader.at += 2
    reader.buffer, reader.bits, reader.missing = 0, 0, 0
    return problem


cdef Table* tables_of(tuple sources) except NULL:
    """Build a table from each piece of bytes, an empty one for none; the caller frees them."""
    cdef Table* tables = <Table*>malloc(sizeof(Table) * <size_t>len(sources))
    cdef Py_ssize_t n
    cdef const uint8_t* start
    cdef bytes source
    if tables == NULL:
        raise MemoryError
    for n in range(len(sources)):
        source = sources[n]
        start = source
        if not build(&tables[n], start, <uint64_t>len(source)):
            free(tables)
            raise ValueError(f"table {n} is none of Huffman codes")
    return tables


def walk(data not None, Py_ssize_t start, tuple dc not None, tuple ac not None, tuple blocks not None,
         Py_ssize_t units, Py_ssize_t interval):
    """Pass over a scan of `units`, each of ``blocks[n]`` blocks of component `n`, of the tables ``dc[n]``, ``ac[n]``.

    Tables are as in DHT: 16 counts, then values. There is a restart marker behind each `interval` units, none if it is
    0. Return where the scan ends, how many units were passed, and what is wrong: 0 nothing, 1 no such code, 2 the data
    ends before, 3 there is more data, 4 a restart marker is missing.
    """
    cdef Py_buffer source
    cdef Reader reader
    cdef Table* dcs = NULL
    cdef Table* acs = NULL
    cdef int32_t counts[MOST_COMPONENTS]
    cdef int32_t count, n, _
    cdef int problem = 0, restarts = 0
    cdef Py_ssize_t unit = 0, until
    cdef bint is_good = True
    if not 0 < len(dc) <= MOST_COMPONENTS or len(ac) != len(dc) or len(blocks) != len(dc):
        raise ValueError(f"{len(dc)} components: 1 to 4 are possible")
    if units < 0 or units > MOST_UNITS or interval < 0:
        raise ValueError(f"{units} units, restarted after {interval}")
    count = <int32_t>len(dc)
    for n in range(count):
        counts[n] = blocks[n]
        if not 0 < counts[n] <= 16:
            raise ValueError(f"{counts[n]} blocks of component {n}")
    PyObject_GetBuffer(data, &source, PyBUF_SIMPLE)
    try:
        if not 0 <= start <= source.len:
            raise ValueError(f"a scan at {start} of {source.len} bytes")
        dcs = tables_of(dc)
        acs = tables_of(ac)
        reader.at, reader.end = <const uint8_t*>source.buf + start, <const uint8_t*>source.buf + source.len
        reader.buffer, reader.bits, reader.missing = 0, 0, 0
        with nogil:
            while True:
                until = units if interval == 0 or units - unit <= interval else unit + interval
                while unit < until and problem == 0:
                    for n in range(count):
                        for _ in range(counts[n]):
                            if is_good:
                                is_good = pass_block(&reader, &dcs[n], &acs[n])
                    if reader.missing > reader.bits:
                        problem = SHORT
                    elif not is_good:
                        problem = NO_CODE
                    else:
                        unit += 1
                if problem:
                    finish(&reader, False, -1)
                    break
                problem = finish(&reader, True, restarts if unit < units else -1)
                restarts = (restarts + 1) & 7
                if problem or unit >= units:
                    break
        return reader.at - <const uint8_t*>source.buf, unit, problem
    finally:
        free(dcs)
        free(acs)
        PyBuffer_Release(&source)


ctypedef fused Sample:
    uint8_t
    uint16_t


cdef inline uint32_t predicted(int predictor, uint32_t a, uint32_t b, uint32_t c) noexcept nogil:
    """The prediction from the samples to the left, above, and above to the left (ISO/IEC 10918-1 Table H.1)."""
    cdef int32_t x = <int32_t>a, y = <int32_t>b, z = <int32_t>c
    if predictor == 1:
        return a
    if predictor == 2:
        return b
    if predictor == 3:
        return c
    if predictor == 4:
        return <uint32_t>(x + y - z)
    if predictor == 5:
        return <uint32_t>(x + ((y - z) >> 1))
    if predictor == 6:
        return <uint32_t>(y + ((x - z) >> 1))
    return (a + b) >> 1


cdef inline int32_t difference(Reader* reader, const Table* table, bint* is_good) noexcept nogil:
    """Take a difference; `is_good` becomes false where there is no such code."""
    cdef int32_t size = size_of(reader, table)
    cdef uint32_t value
    if size <= 0:
        if size < 0:
            is_good[0] = False
        return 0
    if size == 16:
        return 32768
    value = <uint32_t>(reader.buffer >> (64 - size))
    take(reader, size)
    # Negative ones begin with 0, and are less by one than the number in one's complement.
    return <int32_t>value - (((1 << size) - 1) if value >> (size - 1) == 0 else 0)


cdef bint decode_row(Reader* reader, const Table* tables, const int32_t* places, int count, Sample* row,
                     const Sample* above, Py_ssize_t columns, int samples, int predictor, uint32_t initial,
                     uint32_t* used) noexcept nogil:
    """Decode a row of the components of a scan; `above` is NULL for the first one of an interval."""
    cdef uint32_t left[MOST_COMPONENTS]
    cdef uint32_t value, seen = 0
    cdef Py_ssize_t x, at
    cdef int n
    cdef bint is_good = True
    for n in range(count):
        value = initial if above == NULL else above[places[n]]
        value = (value + <uint32_t>difference(reader, &tables[n], &is_good)) & 0xFFFF
        row[places[n]] = <Sample>value
        left[n] = value
        seen |= value
    if count == 1 and (predictor == 1 or above == NULL):
        value = left[0]
        at = places[0]
        for x in range(1, columns):
            at += samples
            value = (value + <uint32_t>difference(reader, &tables[0], &is_good)) & 0xFFFF
            row[at] = <Sample>value
            seen |= value
    else:
        for x in range(1, columns):
            for n in range(count):
                at = x * samples + places[n]
                value = left[n]
                if above != NULL and predictor != 1:
                    value = predicted(predictor, value, above[at], above[at - samples])
                value = (value + <uint32_t>difference(reader, &tables[n], &is_good)) & 0xFFFF
                row[at] = <Sample>value
                left[n] = value
                seen |= value
    used[0] |= seen
    return is_good


cdef int decode_rows(Reader* reader, const Table* tables, const int32_t* places, int count, Sample* out,
                     Py_ssize_t rows, Py_ssize_t columns, int samples, int predictor, uint32_t initial,
                     Py_ssize_t interval, Py_ssize_t* whole, uint32_t* used) noexcept nogil:
    """Decode rows, `interval` of them between restart markers; what is wrong first, and how many rows came before."""
    cdef Py_ssize_t y = 0, until, start, width = columns * samples
    cdef int problem = 0, wrong, restarts = 0
    cdef bint is_good
    whole[0] = -1
    while True:
        start = y
        until = rows if interval == 0 or rows - y <= interval else y + interval
        wrong = 0
        while y < until and wrong == 0:
            is_good = decode_row(reader, tables, places, count, out + y * width,
                                 NULL if y == start else out + (y - 1) * width, columns, samples, predictor, initial, used)
            if reader.missing > reader.bits:
                wrong = SHORT
            elif not is_good:
                wrong = NO_CODE
            else:
                y += 1
        if wrong and problem == 0:
            problem, whole[0] = wrong, y
        y = until
        wrong = finish(reader, wrong == 0, restarts if y < rows else -1)
        restarts = (restarts + 1) & 7
        if wrong and problem == 0:
            problem, whole[0] = wrong, y
        if y >= rows or wrong == RESTART:
            break
    if whole[0] < 0:
        whole[0] = rows
    return problem


def decode(data not None, Py_ssize_t start, tuple tables not None, tuple places not None, out not None, Py_ssize_t rows,
           Py_ssize_t columns, int samples, int predictor, int precision, Py_ssize_t interval):
    """Decode a lossless scan into `out`: `rows` by `columns` of `samples`, of which the scan has those at `places`.

    `tables` are those of the components; `precision` is without what the point transform takes away. Restart markers
    stand behind each `interval` rows. Return where the scan ends, how many rows are whole, what is wrong as `walk`
    does, and all samples or'ed together. Rows behind one that is not whole have what was in `out`, or what came of it.
    """
    cdef Py_buffer source, target
    cdef Reader reader
    cdef Table* built = NULL
    cdef int32_t offsets[MOST_COMPONENTS]
    cdef int count, n, size, problem = 0
    cdef uint32_t used = 0, initial
    cdef Py_ssize_t whole = 0
    if not 0 < len(tables) <= MOST_COMPONENTS or len(places) != len(tables):
        raise ValueError(f"{len(tables)} components: 1 to 4 are possible")
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF and 0 < samples <= MOST_COMPONENTS and interval >= 0):
        raise ValueError(f"{rows} rows of {columns} with {samples} samples, restarted after {interval}")
    if not (1 <= predictor <= 7 and 1 <= precision <= 16):
        raise ValueError(f"predictor {predictor}, {precision} bits")
    count = <int>len(tables)
    for n in range(count):
        offsets[n] = places[n]
        if not 0 <= offsets[n] < samples:
            raise ValueError(f"component {n} at {offsets[n]} of {samples}")
    if len(set(places)) != len(places):
        raise ValueError(f"two components at one place: {places}")
    initial = <uint32_t>1 << (precision - 1)
    PyObject_GetBuffer(data, &source, PyBUF_SIMPLE)
    try:
        if not 0 <= start <= source.len:
            raise ValueError(f"a scan at {start} of {source.len} bytes")
        PyObject_GetBuffer(out, &target, PyBUF_WRITABLE)
        try:
            size = 1 if target.len == rows * columns * samples else 2
            if target.len != rows * columns * samples * size:
                raise ValueError(f"{target.len} bytes for {rows} rows of {columns} with {samples} samples")
            built = tables_of(tables)
            reader.at, reader.end = <const uint8_t*>source.buf + start, <const uint8_t*>source.buf + source.len
            reader.buffer, reader.bits, reader.missing = 0, 0, 0
            with nogil:
                if size == 1:
                    problem = decode_rows[uint8_t](&reader, built, offsets, count, <uint8_t*>target.buf, rows, columns,
                                                   samples, predictor, initial, interval, &whole, &used)
                else:
                    problem = decode_rows[uint16_t](&reader, built, offsets, count, <uint16_t*>target.buf, rows, columns,
                                                    samples, predictor, initial, interval, &whole, &used)
            return reader.at - <const uint8_t*>source.buf, whole, problem, used
        finally:
            free(built)
            PyBuffer_Release(&target)
    finally:
        PyBuffer_Release(&source)
