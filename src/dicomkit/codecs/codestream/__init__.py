"""The headers of codestreams, read marker by marker without any codec library (PS3.5 8.2)."""

from __future__ import annotations

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.codecs.codestream.inspection import inspect, standard_of

__all__ = ["CodestreamInfo", "inspect", "standard_of"]
