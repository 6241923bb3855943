"""The Model Context Protocol: the searcher as tools for language models."""
