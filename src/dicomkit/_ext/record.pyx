# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled bases of Dataset and DataElement: keyword look-up, and the values that need no context.

A value is decoded here only where its bytes decide everything: numbers, ASCII text without escapes, well-formed
dates and decimal strings, in an element whose VR is plain. Whatever needs a character set, a dictionary, another
element, a read from the source or an Issue goes to the Python method ``_decode``.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_GetItem, PyDict_SetDefault
from cpython.list cimport PyList_SetSlice
from cpython.number cimport PyNumber_AsSsize_t
from cpython.object cimport PyObject, PyObject_GenericGetAttr, PyObject_GenericSetAttr
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DecodeASCII
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

cimport cython

from types import MemberDescriptorType

from dicomkit._ext.scan cimport Element, Index, Item

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_READ_CHAR(object o, Py_ssize_t index)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)
    void PyObject_GC_UnTrack(void* o)
    Py_ssize_t Py_REFCNT(PyObject* o)
    ctypedef struct PyMemberDef:
        Py_ssize_t offset
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member
    int delete_attribute "PyObject_GenericSetAttr"(object o, object name, PyObject* value) except -1
    ctypedef struct PyTypeObject:
        object (*tp_alloc)(PyTypeObject*, Py_ssize_t)
        object (*tp_new)(PyTypeObject*, object, PyObject*)
    PyTypeObject PyLong_Type
    ctypedef struct PyFloatObject:
        double ob_fval

cdef enum:
    E_PLAIN_MASK = 16 | 32 | 64 | 128 | 256    # sequence, fragments, clipped, unwalked, UN: not for the fast path
    I_UNORDERED = 4
    I_LITTLE = 32

cdef uint64_t SHORT_BYTES = 16 << 10     # longer bytes are not kept twice

cdef object MISSING = object()       # "not decided here"


cdef extern from *:
    """
    #ifdef Py_GIL_DISABLED
    #define DICOMKIT_IS_ONLY(o) 0
    #else
    #define DICOMKIT_IS_ONLY(o) (Py_REFCNT(o) == 1)
    #endif
    """
    bint is_only "DICOMKIT_IS_ONLY"(PyObject* o)      # whether nobody else holds an object


cdef Py_ssize_t slot_of(cls, str name) except -1:
    """Where instances of a class keep a name of its __slots__: setting it there needs no look-up."""
    descriptor = cls.__dict__[name]
    if not isinstance(descriptor, MemberDescriptorType):
        raise TypeError(f"{name} is no slot")
    return (<PyMemberDescrObject*><PyObject*>descriptor).d_member.offset


cdef inline void set_slot(object instance, Py_ssize_t offset, object value) noexcept:
    """Set an empty slot of an object that was just made."""
    Py_INCREF(value)
    (<PyObject**>(<char*><PyObject*>instance + offset))[0] = <PyObject*>value


cdef class ValueTypes:
    """The classes of values, given once by the layer above."""

    cdef Py_ssize_t float_text, on_change
    cdef object multi_value, ds_float, is_int, uid, person_name, date, time, date_time, age, tag
    cdef dict keywords
    cdef public object dataset, sequence      # set when these classes exist: they stand on what is here

    def __init__(self, *, multi_value, ds_float, is_int, uid, person_name, date, time, date_time, age, tag, keywords):
        self.multi_value = multi_value
        self.ds_float = ds_float
        self.is_int = is_int
        self.uid = uid
        self.person_name = person_name
        self.date = date
        self.time = time
        self.date_time = date_time
        self.age = age
        self.tag = tag
        self.keywords = keywords
        self.float_text = slot_of(ds_float, "original_text")
        self.on_change = slot_of(multi_value, "_on_change")


cdef inline bint is_digit(uint8_t c) noexcept:
    return 48 <= c <= 57


cdef inline int two(const uint8_t* p) noexcept:
    if is_digit(p[0]) and is_digit(p[1]):
        return (p[0] - 48) * 10 + p[1] - 48
    return -1


cdef bint good_date(const uint8_t* p, uint64_t n) noexcept:
    """YYYYMMDD with a day that every such month has (PS3.5 6.2 DA); a leap day is for the general decoder."""
    cdef int month, day
    if n != 8 or two(p) < 0 or two(p + 2) < 0:
        return False
    month, day = two(p + 4), two(p + 6)
    if not 1 <= month <= 12 or day < 1:
        return False
    return day <= (28 if month == 2 else 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31)


