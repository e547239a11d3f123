"""Sources behind a URL: HTTP by ranges, everything else that fsspec knows; one request for each read.

HTTP is asked for ranges here and not through fsspec's files, because a server may ignore a range (RFC 9110 14.2), may
answer with less of it, and may have another object by now: each of these is looked at in every answer.
"""

from __future__ import annotations

import asyncio
import errno
from tempfile import SpooledTemporaryFile
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from dicomkit.errors import FileFormatError, LimitExceededError, SourceChangedError
from dicomkit.file.sources import open_source
from dicomkit.file.spool import IN_MEMORY, finished

try:  # the extra `remote`
    import aiohttp
    from fsspec.asyn import sync
    from fsspec.core import url_to_fs
    from fsspec.implementations.http import HTTPFileSystem
except ImportError as error:
    _MISSING: str | None = error.name or "fsspec"
else:
    _MISSING = None

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from dicomkit.file.sources import Opened

    class FileSystem(Protocol):
        """What is used of fsspec's AbstractFileSystem."""

        def info(self, path: str) -> Mapping[str, object]: ...
        def cat_file(self, path: str, start: int, end: int) -> bytes: ...


__all__ = ["HTTPSource", "RemoteSource", "open_url"]

FIRST_WINDOW = 64 << 10
"""What the first request takes: the header of nearly every image, so that opening one costs a single request."""
HOP_WINDOW = 32 << 10
"""What is taken behind a large value: a round trip costs more than so many bytes."""
LARGEST_DOWNLOAD = 4 << 30
"""How much is taken from a server that does not give parts."""

_CHUNK = 1 << 20
_PAUSE = 0.2  # before the first retry; doubled for each further one
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
# What fsspec's file systems call what changes when an object does.
_VERSIONS = (
    "ETag",
    "etag",
    "version_id",
    "generation",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "modified",
)


def open_url(
    url: str,
    *,
    timeout: float = 30.0,
    retries: int = 2,
    largest_download: int | None = LARGEST_DOWNLOAD,
    storage_options: Mapping[str, object] | None = None,
) -> Opened:
    """Open what a URL names, for `dcmread`: http(s) by ranges, file, and every other protocol that fsspec knows.

    `timeout` is for each wait on an HTTP server, in seconds, `retries` for answers that a repetition may mend.
    `storage_options` go to fsspec: headers, credentials. A server that ignores ranges is read from once, into memory or
    a temporary file, at most `largest_download` bytes.

    Raises FileNotFoundError, PermissionError or another OSError for what cannot be opened, FileFormatError if the
    package for the protocol is not installed. Messages name the URL without user, password and query.
    """
    if url.lower().startswith("file://"):
        parts = urlsplit(url)
        return open_source(url2pathname(parts.path))
    if _MISSING is not None:
        raise FileFormatError(
            f"reading from URLs needs {_MISSING}, which is not installed: pip install 'dicomkit[remote]'",
            source=shown(url),
        )
    try:
        system, path = url_to_fs(url, **(storage_options or {}))
    except ImportError as error:
        raise FileFormatError(f"the protocol needs a package: {error}", source=shown(url)) from None
    except ValueError:
        raise FileFormatError("not a URL of a protocol that fsspec knows", source=shown(url)) from None
    if isinstance(system, HTTPFileSystem):
        return HTTPSource.opened(system, path, timeout, retries, largest_download)
    return RemoteSource(system, path, shown(url))


def shown(url: str) -> str:
    """Return a URL as messages may show it: without user, password, query and fragment; of chained ones, all."""
    return "::".join([_without_secrets(part) for part in url.split("::")])


