"""The performer's side of DIMSE without I/O: requests to handlers, their answers to responses (PS3.7 7, PS3.4 4)."""

from __future__ import annotations

from dicomkit.net.dispatch.endpoint import Endpoint, Performing
from dicomkit.net.dispatch.handlers import Handler, HandlerTable, Sink, StoreTarget
from dicomkit.net.dispatch.requests import Answer, FollowUp, Peer, Request, Response, StoreRequest
from dicomkit.net.dispatch.serving import Await, Effect, Forward, Listen, Pause, Serving
from dicomkit.net.dispatch.tracing import Trace

__all__ = [
    "Answer",
    "Await",
    "Effect",
    "Endpoint",
    "FollowUp",
    "Forward",
    "Handler",
    "HandlerTable",
    "Listen",
    "Pause",
    "Peer",
    "Performing",
    "Request",
    "Response",
    "Serving",
    "Sink",
    "StoreRequest",
    "StoreTarget",
    "Trace",
]