cdef bint good_time(const uint8_t* p, uint64_t n) noexcept:
    """HH[MM[SS[.F{1,6}]]] in range (PS3.5 6.2 TM)."""
    cdef uint64_t i
    if n < 2 or n > 13 or not 0 <= two(p) <= 23:
        return False
    if n == 2:
        return True
    if n < 4 or not 0 <= two(p + 2) <= 59:
        return False
    if n == 4:
        return True
    if n < 6 or not 0 <= two(p + 4) <= 59:
        return False
    if n == 6:
        return True
    if p[6] != 46 or n < 8:
        return False
    for i in range(7, n):
        if not is_digit(p[i]):
            return False
    return True


cdef double POWERS[23]


cdef void fill_powers():
    cdef int i
    for i in range(23):
        POWERS[i] = float("1e%d" % i)


fill_powers()


cdef bint parse_decimal(const uint8_t* p, uint64_t n, double* result) noexcept:
    """A decimal string of at most 15 digits and a small exponent: exact in double arithmetic (Clinger's fast path)."""
    cdef uint64_t i = 0, mantissa = 0
    cdef int digits = 0, scale = 0, exponent = 0, exponent_digits = 0
    cdef bint negative = False, negative_exponent = False, seen = False
    cdef double value
    if n > 64:
        return False                                        # a DS has 16 characters; counts below cannot overflow
    if i < n and (p[i] == 45 or p[i] == 43):
        negative = p[i] == 45
        i += 1
    while i < n and is_digit(p[i]):
        mantissa = mantissa * 10 + p[i] - 48
        if mantissa:
            digits += 1
        seen = True
        if digits > 15:
            return False
        i += 1
    if i < n and p[i] == 46:
        i += 1
        while i < n and is_digit(p[i]):
            mantissa = mantissa * 10 + p[i] - 48
            if mantissa:
                digits += 1
            scale -= 1
            seen = True
            if digits > 15:
                return False
            i += 1
    if not seen:
        return False
    if i < n and (p[i] == 69 or p[i] == 101):
        i += 1
        if i < n and (p[i] == 45 or p[i] == 43):
            negative_exponent = p[i] == 45
            i += 1
        while i < n and is_digit(p[i]):
            exponent = exponent * 10 + p[i] - 48
            exponent_digits += 1
            if exponent_digits > 3:
                return False
            i += 1
        if exponent_digits == 0:
            return False
    if i != n:
        return False
    scale += -exponent if negative_exponent else exponent
    if scale < -22 or scale > 22:
        return False
    value = <double>mantissa
    value = value / POWERS[-scale] if scale < 0 else value * POWERS[scale]
    result[0] = -value if negative else value
    return True


cdef bint parse_integer(const uint8_t* p, uint64_t n, long long* result) noexcept:
    """[+-]digits within 32 bits (PS3.5 6.2 IS)."""
    cdef uint64_t i = 0
    cdef long long value = 0
    cdef bint negative = False
    if n and (p[0] == 45 or p[0] == 43):
        negative = p[0] == 45
        i = 1
    if n == i or n - i > 10:
        return False
    while i < n:
        if not is_digit(p[i]):
            return False
        value = value * 10 + p[i] - 48
        i += 1
    value = -value if negative else value
    if value < -2147483648 or value > 2147483647:
        return False
    result[0] = value
    return True


cdef inline object ascii_text(const uint8_t* p, uint64_t n):
    return PyUnicode_DecodeASCII(<const char*>p, <Py_ssize_t>n, NULL)


cdef bint plain_ascii(const uint8_t* p, uint64_t n, bint uses_character_set) noexcept:
    """Bytes that mean the same in every character set: no escape, and where the set counts, no backslash or tilde.

    JIS X 0201 has a yen sign and an overline in the places of those two (PS3.5 6.1.2).
    """
    cdef uint64_t i
    cdef uint8_t c
    for i in range(n):
        c = p[i]
        if c > 126 or c == 27 or (uses_character_set and (c == 92 or c == 126)):
            return False
    return True


cdef bint good_age(const uint8_t* p, uint64_t n) noexcept:
    """nnnD, nnnW, nnnM or nnnY (PS3.5 6.2 AS)."""
    return (n == 4 and is_digit(p[0]) and is_digit(p[1]) and is_digit(p[2])
            and (p[3] == 68 or p[3] == 87 or p[3] == 77 or p[3] == 89))


cdef object new_float(ValueTypes types, double number, object text):
    """Make a DSfloat as float.__new__ would, and give it its text."""
    cdef object made = (<PyTypeObject*>types.ds_float).tp_alloc(<PyTypeObject*>types.ds_float, 0)
    (<PyFloatObject*><PyObject*>made).ob_fval = number
    set_slot(made, types.float_text, text)
    # It refers to a text and to nothing else: the collector of cycles need not follow it, and a geometry has many.
    PyObject_GC_UnTrack(<void*>made)
    return made


