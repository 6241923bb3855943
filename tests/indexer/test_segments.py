"""Segments with an inverted file, against comparing all with all. Here a few thousand vectors count as many."""

import shutil

import numpy as np
import pytest

from indexer.embedded import segments
from indexer.errors import DamagedView

ROWS, DIMENSION = 6_000, 32


def shrink(patch):
    patch.setattr("indexer.embedded.segments.INVERTED_FROM", 2_000)
    patch.setattr("indexer.embedded.segments.EXACT_UP_TO", 500)
    patch.setattr("indexer.embedded.segments.PART", 1_000)
    patch.setattr("indexer.embedded.segments.AT_ONCE", 100)
    patch.setattr("indexer.embedded.segments.THREADS", 1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    shrink(monkeypatch)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def vectors():
    """Vectors in clusters, as those of news are."""
    draw = np.random.default_rng(1)
    centres = draw.standard_normal((60, DIMENSION))
    return unit(centres[draw.integers(0, 60, ROWS)] + 0.5 * draw.standard_normal((ROWS, DIMENSION))).astype(np.float16)


@pytest.fixture(scope="module")
def questions(vectors):
    draw = np.random.default_rng(2)
    return unit(vectors[draw.integers(0, ROWS, (60, 3))].astype(np.float32).sum(axis=1)).astype(np.float32)


@pytest.fixture(scope="module")
def rows():
    return np.stack([np.arange(ROWS) * 3 + 1, np.arange(ROWS) // 10], axis=1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory, vectors, rows):
    """A folder with a segment, and its checksum."""
    folder = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        return folder, segments.save(folder, "one", vectors, rows)


@pytest.fixture
def segment(tmp_path, saved):
    folder, checksum = saved
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return segments.load(tmp_path, "one", checksum)


def true_best(vectors, rows, question, selected, k):
    scores = np.where(selected, vectors.astype(np.float32) @ question, -2)
    best = np.argsort(-scores, kind="stable")[: min(k, int(selected.sum()))]
    return rows[best, 0].tolist(), scores[best]


def recall(segment, vectors, rows, questions, selected, k=10):
    found = 0.0
    for question in questions:
        want, _ = true_best(vectors, rows, question, selected, k)
        found += len(set(segment.nearest(question, k, selected).keys.tolist()) & set(want)) / len(want)
    return found / len(questions)


def test_a_large_segment_is_looked_into_only_in_part_and_finds_what_is_nearest(segment, vectors, rows, questions):
    assert 0 < segment.probes < segment.index.nlist
    assert recall(segment, vectors, rows, questions, np.ones(ROWS, dtype=bool)) >= 0.97


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_a_filter_that_leaves_much_costs_little_recall(segment, vectors, rows, questions, share):
    selected = np.random.default_rng(3).random(ROWS) < share
    assert selected.sum() > 500
    assert recall(segment, vectors, rows, questions, selected) >= 0.97


@pytest.mark.parametrize("left", [1, 7, 60, 300])
def test_what_a_narrow_filter_leaves_is_found_exactly(segment, vectors, rows, questions, left):
    selected = np.zeros(ROWS, dtype=bool)
    selected[np.random.default_rng(left).choice(ROWS, left, replace=False)] = True
    for question in questions[:20]:
        want, scores = true_best(vectors, rows, question, selected, 10)
        found = segment.nearest(question, 10, selected)
        assert found.scores == pytest.approx(scores, abs=1e-3)
        assert set(found.keys.tolist()) == set(want)


def test_as_many_are_found_as_are_asked_for(segment, questions):
    for k in (1, 100, 3_000, ROWS + 5):
        found = segment.nearest(questions[0], k, np.ones(ROWS, dtype=bool))
        assert len(set(found.keys.tolist())) == len(found.keys) == min(k, ROWS)
        assert np.all(np.diff(found.scores) <= 0)


def test_scores_are_cosines_with_the_vectors_as_they_are(segment, vectors, questions):
    found = segment.nearest(questions[0], 10, np.ones(ROWS, dtype=bool))
    places = segment.places(found.keys)
    assert found.scores == pytest.approx(vectors[places].astype(np.float32) @ questions[0], abs=1e-6)
    assert segment.vectors(places).tolist() == vectors[places].astype(np.float32).tolist()


def test_keys_that_are_not_there_have_no_place(segment):
    assert segment.places(np.array([1, 2, 4, 10**9, 0])).tolist() == [0, -1, 1, -1, -1]


def test_a_small_segment_is_searched_exactly(tmp_path, vectors, rows, questions):
    checksum = segments.save(tmp_path, "small", vectors[:1_500], rows[:1_500])
    assert not (tmp_path / "small.ivf").exists()
    small = segments.load(tmp_path, "small", checksum)
    assert recall(small, vectors[:1_500], rows[:1_500], questions, np.arange(1_500) % 2 == 0) == 1


@pytest.mark.parametrize("ending", ["npz", "ivf"])
@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[: len(content) // 2] + b"\x55" * 8 + content[len(content) // 2 + 8 :],
        lambda content: b"",
        None,
    ],
    ids=["cut", "garbled", "emptied", "gone"],
)
def test_a_damaged_large_segment_is_noticed(tmp_path, segment, ending, harm):
    path = tmp_path / f"one.{ending}"
    content = path.read_bytes()
    path.unlink()
    if harm is not None:
        path.write_bytes(harm(content))
    with pytest.raises(DamagedView):
        segments.load(tmp_path, "one", segment.checksum)


def test_vectors_are_read_at_any_places_in_any_order(segment, vectors):
    draw = np.random.default_rng(4)
    for places in ([], [0], [ROWS - 1], [5, 6, 7, 3, 4, 4, 9], draw.integers(0, ROWS, 500), np.arange(ROWS)):
        places = np.array(places, dtype=np.int64)
        assert segment.vectors(places).tolist() == vectors[places].astype(np.float32).tolist()


def test_a_large_segment_can_be_read_on_when_its_files_are_gone(tmp_path, segment, vectors):
    for path in tmp_path.iterdir():
        path.unlink()
    assert segment.vectors(np.arange(10)).tolist() == vectors[:10].astype(np.float32).tolist()


def test_dimensions_of_any_number_have_lists(tmp_path, rows):
    vectors = unit(np.random.default_rng(5).standard_normal((2_000, 17))).astype(np.float16)
    odd = segments.load(tmp_path, "odd", segments.save(tmp_path, "odd", vectors, rows[:2_000]))
    assert odd.index.nlist
    assert odd.nearest(vectors[7].astype(np.float32), 1, np.ones(2_000, dtype=bool)).keys.tolist() == [rows[7, 0]]
