# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""One pass over the element headers of an encoded data set (PS3.5 7): the compact index behind every Dataset.

The scanner sees windows of bytes and integers, nothing else. It enters every item with an explicit stack and never
recurses. It holds no file: where it needs bytes that the window does not have, it stops with a request
(``need_offset``, ``need_length``), and goes on when it has been fed.

Elements of one data set or item lie together in the element table in file order, items of one sequence lie together
in the item table: both are collected on a pending stack and moved when their container closes.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcmp, memcpy, memset

cdef extern from *:
    """
    #ifdef _WIN32
    static long long pread_some(int fd, void* into, size_t length, long long offset) { return -1; }
    #else
    #include <unistd.h>
    static long long pread_some(int fd, void* into, size_t length, long long offset) {
        return (long long)pread(fd, into, length, (off_t)offset);
    }
    #endif
    """
    long long pread_some(int fd, void* into, size_t length, long long offset) nogil


cdef extern from *:
    """
    /* Of the time to open a file with many items two thirds went into the first touch of each 4 KiB page of its tables.
       A large one asks for pages of 2 MiB; where there are none, nothing changes. Beyond 8 MiB a copy would hold too much
       twice, where realloc can move pages. */
    #if defined(__linux__)
    #include <sys/mman.h>
    #endif
    #include <stdlib.h>
    #include <string.h>
    #define DICOMKIT_HUGE ((size_t)2 << 20)
    #define DICOMKIT_LARGEST ((size_t)8 << 20)
    static void* grown_table(void* table, size_t used, size_t size) {
    #if defined(__linux__) && defined(MADV_HUGEPAGE)
        void* grown = NULL;
        if (size >= DICOMKIT_HUGE && size <= DICOMKIT_LARGEST) {
            size = (size + DICOMKIT_HUGE - 1) & ~(DICOMKIT_HUGE - 1);
            if (posix_memalign(&grown, DICOMKIT_HUGE, size) != 0)
                return NULL;
            madvise(grown, size, MADV_HUGEPAGE);
            if (used)
                memcpy(grown, table, used);
            free(table);
            return grown;
        }
    #endif
        return realloc(table, size);
    }
    """
    void* grown_table(void* table, size_t used, size_t size) nogil

# -- what the tables say -----------------------------------------------------------------------------------------

cdef enum:
    E_UNDEFINED = 1        # the length field said 0xFFFFFFFF
    E_DELIMITED = 2        # and a sequence delimiter was there
    E_LONG = 4             # 12-byte header
    E_IMPLICIT = 8         # header without VR
    E_SEQUENCE = 16        # first/count are items
    E_FRAGMENTS = 32       # first/count are fragments
    E_CLIPPED = 64         # the value goes beyond its container or the source; length is what there is
    E_UNWALKED = 128       # the fragments were not walked; length reaches to the end of the source
    E_UN = 256             # said UN and undefined length, content is Implicit VR Little Endian

    I_UNDEFINED = 1
    I_DELIMITED = 2
    I_UNORDERED = 4        # tags do not ascend, or one occurs twice: look-ups must be linear
    I_IMPLICIT = 8
    I_CLIPPED = 16
    I_LITTLE = 32          # content of a UN sequence: little endian whatever the transfer syntax says

cdef enum:                 # what a frame of the stack is
    K_DATASET = 0
    K_SEQUENCE = 1
    K_FRAGMENTS = 2

cdef enum:                 # status of run()
    S_DONE = 0
    S_NEED = 1
    S_TABLE = 2
    S_DEPTH = 3
    S_ELEMENTS = 4
    S_FRAGMENTS = 5
    S_MEMORY = 6
    S_EVENT = 7

cdef enum:                 # what step() has come to
    V_ELEMENT = 0
    V_SEQUENCE = 1
    V_SEQUENCE_END = 2
    V_ITEM = 3
    V_ITEM_END = 4
    V_FRAGMENTS = 5
    V_FRAGMENTS_END = 6
    V_FRAGMENT = 7

cdef enum:                 # codes of deviations, see issue_names
    C_TRUNCATED = 0
    C_ODD_LENGTH = 1
    C_LENGTH_OVERRUN = 2
    C_ITEM_LENGTH_WRONG = 3
    C_DELIMITER_MISSING = 4
    C_DELIMITER_STRAY = 5
    C_DELIMITER_LENGTH = 6
    C_UNKNOWN_VR = 7
    C_INVALID_VR = 8
    C_VR_FORM_MIXED = 9
    C_TRANSFER_SYNTAX_MISMATCH = 10
    C_UN_UNDEFINED_LENGTH = 11
    C_DUPLICATE_ELEMENT = 12
    C_OUT_OF_ORDER = 13
    C_TRAILING_ZEROS = 14
    C_ITEM_EXPECTED = 15
    C_FRAGMENTS_NOT_WALKED = 16
    C_UNDEFINED_LENGTH_VR = 17

ISSUE_NAMES = (
    "TRUNCATED", "ODD_LENGTH", "LENGTH_OVERRUN", "ITEM_LENGTH_WRONG", "DELIMITER_MISSING", "DELIMITER_STRAY",
    "DELIMITER_LENGTH", "UNKNOWN_VR", "INVALID_VR", "VR_FORM_MIXED", "TRANSFER_SYNTAX_MISMATCH",
    "UN_UNDEFINED_LENGTH", "DUPLICATE_ELEMENT", "OUT_OF_ORDER", "TRAILING_ZEROS",
    "ITEM_EXPECTED", "FRAGMENTS_NOT_WALKED", "UNDEFINED_LENGTH_VR",
)

DONE, NEED, TABLE, DEPTH, ELEMENTS, FRAGMENTS, MEMORY, EVENT = range(8)

cdef struct Frame:
    uint64_t end           # where a defined length ends; for an undefined one the end of the enclosing container
    uint64_t mark          # height of the pending stack when the frame was opened
    uint64_t start
    uint32_t last_tag
    uint32_t number        # items seen (sequence); elements seen (data set)
    uint8_t kind
    uint8_t undefined
    uint8_t implicit
    uint8_t swap
    uint8_t cut            # the source ended before the defined length did
    uint32_t flags
    Element element        # the sequence's own record, finished when the frame closes

cdef struct Header:        # one element header, decoded but not yet accepted
    uint64_t length
    uint32_t tag
    uint16_t vr
    uint8_t size           # 8 or 12
    uint8_t implicit
    int note               # the deviation of its form, or -1

cdef struct Deviation:
    uint64_t offset
    uint64_t value
    uint64_t path_first
    uint32_t path_count
    uint32_t code

cdef uint64_t NO_END = 0xFFFFFFFFFFFFFFFF
cdef uint64_t LARGEST = 0x7FFFFFFFFFFFFFFF      # of offsets: sums with a length do not overflow
cdef uint64_t LARGEST_COUNT = 0xFFFFFFFF        # numbers in the tables have 32 bits
cdef uint64_t DEEPEST = 1 << 30
# How far to look for what follows an odd header: over the longest value with a 16-bit length.
cdef uint64_t SIGHT = 0x10020
cdef uint64_t LARGE_TABLE = 16 << 20            # in bytes: larger ones grow more carefully
cdef long long LONG_ITEM = 16                   # elements: in fewer, looking at each is quickest
cdef uint64_t HOP_WINDOW = 4 << 10
cdef uint64_t LARGEST_WINDOW = 1 << 20
cdef uint32_t NO_STOP = 0xFFFFFFFF
cdef uint32_t UNDEFINED_LENGTH = 0xFFFFFFFF
cdef uint32_t DELIMITERS = 0xFFFE0000
cdef uint32_t ITEM = 0xFFFEE000
cdef uint32_t ITEM_BYTES = 0xE000FFFE     # the tag as a little endian number of 32 bits
cdef uint32_t ITEM_DELIMITER = 0xFFFEE00D
cdef uint32_t SEQUENCE_DELIMITER = 0xFFFEE0DD
cdef int MAX_PATH = 128

cdef uint16_t VR_SQ = (83 << 8) | 81
cdef uint16_t VR_UN = (85 << 8) | 78
cdef uint16_t VR_OB = (79 << 8) | 66
cdef uint16_t VR_OW = (79 << 8) | 87

# Header form of each two-letter VR (PS3.5 7.1.2): 0 not a VR, 1 16-bit length, 2 reserved bytes and 32-bit length.
cdef uint8_t VR_FORM[26 * 26]


cdef void fill_vr_forms():
    memset(VR_FORM, 0, sizeof(VR_FORM))
    for name in ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS",
                 "ST", "TM", "UI", "UL", "US"):
        VR_FORM[(ord(name[0]) - 65) * 26 + ord(name[1]) - 65] = 1
    for name in ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"):
        VR_FORM[(ord(name[0]) - 65) * 26 + ord(name[1]) - 65] = 2


fill_vr_forms()


cdef inline uint8_t vr_form(uint8_t a, uint8_t b) noexcept nogil:
    if a < 65 or a > 90 or b < 65 or b > 90:
        return 0
    return VR_FORM[(a - 65) * 26 + b - 65]


