"""Bytes become articles: what can be read, found among files and folders and read without ever failing as a whole.

``find`` turns the paths a person names into inputs; ``read`` yields the articles of one input, and a ``Rejected`` for
whatever in it is not an article. One module reads one format; ``READERS`` says which.
"""

from indexer.sources.finding import Findings, find, is_index, printable
from indexer.sources.reading import READERS, read
from indexer.sources.source import Input, Reader, Source

__all__ = ["READERS", "Findings", "Input", "Reader", "Source", "find", "is_index", "printable", "read"]
