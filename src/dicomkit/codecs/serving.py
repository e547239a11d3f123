"""The loop of a process that decodes for another one, which can end it: for libraries that hang or die (PS3.5 8.2).

What the parent sends is trusted and pickled. What goes back is not, for a library may have written where it should not:
plain numbers and text, and samples in memory that both share.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import os
import pickle
import signal
import struct
import sys
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from dicomkit.codecs.base import CheckingCodec
from dicomkit.codecs.library import LibraryCodec
from dicomkit.errors import CodecError, DicomError, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.codecs.base import Codec
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["ANSWER", "LENGTH", "Answer", "Request", "serve"]

LENGTH = struct.Struct("<I")
"""Before each request: how many bytes it has."""

ANSWER = struct.Struct("<BqI")
"""What came of it, the offset in the frame (-1: none), and how many bytes of text follow."""

# How much longer than its parent waits a process lives that has lost its parent.
_GRACE = 1.0
_MOST_REPORTS = 20
# Of mallopt() in glibc's malloc.h, and what they are set to.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT, _LARGE = 256 << 20, 32 << 20


class Request:
    """The first byte of a request."""

    PREPARE, DECODE, DECODE_CHECKED, OPEN_STREAM, NEXT = range(5)


class Answer:
    """The first number of an answer."""

    DONE, ENDED, REFUSED, FAILED = range(4)


class _Server:
    """What a process keeps between requests: codecs, and a stream that is being decoded."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor, self._name = descriptor, name
        self._codecs: dict[int, Codec] = {}
        self._memory: mmap.mmap | None = None
        self._stream: Iterator[np.ndarray] | None = None
        #: What a codec reports of a frame that it decodes.
        self.reported: list[str] = []

    def answer(self, request: bytes) -> int:
        """Do what is asked for."""
        kind, content = request[0], pickle.loads(request[1:])  # noqa: S301  from the parent
        if kind == Request.PREPARE:
            key, codec = content
            self._codecs[key] = codec
            if isinstance(codec, LibraryCodec):
                codec.prepare()
            return Answer.DONE
        key, uid, frame, length, start, size, seconds = content
        memory = self._mapped(size)
        target = np.frombuffer(memory, frame.dtype, frame.samples, start).reshape(frame.shape)
        _limit(seconds)
        try:
            return self._decode(kind, self._codecs[key], bytes(memory[:length]), uid, frame, target)
        finally:
            _limit(0)

    def _decode(self, kind: int, codec: Codec, data: bytes, uid: str, frame: FrameFormat, target: np.ndarray) -> int:
        if kind in (Request.DECODE, Request.DECODE_CHECKED):
            self._stream = None
            if kind == Request.DECODE_CHECKED and isinstance(codec, CheckingCodec):
                codec.decode_checked(data, uid, frame, target, self.reported.append)
            else:
                codec.decode(data, uid, frame, target)
            return Answer.DONE
        if kind == Request.OPEN_STREAM:
            self._stream = codec.iter_frames(data, uid, frame)  # type: ignore[attr-defined]  # the parent looked
            return Answer.DONE
        samples = None if self._stream is None else next(self._stream, None)
        if samples is None:
            self._stream = None
            return Answer.ENDED
        np.copyto(target, samples)
        return Answer.DONE

    def _mapped(self, size: int) -> mmap.mmap:
        """The memory that is shared, mapped anew when the parent has made it larger or smaller."""
        if self._memory is None or len(self._memory) != size:
            self._memory = None  # unmapped when the last array of it is gone
            if sys.platform == "win32":
                self._memory = mmap.mmap(-1, size, tagname=f"{self._name}-{size}")
            else:
                self._memory = mmap.mmap(self._descriptor, size)
        return self._memory


def _limit(seconds: float) -> None:
    """End this process if it is still busy then, which its parent does sooner, unless it is gone; 0: no more."""
    if sys.platform == "win32":
        faulthandler.cancel_dump_traceback_later()
        if seconds:
            faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE if seconds else 0)


def _keep_memory() -> None:
    """Let glibc keep what is freed: a small HTJ2K frame took 1.3 times as long with memory from the system."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)


def serve(descriptor: int, name: str) -> None:
    """Answer requests from standard input until it ends, on what was standard output; memory is `descriptor`'s."""
    _keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's business
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where libraries may print
    requests: BinaryIO = sys.stdin.buffer
    server = _Server(descriptor, name)
    replies.write(ANSWER.pack(Answer.DONE, -1, 0))
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        kind, offset, text = Answer.FAILED, -1, ""
        server.reported.clear()
        try:
            kind = server.answer(requests.read(LENGTH.unpack(head)[0]))
        except CodecError as error:
            kind, text = Answer.REFUSED, error.message
            offset = -1 if error.offset is None else error.offset
        except DicomError as error:
            kind, text = Answer.REFUSED, str(error)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        lines = server.reported[:_MOST_REPORTS] if kind == Answer.DONE else [text]
        content = "\n".join([escaped(line, 500) for line in lines]).encode("utf-8", "replace")
        replies.write(ANSWER.pack(kind, offset, len(content)) + content)
