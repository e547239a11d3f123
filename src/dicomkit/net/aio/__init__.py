"""Associations and servers for asyncio, without threads: the names of `dicomkit.net.sync`, awaited (PS3.7, PS3.8)."""

from __future__ import annotations

from dicomkit.net.aio.association import Association, Results
from dicomkit.net.aio.exchanging import run
from dicomkit.net.aio.sending import send
from dicomkit.net.aio.server import Server, serve

__all__ = ["Association", "Results", "Server", "run", "send", "serve"]
