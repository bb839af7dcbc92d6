"""Outlines and labels in the formats of other programs, both directions."""
