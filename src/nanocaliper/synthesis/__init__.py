"""Simulated electron micrographs with exact truth."""