cdef inline uint16_t u16(const uint8_t* p, bint swap) noexcept nogil:
    if swap:
        return (<uint16_t>p[0] << 8) | p[1]
    return (<uint16_t>p[1] << 8) | p[0]


cdef inline uint32_t u32(const uint8_t* p, bint swap) noexcept nogil:
    if swap:
        return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]
    return (<uint32_t>p[3] << 24) | (<uint32_t>p[2] << 16) | (<uint32_t>p[1] << 8) | p[0]


cdef inline uint32_t read_tag(const uint8_t* p, bint swap) noexcept nogil:
    return (<uint32_t>u16(p, swap) << 16) | u16(p + 2, swap)


cdef int compare_tags(const void* a, const void* b) noexcept nogil:
    cdef uint64_t left = (<const uint64_t*>a)[0], right = (<const uint64_t*>b)[0]
    return (left > right) - (left < right)


cdef class Index:
    """The tables of one scanned data set, with the windows of bytes that are in memory.

    Element and item numbers are positions in the tables; item ``root`` is the data set itself.
    """

    def __cinit__(self):
        self.elements = NULL
        self.items = NULL
        self.fragments = NULL
        self.segments = NULL
        self.windows = []

    def __dealloc__(self):
        free(self.elements)
        free(self.items)
        free(self.fragments)
        free(self.segments)
        cdef uint64_t i
        if self.orders != NULL:
            for i in range(self.n_orders):
                free(self.orders[i])
            free(self.orders)

    @property
    def root(self):
        """The number of the item that stands for the data set itself; ValueError before the scan is done."""
        if self.n_items == 0:
            raise ValueError("the scan is not done")
        return self.n_items - 1

    @property
    def counts(self):
        """(elements, items, fragments) in the tables."""
        return self.n_elements, self.n_items, self.n_fragments

    def add_segment(self, bytes data not None, uint64_t base):
        """Keep a window of the source in memory: values inside it need no further read."""
        cdef int position = self.n_segments, i
        cdef Segment* grown
        if base > LARGEST:
            raise ValueError("a window beyond the largest offset")
        if self.n_segments == self.cap_segments:
            capacity = 2 if self.n_segments == 0 else self.n_segments * 2
            grown = <Segment*>realloc(self.segments, capacity * sizeof(Segment))
            if grown == NULL:
                raise MemoryError
            self.segments = grown
            self.cap_segments = capacity
        while position > 0 and self.segments[position - 1].base > base:
            position -= 1
        self.windows.insert(position, data)       # before anything points to it
        i = self.n_segments
        while i > position:
            self.segments[i] = self.segments[i - 1]
            i -= 1
        self.segments[i].base = base
        self.segments[i].end = base + <uint64_t>PyBytes_GET_SIZE(data)
        self.segments[i].bytes = <const unsigned char*>PyBytes_AS_STRING(data)
        self.n_segments += 1
        while i < self.n_segments:
            self.segments[i].farthest = i
            if i and self.segments[self.segments[i - 1].farthest].end > self.segments[i].end:
                self.segments[i].farthest = self.segments[i - 1].farthest
            i += 1

    cdef const unsigned char* locate(self, uint64_t offset, uint64_t length) noexcept:
        cdef int i = self.holder(offset, length)
        if i < 0:
            return NULL
        return self.segments[i].bytes + (offset - self.segments[i].base)

    cdef int holder(self, uint64_t offset, uint64_t length) noexcept:
        """The number of a window that holds `length` bytes at `offset`, -1 if none does."""
        cdef int low = 0, high = self.n_segments, middle, i
        while low < high:
            middle = (low + high) >> 1
            if self.segments[middle].base <= offset:
                low = middle + 1
            else:
                high = middle
        # Of the windows that begin before the value, the one that reaches farthest holds it, or none does.
        if low == 0:
            return -1
        i = self.segments[low - 1].farthest
        return i if self.segments[i].end >= offset and length <= self.segments[i].end - offset else -1

    def read(self, uint64_t offset, uint64_t length):
        """Return `length` bytes at `offset` if they lie in one window in memory, else None."""
        cdef const unsigned char* p = self.locate(offset, length)
        if p == NULL:
            return None
        return PyBytes_FromStringAndSize(<const char*>p, <Py_ssize_t>length)

    def view(self, uint64_t offset, uint64_t length):
        """Return the bytes as a memoryview of the window they lie in, without a copy; None if in no single window."""
        cdef int i = self.holder(offset, length)
        if i < 0:
            return None
        start = offset - self.segments[i].base
        return memoryview(self.windows[i])[start : start + length]

    def chunk(self, uint64_t offset, uint64_t length):
        """Return up to `length` bytes from `offset`, as far as one window in memory reaches; None if none is there."""
        cdef int i = self.holder(offset, 1)
        if i < 0:
            return None
        if length > self.segments[i].end - offset:
            length = self.segments[i].end - offset
        return PyBytes_FromStringAndSize(<const char*>self.segments[i].bytes + (offset - self.segments[i].base),
                                         <Py_ssize_t>length)

    def value(self, uint64_t position):
        """Return the value bytes of an element if they are in memory, else None."""
        if position >= self.n_elements:
            raise ValueError("no such element")
        return self.read(self.elements[position].offset, self.elements[position].length)

    cdef long long position(self, uint32_t item, uint32_t tag) noexcept:
        cdef Item* box = &self.items[item]
        cdef Element* row = self.elements + box.first
        cdef long long low = 0, high = box.count, middle, i
        cdef uint64_t key
        cdef uint64_t* sorted_tags
        if box.flags & I_UNORDERED:
            # The last of several wins, as in the field's other readers.
            sorted_tags = self.order(item) if high > LONG_ITEM else NULL
            if sorted_tags != NULL:
                key = (<uint64_t>tag << 32) | 0xFFFFFFFF
                while low < high:
                    middle = (low + high) >> 1
                    if sorted_tags[middle] <= key:
                        low = middle + 1
                    else:
                        high = middle
                if low and sorted_tags[low - 1] >> 32 == tag:
                    return <long long>box.first + <long long>(sorted_tags[low - 1] & 0xFFFFFFFF)
                return -1
            i = high - 1
            while i >= 0:
                if row[i].tag == tag:
                    return <long long>box.first + i
                i -= 1
            return -1
        i = self.lower_bound(box.first, <uint64_t>box.first + box.count, tag) - box.first
        return <long long>box.first + i if i < high and row[i].tag == tag else -1

    cdef inline uint64_t lower_bound(self, uint64_t low, uint64_t high, uint32_t tag) noexcept:
        """The position of the first of some elements with ascending tags whose tag is not lower; `high` if none is."""
        cdef uint64_t middle
        while low < high:
            middle = (low + high) >> 1
            if self.elements[middle].tag < tag:
                low = middle + 1
            else:
                high = middle
        return low

    cdef uint64_t* order(self, uint32_t item) noexcept:
        """The tags of an item in ascending order, each with its place; NULL if there is no memory for them."""
        cdef Item* box = &self.items[item]
        cdef uint64_t i
        cdef uint64_t* made
        if self.orders == NULL:
            self.orders = <uint64_t**>calloc(self.n_items, sizeof(uint64_t*))
            if self.orders == NULL:
                return NULL
            self.n_orders = self.n_items
        if item >= self.n_orders:
            return NULL
        if self.orders[item] == NULL:
            made = <uint64_t*>malloc(box.count * sizeof(uint64_t))
            if made == NULL:
                return NULL
            for i in range(box.count):
                made[i] = (<uint64_t>self.elements[box.first + i].tag << 32) | i
            qsort(made, box.count, sizeof(uint64_t), compare_tags)
            self.orders[item] = made
        return self.orders[item]

    def find(self, uint32_t item, uint32_t tag):
        """Return the position of `tag` in an item, or -1; of duplicates the last."""
        if item >= self.n_items:
            raise ValueError("no such item")
        return self.position(item, tag)

    def place(self, uint32_t item, uint32_t tag):
        """Return the position of the first element of an item whose tag is not lower; its end if there is none.

        Only for an item whose tags ascend.
        """
        if item >= self.n_items:
            raise ValueError("no such item")
        cdef Item* box = &self.items[item]
        return self.lower_bound(box.first, <uint64_t>box.first + box.count, tag)

    def splice(self, uint32_t item, list edits not None):
        """Return the parts of a data set after `edits`: (offset, length) of the source, and the bytes put between them.

        `edits` are (tag, encoded element), or (tag, None) for one that goes, in ascending order. None where tags do not
        ascend, or an element was cut: there, more than the edited elements must be written anew.
        """
        if item >= self.n_items:
            raise ValueError("no such item")
        cdef Item* box = &self.items[item]
        cdef uint64_t place = box.first, end = <uint64_t>box.first + box.count, start = box.offset, stop, i
        cdef uint32_t number
        cdef list parts = []
        if box.flags & (I_UNORDERED | I_CLIPPED):
            return None
        for i in range(place, end):
            if self.elements[i].flags & (E_CLIPPED | E_UNWALKED) \
                    or self.elements[i].flags & (E_UNDEFINED | E_DELIMITED) == E_UNDEFINED:
                return None
        for tag, data in edits:
            number = tag
            place = self.lower_bound(place, end, number)
            stop = self.header(place) if place < end else box.end
            if stop > start:
                parts.append((start, stop - start))
            if data is not None:
                parts.append(data)
            if place < end and self.elements[place].tag == number:
                place += 1
            start = self.header(place) if place < end else box.end
        if box.end > start:
            parts.append((start, box.end - start))
        return parts

    cdef inline uint64_t header(self, uint64_t position) noexcept:
        """Where the header of an element begins."""
        return self.elements[position].offset - (12 if self.elements[position].flags & E_LONG else 8)

    def element(self, uint64_t position):
        """Return (tag, VR code, offset, length, flags, first, count) of an element."""
        if position >= self.n_elements:
            raise ValueError("no such element")
        cdef Element* e = &self.elements[position]
        return e.tag, e.vr, e.offset, e.length, e.flags, e.first, e.count

    def item(self, uint32_t number):
        """Return (offset, end, first element, element count, flags) of an item."""
        if number >= self.n_items:
            raise ValueError("no such item")
        cdef Item* i = &self.items[number]
        return i.offset, i.end, i.first, i.count, i.flags

    def tags(self, uint32_t item):
        """Return the tags of an item as a list in file order."""
        if item >= self.n_items:
            raise ValueError("no such item")
        cdef Item* box = &self.items[item]
        cdef uint64_t i
        return [self.elements[box.first + i].tag for i in range(box.count)]

    def fragment(self, uint64_t number):
        """Return (offset, length) of a fragment of encapsulated Pixel Data (PS3.5 A.4)."""
        if number >= self.n_fragments:
            raise ValueError("no such fragment")
        return self.fragments[number].offset, self.fragments[number].length

    def fragment_list(self, uint64_t first, uint64_t count):
        """Return [(offset, length), …] of a run of fragments."""
        if first > self.n_fragments or count > self.n_fragments - first:
            raise ValueError("no such fragment")
        cdef uint64_t i
        return [(self.fragments[first + i].offset, self.fragments[first + i].length) for i in range(count)]


