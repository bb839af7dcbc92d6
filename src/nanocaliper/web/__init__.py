"""The workbench: a local page in which images are measured, corrected and reported, and its HTTP API."""
