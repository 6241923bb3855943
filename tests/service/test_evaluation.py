"""Data sets, figures, runs and comparisons, and the command that puts them together."""

from __future__ import annotations

import json
import random
from threading import Thread
from time import sleep

import pytest
import pytrec_eval
import uvicorn
from click.testing import CliRunner
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as some
from invented import add

from indexer.errors import BadInput
from service.__main__ import main
from service.app import create_app
from service.evaluation.chance import estimate, p_value
from service.evaluation.data_sets import read_data_set
from service.evaluation.figures import FIGURES
from service.evaluation.report import compare, report
from service.evaluation.runs import Asking, Result, Run, load, run, save
from service.evaluation.subjects import NoAnswer, OpenIndex, RunningService, State
from service.running import Running

QUESTIONS = [
    {"_id": "bridge", "text": "Why was the harbour bridge closed?", "asked_on": "2025-03-01"},
    {"_id": "ferry", "text": "What did the council vote for?", "asked_on": "2025-03-02T08:00:00Z"},
    {"_id": "nobody", "text": "Was this ever judged?"},
    {"_id": "early", "text": "Who won the final in the last minute?", "asked_on": "2025-02-28"},
    {"_id": "gone", "text": "Where does the lighthouse keeper live?"},
]
QRELS = ["bridge\ta1\t2", "bridge\ta3\t1", "ferry\ta2\t1", "ferry\ta1\t0", "early\ta4\t1", "gone\tnowhere\t1"]
HEADER = "query-id\tcorpus-id\tscore"


def write(folder, questions=QUESTIONS, qrels=QRELS, split="test", header=HEADER):
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    lines = [one if isinstance(one, str) else json.dumps(one) for one in questions]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text("\n".join([header, *qrels]), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "news")


@pytest.fixture
def url(searcher):
    server = uvicorn.Server(uvicorn.Config(create_app(Running(lambda: searcher)), port=0, log_level="error"))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    while not ready(address):
        sleep(0.01)
    yield address
    server.should_exit = True
    thread.join()


def ready(address):
    try:
        with RunningService(address) as service:
            return service.state()
    except NoAnswer:
        return None


@pytest.fixture(params=["index", "service"])
def subject(request, searcher):
    if request.param == "index":
        yield OpenIndex(searcher)
    else:
        with RunningService(request.getfixturevalue("url")) as service:
            yield service


@pytest.fixture
def dateline(url):
    def call(*words, check=0):
        done = CliRunner().invoke(main, ["eval", *map(str, words), "--url", url], catch_exceptions=False)
        assert done.exit_code == check, done.output
        return done.output

    return call


# Data sets


def test_questions_come_with_their_judgements(folder):
    data = read_data_set(folder)
    assert data.name == "news/test"
    assert [question.id for question in data.questions] == ["bridge", "ferry", "early", "gone"]
    assert data.skipped == 1
    assert data.judgements["bridge"] == {"a1": 2, "a3": 1}
    assert data.answers == {"a1", "a2", "a3", "a4", "nowhere"}


def test_a_date_is_the_end_of_its_day(folder):
    bridge, ferry, _, gone = read_data_set(folder).questions
    assert bridge.asked_on.isoformat() == "2025-03-01T23:59:59+00:00"
    assert ferry.asked_on.isoformat() == "2025-03-02T08:00:00+00:00"
    assert gone.asked_on is None


def test_the_split_is_test_or_the_only_one_or_the_one_chosen(tmp_path):
    write(tmp_path, qrels=["ferry\ta2\t1"], split="dev")
    assert read_data_set(tmp_path).name.endswith("/dev")
    write(tmp_path)
    assert read_data_set(tmp_path).name.endswith("/test")
    assert [question.id for question in read_data_set(tmp_path, "dev").questions] == ["ferry"]
    with pytest.raises(BadInput, match="no train.tsv; choose with --split one of dev, test"):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"questions": ['{"_id": "bridge", ']}, "queries.jsonl:1: Invalid JSON"),
        ({"questions": ["", '{"text": "What?"}']}, "queries.jsonl:2: _id: Field required"),
        ({"questions": [{"_id": "bridge", "text": " "}]}, "queries.jsonl:1: text: "),
        ({"questions": [{"_id": "bridge", "text": "w" * 2_001}]}, "queries.jsonl:1: text: .*2000"),
        ({"questions": [{"_id": "b", "text": "What?", "asked_on": "soon"}]}, ":1: asked_on: 'soon' is not a date"),
        ({"questions": [*QUESTIONS, QUESTIONS[0]]}, "queries.jsonl:6: there is a question 'bridge' already"),
        ({"questions": QUESTIONS[1:]}, "test.tsv: judges 'bridge', a question that is not in queries.jsonl"),
        ({"header": "bridge\ta1\t1"}, "test.tsv:1: the first line must be query-id<tab>corpus-id<tab>score"),
        ({"qrels": []}, "test.tsv:1: no judgements follow"),
        ({"qrels": ["bridge a1 1"]}, "test.tsv:2: 1 cells between tabs"),
        ({"qrels": ["bridge\ta1\tyes"]}, "test.tsv:2: score: 'yes' is not a whole number"),
        ({"qrels": ["bridge\ta1\t1", "bridge\ta1\t2"]}, "test.tsv:3: 'a1' has the score 1 for 'bridge' already"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, wrong, says):
    with pytest.raises(BadInput, match=says):
        read_data_set(write(tmp_path, **wrong))