cdef class Scanner:
    """The resumable scan of one data set: ``feed`` windows, ``run`` until DONE, then take ``index``.

    ``start`` and ``end`` bound the data set in the source (``end`` None: not known yet, a stream).
    ``keep`` is the longest value that must lie in one window; longer ones are hopped over. ``sequence_tag`` says that
    the source is not a data set but the items of that sequence. At most ``walk`` fragments of Pixel Data are looked at,
    all of them in items, whose end is not known otherwise.
    """

    cdef Index _index
    cdef Frame* stack
    cdef Element* pending
    cdef Item* pending_items
    cdef Deviation* deviations
    cdef uint32_t* paths
    cdef uint64_t height, cap_stack, n_pending, cap_pending, n_pending_items, cap_pending_items
    cdef uint64_t cap_elements, cap_items, cap_fragments
    cdef uint64_t n_deviations, cap_deviations, n_paths, cap_paths
    cdef readonly uint64_t dropped
    cdef const uint8_t* window
    cdef uint64_t base, limit          # the window covers base .. limit
    cdef object _window
    cdef readonly uint64_t pos
    cdef readonly uint64_t need_offset, need_length
    cdef readonly bint in_fragments
    cdef uint64_t start, root_end, keep
    cdef uint32_t stop_tag
    cdef uint64_t max_height, max_elements, max_fragments, max_deviations
    cdef uint64_t walk
    cdef object _tags, _codes
    cdef const uint32_t* table_tags
    cdef const uint16_t* table_codes
    cdef uint64_t n_table
    cdef bint stepping
    cdef int event_kind
    cdef Element event_element

    def __cinit__(self):
        self._index = Index.__new__(Index)

    def __init__(self, uint64_t start, end, bint implicit, bint big_endian, uint64_t keep=65536,
                 uint32_t stop_tag=0xFFFFFFFF, uint64_t max_depth=64, uint64_t max_elements=20_000_000,
                 uint64_t max_fragments=10_000_000, uint64_t max_deviations=1000, uint64_t walk=0xFFFFFFFF,
                 uint32_t sequence_tag=0):
        if self.stack != NULL:
            raise ValueError("a scanner is for one data set")
        if start > LARGEST or (end is not None and not 0 <= end <= LARGEST):
            raise ValueError("a data set beyond the largest offset")
        self.max_height = min(max_depth, DEEPEST) * 2 + 1
        self.max_elements = min(max_elements, LARGEST_COUNT)
        self.max_fragments = min(max_fragments, LARGEST_COUNT)
        self.max_deviations = max_deviations
        self.walk = walk
        self.prepare(start, NO_END if end is None else <uint64_t>end, implicit, big_endian, keep, stop_tag)
        if sequence_tag:
            # The source is the value of a sequence: the root holds one element whose items it is.
            self.open_frame(K_SEQUENCE, self.root_end, False)
            self.stack[1].element.tag = sequence_tag
            self.stack[1].element.vr = VR_SQ
            self.stack[1].element.offset = start
            self.stack[1].element.flags = E_SEQUENCE
            self.stack[1].start = start

    cdef int prepare(self, uint64_t start, uint64_t end, bint implicit, bint big_endian, uint64_t keep,
                     uint32_t stop_tag) except -1:
        """Begin a data set."""
        if self.stack == NULL:
            self.stack = <Frame*>malloc(4 * sizeof(Frame))
            if self.stack == NULL:
                raise MemoryError
            self.cap_stack = 4
        self._index.big_endian = big_endian
        self.pos = self.start = start
        self.root_end = end
        self.keep = keep
        self.stop_tag = stop_tag
        memset(self.stack, 0, sizeof(Frame))
        self.stack[0].kind = K_DATASET
        self.stack[0].end = end
        self.stack[0].start = start
        self.stack[0].implicit = implicit
        self.stack[0].swap = big_endian
        self.height = 1
        return 0

    def __dealloc__(self):
        free(self.stack)
        free(self.pending)
        free(self.pending_items)
        free(self.deviations)
        free(self.paths)

    @property
    def index(self):
        """The finished tables."""
        return self._index

    @property
    def is_implicit(self):
        """Whether the data set turned out to be encoded without VRs (PS3.5 7.1.3), whatever was declared."""
        return bool(self._index.n_items and self._index.items[self._index.n_items - 1].flags & I_IMPLICIT)

    def feed(self, bytes data not None, uint64_t base):
        """Give the scanner a window: `data` are the bytes of the source from `base` on."""
        if base > LARGEST:
            raise ValueError("a window beyond the largest offset")
        self._window = data
        self.window = <const uint8_t*>PyBytes_AS_STRING(data)
        self.base = base
        self.limit = base + <uint64_t>PyBytes_GET_SIZE(data)

    def set_end(self, uint64_t end):
        """Say where the source ends, once a stream has shown it, or where it turned out to be shorter than it was."""
        cdef uint64_t i
        for i in range(self.height):
            if self.stack[i].end > end:
                self.stack[i].cut = not self.stack[i].undefined and self.stack[i].end != NO_END
                self.stack[i].end = end
        if self.root_end > end:
            self.root_end = end

    def set_table(self, bytes tags not None, bytes codes not None):
        """Give the VRs of PS3.6 for Implicit VR: ascending native uint32 tags and uint16 VR codes."""
        if PyBytes_GET_SIZE(tags) != 2 * PyBytes_GET_SIZE(codes) or PyBytes_GET_SIZE(tags) % 4:
            raise ValueError("tags and codes differ in number")
        self._tags = tags
        self._codes = codes
        self.table_tags = <const uint32_t*>PyBytes_AS_STRING(tags)
        self.table_codes = <const uint16_t*>PyBytes_AS_STRING(codes)
        self.n_table = PyBytes_GET_SIZE(tags) // 4

    @property
    def has_deviations(self):
        """Whether anything deviates from the standard."""
        return self.n_deviations != 0 or self.dropped != 0

    def deviations_found(self, uint64_t first=0):
        """Return [(name, offset, value, path)], from the first-th found on; path alternates tags and item numbers."""
        cdef uint64_t i, j
        cdef Deviation* d
        result = []
        for i in range(first, self.n_deviations):
            d = &self.deviations[i]
            result.append((ISSUE_NAMES[d.code], d.offset, d.value,
                           tuple([self.paths[d.path_first + j] for j in range(d.path_count)])))
        return result

    def run(self):
        """Scan until a status: DONE, NEED (feed and run again), TABLE (set_table), or a bound that was exceeded."""
        cdef int status
        if self.window == NULL:
            self.need_offset = self.pos
            self.need_length = 8
            return S_NEED
        with nogil:
            status = self.scan()
        if status == S_MEMORY:
            raise MemoryError
        return status

    def step(self):
        """Scan up to the next event and keep nothing of it: EVENT, or a status as of run().

        Tables stay empty, so a stream of any length takes no memory; who counts elements for a limit is the caller.
        """
        cdef int status
        self.stepping = True
        if self.window == NULL:
            self.need_offset = self.pos
            self.need_length = 8
            return S_NEED
        with nogil:
            status = self.scan_step()
        if status == S_MEMORY:
            raise MemoryError
        return status

    @property
    def event(self):
        """What step() has come to: (kind, tag, VR code, offset, length, flags). Of a container that starts the length is
        the declared one, 0xFFFFFFFF if undefined; of one that ends it is the real one."""
        cdef Element* e = &self.event_element
        return self.event_kind, e.tag, e.vr, e.offset, e.length, e.flags

    cdef int scan_step(self) noexcept nogil:
        cdef int status
        cdef uint8_t kind
        cdef uint64_t height, pending, fragments
        cdef Frame* frame
        while self.height:
            height, pending, fragments = self.height, self.n_pending, self._index.n_fragments
            frame = &self.stack[height - 1]
            kind = frame.kind
            if kind == K_DATASET:
                status = self.scan_elements(frame)
            elif kind == K_SEQUENCE:
                status = self.scan_items(frame)
            else:
                status = self.scan_fragments(frame)
            if status >= 0:
                return status
            if self.height > height:
                self.note_start(&self.stack[self.height - 1])
                return S_EVENT
            if self.height < height and self.height:
                self.note_end(kind)
                return S_EVENT
            if self.n_pending > pending:
                self.n_pending -= 1
                self.event_element = self.pending[self.n_pending]
                self.event_kind = V_ELEMENT
                return S_EVENT
            if self._index.n_fragments > fragments:
                self._index.n_fragments -= 1
                self.event_element.offset = self._index.fragments[self._index.n_fragments].offset
                self.event_element.length = self._index.fragments[self._index.n_fragments].length
                self.event_element.flags = frame.element.flags & E_CLIPPED
                self.event_kind = V_FRAGMENT
                return S_EVENT
        return S_DONE

    cdef void note_start(self, Frame* opened) noexcept nogil:
        cdef Element* e = &self.event_element
        if opened.kind == K_DATASET:
            self.event_kind = V_ITEM
            e.tag = ITEM
            e.vr = 0
            e.offset = opened.start
            e.flags = (E_UNDEFINED if opened.undefined else 0) | (E_CLIPPED if opened.flags & I_CLIPPED else 0)
        else:
            self.event_kind = V_SEQUENCE if opened.kind == K_SEQUENCE else V_FRAGMENTS
            e[0] = opened.element
        e.length = UNDEFINED_LENGTH if opened.undefined else opened.end - e.offset

    cdef void note_end(self, uint8_t kind) noexcept nogil:
        cdef Element* e = &self.event_element
        cdef Item* item
        if kind == K_DATASET:
            self.n_pending_items -= 1
            item = &self.pending_items[self.n_pending_items]
            self.event_kind = V_ITEM_END
            e.tag = ITEM_DELIMITER
            e.vr = 0
            e.offset = item.offset
            e.length = item.end - item.offset
            e.flags = (E_UNDEFINED if item.flags & I_UNDEFINED else 0) | (E_CLIPPED if item.flags & I_CLIPPED else 0)
        else:
            self.n_pending -= 1
            self.event_kind = V_SEQUENCE_END if kind == K_SEQUENCE else V_FRAGMENTS_END
            e[0] = self.pending[self.n_pending]

    # -- the pass ------------------------------------------------------------------------------------------------
    # Each step returns -1 to go on with the frame now on top of the stack, or a status to hand to the caller.

    cdef int scan(self) noexcept nogil:
        cdef int status
        cdef Frame* frame
        while self.height:
            frame = &self.stack[self.height - 1]
            if frame.kind == K_DATASET:
                if not frame.implicit and not frame.swap:
                    if self.scan_plain() != -1:
                        return S_MEMORY
                    frame = &self.stack[self.height - 1]
                    if frame.kind != K_DATASET:
                        continue
                status = self.scan_elements(frame)
            elif frame.kind == K_SEQUENCE:
                status = self.scan_items(frame)
            else:
                status = self.scan_fragments(frame)
            if status >= 0:
                return status
        return S_DONE

    cdef inline int need(self, uint64_t offset, uint64_t length) noexcept nogil:
        self.need_offset = offset
        self.need_length = length
        return S_NEED

    cdef inline bint has(self, uint64_t pos, uint64_t length) noexcept nogil:
        return self.base <= pos <= self.limit and length <= self.limit - pos

    cdef int scan_elements(self, Frame* frame) noexcept nogil:
        cdef Header h
        cdef Element* e
        cdef uint64_t pos, room, take
        cdef const uint8_t* p
        cdef int status
        while True:
            pos = self.pos
            if pos >= frame.end:
                return self.close_dataset(frame, 0)
            room = frame.end - pos
            if not self.has(pos, 8 if room >= 8 else room):
                return self.need(pos, 8 if room >= 8 else room)
            if room < 8:
                return self.short_rest(frame, room)
            p = self.window + (pos - self.base)
            h.tag = read_tag(p, frame.swap)
            if (h.tag >> 16) == 0xFFFE:
                status = self.delimiter_in_dataset(frame, h.tag, u32(p + 4, frame.swap))
                if status == -2:
                    continue
                return status
            if self.height == 1:
                if h.tag >= self.stop_tag and self.stop_tag != NO_STOP:
                    return self.close_dataset(frame, 0)
                if h.tag == 0 and frame.last_tag and u32(p + 4, frame.swap) == 0:
                    self.deviate(C_TRAILING_ZEROS, pos, frame.end - pos, 0)
                    return self.close_dataset(frame, 0)
            status = self.read_header(frame, p, room, &h)
            if status == -2:
                if not self.has(pos, room):
                    return self.need(pos, room)
                return self.short_rest(frame, room)
            if status >= 0:
                return status
            if self._index.n_elements + self.n_pending >= self.max_elements:
                return S_ELEMENTS
            room -= h.size
            if h.length == UNDEFINED_LENGTH or h.vr == VR_SQ:
                if self.height >= self.max_height:
                    return S_DEPTH
                self.accept(frame, &h)
                if h.length == UNDEFINED_LENGTH:
                    return self.open_undefined(frame, &h)
                return self.open_defined_sequence(frame, &h, room)
            take = h.length if h.length <= room else room
            if take <= self.keep and not self.has(pos, h.size + take):
                return self.need(pos, h.size + take)
            self.accept(frame, &h)
            e = self.push()
            if e == NULL:
                return S_MEMORY
            e.offset = pos + h.size
            e.length = take
            e.tag = h.tag
            e.vr = h.vr
            e.flags = header_flags(&h)
            e.first = 0
            e.count = 0
            if h.length & 1:
                self.deviate(C_ODD_LENGTH, pos, h.length, h.tag)
            if take < h.length:
                e.flags |= E_CLIPPED
                self.deviate(self.overrun_code(frame), pos, h.length, h.tag)
            self.pos = e.offset + take
            if self.stepping or (not frame.implicit and not frame.swap):
                return -1                                   # back to the plain path

    cdef int scan_plain(self) noexcept nogil:
        """Take what needs no second thought, from the data set on top of the stack on: Explicit VR Little Endian, known
        VR, ascending tag, even defined length, value in the window; sequences and items of such lengths too. The first
        other thing is left to the general path: -1, or S_MEMORY."""
        cdef Frame* frame = &self.stack[self.height - 1]
        while True:
            if frame.implicit or frame.swap:
                return -1       # what encloses an odd item need not have its form
            if self.take_elements(frame):
                frame = self.open_plain_sequence(frame)
                if frame == NULL:
                    return -1
            elif self.pos == frame.end and self.height > 1 and not frame.undefined and not frame.cut:
                if self.close_dataset(frame, 0) != -1:
                    return S_MEMORY
                frame = &self.stack[self.height - 1]
            else:
                return -1
            # Between items now: the next one, or back to the data set that holds the sequence.
            if self.pos == frame.end and not frame.undefined and not frame.cut:
                if self.close_sequence(frame, 0) != -1:
                    return S_MEMORY
                frame = &self.stack[self.height - 1]
                continue
            frame = self.open_plain_item(frame)
            if frame == NULL:
                return -1

    cdef bint take_elements(self, Frame* frame) noexcept nogil:
        """Take a run of plain elements; True if a sequence of defined length follows that can be opened."""
        cdef uint64_t pos = self.pos, end = frame.end, length, left
        cdef uint32_t tag, last = frame.last_tag, stop = self.stop_tag if self.height == 1 else DELIMITERS
        cdef uint64_t inner = 0
        cdef uint32_t size, taken = 0, items = 0
        cdef const uint8_t* p
        cdef uint8_t form
        cdef bint sequence = False
        cdef Element* e
        if not self.has(pos, 0):
            return False
        p = self.window + (pos - self.base)
        if end > self.limit:
            end = self.limit
        left = self._index.n_elements + self.n_pending      # open sequences were let in before they were counted
        left = self.max_elements - left if left < self.max_elements else 0
        if stop > DELIMITERS:
            stop = DELIMITERS
        while pos + 12 <= end and left:
            tag = (u32(p, False) << 16) | (u32(p, False) >> 16)
            form = vr_form(p[4], p[5])
            if form == 1:
                size = 8
                length = u16(p + 6, False)
            else:
                size = 12
                length = u32(p + 8, False)
            if form == 0 or tag <= last or tag >= stop or length & 1:
                break
            if p[4] == 83 and p[5] == 81:
                items = self.n_items()
                inner = 0
                if length <= end - pos - 12:
                    inner = self.take_leaves(p + 12, pos + 12, length, left)
                if not inner:
                    sequence = length <= frame.end - pos - 12 and self.height < self.max_height
                    break
                left -= inner - 1
            elif length > end - pos - size:
                break
            if self.n_pending == self.cap_pending:
                e = self.push()
                if e == NULL:
                    break                   # what take_leaves took is of no element: found again by who asks next
            else:
                e = &self.pending[self.n_pending]
                self.n_pending += 1
            e.offset = pos + size
            e.length = length
            e.tag = tag
            e.vr = (<uint16_t>p[4] << 8) | p[5]
            e.flags = E_LONG if size == 12 else 0
            e.first = 0
            e.count = 0
            if inner:
                e.flags = E_LONG | E_SEQUENCE
                e.first = items
                e.count = self.n_items() - items
                inner = 0
            last = tag
            taken += 1
            left -= 1
            length += size
            pos += length
            p += length
        frame.last_tag = last
        frame.number += taken
        self.pos = pos
        return sequence

    cdef inline uint32_t n_items(self) noexcept nogil:
        return <uint32_t>self._index.n_items

    cdef uint64_t take_leaves(self, const uint8_t* p, uint64_t pos, uint64_t length, uint64_t left) noexcept nogil:
        """Take the items of a plain sequence in the window, if none holds another sequence: straight into the tables.

        Returns one more than the number of elements in them, 0 if anything is not plain; nothing is taken then."""
        cdef uint64_t end = pos + length, item_end, n_items = self._index.n_items, n = self._index.n_elements
        cdef uint64_t first = n, start = n
        cdef uint32_t tag, last, size
        cdef uint8_t form
        cdef Element* e
        cdef Item* item
        if self.height + 1 >= self.max_height or self.stepping:
            return 0
        while pos < end:
            if end - pos < 8 or u32(p, False) != ITEM_BYTES:
                break
            length = u32(p + 4, False)
            if length > end - pos - 8 or not self.reserve_items(1):
                break
            if self._index.n_items + self.n_pending_items >= self.max_elements:
                break
            pos += 8
            p += 8
            item_end = pos + length
            item = &self._index.items[self._index.n_items]
            item.offset = pos
            item.end = item_end
            item.first = <uint32_t>n
            item.flags = I_LITTLE
            item.reserved = 0
            last = 0
            first = n
            while pos + 8 <= item_end and n - start + 1 < left:
                tag = (u32(p, False) << 16) | (u32(p, False) >> 16)
                form = vr_form(p[4], p[5])
                if form == 1:
                    size = 8
                    length = u16(p + 6, False)
                else:
                    if item_end - pos < 12 or p[4] == 83 and p[5] == 81:
                        break
                    size = 12
                    length = u32(p + 8, False)
                if form == 0 or tag <= last or tag >= DELIMITERS or length & 1 or length > item_end - pos - size:
                    break
                if n == self.cap_elements and not self.reserve_elements(n + 1):
                    break
                e = &self._index.elements[n]
                n += 1
                e.offset = pos + size
                e.length = length
                e.tag = tag
                e.vr = (<uint16_t>p[4] << 8) | p[5]
                e.flags = E_LONG if size == 12 else 0
                e.first = 0
                e.count = 0
                last = tag
                length += size
                pos += length
                p += length
            if pos != item_end:
                break
            item.count = <uint32_t>(n - first)
            self._index.n_items += 1
        if pos != end:
            self._index.n_items = n_items
            return 0
        self._index.n_elements = n
        return n - start + 1

    cdef Frame* open_plain_sequence(self, Frame* frame) noexcept nogil:
        """Open the sequence whose header take_elements stopped at; NULL if there is no memory, nothing changed then."""
        cdef const uint8_t* p = self.window + (self.pos - self.base)
        cdef uint32_t tag = (u32(p, False) << 16) | (u32(p, False) >> 16)
        cdef Frame* opened = self.open_frame(K_SEQUENCE, self.pos + 12 + u32(p + 8, False), False)
        if opened == NULL:
            return NULL
        frame = opened - 1
        frame.last_tag = tag
        frame.number += 1
        self.pos += 12
        opened.start = self.pos
        opened.element.offset = self.pos
        opened.element.tag = tag
        opened.element.vr = VR_SQ
        opened.element.flags = E_LONG | E_SEQUENCE
        opened.element.first = 0
        opened.element.count = 0
        return opened

    cdef Frame* open_plain_item(self, Frame* frame) noexcept nogil:
        """Open the item of defined length that comes next in a sequence; NULL if something else does."""
        cdef uint64_t pos = self.pos, length
        cdef const uint8_t* p
        cdef Frame* opened
        if not self.has(pos, 8) or pos > frame.end or frame.end - pos < 8 or self.height >= self.max_height:
            return NULL
        p = self.window + (pos - self.base)
        length = u32(p + 4, False)
        if u32(p, False) != ITEM_BYTES or length == UNDEFINED_LENGTH or length > frame.end - pos - 8:
            return NULL
        if self._index.n_items + self.n_pending_items >= self.max_elements:
            return NULL
        opened = self.open_frame(K_DATASET, pos + 8 + length, False)
        if opened == NULL:
            return NULL
        (opened - 1).number += 1
        self.pos = pos + 8
        opened.start = self.pos
        return opened

    cdef int read_header(self, Frame* frame, const uint8_t* p, uint64_t room, Header* h) noexcept nogil:
        """Decode the header at `pos`: -1 done, -2 the container ends within it, or a status."""
        cdef uint8_t form = vr_form(p[4], p[5])
        cdef int status
        h.note = -1
        h.size = 8
        h.implicit = frame.implicit
        h.vr = (<uint16_t>p[4] << 8) | p[5]
        if h.implicit and form:
            status = self.looks_explicit(frame, p, room, h.tag, form)
            if status >= 0:
                return status
            if status == -2:
                h.implicit = False
        elif not h.implicit and form == 0:
            status = self.unknown_vr(frame, p, room, h, &form)
            if status >= 0:
                return status
        if h.implicit != frame.implicit:
            h.note = C_VR_FORM_MIXED
            if frame.number == 0:
                h.note = C_TRANSFER_SYNTAX_MISMATCH
        if h.implicit:
            if self.n_table == 0:
                return S_TABLE
            h.vr = self.standard_vr(h.tag)
            h.length = u32(p + 4, frame.swap)
            return -1
        if form == 1:
            h.length = u16(p + 6, frame.swap)
            return -1
        if room < 12:
            return -2
        if not self.has(self.pos, 12):
            return self.need(self.pos, 12)
        h.size = 12
        h.length = u32(p + 8, frame.swap)
        return -1

    cdef void accept(self, Frame* frame, Header* h) noexcept nogil:
        """Count an element whose header is final, and record what is odd about it. Called once per element."""
        if h.note >= 0:
            self.deviate(h.note, self.pos, h.vr, h.tag)
            if frame.number == 0:
                frame.implicit = h.implicit
        if frame.number and h.tag <= frame.last_tag:
            frame.flags |= I_UNORDERED
            self.deviate(C_DUPLICATE_ELEMENT if h.tag == frame.last_tag else C_OUT_OF_ORDER, self.pos, 0, h.tag)
        if h.tag > frame.last_tag:
            frame.last_tag = h.tag
        frame.number += 1

    cdef inline int overrun_code(self, Frame* frame) noexcept nogil:
        """Beyond the source: truncated; beyond an enclosing defined length only: one of the two lengths is wrong."""
        return C_TRUNCATED if frame.end == self.root_end else C_LENGTH_OVERRUN

    cdef int short_rest(self, Frame* frame, uint64_t room) noexcept nogil:
        """Fewer bytes than a header are left in the container."""
        cdef uint64_t i
        cdef bint zeros = True
        for i in range(room):
            if self.window[self.pos - self.base + i]:
                zeros = False
        if frame.end == self.root_end:
            self.deviate(C_TRAILING_ZEROS if zeros and self.height == 1 else C_TRUNCATED, self.pos, room, 0)
            frame.flags |= I_CLIPPED
            if self.height > 1:
                self.pos = frame.end
        else:
            self.deviate(C_LENGTH_OVERRUN, self.pos, room, 0)
            frame.flags |= I_CLIPPED
            self.pos = frame.end
        return self.close_dataset(frame, 1)

    # -- what the header says, when it does not say it plainly ----------------------------------------------------

    cdef uint16_t standard_vr(self, uint32_t tag) noexcept nogil:
        """The VR of PS3.6; LO for private creators, UL for group lengths, 0 where only the dictionary's masks know."""
        cdef uint64_t low = 0, high = self.n_table, middle
        cdef uint32_t group = tag >> 16, element = tag & 0xFFFF
        if element == 0:
            return (85 << 8) | 76
        if group & 1:
            if 0x10 <= element <= 0xFF:
                return (76 << 8) | 79
            return 0
        while low < high:
            middle = (low + high) >> 1
            if self.table_tags[middle] < tag:
                low = middle + 1
            else:
                high = middle
        if low < self.n_table and self.table_tags[low] == tag:
            return self.table_codes[low]
        return 0

    cdef int plausible_next(self, Frame* frame, uint64_t at, uint32_t tag) noexcept nogil:
        """Whether an element, a delimiter or the container's end could follow at `at`: 1 yes, 0 no, -1 out of sight.

        -2: the window does not reach that far, NEED. It never depends on the window what is in sight.
        """
        cdef uint32_t following
        if at == frame.end:
            return 1
        if at > frame.end or frame.end - at < 8:
            return 0
        if at + 8 - self.pos > SIGHT:
            return -1
        if not self.has(self.pos, at + 8 - self.pos):
            self.need(self.pos, at + 8 - self.pos)
            return -2
        following = read_tag(self.window + (at - self.base), frame.swap)
        if (following >> 16) == 0xFFFE:
            return 1
        return following > tag and (following >> 16) - (tag >> 16) < 0x4000

    cdef int looks_explicit(self, Frame* frame, const uint8_t* p, uint64_t room, uint32_t tag,
                            uint8_t form) noexcept nogil:
        """In implicit data the length's low bytes spell a VR: -2 it is one (an explicit header), -1 it is a length."""
        cdef uint64_t implicit_length = u32(p + 4, frame.swap), length, header = 8
        cdef int as_implicit, as_explicit
        if form == 2:
            if room < 12:
                return -1
            if not self.has(self.pos, 12):
                return self.need(self.pos, 12)
            header = 12
            length = u32(p + 8, frame.swap)
            if length == UNDEFINED_LENGTH:
                return -2 if p[6] == 0 and p[7] == 0 else -1
            if p[6] or p[7]:
                return -1
        else:
            length = u16(p + 6, frame.swap)
        as_implicit = self.plausible_next(frame, self.pos + 8 + implicit_length, tag)
        if as_implicit == -2:
            return S_NEED
        if as_implicit == 1:
            return -1
        as_explicit = self.plausible_next(frame, self.pos + header + length, tag)
        if as_explicit == -2:
            return S_NEED
        if as_explicit == 1:
            return -2
        if as_explicit == -1 and as_implicit == 0:
            return -2
        return -1

    cdef int unknown_vr(self, Frame* frame, const uint8_t* p, uint64_t room, Header* h, uint8_t* form) noexcept nogil:
        """Explicit data without a known VR: an implicit header, a VR of the future (PS3.5 6.2), or garbage."""
        cdef uint64_t implicit_length = u32(p + 4, frame.swap)
        cdef uint64_t short_length = u16(p + 6, frame.swap), long_length = 0
        cdef bint letters = 65 <= p[4] <= 90 and 65 <= p[5] <= 90
        cdef int as_implicit, as_short, as_long = 0
        if room >= 12 and p[6] == 0 and p[7] == 0:
            if not self.has(self.pos, 12):
                return self.need(self.pos, 12)
            long_length = u32(p + 8, frame.swap)
            as_long = 1 if long_length == UNDEFINED_LENGTH else \
                self.plausible_next(frame, self.pos + 12 + long_length, h.tag)
        if as_long == -2:
            return S_NEED
        as_short = self.plausible_next(frame, self.pos + 8 + short_length, h.tag)
        if as_short == -2:
            return S_NEED
        as_implicit = 1 if implicit_length == UNDEFINED_LENGTH else \
            self.plausible_next(frame, self.pos + 8 + implicit_length, h.tag)
        if as_implicit == -2:
            return S_NEED
        if letters:
            as_implicit = 0 if as_long or as_short else as_implicit
        # An implicit length fits best when it fits at all: the two zero bytes of a short one are no VR.
        if as_implicit == 1 or (as_implicit == -1 and as_short != 1 and as_long != 1):
            h.implicit = True
            return -1
        h.note = C_UNKNOWN_VR if letters else C_INVALID_VR
        if as_long == 1 or (as_long == -1 and as_short != 1):
            form[0] = 2
        else:
            form[0] = 1
        if not letters:
            h.vr = VR_UN
        return -1

    # -- containers ------------------------------------------------------------------------------------------------

    cdef int open_defined_sequence(self, Frame* frame, Header* h, uint64_t room) noexcept nogil:
        cdef uint64_t length = h.length
        cdef Frame* opened
        if h.length & 1:
            self.deviate(C_ODD_LENGTH, self.pos, h.length, h.tag)
        if length > room:
            self.deviate(self.overrun_code(frame), self.pos, length, h.tag)
            length = room
        opened = self.open_frame(K_SEQUENCE, self.pos + h.size + length, False)
        if opened == NULL:
            return S_MEMORY
        opened.element.flags = header_flags(h) | E_SEQUENCE
        if h.length > length:
            opened.element.flags |= E_CLIPPED
        return self.enter(opened, h)

    cdef int open_undefined(self, Frame* frame, Header* h) noexcept nogil:
        """Undefined length: a sequence, encapsulated Pixel Data, or UN that holds a sequence (PS3.5 6.2.2 note)."""
        cdef Frame* opened
        cdef bint bulk = h.vr == VR_OB or h.vr == VR_OW
        cdef bint fragments = bulk or (h.tag >> 16) == 0x7FE0
        cdef bint un = h.vr == VR_UN and not fragments
        cdef uint8_t kind = K_FRAGMENTS if fragments else K_SEQUENCE
        if un:
            self.deviate(C_UN_UNDEFINED_LENGTH, self.pos, 0, h.tag)
        elif not fragments and h.vr != VR_SQ and not h.implicit:
            self.deviate(C_UNDEFINED_LENGTH_VR, self.pos, h.vr, h.tag)
        opened = self.open_frame(kind, frame.end, True)
        if opened == NULL:
            return S_MEMORY
        opened.element.flags = header_flags(h) | E_UNDEFINED | (E_FRAGMENTS if fragments else E_SEQUENCE)
        if un:
            # Its content is Implicit VR Little Endian whatever surrounds it (PS3.5 6.2.2, CP-246).
            opened.implicit = True
            opened.swap = False
            opened.element.flags |= E_UN
        return self.enter(opened, h)

    cdef Frame* open_frame(self, uint8_t kind, uint64_t end, bint undefined) noexcept nogil:
        cdef Frame* grown
        cdef uint64_t capacity
        if self.height == self.cap_stack:
            capacity = self.cap_stack * 2
            grown = <Frame*>realloc(self.stack, capacity * sizeof(Frame))
            if grown == NULL:
                return NULL
            self.stack = grown
            self.cap_stack = capacity
        grown = &self.stack[self.height]
        grown.kind = kind
        grown.end = end
        grown.undefined = undefined
        grown.cut = False
        grown.implicit = self.stack[self.height - 1].implicit
        grown.swap = self.stack[self.height - 1].swap
        grown.flags = 0
        grown.number = 0
        grown.last_tag = 0
        grown.mark = self.n_pending_items if kind == K_SEQUENCE else self.n_pending
        self.height += 1
        return grown

    cdef int enter(self, Frame* opened, Header* h) noexcept nogil:
        opened.element.tag = h.tag
        opened.element.vr = h.vr
        opened.element.offset = self.pos + h.size
        opened.element.first = <uint32_t>self._index.n_fragments
        opened.element.count = 0
        self.pos += h.size
        opened.start = self.pos
        return -1

    cdef int scan_items(self, Frame* frame) noexcept nogil:
        """Between the items of a sequence (PS3.5 7.5)."""
        cdef uint64_t pos = self.pos, room, length
        cdef const uint8_t* p
        cdef uint32_t tag
        cdef Frame* opened
        if pos >= frame.end:
            if frame.undefined or frame.cut:
                self.deviate(self.missing_code(frame), pos, 0, 0)
            if frame.cut:
                frame.element.flags |= E_CLIPPED
            return self.close_sequence(frame, 0)
        room = frame.end - pos
        if not self.has(pos, 8 if room >= 8 else room):
            return self.need(pos, 8 if room >= 8 else room)
        if room < 8:
            self.deviate(self.overrun_code(frame), pos, room, 0)
            self.pos = frame.end
            frame.element.flags |= E_CLIPPED
            return self.close_sequence(frame, 0)
        p = self.window + (pos - self.base)
        tag = read_tag(p, frame.swap)
        length = u32(p + 4, frame.swap)
        if tag == SEQUENCE_DELIMITER:
            if length:
                self.deviate(C_DELIMITER_LENGTH, pos, length, tag)
            if frame.undefined:
                frame.element.flags |= E_DELIMITED
                return self.close_sequence(frame, 8)
            self.deviate(C_DELIMITER_STRAY, pos, 0, tag)
            self.pos += 8
            return -1
        if tag == ITEM_DELIMITER:
            self.deviate(C_DELIMITER_STRAY, pos, 0, tag)
            self.pos += 8
            return -1
        if tag != ITEM:
            # Something else: the sequence is over and its delimiter is missing, or its length is wrong.
            self.deviate(C_ITEM_EXPECTED, pos, tag, 0)
            if not frame.undefined and not self.enclosing_may_continue(frame, tag):
                self.pos = frame.end
                frame.element.flags |= E_CLIPPED
            return self.close_sequence(frame, 0)
        if self.height >= self.max_height:
            return S_DEPTH
        if self._index.n_items + self.n_pending_items >= self.max_elements:
            return S_ELEMENTS
        room -= 8
        frame.number += 1
        if length == UNDEFINED_LENGTH:
            opened = self.open_frame(K_DATASET, frame.end, True)
        else:
            if length > room:
                self.deviate(C_TRUNCATED if frame.end == self.root_end else C_ITEM_LENGTH_WRONG, pos, length, 0)
            opened = self.open_frame(K_DATASET, pos + 8 + (length if length <= room else room), False)
        if opened == NULL:
            return S_MEMORY
        if length != UNDEFINED_LENGTH and length > room:
            opened.flags |= I_CLIPPED
        self.pos = pos + 8
        opened.start = self.pos
        opened.mark = self.n_pending
        return -1

    cdef bint enclosing_may_continue(self, Frame* frame, uint32_t tag) noexcept nogil:
        """Whether `tag` is what the enclosing data set would hold next."""
        cdef Frame* outer = frame - 1
        return tag > outer.last_tag and (tag >> 16) - (outer.last_tag >> 16) < 0x100 and not outer.swap

    cdef int missing_code(self, Frame* frame) noexcept nogil:
        return C_TRUNCATED if frame.end == self.root_end else C_DELIMITER_MISSING

    cdef int delimiter_in_dataset(self, Frame* frame, uint32_t tag, uint32_t length) noexcept nogil:
        """An item tag (PS3.5 7.5) among elements: -1 the frame changed, -2 skipped, or a status."""
        if tag == ITEM_DELIMITER and self.height > 1 and frame.undefined:
            if length:
                self.deviate(C_DELIMITER_LENGTH, self.pos, length, tag)
            frame.flags |= I_DELIMITED
            return self.close_dataset(frame, 8)
        if self.height > 1 and frame.undefined and tag != ITEM_DELIMITER:
            # The next item, or the sequence's end: this item's delimiter is missing.
            self.deviate(C_DELIMITER_MISSING, self.pos, 0, tag)
            return self.close_dataset(frame, 0)
        self.deviate(C_DELIMITER_STRAY, self.pos, length, tag)
        self.pos += 8
        return -2

    cdef int close_dataset(self, Frame* frame, uint64_t delimiter) noexcept nogil:
        """Move the elements of a finished data set to the table; `delimiter` bytes of it follow."""
        cdef uint64_t count = self.n_pending - frame.mark, i
        cdef Item item
        cdef Element* last
        if ((self.height > 1 and frame.undefined) or frame.cut) and not frame.flags & (I_DELIMITED | I_CLIPPED) \
                and self.pos >= frame.end:
            self.deviate(self.missing_code(frame), self.pos, 0, 0)
            frame.flags |= I_CLIPPED
        if count:
            last = &self.pending[self.n_pending - 1]
            if last.offset + last.length > frame.end and frame.end != NO_END:
                # Only in a stream, whose end was not known when the value was hopped over.
                self.deviate(C_TRUNCATED, last.offset, last.length, last.tag)
                last.length = frame.end - last.offset if last.offset < frame.end else 0
                last.flags |= E_CLIPPED
                self.pos = frame.end
        item.offset = frame.start
        item.end = self.pos
        item.first = <uint32_t>self._index.n_elements
        item.count = <uint32_t>count
        item.flags = frame.flags | (I_UNDEFINED if frame.undefined and self.height > 1 else 0)
        if frame.implicit:
            item.flags |= I_IMPLICIT
        if not frame.swap:
            item.flags |= I_LITTLE
        item.reserved = 0
        if not self.move_elements(frame.mark, count):
            return S_MEMORY
        self.pos += delimiter if delimiter == 8 else 0
        self.height -= 1
        if self.height:
            if not self.push_item(&item):
                return S_MEMORY
            return -1
        self._index.end = self.pos
        if not self.reserve_items(1):
            return S_MEMORY
        self._index.items[self._index.n_items] = item
        self._index.n_items += 1
        return -1

    cdef int close_sequence(self, Frame* frame, uint64_t delimiter) noexcept nogil:
        """Move the items of a finished sequence to the table and its own record to the enclosing data set."""
        cdef uint64_t count = self.n_pending_items - frame.mark
        cdef Element* e
        frame.element.length = self.pos - frame.element.offset if self.pos > frame.element.offset else 0
        if frame.kind == K_SEQUENCE:
            frame.element.first = <uint32_t>self._index.n_items
            frame.element.count = <uint32_t>count
            if not self.reserve_items(count):
                return S_MEMORY
            if count:
                memcpy(self._index.items + self._index.n_items, self.pending_items + frame.mark, count * sizeof(Item))
            self._index.n_items += count
            self.n_pending_items = frame.mark
        self.pos += delimiter
        e = self.push()
        if e == NULL:
            return S_MEMORY
        e[0] = frame.element
        self.height -= 1
        return -1

    cdef int scan_fragments(self, Frame* frame) noexcept nogil:
        """Items of encapsulated Pixel Data (PS3.5 A.4): the Basic Offset Table, then fragments."""
        cdef uint64_t room, length
        cdef const uint8_t* p
        cdef uint32_t tag
        while True:
            # What lies behind them can only be left where an end is known.
            if self.height == 2 and (frame.number > self.walk or not self.walk) and frame.end != NO_END:
                self.in_fragments = False
                self.deviate(C_FRAGMENTS_NOT_WALKED, self.pos, 0, 0)
                frame.element.flags |= E_UNWALKED
                self.pos = frame.end
                return self.close_sequence(frame, 0)
            if self.pos >= frame.end:
                self.in_fragments = False
                self.deviate(self.missing_code(frame), self.pos, 0, 0)
                self.pos = frame.end
                frame.element.flags |= E_CLIPPED
                return self.close_sequence(frame, 0)
            room = frame.end - self.pos
            if room < 8:
                self.in_fragments = False
                self.deviate(self.overrun_code(frame), self.pos, room, 0)
                self.pos = frame.end
                frame.element.flags |= E_CLIPPED
                return self.close_sequence(frame, 0)
            self.in_fragments = True
            if not self.has(self.pos, 8):
                return self.need(self.pos, 8)
            p = self.window + (self.pos - self.base)
            tag = read_tag(p, frame.swap)
            length = u32(p + 4, frame.swap)
            if tag == SEQUENCE_DELIMITER:
                self.in_fragments = False
                if length:
                    self.deviate(C_DELIMITER_LENGTH, self.pos, length, tag)
                frame.element.flags |= E_DELIMITED
                return self.close_sequence(frame, 8)
            if tag != ITEM:
                self.in_fragments = False
                self.deviate(C_ITEM_EXPECTED, self.pos, tag, 0)
                return self.close_sequence(frame, 0)
            if self._index.n_fragments >= self.max_fragments:
                return S_FRAGMENTS
            frame.number += 1
            room -= 8
            if length > room:
                self.deviate(self.overrun_code(frame), self.pos, length, tag)
                frame.element.flags |= E_CLIPPED
                length = room
            elif length & 1:
                self.deviate(C_ODD_LENGTH, self.pos, length, tag)
            if not self.push_fragment(self.pos + 8, length):
                return S_MEMORY
            frame.element.count += 1
            self.pos += 8 + length
            if self.stepping:
                return -1

    # -- growing tables ------------------------------------------------------------------------------------------

    cdef inline Element* push(self) noexcept nogil:
        cdef Element* grown
        cdef uint64_t capacity
        if self.n_pending == self.cap_pending:
            capacity = 512 if self.cap_pending == 0 else self.cap_pending + (self.cap_pending >> 1)
            grown = <Element*>realloc(self.pending, capacity * sizeof(Element))
            if grown == NULL:
                return NULL
            self.pending = grown
            self.cap_pending = capacity
        self.n_pending += 1
        return &self.pending[self.n_pending - 1]

    cdef bint move_elements(self, uint64_t mark, uint64_t count) noexcept nogil:
        cdef uint64_t needed = self._index.n_elements + count, i
        if needed == count and mark == 0 and not self.stepping and count > self.cap_pending >> 1:
            # Nothing was moved before: a flat data set gives its pending stack away.
            self._index.elements = self.pending
            self._index.n_elements = count
            self.pending = NULL
            self.cap_pending = 0
            self.n_pending = 0
            return True
        if needed > self.cap_elements and not self.reserve_elements(needed):
            return False
        if count > 8:
            memcpy(self._index.elements + self._index.n_elements, self.pending + mark, count * sizeof(Element))
        else:
            for i in range(count):          # a call would cost more than the copy
                self._index.elements[self._index.n_elements + i] = self.pending[mark + i]
        self._index.n_elements = needed
        self.n_pending = mark
        return True

    cdef uint64_t grown_capacity(self, uint64_t capacity, uint64_t needed, uint64_t size) noexcept nogil:
        """What to grow a table to: as much as the rest of the source will need if it goes on like this, within bounds.

        Growing copies, and a table grown in small steps is copied several times over.
        """
        cdef uint64_t scanned = self.pos - self.start, estimate = capacity + (capacity >> 1), most = capacity * 4
        if self.root_end != NO_END and scanned and self.root_end > self.pos:
            estimate = <uint64_t>(<double>capacity * 1.0625 / <double>scanned * <double>(self.root_end - self.start))
        if most * size > LARGE_TABLE:
            most = capacity * 2
        if estimate > most:
            estimate = most
        if estimate < capacity + (capacity >> 1):
            estimate = capacity + (capacity >> 1)
        return max(estimate, needed, <uint64_t>64)

    cdef bint reserve_elements(self, uint64_t needed) noexcept nogil:
        cdef Element* grown
        cdef uint64_t capacity = self.grown_capacity(self.cap_elements, needed, sizeof(Element))
        grown = <Element*>grown_table(self._index.elements, self._index.n_elements * sizeof(Element),
                                      capacity * sizeof(Element))
        if grown == NULL:
            return False
        self._index.elements = grown
        self.cap_elements = capacity
        return True

    cdef bint push_item(self, Item* item) noexcept nogil:
        cdef Item* grown
        cdef uint64_t capacity
        if self.n_pending_items == self.cap_pending_items:
            capacity = 16 if self.cap_pending_items == 0 else self.cap_pending_items * 2
            grown = <Item*>realloc(self.pending_items, capacity * sizeof(Item))
            if grown == NULL:
                return False
            self.pending_items = grown
            self.cap_pending_items = capacity
        self.pending_items[self.n_pending_items] = item[0]
        self.n_pending_items += 1
        return True

    cdef bint reserve_items(self, uint64_t count) noexcept nogil:
        cdef Item* grown
        cdef uint64_t needed = self._index.n_items + count, capacity
        if needed <= self.cap_items:
            return True
        capacity = self.grown_capacity(self.cap_items, needed, sizeof(Item))
        grown = <Item*>grown_table(self._index.items, self._index.n_items * sizeof(Item), capacity * sizeof(Item))
        if grown == NULL:
            return False
        self._index.items = grown
        self.cap_items = capacity
        return True

    cdef bint push_fragment(self, uint64_t offset, uint64_t length) noexcept nogil:
        cdef Fragment* grown
        cdef uint64_t capacity
        if self._index.n_fragments == self.cap_fragments:
            capacity = 64 if self.cap_fragments == 0 else self.cap_fragments + (self.cap_fragments >> 1)
            grown = <Fragment*>realloc(self._index.fragments, capacity * sizeof(Fragment))
            if grown == NULL:
                return False
            self._index.fragments = grown
            self.cap_fragments = capacity
        self._index.fragments[self._index.n_fragments].offset = offset
        self._index.fragments[self._index.n_fragments].length = length
        self._index.n_fragments += 1
        return True

    cdef void deviate(self, int code, uint64_t offset, uint64_t value, uint32_t tag) noexcept nogil:
        """Record a deviation with the path that leads to it; beyond the bound only its number."""
        cdef uint64_t i, capacity
        cdef Deviation* grown
        cdef uint32_t* grown_paths
        cdef Deviation* d
        if self.n_deviations >= self.max_deviations:
            self.dropped += 1
            return
        if self.n_deviations == self.cap_deviations:
            capacity = 8 if self.cap_deviations == 0 else self.cap_deviations * 2
            grown = <Deviation*>realloc(self.deviations, capacity * sizeof(Deviation))
            if grown == NULL:
                self.dropped += 1
                return
            self.deviations = grown
            self.cap_deviations = capacity
        if self.n_paths + MAX_PATH + 1 > self.cap_paths:
            capacity = (self.cap_paths + MAX_PATH + 1) * 2
            grown_paths = <uint32_t*>realloc(self.paths, capacity * sizeof(uint32_t))
            if grown_paths == NULL:
                self.dropped += 1
                return
            self.paths = grown_paths
            self.cap_paths = capacity
        d = &self.deviations[self.n_deviations]
        d.code = code
        d.offset = offset
        d.value = value
        d.path_first = <uint32_t>self.n_paths
        for i in range(1, self.height):
            if self.n_paths - d.path_first >= <uint64_t>MAX_PATH:
                break
            if self.stack[i].kind != K_DATASET:
                self.paths[self.n_paths] = self.stack[i].element.tag
                self.n_paths += 1
            else:
                self.paths[self.n_paths] = self.stack[i - 1].number - 1
                self.n_paths += 1
        if tag and (tag >> 16) != 0xFFFE:
            self.paths[self.n_paths] = tag
            self.n_paths += 1
        d.path_count = <uint32_t>(self.n_paths - d.path_first)
        self.n_deviations += 1


