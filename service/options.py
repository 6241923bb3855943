"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]

ENDPOINT = (
    click.option(
        "--llm-url",
        envvar="DATELINE_LLM_URL",
        show_envvar=True,
        help="Endpoint that speaks OpenAI's chat completions and writes answers, such as http://127.0.0.1:11434/v1.",
    ),
    click.option(
        "--llm-model",
        envvar="DATELINE_LLM_MODEL",
        show_envvar=True,
        help="The model that writes, as its server knows it.",
    ),
    click.option(
        "--llm-key",
        envvar="DATELINE_LLM_KEY",
        show_envvar=True,
        help="Its key. Better not on the command line, which others on this machine can see.",
    ),
)


def endpoint_options(command: Decorated) -> Decorated:
    """Give ``command`` the options that name a language model."""
    for option in reversed(ENDPOINT):
        command = option(command)
    return command