cdef object new_values(ValueTypes types, list values):
    """Make a list of values, its slot for the owner still empty."""
    cdef object made = (<PyTypeObject*>types.multi_value).tp_alloc(<PyTypeObject*>types.multi_value, 0)
    PyList_SetSlice(made, 0, 0, values)
    # It holds numbers and texts; whoever puts anything else gets an error.
    PyObject_GC_UnTrack(<void*>made)
    return made


# What to do with the text of a VR: which spaces go, whether a backslash separates, whether the character set counts.
cdef enum:
    T_LEADING = 1       # leading spaces go too
    T_MULTI = 2         # a backslash separates values
    T_CHARSET = 4       # Specific Character Set applies
    T_NONE = 8          # empty is None, not ""


cdef int text_rules(uint16_t vr) noexcept:
    """The rules of a VR of text, 0 for any other. VR codes are two ASCII letters: 0x4353 is CS."""
    if vr == 0x4353:                                                    # CS
        return T_MULTI
    if vr == 0x4441 or vr == 0x544D or vr == 0x4153:                    # DA TM AS
        return T_MULTI | T_NONE
    if vr == 0x4453 or vr == 0x4953:                                    # DS IS
        return T_MULTI | T_NONE | T_LEADING
    if vr == 0x5549 or vr == 0x4145:                                    # UI AE
        return T_MULTI | T_LEADING
    if vr == 0x4C4F or vr == 0x5348 or vr == 0x504E or vr == 0x5543:    # LO SH PN UC
        return T_CHARSET
    if vr == 0x5354 or vr == 0x4C54 or vr == 0x5554:                    # ST LT UT
        return T_CHARSET
    return 0


cdef object one_text(ValueTypes types, uint16_t vr, const uint8_t* p, uint64_t n, int rules):
    """One value written as text, padding stripped; MISSING where the general decoder must look."""
    cdef double real
    cdef long long integer
    while n and (p[n - 1] == 32 or p[n - 1] == 0):
        n -= 1
    if rules & T_LEADING:
        while n and (p[0] == 32 or p[0] == 0):
            p += 1
            n -= 1
    if n == 0 and rules & T_NONE:
        return None
    if vr == 0x4453:                                        # DS
        return new_float(types, real, ascii_text(p, n)) if parse_decimal(p, n, &real) else MISSING
    if vr == 0x4953:                                        # IS
        if not parse_integer(p, n, &integer):
            return MISSING
        value = PyLong_Type.tp_new(<PyTypeObject*>types.is_int, (integer,), NULL)
        value.original_text = ascii_text(p, n)
        return value
    if vr == 0x4441:                                        # DA
        return types.date(ascii_text(p, n)) if good_date(p, n) else MISSING
    if vr == 0x544D:                                        # TM
        return types.time(ascii_text(p, n)) if good_time(p, n) else MISSING
    if vr == 0x5549:                                        # UI
        return types.uid(ascii_text(p, n))
    if vr == 0x504E:                                        # PN
        return types.person_name(ascii_text(p, n))
    if vr == 0x4153:                                        # AS
        return types.age(ascii_text(p, n)) if good_age(p, n) else MISSING
    return ascii_text(p, n)


cdef object fast_text(ValueTypes types, uint16_t vr, const uint8_t* p, uint64_t n, int rules):
    """Text whose bytes decide everything."""
    cdef uint64_t start = 0, end
    cdef object value
    cdef list values
    if not plain_ascii(p, n, rules & T_CHARSET):
        return MISSING
    if not rules & T_MULTI or memchr(p, 92, n) == NULL:
        return one_text(types, vr, p, n, rules)
    values = []
    while True:
        end = start
        while end < n and p[end] != 92:
            end += 1
        value = one_text(types, vr, p + start, end - start, rules)
        if value is MISSING:
            return MISSING
        values.append(value)
        if end >= n:
            return new_values(types, values)
        start = end + 1


cdef object one_number(uint16_t vr, const uint8_t* p, bint swap):
    cdef uint8_t b[8]
    cdef int i, size = 2
    cdef uint16_t h
    cdef uint32_t w
    cdef uint64_t q
    cdef float f
    cdef double d
    if vr == 0x554C or vr == 0x534C or vr == 0x464C:
        size = 4
    elif vr == 0x5556 or vr == 0x5356 or vr == 0x4644:
        size = 8
    if swap:
        for i in range(size):
            b[i] = p[size - 1 - i]
    else:
        memcpy(b, p, size)
    if size == 2:
        memcpy(&h, b, 2)
        return <long>h if vr == 0x5553 else <long>(<int16_t>h)
    if size == 4:
        if vr == 0x464C:
            memcpy(&f, b, 4)
            return <double>f
        memcpy(&w, b, 4)
        return <long long>w if vr == 0x554C else <long long>(<int32_t>w)
    if vr == 0x4644:
        memcpy(&d, b, 8)
        return d
    memcpy(&q, b, 8)
    return q if vr == 0x5556 else <int64_t>q