def _without_secrets(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    if not parts.scheme:
        return url.partition("?")[0].rpartition("@")[2]
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{unquote(parts.path)}{'?…' if parts.query else ''}"


class RemoteSource:
    """An object of a file system that fsspec knows: one request tells its size, then one for each read."""

    __slots__ = ("_first", "_path", "_system", "name", "size", "version")

    is_local = False
    first_window = FIRST_WINDOW
    hop_window = HOP_WINDOW

    def __init__(self, system: FileSystem, path: str, name: str) -> None:
        self._system = system
        self._path = path
        self.name = name
        self.size, self.version = self._asked()
        self._first: bytes | None = self.read_at(0, FIRST_WINDOW)

    def head(self, length: int) -> bytes:
        """Return the first bytes, more than asked for if more came with the first request."""
        data, self._first = self._first, None
        return data if data is not None and len(data) >= min(length, self.size) else self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer only at the end; SourceChangedError if there are fewer than when it was opened."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        try:
            data = self._system.cat_file(self._path, start=offset, end=offset + length)
        except FileNotFoundError:
            raise SourceChangedError("it is not there any more", source=self.name) from None
        except Exception as error:  # each file system has errors of its own, some of which quote secrets
            raise FileFormatError(f"cannot be read: {type(error).__name__}", source=self.name, offset=offset) from None
        if len(data) != length:
            if self._asked() != (self.size, self.version):
                raise SourceChangedError("it was changed since it was opened", source=self.name)
            raise FileFormatError(f"{len(data)} bytes came instead of {length}", source=self.name, offset=offset)
        return data

    def _asked(self) -> tuple[int, str]:
        try:
            info = self._system.info(self._path)
        except OSError as error:
            raise type(error)(error.errno or errno.EIO, error.strerror or "cannot be opened", self.name) from None
        except Exception as error:  # see read_at
            raise OSError(errno.EIO, f"cannot be opened: {type(error).__name__}", self.name) from None
        size = info.get("size")
        if info.get("type") == "directory":
            raise FileFormatError("a folder: name a file in it, or its DICOMDIR", source=self.name)
        if not isinstance(size, int):
            raise FileFormatError("its size is not known", source=self.name)
        return size, next((str(info[key]) for key in _VERSIONS if info.get(key)), "")

    def close(self) -> None:
        """Do nothing: values are asked for later."""


class _Answer:
    """What a server said to a request for a range."""

    __slots__ = ("data", "spool", "start", "status", "total", "version")

    def __init__(self, status: int, version: str) -> None:
        self.status = status
        self.version = version
        self.start = 0
        self.total: int | None = None
        self.data = b""
        self.spool: SpooledTemporaryFile[bytes] | None = None


class HTTPSource:
    """An object on an HTTP server that answers ranges; its ETag (or date) and size are compared in every answer."""

    __slots__ = ("_first", "_largest", "_retries", "_system", "_timeout", "_url", "name", "size", "version")

    is_local = False
    first_window = FIRST_WINDOW
    hop_window = HOP_WINDOW

    def __init__(
        self, system: HTTPFileSystem, url: str, timeout: float, retries: int, largest_download: int | None
    ) -> None:
        self._system = system
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=None, connect=timeout, sock_connect=timeout, sock_read=timeout)
        self._retries = retries
        self._largest = largest_download
        self.name = shown(url)
        self.size = 0
        self.version = ""
        self._first: bytes | None = None

    @classmethod
    def opened(
        cls, system: HTTPFileSystem, url: str, timeout: float, retries: int, largest_download: int | None
    ) -> Opened:
        """Ask for the first window, which tells size and version; a server that sends all is taken at its word."""
        source = cls(system, url, timeout, retries, largest_download)
        answer = source._ask(0, FIRST_WINDOW)
        if answer.spool is not None:
            return finished(answer.spool, source.name)
        source._refuse_to_open(answer)
        source.size, source.version = answer.total or 0, answer.version
        source._first = answer.data
        return source

    def head(self, length: int) -> bytes:
        """Return the first bytes, more than asked for if more came with the first request."""
        data, self._first = self._first, None
        return data if data is not None and len(data) >= min(length, self.size) else self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer only at the end; SourceChangedError if the server has another object by now."""
        length = min(length, self.size - offset)
        parts: list[bytes] = []
        while length > 0:
            answer = self._ask(offset, length)
            self._check(answer, offset)
            data = answer.data
            parts.append(data)
            offset += len(data)
            length -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Do nothing: values are asked for later."""

    # -- what the answers mean -----------------------------------------------------------------------------------------

    def _refuse_to_open(self, answer: _Answer) -> None:
        """Raise OSError if the first answer is none to work with."""
        status = answer.status
        if status == 416 and answer.total == 0:
            return  # nothing of nothing was asked for
        if status in (404, 410):
            raise FileNotFoundError(errno.ENOENT, f"HTTP status {status}", self.name)
        if status in (401, 403, 407):
            raise PermissionError(errno.EACCES, f"HTTP status {status}", self.name)
        if status != 206:
            raise OSError(errno.EIO, f"HTTP status {status}", self.name)
        if answer.total is None or answer.start != 0 or not answer.data:
            raise FileFormatError(
                "the server's answer to a range does not say which it is (RFC 9110 14.4)", source=self.name
            )

    def _check(self, answer: _Answer, offset: int) -> None:
        """Raise an error unless the answer is a part, from `offset` on, of what was opened."""
        if answer.status in (404, 410, 412, 416):
            raise SourceChangedError(f"it is not there any more (HTTP status {answer.status})", source=self.name)
        is_changed = answer.version != self.version or (answer.total is not None and answer.total != self.size)
        if answer.status in (200, 206) and is_changed:
            raise SourceChangedError("the server has another object by now; open it again", source=self.name)
        if answer.status == 200:
            raise FileFormatError("the server does not give parts any more", source=self.name, offset=offset)
        if answer.status != 206:
            raise FileFormatError(f"cannot be read: HTTP status {answer.status}", source=self.name, offset=offset)
        if answer.start != offset or not answer.data:
            raise FileFormatError("the server answered with another range", source=self.name, offset=offset)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _ask(self, offset: int, length: int) -> _Answer:
        """Ask for a range, again if the connection fails or the server is busy."""
        answer: _Answer = sync(self._system.loop, self._attempts, offset, length)
        return answer

    async def _attempts(self, offset: int, length: int) -> _Answer:
        pause = _PAUSE
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                answer = await self._request(offset, length)
                if answer.status not in _PASSING or is_last:
                    return answer
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if is_last:
                    raise self._failure(error, offset) from None
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("no attempt was made")

    def _failure(self, error: BaseException, offset: int) -> Exception:
        """What to raise for a failed connection; the library's own messages may quote the URL."""
        reason = getattr(getattr(error, "os_error", error), "strerror", None) or type(error).__name__
        if self.size:
            return FileFormatError(f"cannot be read: {reason}", source=self.name, offset=offset)
        kind = TimeoutError if isinstance(error, TimeoutError) else ConnectionError
        return kind(
            errno.ETIMEDOUT if kind is TimeoutError else errno.ECONNABORTED, f"cannot be reached: {reason}", self.name
        )

    async def _request(self, offset: int, length: int) -> _Answer:
        options = dict(self._system.kwargs)
        headers = dict(options.pop("headers", None) or {})
        # Compressed on the way, a range would be one of other bytes.
        headers |= {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}
        if self.version.startswith('"'):
            headers["If-Range"] = self.version  # RFC 9110 13.1.5: strong ones only
        options.setdefault("timeout", self._timeout)
        session = await self._system.set_session()
        async with session.get(self._system.encode_url(self._url), headers=headers, **options) as response:
            version = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
            answer = _Answer(response.status, version)
            if response.status == 206:
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise FileFormatError("the server compressed a part though it was told not to", source=self.name)
                answer.start, answer.total = _content_range(response.headers.get("Content-Range", ""))
                answer.data = await self._part(response, length)
            elif response.status == 416:
                answer.total = _content_range(response.headers.get("Content-Range", ""))[1]
            elif response.status == 200:
                answer.total = response.content_length
                if not self.size:
                    answer.spool = await self._whole(response)
            return answer

    async def _part(self, response: aiohttp.ClientResponse, length: int) -> bytes:
        """The body of an answer, which must not be longer than what was asked for."""
        parts, left = [], length
        async for chunk in response.content.iter_chunked(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise FileFormatError("the server sent more than it was asked for", source=self.name)
            parts.append(chunk)
        return b"".join(parts)

    async def _whole(self, response: aiohttp.ClientResponse) -> SpooledTemporaryFile[bytes]:
        """All of an object whose server ignores ranges, in memory or in a temporary file."""
        spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  lives as long as the source
        size = 0
        try:
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if self._largest is not None and size > self._largest:
                    raise LimitExceededError("largest_download", size, bound=self._largest)
                spool.write(chunk)
        except BaseException:
            spool.close()
            raise
        return spool


def _content_range(text: str) -> tuple[int, int | None]:
    """Return (first byte, size of the whole or None) of a Content-Range header; -1 for what is none (RFC 9110 14.4)."""
    unit, _, rest = text.partition(" ")
    part, _, total = rest.partition("/")
    first = part.partition("-")[0].strip()
    if unit.lower() != "bytes":
        return -1, None
    return (
        int(first) if first.isascii() and first.isdigit() and len(first) < 20 else -1,
        int(total) if total.isascii() and total.strip().isdigit() and len(total) < 20 else None,
    )
