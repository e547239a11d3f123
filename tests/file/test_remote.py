"""Reading over HTTP by ranges, and through fsspec, with the requests counted (RFC 9110 14)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import dicomkit
from dicomkit.errors import FileFormatError, LimitExceededError, SourceChangedError
from dicomkit.file.remote import FIRST_WINDOW, HTTPSource, open_url, shown
from tests import hostile_bytes as hb
from tests.corpora import real_file
from tests.file.range_server import Server, serving

DATA = bytes(range(256)) * 1024


@pytest.fixture(autouse=True)
def packages(require_package) -> None:
    """Skip where the packages of the extra `remote` are missing."""
    require_package("fsspec")
    require_package("aiohttp")


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve 256 KiB."""
    with serving(DATA) as running:
        yield running


def opened(server: Server, **options: object) -> HTTPSource:
    """Open what the server has, without retries unless they are asked for."""
    source = open_url(server.url, **{"retries": 0, "timeout": 5.0} | options)
    assert isinstance(source, HTTPSource)
    return source


def test_a_small_file_costs_one_request(server, corpus):
    """A file that fits the first window is read with a single request, and is the local one."""
    path = real_file("CT_small.dcm")
    server.data = path.read_bytes()
    assert len(server.data) < FIRST_WINDOW
    ds = dicomkit.dcmread(server.url)
    assert dicomkit.dcmread(path) == ds
    assert [(0, FIRST_WINDOW - 1)] == server.ranges[:1]
    assert server.requests <= 2  # the pixels may be fetched when they are compared


def test_a_large_value_is_not_fetched_until_it_is_asked_for(server):
    """Opening a file of 8 MB with elements behind its pixels asks for far less; the pixels cost one request more."""
    pixels = bytes(8 << 20)
    end = hb.element(0xFFFCFFFC, "OB", b"\1\2")
    server.data = hb.part10(hb.basic() + hb.element(0x7FE00010, "OW", pixels) + end)
    ds = dicomkit.dcmread(server.url)
    assert "DataSetTrailingPadding" in ds
    assert server.requests <= 2
    assert server.bytes_asked <= 2 * FIRST_WINDOW
    server.forget()
    assert pixels == ds.PixelData
    assert 1 == server.requests


def test_each_read_is_one_request(server):
    """The first window serves the head; a read behind it asks for just its range, and for nothing at the end."""
    source = opened(server)
    assert DATA[:100] == source.head(100)[:100]
    assert (len(DATA), 1) == (source.size, server.requests)
    assert DATA[100_000:100_010] == source.read_at(100_000, 10)
    assert DATA[-5:] == source.read_at(len(DATA) - 5, 100)
    assert [(100_000, 100_009), (len(DATA) - 5, len(DATA) - 1)] == server.ranges[1:]
    assert b"" == source.read_at(len(DATA), 10)
    assert 3 == server.requests


def test_ranges_are_asked_for_uncompressed_and_of_one_version(server):
    """Each request refuses compression, and each after the first names the version that was opened."""
    opened(server).read_at(100_000, 10)
    assert ["identity", "identity"] == [headers["Accept-Encoding"] for headers in server.headers]
    assert [None, '"1"'] == [headers.get("If-Range") for headers in server.headers]


def test_shorter_answers_are_continued(server):
    """A server may answer with a part of the range; the rest is asked for."""
    source = opened(server)
    server.forget()
    server.largest_part = 40
    assert DATA[1000:1100] == source.read_at(1000, 100)
    assert [(1000, 1099), (1040, 1099), (1080, 1099)] == server.ranges


@pytest.mark.parametrize("ignores_if_range", [False, True])
def test_another_object_is_noticed(server, ignores_if_range):
    """An object with another ETag is not mixed with the one that was opened."""
    source = opened(server)
    server.etag, server.ignores_if_range = '"2"', ignores_if_range
    with pytest.raises(SourceChangedError):
        source.read_at(100_000, 10)


def test_an_object_that_went_away_is_a_change(server):
    """A 404 after opening is a changed source."""
    source = opened(server)
    server.failures = [404]
    with pytest.raises(SourceChangedError, match="404"):
        source.read_at(100_000, 10)


@pytest.mark.parametrize(
    ("status", "error"), [(404, FileNotFoundError), (403, PermissionError), (400, OSError), (503, OSError)]
)
def test_what_cannot_be_opened_is_an_os_error(server, status, error):
    """Statuses become the errors that a local file would raise, and the message has no query."""
    server.failures = [status]
    with pytest.raises(error, match=str(status)) as caught:
        open_url(server.url + "?token=secret", retries=0)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("failure", [503, 0])
def test_passing_failures_are_retried(server, failure):
    """A busy server or a dropped connection is asked once more; without retries it is an error."""
    server.failures = [failure]
    assert len(DATA) == opened(server, retries=1).size
    source = opened(server)
    server.failures = [failure] * 2  # aiohttp itself asks again if a connection that was kept is gone
    with pytest.raises(FileFormatError):
        source.read_at(100_000, 10)


@pytest.mark.parametrize(
    ("change", "value"),
    [("content_range", "bytes 7-16/262144"), ("content_range", "pages"), ("surplus", 1), ("encoding", "gzip")],
)
def test_answers_that_are_not_the_range_are_refused(server, change, value):
    """Another range, too many bytes and compressed parts are errors of the file, not wrong bytes."""
    source = opened(server)
    setattr(server, change, value)
    with pytest.raises(FileFormatError):
        source.read_at(100_000, 10)


def test_a_server_without_ranges_is_read_once(server):
    """A server that sends all is taken at its word, up to a bound."""
    server.data = hb.part10(hb.basic())
    server.ignores_ranges = True
    ds = dicomkit.dcmread(server.url)
    assert ("Hostile^Case", 1) == (ds.PatientName, server.requests)
    with pytest.raises(LimitExceededError):
        open_url(server.url, largest_download=100)


def test_other_protocols_go_through_fsspec(require_package):
    """An object in fsspec's file system in memory is read, and a missing one is a missing file."""
    memory = require_package("fsspec").filesystem("memory")
    memory.pipe("/dicomkit-remote/a.dcm", hb.part10(hb.basic()))
    try:
        assert "Hostile^Case" == dicomkit.dcmread("memory://dicomkit-remote/a.dcm").PatientName
        with pytest.raises(FileNotFoundError):
            open_url("memory://dicomkit-remote/b.dcm")
    finally:
        memory.rm("/dicomkit-remote", recursive=True)


def test_a_file_url_is_a_local_file(tmp_path: Path):
    """A file URL, escapes in it included, is opened as the path that it names."""
    path = tmp_path / "with space.dcm"
    path.write_bytes(hb.part10(hb.basic()))
    assert "%20" in path.as_uri()
    assert "Hostile^Case" == dicomkit.dcmread(path.as_uri()).PatientName


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:pw@host:8042/a/b.dcm?sig=x#y", "https://host:8042/a/b.dcm?…"),
        ("zip://a.dcm::https://user:pw@host/b.zip", "zip://a.dcm::https://host/b.zip"),
        ("s3://bucket/a%20b.dcm", "s3://bucket/a b.dcm"),
    ],
)
def test_messages_show_no_secrets(url, expected):
    """User, password, query and fragment of a URL are not shown."""
    assert expected == shown(url)


def test_an_unknown_protocol_is_said_to_be_one():
    """A protocol that fsspec does not know is a FileFormatError that names the URL."""
    with pytest.raises(FileFormatError, match="nonsense"):
        open_url("nonsense://a/b.dcm")
