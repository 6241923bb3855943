"""The indexer's commands, one module a command; ``indexer/cli.py`` lists them."""
