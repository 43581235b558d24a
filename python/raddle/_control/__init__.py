"""The parts of a controlled run that are Python: rewriting, importing, launching, starting afresh."""
