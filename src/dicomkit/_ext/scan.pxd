"""C layout of the scanner's tables, shared by the kernels."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t


cdef struct Element:
    uint64_t offset      # of the value, from the start of the source
    uint64_t length      # of the value in bytes, delimiters excluded; undefined lengths resolved
    uint32_t tag
    uint16_t vr          # (first letter << 8) | second letter; 0 = implicit and not in the table
    uint16_t flags
    uint32_t first       # first item (SEQUENCE) or first fragment (FRAGMENTS)
    uint32_t count


cdef struct Item:
    uint64_t offset      # of the item's content, behind its 8-byte header
    uint64_t end         # of the content, before an item delimiter
    uint32_t first       # elements first .. first + count - 1, in file order
    uint32_t count
    uint32_t flags
    uint32_t reserved


cdef struct Fragment:
    uint64_t offset
    uint64_t length


cdef struct Segment:     # a window of the source in memory, ascending by base
    uint64_t base
    uint64_t end
    const unsigned char* bytes
    int farthest         # of this window and those before it, the one that reaches farthest


cdef class Index:
    cdef Element* elements
    cdef Item* items
    cdef Fragment* fragments
    cdef uint64_t n_elements, n_items, n_fragments
    cdef readonly uint64_t end
    cdef Segment* segments
    cdef list windows           # the bytes that the segments point to
    cdef int n_segments, cap_segments
    cdef readonly bint big_endian
    cdef uint64_t** orders      # of each item whose tags do not ascend: tag << 32 | number, sorted; made when needed
    cdef uint64_t n_orders

    cdef uint64_t* order(self, uint32_t item) noexcept

    cdef uint64_t lower_bound(self, uint64_t low, uint64_t high, uint32_t tag) noexcept
    cdef uint64_t header(self, uint64_t position) noexcept
    cdef long long position(self, uint32_t item, uint32_t tag) noexcept
    cdef int holder(self, uint64_t offset, uint64_t length) noexcept
    cdef const unsigned char* locate(self, uint64_t offset, uint64_t length) noexcept
