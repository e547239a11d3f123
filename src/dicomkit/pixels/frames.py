"""Frames decoded: one, some in order, all as an array; by several threads, into a caller's array (PS3.3 C.7.6.6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.dataset import decoding
from dicomkit.encoding.writer import swapped
from dicomkit.errors import PixelError, TruncatedError
from dicomkit.file.frames import frame_source
from dicomkit.file.sources import PathSource
from dicomkit.pixels.ahead import WORTH_A_TASK, in_order, thread_count
from dicomkit.pixels.decode import FrameDecoder
from dicomkit.pixels.describe import describe, native_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicomkit.codecs import FrameFormat, Registry
    from dicomkit.dataset import Dataset

__all__ = ["FrameReader", "iter_frames", "pixel_array", "read_frame"]


# Of native pixels in a file.
_AT_ONCE = 256 << 10


class FrameReader:
    """The frames of a data set, decoded one by one in any order; safe to use from several threads.

    `raw` leaves colours as they are stored; otherwise YBR becomes RGB. `registry` says which codecs are taken. Raises
    as `dicomkit.pixels.describe` does, and at the first frame UnsupportedTransferSyntaxError where a codec is missing.
    """

    def __init__(self, ds: Dataset, *, raw: bool = False, registry: Registry = DEFAULT_REGISTRY) -> None:
        self.description = describe(ds)
        self._ds = ds
        self._tag = int(self.description.tag)
        self._registry, self._raw = registry, raw
        self._length = 0 if self.description.is_encapsulated else native_length(ds, self._tag)
        # How frames are decoded the first one says that is asked for, so that no other need be fetched.
        self._known: FrameDecoder | None = None
        self._first: tuple[int, bytes | memoryview] | None = None
        self._lock = Lock()
        if self.description.is_encapsulated:
            self._encoded = frame_source(ds)
        else:
            self._known = FrameDecoder(ds, self.description, registry, raw=raw)

    def __len__(self) -> int:
        return self.description.number_of_frames

    @property
    def frame(self) -> FrameFormat:
        """What decoding makes of each frame: as the description says, or as the codestream does where they differ."""
        return self._decoder.frame

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a frame: (rows, columns), or (rows, columns, samples)."""
        return self._decoder.frame.shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """What samples are decoded to."""
        return self._decoder.frame.dtype

    @property
    def photometric_interpretation(self) -> str:
        """What the decoded samples are."""
        return self._decoder.photometric_interpretation

    def read(self, number: int, out: np.ndarray | None = None, threads: int = 1) -> np.ndarray:
        """Return frame `number`, counted from 0, decoded, in `out` if it is given; only its bytes are read.

        `threads` work on it, if its codec has any use for them: OpenJPEG has. Raises IndexError for none of the frames,
        TruncatedError, CodecError.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"frame {number} of {len(self)} (the first is 0)")
        if not self.description.is_encapsulated:
            self._check_native(number, 1)
            array = self._empty(1) if out is None else self._checked(out)[np.newaxis]
            self._read_native(number, array)
            return array[0] if out is None else out
        if self.description.is_video:
            samples = next(self.iter_stream(number))
            if out is None:
                return samples
            np.copyto(self._checked(out), samples)
            return out
        data = self._bytes_of(number)
        return self._decoder_by(data).decode(data, number, out, threads)

    def iter_stream(self, first: int = 0) -> Iterator[np.ndarray]:
        """Iterate over the frames of a video from `first` on; those before are decoded too, for they depend on others.

        Raises TruncatedError where the stream ends before the data set says.
        """
        frames = self._decoder.iter_stream(self._bytes_of(0))
        number = -1
        for number, samples in enumerate(islice(frames, len(self))):
            if number >= first:
                yield samples
        if number + 1 < len(self):
            raise TruncatedError(f"frame {number + 1} of {len(self)} is not in the video stream")

    def _bytes_of(self, number: int) -> bytes | memoryview:
        """A frame as it is encoded; the one that was looked at first is kept until it is asked for."""
        first = self._first
        if first is not None and first[0] == number:
            self._first = None
            return first[1]
        return self._encoded(number)

    def _decoder_by(self, data: bytes | memoryview) -> FrameDecoder:
        """What decodes all frames, by the header of one of them."""
        with self._lock:
            if self._known is None:
                self._known = FrameDecoder(self._ds, self.description, self._registry, data, raw=self._raw)
            return self._known

    @property
    def _decoder(self) -> FrameDecoder:
        if self._known is None and len(self):
            self._first = (0, self._encoded(0))
            return self._decoder_by(self._first[1])
        return self._known or self._decoder_by(b"")

    def read_run(self, first: int, out: np.ndarray) -> None:
        """Decode as many frames as `out` has, from `first` on; native ones are read in one piece."""
        if self.description.is_video:
            for place, samples in zip(out, self.iter_stream(first), strict=False):
                np.copyto(place, samples)
        elif self.description.is_encapsulated:
            for number in range(len(out)):
                self.read(first + number, out[number])
        else:
            self._read_native(first, out)

    def read_all(self, threads: int | None) -> np.ndarray:
        """Return all frames as an array of a frame more dimension; nothing is allocated for frames that cannot be."""
        count = len(self)
        if not self.description.is_encapsulated:
            self._check_native(0, count)
            array = self._empty(count)
            self._read_native(0, array)
            return array
        if count == 1:
            return self.read(0, threads=thread_count(threads))[np.newaxis]
        bounds = self._runs(threads)
        if len(bounds) == 2:
            first = self.read(0)
            array = self._empty(count)
            array[0] = first
            self.read_run(1, array[1:])
            return array
        # The first frame of each run before there is a place for all: no thread waits for another one meanwhile.
        with ThreadPoolExecutor(len(bounds) - 1) as pool:
            firsts = [run.result() for run in [pool.submit(self.read, start) for start in bounds[:-1]]]
            array = self._empty(count)
            runs = [
                pool.submit(self._read_rest, start, array[start:end], samples)
                for (start, end), samples in zip(pairwise(bounds), firsts, strict=True)
            ]
            for run in runs:
                run.result()
        return array

    def _read_rest(self, first: int, out: np.ndarray, samples: np.ndarray) -> None:
        out[0] = samples
        self.read_run(first + 1, out[1:])

    def read_into(self, out: np.ndarray, threads: int | None) -> None:
        """Decode all frames to their places in `out`, a run of frames by each thread."""
        if len(self) == 1:
            self.read(0, out[0], thread_count(threads))
            return
        bounds = self._runs(threads)
        if len(bounds) == 2:
            self.read_run(0, out)
            return
        with ThreadPoolExecutor(len(bounds) - 1) as pool:
            runs = [pool.submit(self.read_run, start, out[start:end]) for start, end in pairwise(bounds)]
            for run in runs:
                run.result()

    def _runs(self, threads: int | None) -> list[int]:
        """Where the run of frames of each thread begins, and the number of frames."""
        count = len(self)
        is_divisible = self.description.is_encapsulated and not self.description.is_video
        size = count * self.frame.nbytes if is_divisible else 0
        most = min(count, max(size // (2 * WORTH_A_TASK), 1))
        workers = min(thread_count(threads), most) if most > 1 else 1
        return [count * i // workers for i in range(workers + 1)]

    def _empty(self, count: int) -> np.ndarray:
        try:
            return np.empty((count, *self.shape), self.dtype)
        except (MemoryError, ValueError) as error:
            size = self._decoder.frame.nbytes
            raise PixelError(f"{count} frames of {size} bytes do not fit into memory; take them one by one") from error

    def _checked(self, out: np.ndarray) -> np.ndarray:
        return self._decoder.frame.array(out)

    # -- native ------------------------------------------------------------------------------------------------------

    def _read_native(self, first: int, out: np.ndarray) -> None:
        """Decode native frames as one tall frame."""
        frame, count = self._decoder.frame, len(out)
        if frame.samples_per_pixel > 1 and frame.planar_configuration == 1 and count > 1:
            for number in range(count):
                self._read_native(first + number, out[number : number + 1])
            return
        self._check_native(first, count)
        start, end = first * self._bits, (first + count) * self._bits
        skipped = start % 8
        if skipped or frame.bits_allocated == 1:
            data = self._native_bytes(start // 8, (end + 7) // 8)
            line = frame.replace(rows=1, columns=skipped + count * frame.samples, samples_per_pixel=1, in_words=False)
            samples = self._decoder.decode_as(data, line, first, None if skipped else out.reshape(1, -1))
            if skipped:
                out.reshape(-1)[:] = samples[0, skipped:]
            return
        rows, length = count * frame.rows, (end - start) // 8
        step = self._rows_at_once(start // 8, length, rows)
        tall = frame if step == frame.rows and not frame.in_words else frame.replace(rows=step, in_words=False)
        target = out.reshape((rows, *frame.shape[1:]))
        bytes_of_row = length // rows
        for row in range(0, rows, step):
            if row + step > rows:
                step = rows - row
                tall = tall.replace(rows=step)
            at = start // 8 + row * bytes_of_row
            data = self._native_bytes(at, at + step * bytes_of_row)
            self._decoder.decode_as(data, tall, first, target[row : row + step])

    def _rows_at_once(self, start: int, length: int, rows: int) -> int:
        """How many rows are decoded at once: few where they must be read, so that they stay in the processor's cache.

        Rows of frames that follow each other are those of one tall frame, unless colours lie by plane.
        """
        frame = self._decoder.frame
        position = self._ds._position_of(self._tag)
        is_one_run = (frame.samples_per_pixel == 1 or frame.planar_configuration == 0) and not (
            frame.is_subsampled and frame.columns % 2
        )
        # Of a remote source, few large pieces come sooner than many small ones.
        is_local = isinstance(self._ds._context.source, PathSource)
        if length <= _AT_ONCE or position < 0 or not (is_local and is_one_run):
            return rows
        offset = self._ds._read_index.element(position)[2]
        if not frame.in_words and self._ds._read_index.view(offset + start, length) is not None:
            return rows
        return max(1, _AT_ONCE * rows // length)

    @property
    def _bits(self) -> int:
        """The bits of a native frame: those of single bits follow each other without padding (PS3.5 8.1.1)."""
        frame = self._decoder.frame
        return frame.samples if frame.bits_allocated == 1 else frame.native_length * 8

    def _check_native(self, first: int, count: int) -> None:
        """Raise TruncatedError if frames are not there."""
        if ((first + count) * self._bits + 7) // 8 > self._length:
            whole = self._length * 8 // self._bits
            raise TruncatedError(
                f"frame {max(whole, first)} is not there: the Pixel Data has {self._length} bytes, {whole} whole frames"
            )

    def _native_bytes(self, start: int, end: int) -> bytes | memoryview:
        """Bytes of a native Pixel Data, those of words in the order of samples."""
        ds = self._ds
        position = ds._position_of(self._tag)
        if position < 0:
            value = memoryview(ds._value_of(self._tag))
            return value[start:end]
        offset = ds._read_index.element(position)[2]
        if self.description.frame.in_words:
            first, last = start & ~1, min(end + (end & 1), self._length & ~1)
            words = swapped(decoding.raw_value(ds, offset + first, last - first, self._tag), 2)
            return memoryview(words)[start - first : end - first]
        view = ds._read_index.view(offset + start, end - start)
        return decoding.raw_value(ds, offset + start, end - start, self._tag) if view is None else view


def read_frame(
    ds: Dataset,
    number: int = 0,
    *,
    raw: bool = False,
    threads: int | None = None,
    out: np.ndarray | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> np.ndarray:
    """Return one frame decoded, counted from 0; see `FrameReader`, which is for several.

    `threads` None lets as many work on it as there are processors, where its codec has any use for them.
    """
    return FrameReader(ds, raw=raw, registry=registry).read(number, out, thread_count(threads))


def pixel_array(
    ds: Dataset,
    *,
    raw: bool = False,
    threads: int | None = None,
    out: np.ndarray | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> np.ndarray:
    """Return all frames decoded: an array of (rows, columns[, samples]), or (frames, rows, columns[, samples]).

    The array is the caller's own, writable, in the machine's byte order and by pixel; unused high bits are 0, or the
    sign; single bits are uint8. YBR becomes RGB unless `raw`; palettes, rescaling and windows are not applied. `out`
    is filled if it is given. `threads` None takes as many as there are processors, where that is worth it.

    Raises MissingElementError, PixelError, LimitExceededError, UnsupportedTransferSyntaxError, CodecError, and
    TruncatedError if there are fewer frames than the data set says: `iter_frames` gives those that are there.
    """
    reader = FrameReader(ds, raw=raw, registry=registry)
    count = len(reader)
    shape = reader.shape if count == 1 else (count, *reader.shape)
    if out is not None and out.shape != shape:
        raise ValueError(f"the frames are {shape}, the array is {out.shape}")
    if not count:
        raise PixelError("there are no frames")
    if threads is not None:
        thread_count(threads)
    if out is None:
        array = reader.read_all(threads)
        return array[0] if count == 1 else array
    reader.read_into(out.reshape((count, *reader.shape)), threads)
    return out


def iter_frames(
    ds: Dataset,
    frames: Iterable[int] | None = None,
    *,
    raw: bool = False,
    threads: int | None = None,
    out: np.ndarray | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> Iterator[np.ndarray]:
    """Iterate over frames decoded, all of them or those of the numbers `frames`, in that order.

    Each is an array of the caller's own, of (rows, columns[, samples]), or if `out`, an array of that shape, is given,
    always that one, by one thread. Other threads decode ahead, twice as many tasks as there are threads at most; a task
    is a frame, or several small ones. `threads` None takes as many as there are processors. See `pixel_array` for what
    the samples are and what is raised, here at the frame that cannot be had.
    """
    reader = FrameReader(ds, raw=raw, registry=registry)
    numbers: Iterable[int] = range(len(reader)) if frames is None else frames
    if reader.description.is_video:
        return _of_stream(reader, numbers, out)
    if out is not None:
        return _into(reader, numbers, out)
    workers = min(thread_count(threads), len(reader) or 1)
    return in_order(reader.read, numbers, workers, size=reader.description.frame.nbytes)


def _into(reader: FrameReader, numbers: Iterable[int], out: np.ndarray) -> Iterator[np.ndarray]:
    for number in numbers:
        yield reader.read(number, out)


def _of_stream(reader: FrameReader, numbers: Iterable[int], out: np.ndarray | None) -> Iterator[np.ndarray]:
    """Frames of a video, each decoded once as long as the numbers ascend."""
    stream, following = reader.iter_stream(), 0
    for number in numbers:
        if not 0 <= number < len(reader):
            raise IndexError(f"frame {number} of {len(reader)} (the first is 0)")
        if number < following:
            stream, following = reader.iter_stream(), 0
        samples = next(islice(stream, number - following, None))
        following = number + 1
        if out is None:
            yield samples
        else:
            np.copyto(reader.frame.array(out), samples)
            yield out
