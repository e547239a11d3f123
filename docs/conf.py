"""How Sphinx builds this documentation; warnings are errors (``make docs``)."""

from __future__ import annotations

import dicomkit

project = "dicomkit"
author = "dicomkit contributors"
copyright = "2026, dicomkit contributors"
version = release = dicomkit.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
myst_enable_extensions = ["colon_fence", "deflist"]
autodoc_typehints = "signature"
python_maximum_signature_line_length = 100
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

# The two shells of the network have the same names, and an annotation says only the name.
suppress_warnings = ["ref.python"]
