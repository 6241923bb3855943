"""Ids that look like a part of an address: what was written under an id is read under it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from fakes import article
from invented import add

PAGE = "https://site.example/docs/versions"
LINES = "of two\nlines"


@pytest.fixture
def client(index, client):
    ids = ("x", "x/versions", PAGE, LINES, "gone/versions")
    several = [replace(article(n, f"A tale of {n} lakes."), id=one) for n, one in enumerate(ids, 20)]
    several[-1] = replace(several[-1], status="withdrawn", correction="There is no lake.")
    add(index, several)
    add(index, [replace(several[1], body="A tale of many lakes.")])
    return client


@pytest.mark.parametrize("article_id", ["x/versions", PAGE, LINES])
def test_an_article_is_read_under_its_id_even_if_it_ends_like_a_list_of_versions(client, article_id):
    assert client.get(f"/articles/{quote(article_id)}").json()["article_id"] == article_id
    listed = client.get(f"/articles/{quote(article_id)}/versions").json()
    assert listed["article_id"] == article_id
    for one in listed["versions"]:
        found = client.get(f"/articles/{quote(article_id)}", params={"version": one["version"]}).json()
        assert (found["article_id"], found["version"]) == (article_id, one["version"])


def test_one_that_was_withdrawn_is_gone_and_no_list_of_another(client):
    assert client.get("/articles/gone/versions").status_code == 410


def test_where_there_is_none_of_that_id_versions_are_listed(client):
    assert client.get("/articles/a1/versions").json()["article_id"] == "a1"
    assert client.get("/articles/none/versions").status_code == 404
