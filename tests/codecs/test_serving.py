"""What a process that decodes for another one reads and answers."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile

from dicomkit.codecs import FrameFormat
from dicomkit.codecs.rle import RLE
from dicomkit.codecs.serving import ANSWER, LENGTH, Answer, Request

FRAME = FrameFormat(rows=1, columns=4)
UID = "1.2.840.10008.1.2.5"
# One segment: four bytes as they are (PS3.5 G.3, G.5).
ENCODED = b"\x01\0\0\0\x40\0\0\0".ljust(64, b"\0") + b"\x03abcd"


def request(kind: int, content: object) -> bytes:
    """Give a request as it is sent."""
    body = bytes([kind]) + pickle.dumps(content)
    return LENGTH.pack(len(body)) + body


def test_requests_are_answered_one_by_one() -> None:
    """Samples go to memory that both have; what is refused is told as text; the end of requests ends the process."""
    with tempfile.TemporaryFile() as memory:
        memory.write(ENCODED.ljust(4096, b"\0"))
        memory.flush()
        asked = (1, UID, FRAME, len(ENCODED), 128, 4096, 60.0)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                f"from dicomkit.codecs.serving import serve; serve({memory.fileno()}, 'memory')",
            ],
            input=request(Request.PREPARE, (1, RLE))
            + request(Request.DECODE, asked)
            + request(Request.DECODE, (*asked[:3], 66, 256, *asked[5:])),
            pass_fds=[memory.fileno()],
            capture_output=True,
            check=True,
        )
        memory.seek(128)
        assert b"abcd" == memory.read(4)
    assert b"" == done.stderr
    ready, prepared, decoded, refused = (ANSWER.unpack_from(done.stdout, at * ANSWER.size) for at in range(4))
    assert [(Answer.DONE, -1, 0)] * 3 == [ready, prepared, decoded]
    assert Answer.REFUSED == refused[0]
    assert b"segment 1" in done.stdout[4 * ANSWER.size :]
