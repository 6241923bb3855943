"""Whether an index survives being killed at any moment, a full disk, and damaged files: ``__main__.py`` measures."""
