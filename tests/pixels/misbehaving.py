"""A codec that does to its process what its frame says, for tests of what happens then."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from itertools import count

import numpy as np

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.core.frozen import Options
from dicomkit.errors import CodecError, UnsupportedTransferSyntaxError


class MisbehavingCodec(Options):
    """Takes the name of what it does for a frame."""

    name: str = "misbehaving"
    requires: str = "misbehaving"
    decodes: frozenset[str] = frozenset({"1.2.3", "1.2.840.10008.1.2.4.80"})
    encodes: frozenset[str] = frozenset({"1.2.3"})
    is_available: bool = True

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Do what the frame says, or give its first byte for all samples."""
        what = bytes(data)
        if what.startswith(b"hang"):
            for _ in count():
                pass
        if what.startswith(b"kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if what.startswith(b"exit"):
            os._exit(3)
        if what.startswith(b"print"):
            os.write(1, b"warning: noise\n" * 100)
            sys.stdout.write("more noise\n")
            sys.stdout.flush()
        if what.startswith(b"refuse"):
            raise CodecError("no such thing", codec=self.name, offset=5)
        if what.startswith(b"lack"):
            raise UnsupportedTransferSyntaxError(uid, "something")
        if what.startswith(b"break"):
            raise RuntimeError("broken \x1b[31m" + "long" * 1000)
        result = frame.array(out)
        result[...] = what[0]
        return result

    def iter_frames(self, data: bytes | memoryview, uid: str, frame: FrameFormat) -> Iterator[np.ndarray]:
        """Give a frame for each byte; "h" hangs."""
        for byte in bytes(data):
            yield self.decode(b"hang" if byte == ord("h") else bytes([byte]), uid, frame)

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Give the process that encodes."""
        return str(os.getpid()).encode()

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Give what is said."""
        return frame.photometric_interpretation


class ThreadedCodec(Options):
    """Gives the number of threads that work on a frame for all samples."""

    name: str = "threaded"
    requires: str = "threaded"
    decodes: frozenset[str] = frozenset({"1.2.840.10008.1.2.5"})
    encodes: frozenset[str] = frozenset()
    is_available: bool = True
    threads: int = 1

    def with_threads(self, threads: int) -> ThreadedCodec:
        """Take so many."""
        return self.replace(threads=threads)

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Give the number of threads."""
        result = frame.array(out)
        result[...] = self.threads
        return result

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Refuse."""
        raise CodecError("nothing is encoded")

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Give what is said."""
        return frame.photometric_interpretation
