"""The rules of the design, kept by reading every import."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for package in ("indexer", "service") for path in (ROOT / package).rglob("*.py"))


def imports(path):
    """Every module a file imports, also inside functions; ``from a import b`` counts as both ``a`` and ``a.b``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


USERS = defaultdict(set)
for file in FILES:
    for module in imports(file):
        USERS[module].add(file.relative_to(ROOT).as_posix())


def files_importing(library):
    return set().union(*(users for module, users in USERS.items() if module.split(".")[0] == library))


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("faiss", {"indexer/embedded/segments.py"}),
        ("tantivy", {"indexer/embedded/text_queries.py", "indexer/embedded/texts.py"}),
        ("filelock", {"indexer/embedded/lock.py"}),
        ("sentencex", {"indexer/chunking.py"}),
        ("feedparser", {"indexer/sources/feeds.py"}),
        ("trafilatura", {"indexer/sources/page_text.py"}),
        ("py3langid", {"indexer/language.py"}),
        ("protego", {"indexer/fetching/manners.py"}),
        ("tqdm", {"indexer/cli.py", "indexer/commands/migrate.py"}),
        ("nncf", {"indexer/embedding/calibrating.py"}),
        ("onnxruntime", {"indexer/embedding/onnxruntime.py"}),
        ("tokenizers", {"indexer/embedding/compiled.py"}),
        ("watchfiles", {"indexer/watching/alarm.py"}),
        ("uvicorn", {"service/cli.py"}),
        ("mcp_types", {"service/mcp/server.py"}),
        ("langchain_core", {"service/integrations/langchain.py"}),
        ("llama_index", {"service/integrations/llama_index.py"}),
        ("torch", {"indexer/embedding/sentence.py", "service/reranking.py"}),
        ("sentence_transformers", {"indexer/embedding/sentence.py", "service/reranking.py"}),
    ],
)
def test_each_heavy_library_has_one_door(library, doors):
    assert files_importing(library) == doors


@pytest.mark.parametrize(
    ("library", "folder"),
    [
        ("sqlite3", "indexer/embedded/"),
        ("openvino", "indexer/embedding/"),
        ("transformers", "indexer/embedding/"),
        ("yaml", "indexer/sources/"),
        ("lxml", "indexer/sources/"),
        ("httpcore2", "indexer/fetching/"),
        ("mcp", "service/mcp/"),
        ("fastapi", "service/"),
        ("pydantic", "service/"),
    ],
)
def test_each_library_stays_in_its_part_of_the_house(library, folder):
    users = files_importing(library)
    assert users
    assert all(user.startswith(folder) for user in users)


def test_the_indexer_never_imports_the_service():
    assert not [user for user in files_importing("service") if user.startswith("indexer/")]


def test_the_service_uses_the_indexer_through_its_front_door_only():
    inside = {path.relative_to(ROOT / "indexer").with_suffix("").parts[0] for path in (ROOT / "indexer").rglob("*.py")}
    for module, users in USERS.items():
        if module.split(".")[0] == "indexer" and module.split(".")[1:2] and module.split(".")[1] in inside:
            assert not [user for user in users if user.startswith("service/")], module


def test_only_the_front_doors_choose_the_engine():
    inside = ("indexer/embedded/", "indexer/commands/")
    outside = {user for user in USERS["indexer.embedded"] if not user.startswith(inside)}
    assert outside <= {"indexer/__init__.py", "indexer/cli.py"}


def test_http_stays_a_skin():
    for name in ("search", "ranking", "types"):
        assert f"service/{name}.py" not in files_importing("fastapi") | files_importing("pydantic")


def test_the_client_knows_nothing_of_the_service():
    for path in (ROOT / "service" / "client").rglob("*.py"):
        assert not [one for one in imports(path) if one.startswith("service.") and not one.startswith("service.client")]


def test_there_are_two_packages_and_no_common():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {"indexer", "service"}


def test_no_module_has_grown_past_its_idea():
    assert not [f"{path}: {lines}" for path in FILES if (lines := len(path.read_text().splitlines())) > 350]
