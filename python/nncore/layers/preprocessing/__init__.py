"""Layers that prepare and vary data."""
