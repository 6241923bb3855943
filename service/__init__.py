"""Dateline's service: turns questions into answers."""