cdef inline uint16_t header_flags(Header* h) noexcept nogil:
    return (E_LONG if h.size == 12 else 0) | (E_IMPLICIT if h.implicit else 0)


def scan_file(bytes head not None, uint64_t size, uint64_t keep, uint32_t stop_tag, uint64_t max_depth,
              uint64_t max_elements, uint64_t max_fragments, uint64_t max_deviations, uint64_t walk,
              dict syntaxes not None, int fd=-1):
    """Index a file that begins as PS3.10 7.1 says, the whole of its File Meta Information in `head`.

    Returns (index of the file meta, transfer syntax, scanner of the data set, its status, where the data set begins),
    or None where anything is less than plain, down to a transfer syntax that `syntaxes` does not have. That maps an
    encoded Transfer Syntax UID to (transfer syntax, is implicit, is big endian). `size` is that of the file. What the
    scan needs beyond `head` is read from the descriptor `fd`, if it is one, in windows as scanning.py chooses them.
    """
    cdef const uint8_t* p = <const uint8_t*>PyBytes_AS_STRING(head)
    cdef uint64_t length = <uint64_t>PyBytes_GET_SIZE(head), end
    cdef Scanner scanner
    cdef Index meta
    cdef long long position, got
    cdef uint64_t step, reached, wanted
    cdef bytes data
    cdef char* into
    cdef int status
    if length < 152 or memcmp(p + 128, b"DICM\x02\0\0\0UL\x04\0", 12) != 0 or size > LARGEST:
        return None
    end = 144 + <uint64_t>u32(p + 140, False)
    if end + 8 > length or end > size or u16(p + end, False) == 2:
        return None
    scanner = Scanner.__new__(Scanner)
    scanner.max_height = 3
    scanner.max_elements = scanner.max_deviations = length
    scanner.prepare(132, end, False, False, end, NO_STOP)
    scanner.feed(head, 0)
    meta = scanner._index
    if scanner.scan() != S_DONE or scanner.n_deviations or meta.end != end:
        return None
    meta.add_segment(head, 0)
    if meta.items[meta.n_items - 1].flags != I_LITTLE or meta.elements[meta.n_elements - 1].tag > 0x0002FFFF:
        return None
    position = meta.position(meta.n_items - 1, 0x00020010)
    if position < 0:
        return None
    found = syntaxes.get(meta.value(position))
    if found is None:
        return None
    syntax, implicit, big_endian = found
    # A group number that is small in the other byte order only.
    if (p[end] == 0) != (p[end + 1] == 0) and (p[end + 1] == 0) == big_endian:
        return None
    scanner._index = Index.__new__(Index)
    scanner._index.add_segment(head, 0)
    scanner.max_height = min(max_depth, DEEPEST) * 2 + 1
    scanner.max_elements = min(max_elements, LARGEST_COUNT)
    scanner.max_fragments = min(max_fragments, LARGEST_COUNT)
    scanner.max_deviations = max_deviations
    scanner.walk = walk
    scanner.cap_elements = scanner.cap_items = 0
    scanner.prepare(end, size, implicit, big_endian, keep, stop_tag)
    with nogil:
        status = scanner.scan()
    step = HOP_WINDOW
    reached = 0
    while status == S_NEED and fd >= 0 and not scanner.in_fragments and scanner.need_offset < size:
        step = min(step * 2, LARGEST_WINDOW) if scanner.need_offset <= reached else HOP_WINDOW
        wanted = min(max(scanner.need_length, step), size - scanner.need_offset)
        data = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>wanted)
        into = PyBytes_AS_STRING(data)
        with nogil:
            got = pread_some(fd, into, wanted, scanner.need_offset)
        if got < 0 or <uint64_t>got < wanted:
            break                       # whoever reads with more patience finds out why
        reached = scanner.need_offset + wanted
        scanner._index.add_segment(data, scanner.need_offset)
        scanner.feed(data, scanner.need_offset)
        with nogil:
            status = scanner.scan()
    if status == S_MEMORY:
        raise MemoryError
    return meta, syntax, scanner, status, end
