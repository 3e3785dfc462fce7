"""How Sphinx makes the site of these pages: ``sphinx-build -W docs site``."""

import gc
import os
import re
from importlib.metadata import version as installed
from pathlib import Path

# Pages are trees of objects that stay: to search them for garbage takes a quarter of the time.
gc.set_threshold(100_000, 50, 100)

project = "symdcrnn"
author = "the symdcrnn developers"
version = release = installed(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"symdcrnn {release}"

HERE = Path(__file__).parent
INCLUDE = re.compile(r"```\{include\} (\S+)\n```")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")


def with_files(app, page, content):
    """Pages that show a file from outside of this folder have its text, with links as they are from there."""
    folder = (HERE / page).parent
    pages = {}
    for path in HERE.rglob("*.md"):
        pages |= {(path.parent / name).resolve(): path for name in INCLUDE.findall(path.read_text(encoding="utf-8"))}

    def text_of(directive):
        file = (folder / directive[1]).resolve()
        return LINK.sub(lambda link: f"]({moved((file.parent / link[1]).resolve())}", file.read_text(encoding="utf-8"))

    def moved(target):
        return Path(os.path.relpath(pages.get(target, target), folder)).as_posix()

    content[0] = INCLUDE.sub(text_of, content[0])


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", with_files)
