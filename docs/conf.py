"""How the documentation is built: ``sphinx-build -W docs build/docs``, or ``-b man``."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

from generate import write_reference  # noqa: E402  # beside this file, which Sphinx executes

from watcher import __version__  # noqa: E402

project = "Seedwatch"
author = "The Seedwatch authors"
copyright = author  # noqa: A001  # Sphinx's name
version = release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["man.md"]
html_theme = "furo"
html_title = "Seedwatch"
html_copy_source = False
html_show_sphinx = False
nitpicky = True
man_pages = [
    ("reference/commands", "seedwatch", "watch folders of articles, tell what is new", author, 1)
]

write_reference(DOCS / "reference")
