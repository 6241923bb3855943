"""Dateline beside txtai and Chroma, with the same model and passages: ``python -m benchmarks.peers`` compares."""
