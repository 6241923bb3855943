"""The retrievers for LangChain and LlamaIndex, as those libraries use them, with a service that really runs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import date

import httpx2
import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from llama_index.core.schema import MetadataMode, QueryBundle
from pydantic import ValidationError
from serving import ARTICLES, FILTERS, native, served

from service.client import SearchOptions, ServiceProblem, ServiceUnreachable
from service.integrations import langchain, llama_index

QUESTION = "when will the bridge open"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("retrievers") / "index", *ARTICLES) as address:
        yield address


def by_langchain(address, question, **options):
    documents = langchain.DatelineRetriever(base_url=address, **options).invoke(question)
    return [(one.id, one.page_content, one.metadata["score"]) for one in documents]


def by_llama_index(address, question, **options):
    found = llama_index.DatelineRetriever(address, **options).retrieve(question)
    return [(one.node.node_id, one.node.get_content(), one.score) for one in found]


RETRIEVERS = [by_langchain, by_llama_index]
MODULES = [langchain, llama_index]


@pytest.mark.parametrize("asked", [{}, *FILTERS], ids=str)
@pytest.mark.parametrize("retrieve", RETRIEVERS)
def test_it_finds_what_the_service_finds(address, retrieve, asked):
    wanted = [(hit["id"], hit["text"], hit["score"]) for hit in native(address, QUESTION, min_confidence=0, **asked)]
    assert retrieve(address, QUESTION, min_confidence=0, **asked) == wanted != []


@pytest.mark.parametrize("retrieve", RETRIEVERS)
def test_what_is_wrong_is_told(address, retrieve):
    with pytest.raises(ServiceProblem, match="limit: Input should be less than or equal to 100"):
        retrieve(address, QUESTION, limit=1000)
    with pytest.raises(ServiceUnreachable, match="cannot be reached"):
        retrieve("http://127.0.0.1:1", QUESTION)


@pytest.mark.parametrize("module", MODULES)
def test_an_option_that_is_not_there_is_refused(address, module):
    with pytest.raises((ValidationError, TypeError), match="publisher"):
        module.DatelineRetriever(base_url=address, publisher="Gazette")


@pytest.mark.parametrize("module", MODULES)
def test_it_finds_the_same_asynchronously(address, module):
    retriever = module.DatelineRetriever(base_url=address)

    async def ask():
        one = retriever.ainvoke if module is langchain else retriever.aretrieve
        return await asyncio.gather(one("bridge"), one("lighthouse"))

    at_once = retriever.invoke if module is langchain else retriever.retrieve
    assert asyncio.run(ask()) == [at_once("bridge"), at_once("lighthouse")]
    assert asyncio.run(ask()) == [at_once("bridge"), at_once("lighthouse")]  # in an event loop of its own


def test_every_option_is_a_field_of_the_langchain_retriever():
    assert set(SearchOptions.__annotations__) <= set(langchain.DatelineRetriever.model_fields)


def test_one_question_can_have_options_of_its_own(address):
    retriever = langchain.DatelineRetriever(base_url=address, languages=["en"], min_confidence=0)
    german = retriever.invoke("bridge", languages=["de"])
    assert [one.metadata["article_id"] for one in german] == ["a3"]
    assert asyncio.run(retriever.ainvoke("bridge", languages=["de"])) == german
    before = retriever.invoke("bridge", published_to=date(2025, 3, 1))
    assert "a5" not in [one.metadata["article_id"] for one in before]


def test_a_document_says_exactly_where_it_stands(address):
    document = langchain.DatelineRetriever(base_url=address).invoke("why was the harbour bridge closed")[0]
    known = document.metadata
    assert {name: known[name] for name in ("article_id", "title", "url", "publisher", "published_at")} == {
        "article_id": "a1",
        "title": "Headline 1",
        "url": "https://www.gazette.example/1",
        "publisher": "Gazette",
        "published_at": "2025-03-01T00:00:00+00:00",
    }
    assert known["authors"] == ["Ada Holm", "Jo Berg"]
    assert known["also_published_by"] == ["Morning Post"]
    body = httpx2.get(f"{address}/articles/a1").json()["body"]
    assert body[known["char_start"] : known["char_end"]] == document.page_content
    assert httpx2.get(f"{address}/passages/{document.id}").json()["text"] == document.page_content


def test_a_node_says_exactly_where_it_stands_and_keeps_prompts_clean(address):
    found = llama_index.DatelineRetriever(address, languages=["en"]).retrieve(QueryBundle("harbour bridge closed"))[0]
    node = found.node
    body = httpx2.get(f"{address}/articles/{node.metadata['article_id']}").json()["body"]
    assert body[node.start_char_idx : node.end_char_idx] == node.get_content()
    assert httpx2.get(f"{address}/passages/{node.node_id}").json()["text"] == node.get_content()
    prompt = node.get_content(metadata_mode=MetadataMode.LLM)
    about, text = prompt.split("\n\n", 1)
    assert [line.split(": ")[0] for line in about.splitlines()] == ["title", "publisher", "published_at"]
    assert text == node.get_content()


def test_it_is_a_part_of_a_chain(address):
    def join(documents):
        return "\n".join(one.page_content for one in documents)

    prompt = ChatPromptTemplate.from_template("{sources}\nQuestion: {question}")
    retriever = langchain.DatelineRetriever(base_url=address, limit=1)
    chain = {"sources": retriever | join, "question": RunnablePassthrough()} | prompt | (lambda said: said.to_string())
    said = (chain | StrOutputParser()).invoke("why was the harbour bridge closed")
    assert "Engineers found cracks" in said and said.endswith("Question: why was the harbour bridge closed")


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [("langchain", "langchain_core", "dateline[langchain]"), ("llama_index", "llama_index", "dateline[llamaindex]")],
)
def test_without_the_extra_it_says_which_one_is_missing(module, missing, extra):
    program = f"import sys; sys.modules[{missing!r}] = None; import service.integrations.{module}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ImportError: DatelineRetriever needs" in done.stderr and extra in done.stderr
