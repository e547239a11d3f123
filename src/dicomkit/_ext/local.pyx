# cython: language_level=3, boundscheck=False, wraparound=False
"""A local file opened, identified and its first bytes read in one call, without the interpreter lock."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EINTR, errno
from libc.string cimport strerror, strlen

cdef extern from "Python.h":
    bytes PyUnicode_EncodeFSDefault(object text)

cdef extern from "fcntl.h" nogil:
    int c_open "open"(const char*, int, ...)
    int O_RDONLY, O_CLOEXEC, O_NONBLOCK

cdef extern from "unistd.h" nogil:
    ssize_t pread(int, void*, size_t, long long)
    int c_close "close"(int)

cdef extern from "sys/stat.h" nogil:
    ctypedef struct Stat "struct stat":
        long long st_size
        unsigned long long st_ino
        unsigned int st_mode
    int fstat(int, Stat*)
    bint S_ISREG(unsigned int)

cdef extern from *:
    """
    #if defined(__APPLE__)
    #define DICOMKIT_MTIME_NS(s) ((long long)(s).st_mtimespec.tv_sec * 1000000000LL + (s).st_mtimespec.tv_nsec)
    #else
    #define DICOMKIT_MTIME_NS(s) ((long long)(s).st_mtim.tv_sec * 1000000000LL + (s).st_mtim.tv_nsec)
    #endif
    """
    long long DICOMKIT_MTIME_NS(Stat) nogil


cdef int open_now(const char* name) noexcept nogil:
    """Open for reading without waiting for anybody: of a pipe, for its writer."""
    cdef int fd = c_open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    while fd < 0 and errno == EINTR:
        fd = c_open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    return fd


def open_file(str path not None, Py_ssize_t length):
    """Open a file for reading: (descriptor, its first `length` bytes, mode, inode, size, modification time in ns).

    Only of an ordinary file bytes are read. Nothing is waited for: what is none does not block. Raises OSError.
    """
    cdef bytes encoded = PyUnicode_EncodeFSDefault(path)
    cdef const char* name = PyBytes_AS_STRING(encoded)
    cdef bytes head
    cdef char* into
    cdef Stat status
    cdef ssize_t got = 0
    cdef int fd, failure = 0
    if strlen(name) != <size_t>PyBytes_GET_SIZE(encoded):
        raise ValueError("embedded null byte")
    if length < 0:
        raise ValueError("a negative length")
    head = PyBytes_FromStringAndSize(NULL, length)
    into = PyBytes_AS_STRING(head)
    with nogil:
        fd = open_now(name)
        if fd < 0:
            failure = errno
        elif fstat(fd, &status) != 0:
            failure = errno
        elif S_ISREG(status.st_mode):
            got = pread(fd, into, length, 0)
            while got < 0 and errno == EINTR:
                got = pread(fd, into, length, 0)
            if got < 0:
                failure = errno
        if failure and fd >= 0:
            c_close(fd)
    if failure:
        raise OSError(failure, strerror(failure).decode("utf-8", "replace"), path)
    return fd, head if got == length else head[:got], status.st_mode, status.st_ino, status.st_size, \
        DICOMKIT_MTIME_NS(status)


def read_again(str path not None, identity not None, long long offset, Py_ssize_t length):
    """Read from a file that was opened before: None if it is another one now, which `identity` tells.

    That is (inode, size, modification time in ns). Fewer bytes than `length` come only where the file ends. Raises
    OSError.
    """
    cdef bytes encoded = PyUnicode_EncodeFSDefault(path)
    cdef const char* name = PyBytes_AS_STRING(encoded)
    cdef unsigned long long inode = identity[0]
    cdef long long size = identity[1], modified = identity[2]
    cdef bytes data
    cdef char* into
    cdef Stat status
    cdef ssize_t got = 0, more
    cdef int fd, failure = 0
    cdef bint same = False
    if strlen(name) != <size_t>PyBytes_GET_SIZE(encoded) or length < 0 or offset < 0:
        raise ValueError("neither a path nor a place in a file")
    if length > size - offset:
        length = <Py_ssize_t>(size - offset) if size > offset else 0
    data = PyBytes_FromStringAndSize(NULL, length)
    into = PyBytes_AS_STRING(data)
    with nogil:
        fd = open_now(name)
        if fd < 0 or fstat(fd, &status) != 0:
            failure = errno
        else:
            same = status.st_ino == inode and status.st_size == size and DICOMKIT_MTIME_NS(status) == modified
            while same and got < length:
                more = pread(fd, into + got, length - got, offset + got)
                if more > 0:
                    got += more
                elif more == 0:
                    break
                elif errno != EINTR:
                    failure = errno
                    break
        if fd >= 0:
            c_close(fd)
    if failure:
        raise OSError(failure, strerror(failure).decode("utf-8", "replace"), path)
    if not same:
        return None
    return data if got == length else data[:got]
