"""Folders become articles as they change: what is in them is indexed, and then everything that happens there.

The truth is a scan: what the folders hold now, compared with what the bookmarks say was indexed. Being told of changes
only makes the next scan come sooner, so nothing depends on an event that may be missed.
"""

from indexer.watching.alarm import ticks
from indexer.watching.folders import Folders
from indexer.watching.watcher import Batch, Watcher

__all__ = ["Batch", "Folders", "Watcher", "ticks"]
