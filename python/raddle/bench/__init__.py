"""Raddle's primitives beside the standard library's: `python -m raddle.bench`."""