cdef object fast_number(ValueTypes types, uint16_t vr, const uint8_t* p, uint64_t n, bint swap, uint64_t size):
    cdef uint64_t i
    if n == size:
        return one_number(vr, p, swap)
    if n == 0:
        return None
    if n % size:
        return MISSING
    return new_values(types, [one_number(vr, p + i * size, swap) for i in range(n // size)])


cdef object decode_plain(ValueTypes types, uint32_t tag, uint16_t vr, const uint8_t* p, uint64_t n, bint swap):
    """The value of a plain element, or MISSING where its bytes do not decide everything."""
    cdef int rules = text_rules(vr)
    if rules:
        return fast_text(types, vr, p, n, rules)
    if vr == 0x5553 or (vr == 0x5353 and tag >> 16 != 0x0028):     # US SS; not a lookup table descriptor, see Python
        return fast_number(types, vr, p, n, swap, 2)
    if vr == 0x554C or vr == 0x534C or vr == 0x464C:                                     # UL SL FL
        return fast_number(types, vr, p, n, swap, 4)
    if vr == 0x4644 or vr == 0x5556 or vr == 0x5356:                                     # FD UV SV
        return fast_number(types, vr, p, n, swap, 8)
    if n <= SHORT_BYTES and (vr == 0x4F42 or not swap and (vr == 0x4F57 or vr == 0x4F46)):    # OB OW OF
        return PyBytes_FromStringAndSize(<const char*>p, <Py_ssize_t>n)
    return MISSING


cdef check_view(cls):
    if not issubclass(cls, View):
        raise TypeError("elements are Views")


cdef inline View new_view(cls):
    """Make a View of a subclass (checked before); what ``cls.__new__(cls)`` does, without looking the method up."""
    return <View>(<PyTypeObject*>cls).tp_new(<PyTypeObject*>cls, (), NULL)


@cython.no_gc
@cython.final
@cython.freelist(256)
cdef class _Handle:
    """Leads to a data set or a sequence as long as there is one, as a weak reference does, but costs the collector of
    cycles nothing."""

    cdef PyObject* target


cdef inline object target_of(_Handle handle):
    """What a handle leads to; None if there is nothing any more."""
    return None if handle is None or handle.target == NULL else <object>handle.target


@cython.no_gc_clear
cdef class Record:
    """One data set: an item of an index, the edits made to it, the values decoded so far.

    ``_edits`` maps a tag to the VR of the value that was set, or to None where it was deleted; ``_cache`` maps a tag to
    its value, read or set: it is made for who edits or asks, until then values are kept by where the index has them. Names that begin with a capital letter are keywords of the data dictionary, everything else is
    an ordinary attribute.

    A data set holds its sequences, and a sequence its items; upwards handles lead, so that nothing is a cycle. Whoever
    outlives what it lies in holds that instead: see `settle`.
    """

    cdef public Index _index
    cdef public uint32_t _item
    cdef public object _context
    cdef _Handle _up                          # leads to the sequence it lies in,
    cdef object _held                         # which is this one, where nobody else holds it any more
    cdef bint _has_items, _is_settled
    cdef int _following                       # whether the collector must follow items: 0 not known yet, 1 no, 2 yes
    cdef public dict _edits
    cdef dict _values
    cdef object _first, _second, _third       # while there is no dict: the values at the _kept first _places,
    cdef list _by_place                       # or, for more than these, one for each element of the index
    cdef uint64_t _places[3]
    cdef int _kept
    cdef _Handle _handle
    cdef public bint _dirty
    cdef public object _file          # what a data set of a file has besides: file meta, preamble
    cdef public object _inherited     # the character set of a data set taken out of the one that declares it
    cdef ValueTypes _types
    cdef dict _keywords
    cdef object __weakref__

    def __dealloc__(self):
        if self._handle is not None:
            self._handle.target = NULL

    def __del__(self):
        if self._has_items and not self._is_settled:
            settle(self)

    @property
    def _parent(self):
        """The sequence that the data set lies in."""
        return target_of(self._up)

    @_parent.setter
    def _parent(self, Items parent):
        self._up = None if parent is None else parent.handle()
        self._held = None

    cdef list held_items(self):
        """The sequences among the values that are kept."""
        if self._values is not None:
            values = self._values.values()
        elif self._by_place is not None:
            values = self._by_place
        else:
            values = (self._first, self._second, self._third)
        return [value for value in values if isinstance(value, Items)]

    cdef void forget(self, value):
        """Hold a sequence no more."""
        cdef Py_ssize_t i
        if self._values is not None:
            self._values = {tag: kept for tag, kept in self._values.items() if kept is not value}
        elif self._by_place is not None:
            for i in range(len(self._by_place)):
                if self._by_place[i] is value:
                    self._by_place[i] = MISSING
        elif self._first is value:
            self._first = MISSING
        elif self._second is value:
            self._second = MISSING
        elif self._third is value:
            self._third = MISSING

    @property
    def _cache(self):
        cdef Py_ssize_t i
        if self._values is None:
            self._values = {}
            for i, value in enumerate((self._first, self._second, self._third)):
                if i < self._kept:
                    self._values[self._index.elements[self._places[i]].tag] = value
            if self._by_place is not None:
                for i, value in enumerate(self._by_place):
                    if value is not MISSING:
                        self._values[self._index.elements[self._index.items[self._item].first + i].tag] = value
            self._kept = 0
            self._first = self._second = self._third = self._by_place = None
        return self._values

    cdef object kept_at(self, uint64_t place):
        """The value that is kept of an element of the index, while there is no dict; MISSING if there is none."""
        if self._by_place is not None:
            return self._by_place[place - self._index.items[self._item].first]
        if self._kept > 0 and self._places[0] == place:
            return self._first
        if self._kept > 1 and self._places[1] == place:
            return self._second
        if self._kept > 2 and self._places[2] == place:
            return self._third
        return MISSING

    cdef object keep(self, tag, uint64_t place, value):
        """Keep a value, and return the one that is kept: two threads may decode at the same time."""
        cdef int i
        if self._values is not None:
            return self._values.setdefault(tag, value)
        found = self.kept_at(place)
        if found is not MISSING:
            return found
        if self._by_place is None:
            if self._kept == 0:
                self._first = value
            elif self._kept == 1:
                self._second = value
            elif self._kept == 2:
                self._third = value
            if self._kept < 3:
                self._places[self._kept] = place
                self._kept += 1
                return value
            self._by_place = [MISSING] * self._index.items[self._item].count
            for i, old in enumerate((self._first, self._second, self._third)):
                self._by_place[self._places[i] - self._index.items[self._item].first] = old
            self._first = self._second = self._third = None
            self._kept = 0
        self._by_place[place - self._index.items[self._item].first] = value
        return value

    def _keep_read(self, tag, value):
        """Keep the decoded value of an element that was read, and return the one that is kept."""
        cdef long long place = -1 if self._index is None else self._index.position(self._item, tag)
        return self._cache.setdefault(tag, value) if place < 0 else self.keep(tag, place, value)

    cdef _Handle handle(self):
        if self._handle is None:
            self._handle = _Handle.__new__(_Handle)
            self._handle.target = <PyObject*>self
        return self._handle

    def _bind(self, Index index, uint32_t item, context, Items parent, ValueTypes types, dict keywords):
        """Set what a data set stands on; `index` None for one from scratch."""
        if index is not None and item >= index.n_items:
            raise ValueError("no such item")
        self._index = index
        self._item = item
        self._context = context
        self._up = None if parent is None else parent.handle()
        self._types = types
        self._keywords = keywords

    def _bind_like(self, Record other not None):
        """Stand on the same index as another data set, without its parent, edits and values."""
        self._index = other._index
        self._item = other._item
        self._context = other._context
        self._types = other._types
        self._keywords = other._keywords

    def _on_change(self, tag):
        """Make what a list of values calls when it is changed in place."""
        return Change(self, tag)

    cdef Record sibling(self, cls, uint32_t item, Items parent):
        """Make the data set of another item of the same index."""
        if self._index is None or item >= self._index.n_items:
            raise ValueError("no such item")
        cdef Record record = <Record>(<PyTypeObject*>cls).tp_new(<PyTypeObject*>cls, (), NULL)
        record._index = self._index
        record._item = item
        record._context = self._context
        record._up = parent.handle()
        record._types = self._types
        record._keywords = self._keywords
        record._following = self._following
        if self._following == 1:
            PyObject_GC_UnTrack(<void*>record)
        return record

    cdef bint is_followed(self):
        """Whether a cycle could lead through items, because what they stand on knows an object of the caller's.

        Where none can, the collector need not follow them: of the time to visit 100,000 items it took half.
        """
        if self._following == 0:
            self._following = 2 if getattr(self._context, "knows_caller", True) else 1
        return self._following == 2

    def __getattribute__(self, name):
        cdef PyObject* found
        cdef Py_UCS4 first
        if PyUnicode_Check(name) and PyUnicode_GET_LENGTH(name):
            first = PyUnicode_READ_CHAR(name, 0)
            if 65 <= first <= 90 and self._keywords is not None:
                found = PyDict_GetItem(self._keywords, name)
                if found != NULL:
                    return self.value_of(<object>found)
                return self._unknown_keyword(name)
        return PyObject_GenericGetAttr(self, name)

    def __setattr__(self, name, value):
        if PyUnicode_Check(name) and PyUnicode_GET_LENGTH(name) and 65 <= PyUnicode_READ_CHAR(name, 0) <= 90:
            self._set_keyword(name, value)
            return
        try:
            PyObject_GenericSetAttr(self, name, value)
        except AttributeError:
            self._refuse_attribute(name)

    def __delattr__(self, name):
        if PyUnicode_Check(name) and PyUnicode_GET_LENGTH(name) and 65 <= PyUnicode_READ_CHAR(name, 0) <= 90:
            self._delete_keyword(name)
            return
        delete_attribute(self, name, NULL)

    cdef inline object value_of(self, tag):
        return self.value_at(tag, tag, -1)

    cdef object value_at(self, tag, uint32_t number, long long position):
        """The value of a tag (None: not made of its number yet), which the index has at `position` if that is not -1."""
        cdef PyObject* found
        if self._values is not None or self._edits is not None or self._index is None:
            if tag is None:
                tag = number
            found = PyDict_GetItem(self._cache, tag)
            if found != NULL:
                return <object>found
            if self._index is None or (self._edits is not None and tag in self._edits):
                return self._edited_value(tag)
        if position < 0:
            position = self._index.position(self._item, number)
            if position < 0:
                return self._edited_value(number if tag is None else tag)
        if self._values is None:
            value = self.kept_at(position)
            if value is not MISSING:
                return value
        return self.decode(tag, number, position)

    cdef object decode(self, tag, uint32_t number, long long position):
        cdef Element* e = &self._index.elements[position]
        cdef const uint8_t* p
        cdef object value = MISSING
        cdef Items items
        if e.flags & 16:
            cls = self._types.sequence
            items = <Items>(<PyTypeObject*>cls).tp_new(<PyTypeObject*>cls, (), NULL)
            items.fill(self, e.tag, self, e.first, e.count)
            if not self.is_followed():
                PyObject_GC_UnTrack(<void*>items)
            return self.keep(number if tag is None and self._values is not None else tag, position, items)
        if not e.flags & E_PLAIN_MASK:
            p = <const uint8_t*>self._index.locate(e.offset, e.length)
            if p != NULL:
                value = decode_plain(self._types, e.tag, e.vr, p, e.length,
                                     not self._index.items[self._item].flags & I_LITTLE)
        if tag is None and (value is MISSING or self._values is not None or type(value) is self._types.multi_value):
            tag = number
        if value is MISSING:
            return self._decode(tag, position)
        if type(value) is self._types.multi_value:
            set_slot(value, self._types.on_change, Change(self, tag))
        return self.keep(tag, position, value)

    def _value_of(self, tag):
        """Return the value of a tag; MissingElementError if there is none."""
        return self.value_of(tag)

    def _elements(self, cls):
        """Iterate over the elements of an item in tag order; only for a data set without edits."""
        cdef Index index = self._index
        check_view(cls)
        if index is None:
            return
        cdef uint64_t i, first = index.items[self._item].first, count = index.items[self._item].count
        cdef View view, old = None, last = None       # the one before the last is free again, unless somebody keeps it
        for i in range(count):
            view = old if old is not None and is_only(<PyObject*>old) else new_view(cls)
            old, last = last, view
            view.point(self, index.elements[first + i].tag, first + i + 1)
            yield view

    def _walk(self, cls, sequence):
        """Iterate over the elements here and in items, depth first; `sequence` is the class of values to go into."""
        cdef list stack = []                # the states above: (record, position, end, elements, items)
        cdef Record record = self
        cdef View view = None, old = None, last = None
        cdef uint64_t position = 0, end = 0
        cdef uint16_t flags, vr
        cdef bint nests
        check_view(cls)
        elements = None                     # an iterator where the record cannot be followed by its index
        items = iter((self,))
        while True:
            if position < end:
                element = None
                view = old if old is not None and is_only(<PyObject*>old) else new_view(cls)
                old, last = last, view
                view.point(record, record._index.elements[position].tag, position + 1)
                flags = record._index.elements[position].flags
                vr = record._index.elements[position].vr
                nests = flags & (16 | 256) or vr == 0x5351 or vr == 0x554E or vr == 0
                position += 1
                element = view
            else:
                element = None if elements is None else next(elements, None)
                if element is None:
                    # This data set is done: the next item of its sequence, or back to where the sequence stands.
                    following = next(items, None)
                    if following is None:
                        if not stack:
                            return
                        record, position, end, elements, items = stack.pop()
                        continue
                    record = following
                    elements = None
                    if record._is_plain():
                        position = record._index.items[record._item].first
                        end = position + record._index.items[record._item].count
                    else:
                        position = end = 0
                        elements = iter(record)
                    continue
                nests = element._may_nest()
            yield element
            if nests:
                value = element.value
                if isinstance(value, sequence):
                    stack.append((record, position, end, elements, items))
                    position = end = 0
                    elements = None
                    items = iter(value)

    def _is_plain(self):
        """Whether iteration can follow the index: no edits, ascending tags."""
        return (self._index is not None and not self._edits
                and not self._index.items[self._item].flags & I_UNORDERED)


@cython.no_gc_clear
cdef class Items:
    """The compiled base of Sequence: items that are made when they are asked for.

    ``_items`` has a place for each, None where it was not made yet; ``_home`` is any data set of the index that they
    stand in, ``_first`` the number of the first there, ``_owner`` the data set that has the sequence under ``_tag``.
    """

    cdef list _list             # None while there is at most one
    cdef object _only
    cdef Py_ssize_t _count
    cdef Record _other          # the home, where it is not the owner,
    cdef bint _is_home          # and where it is
    cdef _Handle _over          # leads to the owner,
    cdef object _held           # which is this one, where nobody else holds it any more
    cdef _Handle _handle
    cdef bint _is_settled
    cdef public uint32_t _tag, _first
    cdef public bint _changed

    def __dealloc__(self):
        if self._handle is not None:
            self._handle.target = NULL

    def __del__(self):
        if self._handle is not None and not self._is_settled:     # without a handle there are no items
            settle(self)

    cdef _Handle handle(self):
        if self._handle is None:
            self._handle = _Handle.__new__(_Handle)
            self._handle.target = <PyObject*>self
        return self._handle

    @property
    def _owner(self):
        return target_of(self._over)

    @_owner.setter
    def _owner(self, Record owner):
        self._held = None
        self._over = None
        if owner is not None:
            self._over = owner.handle()
            owner._has_items = True

    @property
    def _home(self):
        return target_of(self._over) if self._is_home else self._other

    @_home.setter
    def _home(self, Record home):
        self._is_home = home is not None and self._over is not None and self._over.target == <PyObject*>home
        self._other = None if self._is_home else home

    cdef void fill(self, Record owner, uint32_t tag, Record home, uint32_t first, Py_ssize_t count):
        self._over = owner.handle()
        owner._has_items = True
        self._tag = tag
        self._is_home = home is owner
        self._other = None if self._is_home else home
        self._first = first
        self._count = count
        if count > 1:
            self._list = [None] * count

    @property
    def _items(self):
        if self._list is None:
            self._list = [self._only] if self._count else []
            self._only = None
        return self._list

    @_items.setter
    def _items(self, list items not None):
        self._list = items

    cdef inline Py_ssize_t length(self):
        return self._count if self._list is None else len(self._list)

    def _fill(self, Record owner not None, uint32_t tag, Record home, uint32_t first, Py_ssize_t count):
        """Stand for `count` items of an index, from number `first` on."""
        self.fill(owner, tag, home, first, count)

    cdef object at(self, Py_ssize_t position):
        cdef list items = self._list
        item = self._only if items is None else items[position]
        if item is not None:
            return item
        cdef Record home = <Record>target_of(self._over) if self._is_home else self._other
        if home is None:
            raise ValueError("no such item")
        # Nothing here lets another thread in: whoever comes next finds what is kept.
        item = home.sibling(home._types.dataset, self._first + <uint32_t>position, self)
        if items is None:
            self._only = item
        else:
            items[position] = item
        return item

    def _at(self, Py_ssize_t position):
        """The item at a position from 0, made if need be."""
        if not 0 <= position < self.length():
            raise IndexError(f"item {position} of a sequence of {self.length()}")
        return self.at(position)

    def __len__(self):
        return self.length()

    def __getitem__(self, key):
        cdef Py_ssize_t position, count = self.length()
        if isinstance(key, slice):
            return [self.at(position) for position in range(*key.indices(count))]
        position = PyNumber_AsSsize_t(key, IndexError)
        if position < 0:
            position += count
        if not 0 <= position < count:
            raise IndexError(f"item {key} of a sequence of {count}")
        return self.at(position)

    def __iter__(self):
        cdef Py_ssize_t position = 0
        while position < self.length():
            yield self.at(position)
            position += 1


    cdef list held_items(self):
        """The items that were made."""
        if self._list is None:
            return [] if self._only is None else [self._only]
        return [item for item in self._list if item is not None]

    cdef void forget(self, value):
        """Hold an item no more."""
        cdef Py_ssize_t i
        if self._list is None:
            if self._only is value:
                self._only = None
            return
        for i in range(len(self._list)):
            if self._list[i] is value:
                self._list[i] = None


cdef list held_by(node):
    return (<Record>node).held_items() if isinstance(node, Record) else (<Items>node).held_items()


cdef void turn(above, below):
    """Let what lies below hold what it lies in, and no longer the other way round."""
    if isinstance(below, Record):
        (<Record>below)._held = above
        (<Items>above).forget(below)
    else:
        (<Items>below)._held = above
        (<Record>above).forget(below)


cdef bint is_turned(below):
    return (<Record>below)._held is not None if isinstance(below, Record) else (<Items>below)._held is not None


cdef void settle(top):
    """Look, before a data set or a sequence goes, whether somebody holds anything that lies in it.

    An item needs what it lies in: for the character set, and for the elements that decide a VR. So whatever is held
    from elsewhere holds the way up from now on, and is let go by it. Nobody else can come to what is on that way: there
    is no public way upwards. Everything that is not held will go with `top`, and need not look again.
    """
    cdef list path = [top], rest = [held_by(top)], found
    while path:
        found = rest[len(rest) - 1]
        if not found:
            path.pop()
            rest.pop()
            continue
        below = found.pop()
        # The one that holds it, and this one.
        if Py_REFCNT(<PyObject*>below) > 2:
            for above in reversed(path):
                if is_turned(below):
                    break
                turn(above, below)
                below = above
            continue
        if isinstance(below, Record):
            (<Record>below)._is_settled = True
            if not (<Record>below)._has_items:
                continue
        else:
            (<Items>below)._is_settled = True
        found = held_by(below)
        if found:
            path.append(below)
            rest.append(found)


@cython.no_gc
cdef class Change:
    """Tells a data set that the list of values of one of its elements was changed in place."""

    # Not the data set itself: one whose values were looked at goes away with its last reference, not with the next
    # collection of cycles. Its bytes may be many.
    cdef _Handle _owner
    cdef object _tag

    def __init__(self, Record owner not None, tag):
        self._owner = owner.handle()
        self._tag = tag

    def __call__(self):
        owner = target_of(self._owner)
        if owner is not None:
            owner._value_changed(self._tag)


cdef class View:
    """One element: a window on its data set (`_owner`), or a value of its own where it belongs to none."""

    cdef uint32_t number
    cdef long long place          # one more than where the index has it, 0 where nobody looked
    cdef public object _owner
    cdef public object _own
    cdef public object _vr

    cdef inline void point(self, owner, uint32_t tag, long long place):
        self.number = tag
        self.place = place
        self._owner = owner
        self._own = self._vr = None

    def _set(self, uint32_t tag, owner, vr, value):
        self.number = tag
        self.place = 0
        self._owner = owner
        self._vr = vr
        self._own = value

    @property
    def _number(self):
        """The tag as a plain integer."""
        return self.number

    def _may_nest(self):
        """Whether the value may be a sequence: False only where the index rules it out."""
        cdef Record owner = self._owner
        cdef long long position
        cdef Element* e
        if owner is None or owner._index is None or (owner._edits is not None and self.number in owner._edits):
            return True
        position = owner._index.position(owner._item, self.number)
        if position < 0:
            return True
        e = &owner._index.elements[position]
        return bool(e.flags & (16 | 256)) or e.vr == 0x5351 or e.vr == 0x554E or e.vr == 0

    def _length(self):
        """The length of the value in the source, None where it was not read from one."""
        cdef Record owner = self._owner
        cdef long long position
        if owner is None or owner._index is None or (owner._edits is not None and self.number in owner._edits):
            return None
        position = owner._index.position(owner._item, self.number)
        return None if position < 0 else owner._index.elements[position].length

    @property
    def value(self):
        """The value, of the type that its VR has; decoded at first use."""
        cdef object owner = self._owner
        if owner is None:
            return self._own
        return (<Record?>owner).value_at(None, self.number, self.place - 1)

    @value.setter
    def value(self, value):
        self._assign(value)
