"""OpenAI's vector stores, asked with OpenAI's own client at a service that really runs."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import UTC, datetime

import openai
import pytest
import serving
from fakes import CHUNKING, WordEmbedder, article
from invented import ARTICLES, add
from serving import listening
from starlette.testclient import TestClient

from indexer.embedded import create, open_index
from service.app import create_app
from service.expressions import compare
from service.merging import search_any
from service.running import Running
from service.saved import SavedFilter
from service.schemas.openai import VectorStoreSearchIn
from service.search import Searcher
from service.settings import Settings
from service.types import Query

FERRY = """The ferry and the bridge carry commuters over the sound. On Monday the ferry was late and the bridge full, so
that many walked home along the old quay, past the market and the fish hall, where the lamps were lit at noon."""
LONG = "https://long.example/" + "x" * 600
MORE = [
    article(20, FERRY, publisher="Wire", url="https://wire.example/20"),
    article(21, FERRY, publisher="Copyist", url="https://copyist.example/21"),
    article(
        22, "Bridge tolls rise.", title="T" * 600, url=LONG, authors=("Ada Holm", "Bo Berg"), categories=("Money",)
    ),
    article("B/23?x=1", "A path with a slash about bridge signs.", published_at=datetime(2025, 6, 1, tzinfo=UTC)),
]
STORES = (
    SavedFilter("wires", "Agencies.", publishers=("Wire", "copyist.example")),
    SavedFilter("sport", categories=("sport",)),
)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openai") / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    add(index, [*ARTICLES, *MORE])
    return Searcher(index, WordEmbedder())


@pytest.fixture(scope="module")
def address(searcher):
    with listening(create_app(Running(lambda: searcher), Settings(stores=STORES))) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="anything") as client:
        yield client


@pytest.fixture(scope="module")
def native(address, client):
    def search(question, **asked):
        hits = serving.native(address, question, group_by="passage", **asked)
        return [(hit["article_id"], hit["id"], hit["score"], hit["text"]) for hit in hits]

    return search


def found(page):
    return [(one.file_id, one.attributes["passage_id"], one.score, one.content[0].text) for one in page.data]


def files(page):
    return {one.file_id for one in page.data}


QUESTIONS = ["why was the bridge closed", "ferry", "lighthouse keeper", "Who won the final?", "asdf qwerty"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_hits_are_those_of_search(client, native, question):
    page = client.vector_stores.search("news", query=question)
    assert found(page) == native(question)
    assert page.search_query == [question]
    assert all(0 <= one.score <= 1 for one in page.data)


def test_it_answers_async_as_well(address, native):
    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="anything") as client:
            page = await client.vector_stores.search("news", query="bridge", max_num_results=3)
            stores = [store.id async for store in client.vector_stores.list(limit=1)]
            return found(page), stores

    hits, stores = asyncio.run(ask())
    assert hits == native("bridge", limit=3)
    assert stores == ["news", "wires", "sport"]


def test_attributes_say_where_a_passage_stands(client):
    (best, *_) = client.vector_stores.search("news", query="why was the bridge closed").data
    assert best.filename == "Headline 1"
    known = best.attributes
    assert known["url"] == "https://www.gazette.example/1"
    assert (known["publisher"], known["domain"], known["language"]) == ("Gazette", "gazette.example", "en")
    assert known["published_at"] == datetime(2025, 3, 1, tzinfo=UTC).timestamp()
    (content,) = client.vector_stores.files.content(best.file_id, vector_store_id="news").data
    assert content.text[int(known["char_start"]) : int(known["char_end"])] == best.content[0].text


def test_attributes_keep_to_the_limits(client):
    page = client.vector_stores.search("news", query="bridge tolls ferry", max_num_results=50)
    for one in page.data:
        assert len(one.attributes) <= 16
        assert all(len(key) <= 64 for key in one.attributes)
        assert all(len(value) <= 512 for value in one.attributes.values() if isinstance(value, str))
    (long,) = [one for one in page.data if one.file_id == "a22"]
    assert "url" not in long.attributes  # half an address leads nowhere
    assert len(long.attributes["title"]) == 512
    assert long.attributes["author"] == "Ada Holm, Bo Berg"


def one(key, operator, value):
    return {"type": operator, "key": key, "value": value}


def both(*filters):
    return {"type": "and", "filters": list(filters)}


def either(*filters):
    return {"type": "or", "filters": list(filters)}


MARCH, JUNE = (datetime(2025, month, 1, tzinfo=UTC).timestamp() for month in (3, 6))
ALL = {"a1", "a2", "a3", "a4", "a7", "a20", "a22", "aB/23?x=1"}  # a21 is a copy of a20
DATED = ALL - {"a3"}


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (one("publisher", "eq", "gazette"), {"a1", "a4", "a7", "a22", "aB/23?x=1"}),
        (one("publisher", "ne", "Gazette"), {"a2", "a3", "a20"}),
        (one("domain", "in", ["post.example", "wire.example"]), {"a2", "a20"}),
        (one("domain", "nin", ["gazette.example", "long.example"]), {"a2", "a3", "a20"}),
        (one("author", "eq", "bo berg"), {"a22"}),
        (one("author", "ne", "Ada Holm"), ALL - {"a4", "a22"}),
        (one("category", "in", ["sport", "money"]), {"a4", "a22"}),
        (one("category", "in", []), set()),
        (one("category", "nin", []), ALL),
        (one("language", "eq", "de"), {"a3"}),
        (one("file_id", "eq", "aB/23?x=1"), {"aB/23?x=1"}),
        (one("file_id", "in", ["a1", "a6", "nothing"]), {"a1"}),
        (one("published_at", "gte", MARCH), DATED),
        (one("published_at", "gt", MARCH), {"aB/23?x=1"}),
        (one("published_at", "gt", MARCH - 0.5), DATED),
        (one("published_at", "gte", MARCH + 0.5), {"aB/23?x=1"}),
        (one("published_at", "lt", JUNE), DATED - {"aB/23?x=1"}),
        (one("published_at", "lte", JUNE), DATED),
        (one("published_at", "eq", JUNE), {"aB/23?x=1"}),
        (one("published_at", "eq", JUNE + 0.5), set()),
        (both(one("published_at", "gt", MARCH), one("published_at", "lt", JUNE)), set()),
        (both(one("publisher", "eq", "Gazette"), one("domain", "eq", "long.example")), {"a22"}),
        (both(one("author", "eq", "Ada Holm"), one("author", "eq", "Bo Berg")), {"a22"}),
        (both(one("publisher", "in", ["Gazette", "Wire"]), one("publisher", "ne", "Gazette")), {"a20"}),
        (either(one("publisher", "eq", "Wire"), one("publisher", "in", ["Morning Post"])), {"a2", "a20"}),
        (either(one("publisher", "eq", "Wire"), one("language", "eq", "de")), {"a3", "a20"}),
        (either(one("publisher", "eq", "Wire"), one("publisher", "eq", "Copyist")), {"a20"}),
        (either(one("published_at", "gt", MARCH), one("author", "ne", "Ada Holm")), ALL - {"a4", "a22"}),
        (
            both(
                either(one("publisher", "eq", "Wire"), one("category", "eq", "sport"), one("file_id", "eq", "a22")),
                either(one("author", "eq", "Ada Holm"), one("published_at", "eq", MARCH)),
                one("author", "ne", "Bo Berg"),
            ),
            {"a4", "a20"},
        ),
    ],
)
def test_filters_leave_exactly_what_they_say(searcher, filters, left):
    asked = VectorStoreSearchIn(query="the bridge", filters=filters)
    query = Query("the bridge", datetime.now(UTC), limit=50, group_by="passage", min_confidence=0)
    hits = search_any(searcher, query, asked.alternatives)
    assert {hit.found.source.article.id for hit in hits} == left
    keys = [hit.found.key for hit in hits]
    assert len(keys) == len(set(keys))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def holds(filters, known):
    """Evaluate a filter on the attributes of a hit, by the book."""
    if filters["type"] in ("and", "or"):
        return (all if filters["type"] == "and" else any)(holds(each, known) for each in filters["filters"])
    have, value = known[filters["key"]], filters["value"]
    return {
        "eq": lambda: have == value,
        "ne": lambda: have != value,
        "gt": lambda: have > value,
        "gte": lambda: have >= value,
        "lt": lambda: have < value,
        "lte": lambda: have <= value,
        "in": lambda: have in value,
        "nin": lambda: have not in value,
    }[filters["type"]]()


def random_filter(chance, depth=2):
    if depth and chance.random() < 0.6:
        parts = [random_filter(chance, depth - 1) for _ in range(chance.randint(1, 3))]
        return chance.choice([both, either])(*parts)
    if chance.random() < 0.3:
        return one("published_at", chance.choice(["eq", "gt", "gte", "lt", "lte"]), 86_400 * chance.randint(1, 5))
    key, values = chance.choice([("publisher", "PQR"), ("category", "XYZ"), ("author", "AB"), ("file_id", "abcdefgh")])
    operator = chance.choice(["eq", "ne", "in", "nin"])
    return one(key, operator, chance.choice(values) if operator in ("eq", "ne") else chance.sample(values, 2))


def test_any_filter_agrees_with_reading_every_article(tmp_path):
    chance = random.Random(1)
    known = {
        name: {
            "file_id": name,
            "publisher": chance.choice("PQR"),
            "category": chance.choice("XYZ"),
            "author": chance.choice("AB"),
            "published_at": 86_400 * chance.randint(1, 5),
        }
        for name in "abcdefgh"
    }
    texts = dict(zip(known, ["river", "tower", "forest", "market", "temple", "garden", "harbor", "isle"], strict=True))
    create(tmp_path, WordEmbedder.model, CHUNKING)
    index = open_index(tmp_path)
    add(
        index,
        [
            article(
                name,
                f"Storm over the {texts[name]}, says {name * 9}.",
                publisher=facts["publisher"],
                categories=(facts["category"],),
                authors=(facts["author"],),
                published_at=datetime.fromtimestamp(facts["published_at"], UTC),
                url=None,
            )
            for name, facts in known.items()
        ],
    )
    searcher = Searcher(index, WordEmbedder())
    query = Query("storm", datetime.now(UTC), limit=50, duplicates="keep", min_confidence=0)
    sizes = set()
    for _ in range(150):
        filters = random_filter(chance)
        wanted = {name for name, facts in known.items() if holds(filters, facts)}
        asked = VectorStoreSearchIn(query="storm", filters=as_ids(filters))
        assert {h.found.source.article.id[1:] for h in search_any(searcher, query, asked.alternatives)} == wanted
        sizes.add(len(wanted))
    assert len(sizes) > 5


def as_ids(filters):
    """Write ids as the index has them."""
    if filters["type"] in ("and", "or"):
        return {**filters, "filters": [as_ids(each) for each in filters["filters"]]}
    if filters["key"] != "file_id":
        return filters
    value = filters["value"]
    return {**filters, "value": [f"a{one}" for one in value] if isinstance(value, list) else f"a{value}"}


def test_a_filter_works_through_the_client(client, native):
    page = client.vector_stores.search("news", query="bridge", filters=one("publisher", "eq", "Gazette"))
    assert found(page) == native("bridge", publishers=["Gazette"])
    page = client.vector_stores.search(
        "news", query="bridge", filters=either(one("publisher", "eq", "Wire"), one("language", "eq", "de"))
    )
    assert files(page) == {"a20", "a3"}


def test_a_threshold_leaves_out_lower_scores(client):
    every = client.vector_stores.search("news", query="bridge").data
    least = every[2].score
    options = {"ranker": "auto", "score_threshold": least}
    assert [one.score for one in client.vector_stores.search("news", query="bridge", ranking_options=options).data] == [
        one.score for one in every if one.score >= least
    ]


def test_what_only_tunes_is_accepted(client, native):
    options = {"ranker": "none", "hybrid_search": {"embedding_weight": 1, "text_weight": 0.5}}
    page = client.vector_stores.search("news", query="bridge", rewrite_query=True, ranking_options=options)
    assert found(page) == native("bridge")


def test_several_questions_are_searched_apart_and_merged_by_score(client, native):
    page = client.vector_stores.search("news", query=["ferry", "lighthouse keeper"], max_num_results=5)
    assert page.search_query == ["ferry", "lighthouse keeper"]
    best = {}
    for hit in [*native("ferry", limit=5), *native("lighthouse keeper", limit=5)]:
        best[hit[1]] = max(best.get(hit[1], hit), hit, key=lambda one: one[2])
    wanted = sorted(best.values(), key=lambda one: -one[2])[:5]
    assert [score for *_, score, _ in found(page)] == [score for *_, score, _ in wanted]
    assert set(found(page)) <= set(best.values())


def test_a_saved_filter_is_a_store(client):
    assert files(client.vector_stores.search("wires", query="ferry bridge")) == {"a20"}
    assert files(client.vector_stores.search("sport", query="who won the final")) == {"a4"}
    narrow = one("domain", "eq", "copyist.example")
    assert files(client.vector_stores.search("wires", query="ferry bridge", filters=narrow)) == {"a21"}
    outside = one("publisher", "eq", "Gazette")
    assert files(client.vector_stores.search("wires", query="ferry bridge", filters=outside)) == set()
    store = client.vector_stores.retrieve("wires")
    assert (store.id, store.name, store.status, store.file_counts.total) == ("wires", "wires", "completed", 2)


def test_stores_come_in_pages(client):
    assert [store.id for store in client.vector_stores.list(limit=2)] == ["news", "wires", "sport"]
    assert [store.id for store in client.vector_stores.list(order="desc")] == ["sport", "wires", "news"]
    assert [store.id for store in client.vector_stores.list(after="wires")] == ["sport"]
    before = client.vector_stores.list(before="sport", limit=1)
    assert [store.id for store in before.data] == ["wires"] and before.has_more


def test_files_come_in_pages(client):
    listed = [file.id for file in client.vector_stores.files.list(vector_store_id="news", limit=2)]
    assert listed == sorted(ALL | {"a21"})
    assert [file.id for file in client.vector_stores.files.list(vector_store_id="wires", limit=1)] == ["a20", "a21"]
    page = client.vector_stores.files.list(vector_store_id="news", limit=9)
    assert len(page.data) == 9 and not page.has_more and page.to_dict()["first_id"] == listed[0]
    assert not client.vector_stores.files.list(vector_store_id="news", filter="failed").data


def test_a_file_is_an_article(client):
    file = client.vector_stores.files.retrieve("aB/23?x=1", vector_store_id="news")
    assert (file.id, file.status, file.vector_store_id) == ("aB/23?x=1", "completed", "news")
    assert file.attributes["published_at"] == JUNE
    (text,) = client.vector_stores.files.content("aB/23?x=1", vector_store_id="news").data
    assert text.text == "A path with a slash about bridge signs."
    assert file.usage_bytes == len(text.text.encode())


@pytest.mark.parametrize(
    ("asked", "param", "code", "says"),
    [
        ({"query": ""}, "query", "invalid_value", "at least 1 character"),
        ({"query": "  "}, "query", "invalid_value", "empty"),
        ({"query": []}, "query", "invalid_value", "at least 1 item"),
        ({"query": ["bridge", ""]}, "query.1", "invalid_value", "at least 1 character"),
        ({"query": "x" * 2001}, "query", "invalid_value", "at most 2000"),
        ({"query": 7}, "query", "invalid_value", "valid string"),
        ({"max_num_results": 51}, "max_num_results", "invalid_value", "less than or equal to 50"),
        ({"max_num_results": 0}, "max_num_results", "invalid_value", "greater than or equal to 1"),
        ({"ranking_options": {"score_threshold": 2}}, "ranking_options.score_threshold", "invalid_value", "equal to 1"),
        ({"ranking_options": {"ranker": "best"}}, "ranking_options.ranker", "invalid_value", "'none'"),
        ({"extra_body": {"colour": "red"}}, "colour", "unknown_parameter", "not permitted"),
        ({"filters": {"type": "eq", "key": "publisher"}}, "filters.value", "missing_required_parameter", "required"),
        ({"filters": one("story_id", "eq", "x")}, "filters.key", "invalid_value", "publisher"),
        ({"filters": one("publisher", "gt", "x")}, "filters.value", "invalid_value", "published_at"),
        ({"filters": one("publisher", "eq", 7)}, "filters.value", "invalid_value", "text"),
        ({"filters": one("publisher", "eq", ["x"])}, "filters.value", "invalid_value", "one text"),
        ({"filters": one("publisher", "in", "x")}, "filters.value", "invalid_value", "list"),
        ({"filters": one("publisher", "like", "x")}, "filters.type", "invalid_value", "'eq'"),
        ({"filters": one("published_at", "gt", "2025")}, "filters.value", "invalid_value", "seconds since 1970"),
        ({"filters": one("published_at", "gt", 1e18)}, "filters.value", "invalid_value", "seconds since 1970"),
        ({"filters": one("published_at", "lt", -62135596800)}, "filters.value", "invalid_value", "seconds since 1970"),
        ({"filters": one("published_at", "ne", 7)}, "filters.value", "invalid_value", "lte"),
        ({"filters": one("published_at", "eq", True)}, "filters.value", "invalid_value", "seconds since 1970"),
        ({"filters": both()}, "filters.filters", "invalid_value", "at least 1 item"),
        ({"filters": both(one("colour", "eq", "x"))}, "filters.filters.0.key", "invalid_value", "colour"),
        ({"filters": "publisher"}, "filters", "invalid_value", "valid dictionary"),
        ({"query": ["bridge"] * 9}, "query", "invalid_value", "at most 8 items"),
        (
            {
                "query": list("abcde"),
                "filters": either(*[one("published_at", "gt", number) for number in range(7)]),
            },
            "filters",
            "invalid_value",
            "35 searches",
        ),
        (
            {"filters": both(*[either(one("author", "eq", "x"), one("category", "eq", "y"))] * 5)},
            "filters",
            "invalid_value",
            "more than 16",
        ),
    ],
)
def test_bad_questions_are_bad_requests_that_name_the_parameter(client, asked, param, code, says):
    with pytest.raises(openai.BadRequestError) as caught:
        client.vector_stores.search("news", **{"query": "bridge", **asked})
    error = caught.value
    assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")
    assert says in error.body["message"] and param in error.body["message"]
    assert error.request_id


def test_a_filter_as_deep_as_a_well_is_refused(client):
    filters = one("publisher", "eq", "Gazette")
    for _ in range(400):
        filters = both(filters)
    with pytest.raises(openai.BadRequestError) as caught:
        client.vector_stores.search("news", query="bridge", filters=filters)
    assert len(caught.value.body["message"]) < 5_000


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.vector_stores.retrieve("nothing"),
        lambda client: client.vector_stores.search("nothing", query="bridge"),
        lambda client: client.vector_stores.files.list(vector_store_id="nothing"),
        lambda client: client.vector_stores.files.retrieve("nothing", vector_store_id="news"),
        lambda client: client.vector_stores.files.retrieve("a1", vector_store_id="sport"),
        lambda client: client.vector_stores.files.content("a5", vector_store_id="news"),
        lambda client: client.models.list(),
    ],
)
def test_what_is_not_there_is_not_found(client, ask):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client)
    assert caught.value.type == "invalid_request_error" and caught.value.body["message"]


def test_an_unknown_place_in_a_list_is_refused(client):
    with pytest.raises(openai.BadRequestError, match="after: there is no vector store 'nothing'"):
        client.vector_stores.list(after="nothing")
    with pytest.raises(openai.BadRequestError, match="order"):
        client.vector_stores.files.list(vector_store_id="news", order="desc")


def test_what_cannot_be_done_says_so(client):
    with pytest.raises(openai.APIStatusError) as caught:
        client.vector_stores.create(name="mine")
    assert caught.value.status_code == 405 and "GET" in caught.value.body["message"]
    with pytest.raises(openai.APIStatusError) as caught:
        client.vector_stores.files.content("a6", vector_store_id="news")
    assert caught.value.status_code == 410 and "withdrawn" in caught.value.body["message"]


def test_a_service_that_is_not_ready_is_asked_again(searcher):
    go = threading.Event()
    threading.Timer(1.0, go.set).start()

    def slow():
        go.wait(30)
        return searcher

    with (
        listening(create_app(Running(slow))) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="x") as client,
    ):
        impatient = client.with_options(max_retries=0)
        with pytest.raises(openai.InternalServerError) as caught:
            impatient.vector_stores.search("news", query="bridge")
        assert caught.value.type == "server_error" and caught.value.response.headers["retry-after"] == "1"
        assert client.with_options(max_retries=5).vector_stores.search("news", query="bridge").data


def test_a_fault_has_the_shape_too(searcher, monkeypatch):
    monkeypatch.setattr(searcher, "search", lambda query: 1 / 0)
    with TestClient(create_app(Running(lambda: searcher)), raise_server_exceptions=False) as plain:
        while plain.get("/readyz").status_code == 503:
            pass
        response = plain.post("/v1/vector_stores/news/search", json={"query": "bridge"})
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "server_error"
    assert "division" not in response.text


def test_only_its_own_paths_have_the_shape(searcher):
    with TestClient(create_app(Running(lambda: searcher))) as plain:
        assert "error" in plain.get("/v1").json()
        assert "error" in plain.get("/v1/nothing").json()
        assert plain.get("/v10/nothing").headers["content-type"] == "application/problem+json"
        bad = plain.post("/v1/vector_stores/news/search", content=b"{not json").json()["error"]
    assert bad["param"] == "body"


def test_openapi_says_which_shape_errors_have(searcher):
    document = create_app(Running(lambda: searcher)).openapi()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if path.startswith("/v1/") and status >= "400":
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/OpenAIErrorOut"}, (path, status)
            if path.startswith("/v1/"):
                assert "400" in operation["responses"] and "422" not in operation["responses"]
    assert "OpenAIErrorDetailOut" in document["components"]["schemas"]


def test_a_comparison_is_refused_rather_than_left_out():
    with pytest.raises(ValueError, match="eq, ne, in and nin"):
        compare("author", "gte", "x")
