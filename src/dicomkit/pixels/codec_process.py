"""Processes that decode for this one, and are ended when they take too long (see `dicomkit.codecs.serving`).

Bytes of frames and samples pass through memory that both processes have. A process is kept for the next frame; each
thread that decodes takes one of its own; all end with this process.
"""

from __future__ import annotations

import atexit
import mmap
import os
import pickle
import secrets
import select
import subprocess
import sys
import tempfile
import time
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from dicomkit.codecs.serving import ANSWER, LENGTH, Answer, Request
from dicomkit.errors import CodecError, PixelError

if TYPE_CHECKING:
    from dicomkit.codecs import Codec, FrameFormat

__all__ = ["CodecProcess", "ProcessPool", "process_pool"]

# For a process to start, and for it to load a library: not what a limit on decoding is about.
_SECONDS_TO_START = 60.0
# Processes kept for later use; more threads than this at once start and end theirs.
_MOST_IDLE = 64
# Memory is taken in pieces of this size, and given back after a frame that took more than `_KEPT`.
_PIECE, _KEPT = 1 << 20, 64 << 20
_ALIGNMENT = 64
_LONGEST_TEXT = 1 << 16
# The path of this process comes along, so that the same dicomkit is imported, whatever the environment says.
_PROGRAM = (
    "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep); from dicomkit.codecs.serving import serve; "
    "serve(int(sys.argv[2]), sys.argv[3])"
)


class CodecProcess:
    """One process, from its parent's side; used by one thread at a time."""

    def __init__(self) -> None:
        self.is_usable = False
        #: What the codec said of the last frame that it decoded.
        self.told: list[str] = []
        self._name = f"dicomkit-{secrets.token_hex(8)}"
        self._memory: mmap.mmap | None = None
        self._start = 0
        #: The codecs that it has, by what requests call them; kept, so that no other one gets the same number.
        self._codecs: dict[int, Codec] = {}
        self._file = _memory_file(self._name)
        descriptor = -1 if self._file is None else self._file.fileno()
        try:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, and nothing of anybody's
                [sys.executable, "-c", _PROGRAM, os.pathsep.join(sys.path), str(descriptor), self._name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                pass_fds=() if descriptor < 0 else (descriptor,),
            )
        except OSError as error:
            self._free()
            raise PixelError(f"no process for codecs can be started: {error}") from error
        self._requests = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self._wait("dicomkit", _SECONDS_TO_START)
        self.is_usable = True

    def ask(
        self, kind: int, codec: Codec, data: bytes | memoryview, uid: str, frame: FrameFormat, seconds: float
    ) -> bool:
        """Let a codec work on a frame; false when a stream has no more. Raises CodecError, also when time is up."""
        self.is_usable = False  # until all has gone well: an interrupt can come anywhere
        key = id(codec)
        if key not in self._codecs:
            self._send(Request.PREPARE, (key, codec), codec.name)
            self._wait(codec.name, _SECONDS_TO_START)
            self._codecs[key] = codec
        length = len(data)
        start = -(-length // _ALIGNMENT) * _ALIGNMENT
        memory = self._mapped(start + frame.nbytes)
        memory[:length] = data
        self._start = start
        self._send(kind, (key, uid, frame, length, start, len(memory), seconds), codec.name)
        return self._wait(codec.name, seconds) != Answer.ENDED

    def copy(self, frame: FrameFormat, result: np.ndarray) -> None:
        """Copy the samples of the frame that was asked for."""
        memory = self._memory
        assert memory is not None  # a frame was asked for
        np.copyto(result, np.frombuffer(memory, frame.dtype, frame.samples, self._start).reshape(frame.shape))
        if len(memory) > _KEPT:
            del memory
            self._mapped(_PIECE, shrink=True)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.is_usable = False
        self._process.kill()
        self._requests.close()
        self._answers.close()
        self._process.wait()
        self._free()

    def _free(self) -> None:
        self._memory = None
        if self._file is not None:
            self._file.close()

    def _mapped(self, size: int, *, shrink: bool = False) -> mmap.mmap:
        """Shared memory of at least so many bytes."""
        memory = self._memory
        if memory is not None and len(memory) >= size and not shrink:
            return memory
        self._memory = memory = None  # unmapped when the last array of it is gone
        size = -(-max(size, 1) // _PIECE) * _PIECE
        try:
            if self._file is None:
                memory = mmap.mmap(-1, size, tagname=f"{self._name}-{size}")  # type: ignore[call-arg]  # on Windows
            else:
                os.ftruncate(self._file.fileno(), size)
                memory = mmap.mmap(self._file.fileno(), size)
        except (OSError, ValueError) as error:
            raise PixelError(f"no {size} bytes of memory to share with a codec: {error}") from error
        self._memory = memory
        return memory

    def _send(self, kind: int, content: object, codec: str) -> None:
        request = bytes([kind]) + pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        try:
            self._requests.write(LENGTH.pack(len(request)) + request)
        except OSError as error:
            raise self._ended(codec) from error

    def _wait(self, codec: str, seconds: float) -> int:
        """Return what came of a request; CodecError for what was refused, for no answer in time, and for a death."""
        deadline = time.monotonic() + seconds
        kind, offset, length = ANSWER.unpack(self._read(ANSWER.size, codec, seconds, deadline))
        if length > _LONGEST_TEXT:  # a process that was written over
            raise self._ended(codec)
        text = str(self._read(length, codec, seconds, deadline), "utf-8", "replace") if length else ""
        self.is_usable = True
        self.told = text.splitlines()
        if kind == Answer.REFUSED:
            raise CodecError(text, codec=codec, offset=None if offset < 0 else offset)
        if kind == Answer.FAILED:
            raise CodecError(text, codec=codec)
        return int(kind)

    def _read(self, size: int, codec: str, seconds: float, deadline: float) -> bytes:
        found = b""
        while len(found) < size:
            if not self._has_answer(deadline):
                self.stop()
                raise CodecError(f"the frame took longer than {seconds:g} s; its process was ended", codec=codec)
            part = self._answers.read(size - len(found))
            if not part:
                raise self._ended(codec)
            found += part
        return found

    def _has_answer(self, deadline: float) -> bool:
        """Wait for an answer. On Windows no pipe can be waited for: there the process ends itself in time."""
        if sys.platform == "win32":
            return True
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))

    def _ended(self, codec: str) -> CodecError:
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            status = 0
        self.stop()
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return CodecError(f"the process of the codec ended {how}", codec=codec)


