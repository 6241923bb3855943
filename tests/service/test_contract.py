"""Whatever is sent to any route, the answer is one that the OpenAPI document declares, and never a fault of ours."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import schemathesis
from fakes import CHUNKING, WordEmbedder
from hypothesis import HealthCheck, Phase, settings
from invented import ARTICLES, add
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import listening

from indexer.embedded import create, open_index
from service.app import create_app
from service.running import Running
from service.search import Searcher
from service.settings import Settings, Writes

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


LONGEST_QUERY = 60_000
"""Bytes of a URL's query; where it is longer than 65,535 the server refuses it before the service is asked."""
KEY = "a-key-that-only-this-test-knows"
WRITES = Writes((KEY,))


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return "\n".join(json.dumps(one) for one in (value if isinstance(value, list) else [value])).encode()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract") / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    add(index, ARTICLES)
    searcher = Searcher(index, WordEmbedder())
    with listening(create_app(Running(lambda: searcher), Settings(writes=WRITES))) as address:
        yield address


document = schemathesis.openapi.from_dict(create_app(Running(lambda: None), Settings(writes=WRITES)).openapi())


@document.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_declared(case, address):
    if len(urlencode(case.query or {}, doseq=True)) < LONGEST_QUERY:
        case.call_and_validate(base_url=address, checks=CHECKS, headers={"Authorization": f"Bearer {KEY}"})
