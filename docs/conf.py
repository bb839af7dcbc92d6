"""Sphinx configuration; the pages are Markdown (MyST), the docstrings numpydoc."""

from importlib.metadata import version as installed_version

project = "nanocaliper"
author = "The nanocaliper authors"
project_copyright = "2026, The nanocaliper authors"
release = installed_version("nanocaliper")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "none"
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "fixed_sidebar": True}