class ProcessPool:
    """Processes that wait for a frame; safe to use from several threads."""

    def __init__(self) -> None:
        self._idle: list[CodecProcess] = []
        self._of_parent: list[CodecProcess] = []
        self._lock = Lock()
        self._owner = os.getpid()

    def take(self) -> CodecProcess:
        """Return a process for the caller alone, one that waits or a new one."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork: they answer to the parent, and are its to end
                self._of_parent, self._idle, self._owner = self._idle, [], os.getpid()
            process = self._idle.pop() if self._idle else None
        return CodecProcess() if process is None else process

    def give_back(self, process: CodecProcess) -> None:
        """Keep a process for the next frame, unless it has ended, or does not wait for one."""
        if process.is_usable:
            with self._lock:
                if len(self._idle) < _MOST_IDLE:
                    self._idle.append(process)
                    return
        process.stop()

    def stop(self) -> None:
        """End the processes that wait; the next frame starts one."""
        with self._lock:
            idle, self._idle = self._idle if self._owner == os.getpid() else [], []
        for process in idle:
            process.stop()


@cache
def process_pool() -> ProcessPool:
    """Return the pool of this process: its processes end with it."""
    pool = ProcessPool()
    atexit.register(pool.stop)
    return pool


def _memory_file(name: str) -> BinaryIO | None:
    """A file that has no name and, where there is such a thing, no disk; None on Windows, where memory has a name."""
    if sys.platform == "win32":
        return None
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create(name), "r+b", buffering=0)
    return cast("BinaryIO", tempfile.TemporaryFile(buffering=0))
