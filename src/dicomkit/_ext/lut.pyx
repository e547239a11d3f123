# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Look-up tables applied to samples: modality, VOI and presentation LUTs, palettes (PS3.3 C.11, C.7.6.3.1.5)."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

ctypedef fused sample:
    int8_t
    uint8_t
    int16_t
    uint16_t
    int32_t
    uint32_t


cdef inline int64_t place(const sample* samples, uint64_t i, int64_t first, int64_t last) noexcept nogil:
    """Return which entry sample `i` has: what is before the first has the first, what is behind the last has that."""
    cdef int64_t value
    cdef sample one
    memcpy(&one, samples + i, sizeof(sample))
    value = <int64_t>one - first
    return 0 if value < 0 else last if value > last else value


cdef void look_up(const sample* samples, uint64_t length, int64_t first, const uint8_t* table, uint64_t entries,
                  int size, uint8_t* out) noexcept nogil:
    """Copy the entry of each of `length` samples; the sizes that occur most are written out for the compiler."""
    cdef uint64_t i
    cdef int64_t last = <int64_t>entries - 1
    if size == 1:
        for i in range(length):
            out[i] = table[place(samples, i, first, last)]
    elif size == 2:
        for i in range(length):
            memcpy(out + 2 * i, table + 2 * place(samples, i, first, last), 2)
    elif size == 3:
        for i in range(length):
            memcpy(out + 3 * i, table + 3 * place(samples, i, first, last), 3)
    elif size == 4:
        for i in range(length):
            memcpy(out + 4 * i, table + 4 * place(samples, i, first, last), 4)
    elif size == 8:
        for i in range(length):
            memcpy(out + 8 * i, table + 8 * place(samples, i, first, last), 8)
    else:
        for i in range(length):
            memcpy(out + size * i, table + size * place(samples, i, first, last), <size_t>size)


cdef void dispatch(const uint8_t* samples, uint64_t length, int width, bint is_signed, int64_t first,
                   const uint8_t* table, uint64_t entries, int size, uint8_t* out) noexcept nogil:
    """Take `length` samples as what they are; `apply` has compared all with the buffers."""
    if length == 0:
        return
    if width == 1 and is_signed:
        look_up(<const int8_t*>samples, length, first, table, entries, size, out)
    elif width == 1:
        look_up(samples, length, first, table, entries, size, out)
    elif width == 2 and is_signed:
        look_up(<const int16_t*>samples, length, first, table, entries, size, out)
    elif width == 2:
        look_up(<const uint16_t*>samples, length, first, table, entries, size, out)
    elif is_signed:
        look_up(<const int32_t*>samples, length, first, table, entries, size, out)
    else:
        look_up(<const uint32_t*>samples, length, first, table, entries, size, out)


def apply(samples not None, int width, bint is_signed, long long first, table not None, int size, out not None):
    """Write the entry of `size` bytes of each sample of `width` bytes: `first` is the sample of the first entry.

    Samples below it get the first entry, those above the last one the last (PS3.3 C.11.1.1.1, C.11.2.1.1).
    """
    cdef Py_buffer source, entries, target
    cdef uint64_t length, number
    if width not in (1, 2, 4) or not 0 < size <= 64 or not -(1 << 40) <= first <= 1 << 40:
        raise ValueError(f"samples of {width} bytes, entries of {size}, the first for {first}")
    PyObject_GetBuffer(samples, &source, PyBUF_SIMPLE)
    try:
        PyObject_GetBuffer(table, &entries, PyBUF_SIMPLE)
        try:
            PyObject_GetBuffer(out, &target, PyBUF_WRITABLE)
            try:
                if entries.len < size or entries.len % size:
                    raise ValueError(f"a table of {entries.len} bytes has no entries of {size}")
                if source.len % width or target.len % size or source.len // width != target.len // size:
                    raise ValueError(f"{source.len} bytes of samples do not fill {target.len} bytes")
                length = <uint64_t>(source.len // width)
                number = <uint64_t>(entries.len // size)
                with nogil:
                    dispatch(<const uint8_t*>source.buf, length, width, is_signed, first, <const uint8_t*>entries.buf,
                             number, size, <uint8_t*>target.buf)
            finally:
                PyBuffer_Release(&target)
        finally:
            PyBuffer_Release(&entries)
    finally:
        PyBuffer_Release(&source)
