"""Several processes that serve one port."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from dicomkit.net.sync.processes import can_share_a_port

PROGRAM = """
    import os
    from dicomkit import Dataset
    from dicomkit.net import sync
    from dicomkit.net.options import ServerOptions

    def find(request):
        yield Dataset(PatientID=str(os.getpid()))

    options = ServerOptions(workers=3, check_requests=False)
    with sync.serve(("127.0.0.1", 0), ae_title="PACS", handlers={"find": find}, options=options) as server:
        found = set()
        for _ in range(60):
            with sync.Association.request(
                server.address, called="PACS", services=["1.2.840.10008.5.1.4.1.2.2.1"]
            ) as association:
                found.update(match.PatientID for match in association.find(Dataset(PatientID="")))
    print(len(found), str(os.getpid()) in found)
    for pid in found - {str(os.getpid())}:
        try:
            os.kill(int(pid), 0)
            print("still there")
        except ProcessLookupError:
            pass
"""


@pytest.mark.skipif(not can_share_a_port(), reason="the system has no fork or SO_REUSEPORT")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems give all connections to one socket")
def test_connections_are_spread_over_processes():
    """With three workers sixty associations are served by three processes, which are gone at the end."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ("3 True\n", 0) == (done.stdout, done.returncode), done.stderr
