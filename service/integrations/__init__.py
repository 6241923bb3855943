"""Dateline as a part of other frameworks, each an extra of its own. They ask a running service through its client."""
