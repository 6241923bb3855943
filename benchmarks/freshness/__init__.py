"""How soon is news found, and what does its arrival cost those who search? ``python -m benchmarks.freshness`` tells."""