def test_missing_files_and_broken_bytes_are_named(tmp_path):
    with pytest.raises(BadInput, match="no qrels here"):
        read_data_set(tmp_path)
    write(tmp_path)
    (tmp_path / "queries.jsonl").write_bytes(b'{"_id": "bridge", "text": "Why?"}\n{"_id": "\xff"}\n')
    with pytest.raises(BadInput, match="queries.jsonl:2: not UTF-8"):
        read_data_set(tmp_path)
    (tmp_path / "queries.jsonl").unlink()
    with pytest.raises(BadInput, match="queries.jsonl: No such file"):
        read_data_set(tmp_path)


# Figures


@pytest.mark.parametrize(
    ("ranking", "judged", "expected"),
    [
        ("abc", {"a": 1}, (1, 1, 1, 1, 1, 1)),
        ("xab", {"a": 1, "b": 1}, (0, 1, 1, 1 / 2, (0.6309298 + 0.5) / 1.6309298, 1)),
        ("xa", {"a": 1, "b": 3}, (0, 1, 1, 1 / 2, 0.6309298 / (3 + 0.6309298), 1 / 2)),
        ("123456789a", {"a": 2}, (0, 0, 1, 1 / 10, 0.2890648, 1)),
        ("123456789xa", {"a": 2}, (0, 0, 0, 0, 0, 1)),
        ("ab", {"a": 0, "b": -1}, (0, 0, 0, 0, 0, 0)),
        ("", {"a": 1}, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_a_ranking_is_worth_what_can_be_worked_out_by_hand(ranking, judged, expected):
    assert [figure.of(list(ranking), judged) for figure in FIGURES] == pytest.approx(expected, abs=1e-6)


NAMES = [f"article {n}" for n in range(130)]
TREC_EVAL = {"success.1,5,10", "recip_rank", "ndcg_cut.10", "recall.100"}


def check_against_trec_eval(rankings, judgements, scores):
    """Compare question by question; trec_eval says nothing of one that is not in the run, which is worth 0."""
    theirs = pytrec_eval.RelevanceEvaluator(judgements, TREC_EVAL).evaluate(scores)
    for question, judged in judgements.items():
        found = {name.replace("_cut", ""): value for name, value in theirs.get(question, {}).items()}
        reciprocal_rank = found.get("recip_rank", 0)
        found["mrr_10"] = reciprocal_rank if reciprocal_rank >= 1 / 10 else 0  # theirs has no cut
        for figure in FIGURES:
            ours = figure.of(rankings.get(question, []), judged)
            assert ours == pytest.approx(found.get(figure.name.lower().replace("@", "_"), 0)), figure.name


@settings(deadline=None)
@given(
    ranking=some.lists(some.sampled_from(NAMES), unique=True, max_size=120),
    judged=some.dictionaries(some.sampled_from(NAMES), some.integers(-1, 4), min_size=1, max_size=30),
)
def test_figures_agree_with_trec_eval(ranking, judged):
    scores = {name: -float(place) for place, name in enumerate(ranking)}
    check_against_trec_eval({"q": ranking}, {"q": judged}, {"q": scores})


def test_figures_agree_with_trec_eval_on_a_large_run_with_ties_and_gaps():
    chance = random.Random(7)
    judgements = {str(n): {name: chance.randint(0, 3) for name in chance.sample(NAMES, 20)} for n in range(200)}
    scores = {str(n): {name: float(chance.randint(0, 9)) for name in chance.sample(NAMES, 110)} for n in range(20, 220)}
    rankings = {  # trec_eval puts the later name first among equals
        n: [name for _, name in sorted(((score, name) for name, score in scored.items()), reverse=True)]
        for n, scored in scores.items()
    }
    check_against_trec_eval(rankings, judgements, scores)


# Chance


def test_an_interval_holds_the_mean_and_is_the_same_every_time():
    values = [0.0, 1.0] * 50
    found = estimate(values)
    assert found == estimate(values)
    assert found.value == 0.5
    assert (found.low, found.high) == pytest.approx((0.4, 0.6), abs=0.02)  # 0.5 -+ 1.96 x 0.05
    assert (estimate([0.3]).low, estimate([0.3]).high) == (0.3, 0.3)


def test_p_is_what_counting_every_arrangement_gives():
    assert p_value([0.0, 0.0]) == 1
    assert p_value([0.1] * 4) == pytest.approx(2 / 2**4, abs=0.01)
    assert p_value([0.3, -0.3]) == 1
    assert p_value([0.1] * 4) == p_value([-0.1] * 4)
    assert 0 < p_value([0.1] * 40) < 0.001


# Runs


def test_every_question_is_asked_as_of_its_day(folder, subject):
    made = run(read_data_set(folder), subject, "here", Asking())
    rankings = {result.question_id: result.article_ids for result in made.results}
    assert rankings["bridge"][0] == "a1"
    assert rankings["ferry"][0] == "a2"
    assert rankings["early"] == ()  # everything that has a date is from the day after
    assert len(rankings["gone"]) == 5
    assert all(result.milliseconds > 0 for result in made.results)
    assert made.state == State("words", 7, 7)


def test_without_time_every_question_is_asked_now(folder, subject):
    made = run(read_data_set(folder), subject, "here", Asking("now", depth=2))
    rankings = {result.question_id: result.article_ids for result in made.results}
    assert rankings["early"][0] == "a4"
    assert {len(ranking) for ranking in rankings.values()} == {2}


def test_index_and_service_rank_alike(folder, searcher, url):
    data = read_data_set(folder)
    with RunningService(url) as service:
        runs = [run(data, one, "here", Asking("now")) for one in (OpenIndex(searcher), service)]
    first, second = ([result.article_ids for result in one.results] for one in runs)
    assert first == second


def test_a_report_says_what_was_found_and_what_could_not_be(folder, subject):
    data = read_data_set(folder)
    found = report(run(data, subject, "here", Asking()), data, subject)
    assert (found.questions, found.dated, found.skipped) == (4, 3, 1)
    assert (found.coverage.answers, found.coverage.missing) == (5, 1)
    assert found.figures["Success@1"].value == 0.5
    assert found.figures["MRR@10"].value == 0.5
    assert list(found.figures) == [figure.name for figure in FIGURES]
    assert 0 < found.latency_ms.p50 <= found.latency_ms.p95


def test_figures_deeper_than_the_rankings_are_left_out(folder, subject):
    data = read_data_set(folder)
    found = report(run(data, subject, "here", Asking(depth=5)), data, subject)
    assert list(found.figures) == ["Success@1", "Success@5"]


def test_further_fields_reach_the_search(folder, subject):
    options = {"publishers": ["Morning Post"], "min_confidence": "0"}
    made = run(read_data_set(folder), subject, "here", Asking("now", options=options))
    assert {result.article_ids for result in made.results} == {("a2",)}


@pytest.mark.parametrize(
    ("options", "says"),
    [({"limit": "3"}, "--ask limit: the evaluation sets"), ({"colour": "red"}, "--ask colour: Extra inputs")],
)
def test_fields_that_cannot_be_set_are_named(options, says):
    with pytest.raises(BadInput, match=says):
        Asking(options=options)


def test_an_article_with_a_strange_id_is_found_to_be_there(index, subject):
    strange = "https://a.example/?a=b&c#d/ü %"
    add(index, [article(9, id=strange)])
    assert subject.holds(strange)
    assert not subject.holds(strange + "!")


@pytest.mark.parametrize(
    ("address", "error", "says"),
    [
        ("news", BadInput, "is not an address such as"),
        ("http://127.0.0.1:1", NoAnswer, "http://127.0.0.1:1: .*Is the service running"),
    ],
)
def test_a_service_that_is_not_there_is_named(address, error, says):
    with pytest.raises(error, match=says), RunningService(address) as service:
        service.state()


def test_an_address_that_is_not_the_service_is_named(url):
    with (
        pytest.raises(NoAnswer, match="/elsewhere/readyz: 404 Not Found"),
        RunningService(f"{url}/elsewhere") as service,
    ):
        service.state()


# Comparisons


def made_of(rankings, depth=100):
    results = tuple(Result(n, f"Question {n}?", tuple(ranking), 1.0) for n, ranking in rankings.items())
    return Run("news/test", "here", State("words", 7, 7), Asking(depth=depth), results)


@pytest.fixture
def many(tmp_path):
    questions = [{"_id": str(n), "text": f"Question {n}?"} for n in range(12)]
    return read_data_set(write(tmp_path / "many", questions, [f"{n}\ta\t1" for n in range(12)]))


def test_a_run_is_read_as_it_was_saved(tmp_path, folder, subject):
    made = run(read_data_set(folder), subject, "here", Asking(options={"languages": ["en"]}))
    save(made, tmp_path / "run.json")
    assert load(tmp_path / "run.json") == made


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"data_set": "news"'])
def test_what_is_no_saved_run_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BadInput, match="run.json: not a run that --out saved"):
        load(tmp_path / "run.json")


def test_the_better_run_is_better_and_not_by_chance(many):
    old, new = made_of({str(n): "xa" for n in range(12)}), made_of({str(n): "ax" for n in range(12)})
    found = compare(new, old, many)
    assert (found.questions, found.unpaired) == (12, 0)
    gain = found.differences["MRR@10"]
    assert (gain.mean.value, gain.mean.low, gain.mean.high) == (0.5, 0.5, 0.5)
    assert gain.p < 0.005
    assert compare(old, new, many).differences["MRR@10"].mean.value == -0.5


def test_equal_runs_differ_by_chance_only(many):
    same = made_of({str(n): "ax" for n in range(12)})
    assert {one.p for one in compare(same, same, many).differences.values()} == {1.0}


def test_only_what_both_asked_is_compared(many):
    old, new = made_of({str(n): "xa" for n in range(10)}), made_of({str(n): "xa" for n in range(2, 12)})
    found = compare(new, old, many)
    assert (found.questions, found.unpaired) == (8, 4)


def test_runs_that_cannot_be_compared_are_refused(many):
    new = made_of({"0": "xa"})
    with pytest.raises(BadInput, match="share none"):
        compare(new, made_of({"1": "xa"}), many)
    with pytest.raises(BadInput, match="--depth of 10"):
        compare(new, made_of({"0": "xa"}, depth=5), many)


# The command


def test_the_command_prints_a_table(folder, dateline, url):
    said = dateline(folder)
    assert "Data set   news/test: 4 questions, 1 without judgements skipped" in said
    assert "Asked      each at the end of its day (1 without a date: now), 100 articles a question" in said
    assert f"Index      {url} (7 articles, words, sequence number 7)" in said
    assert "4 of 5 articles that answer a question are in the index (80.0%)" in said
    assert "MRR@10        0.500   0." in said
    assert "ms (p50)" in said


def test_the_command_prints_json(folder, dateline):
    found = json.loads(dateline(folder, "--json", "--now", "--ask", "publishers=Gazette", "--ask", "languages=en"))
    assert found["asking"] == {
        "as_of": "now",
        "depth": 100,
        "options": {"publishers": ["Gazette"], "languages": ["en"]},
    }
    assert found["figures"]["Success@1"]["low"] <= found["figures"]["Success@1"]["value"]
    assert found["state"]["sequence_number"] == 7
    assert found["comparison"] is None


def test_the_command_compares_with_a_run_it_saved(folder, dateline, tmp_path):
    dateline(folder, "--out", tmp_path / "run.json")
    said = dateline(folder, "--now", "--compare", tmp_path / "run.json")
    assert f"Against {tmp_path / 'run.json'}: 4 questions\n" in said
    assert "MRR@10       +0.250   +0.000 to +0.750" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--split", "dev"], "no dev.tsv"),
        (["--ask", "colour"], "--ask colour: write NAME=VALUE"),
        (["--ask", "group_by=passage"], "--ask group_by: the evaluation sets this field itself"),
        (["--out", "/nowhere/run.json"], "/nowhere/run.json: No such file"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(folder, dateline, words, says):
    assert says in dateline(folder, *words, check=1)
