"""The standard library's `concurrent` with Raddle's primitives."""
