"""Bodies that cannot be read: whoever sent one is told why, in the words of the surface."""

from __future__ import annotations

import pytest
from test_limits import ASKED

from service.shapes import shape_of

PATHS = [path for path in ASKED if path != "/mcp"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("told", ["application/x-www-form-urlencoded", "text/plain", None])
def test_json_that_is_not_said_to_be_json_is_refused_for_that(client, path, told):
    headers = {"Content-Type": told} if told else {}
    response = client.post(path, content=b'{"q": "bridge", "query": "bridge"}', headers=headers)
    assert response.status_code == shape_of(path).invalid
    assert "body: send it with the header Content-Type: application/json" in response.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"q": ' + b"1" * 10_000 + b"}", b'{"q": "\xff"}'])
def test_json_that_nobody_can_read_is_an_invalid_request(client, path, content):
    response = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == shape_of(path).invalid
    assert "no JSON that can be read" in response.text
