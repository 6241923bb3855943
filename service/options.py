"""Options that several commands have, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from indexer import BadInput
from service.schemas import errors_of

Decorated = Callable[..., Any]
Question = TypeVar("Question", bound=BaseModel)

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


def read(kind: type[Question], question: str, asked: Mapping[str, object]) -> Question:
    """Return a question with its filters; raises BadInput, naming the option."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()}
    try:
        return kind.model_validate({"q": question, **{k: v for k, v in given.items() if v is not None}})
    except ValidationError as error:
        raise BadInput("; ".join(f"{one.field}: {one.message}" for one in errors_of(error.errors()))) from error
