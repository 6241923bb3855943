"""One small tree of errors. Every message says what is wrong, where, and what to do."""

from __future__ import annotations


class DatelineError(Exception):
    """Anything Dateline refuses to do; the message is written for the person who asked."""


class BadInput(DatelineError):
    """What was handed in cannot be used as it is."""


class NotFound(DatelineError):
    """There is nothing under this name."""


class Withdrawn(DatelineError):
    """Its publisher took this article back."""


class IndexLocked(DatelineError):
    """Another process is writing to this index."""


class IncompatibleIndex(DatelineError):
    """The index was made by another model, other settings or a newer version."""


class DamagedView(DatelineError):
    """A view on disk is missing, cut short or garbled. It can be rebuilt from the store."""


class DamagedStore(DatelineError):
    """``articles.db`` cannot be read; only a backup brings it back."""


class StorageFull(DatelineError):
    """The disk has no room for what was to be written."""


class NotPermitted(DatelineError):
    """A file has to be read or written that may not be, by this user or at all."""


class ModelUnavailable(DatelineError):
    """The embedding model cannot be found or loaded."""
