"""The sections of a report, one file each: what was measured, put into words, tables and figures."""
