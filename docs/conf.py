"""How Sphinx builds this documentation; warnings are errors (``make docs``)."""

from __future__ import annotations

import dicomkit

project = "dicomkit"
author = "dicomkit contributors"
copyright = "2026, dicomkit contributors"
version = release = dicomkit.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
myst_enable_extensions = ["colon_fence", "deflist"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
