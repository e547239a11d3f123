"""Associations and servers that block: no thread for a requestor, one per association for a server (PS3.7, PS3.8)."""

from __future__ import annotations

from dicomkit.net.sync.association import Association, Results
from dicomkit.net.sync.exchanging import run
from dicomkit.net.sync.reporting import Reporter
from dicomkit.net.sync.sending import send
from dicomkit.net.sync.server import Server, serve

__all__ = ["Association", "Reporter", "Results", "Server", "run", "send", "serve"]
