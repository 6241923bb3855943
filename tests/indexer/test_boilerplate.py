import pytest
from click.testing import CliRunner
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import boilerplate
from indexer.boilerplate import WINDOW, without_boilerplate
from indexer.cli import main
from indexer.embedded import create, open_index
from indexer.intake import Intake
from indexer.types import Rejected

PLEA = "Sign up for the Gazette's morning letter"
SENT = "This report was sent to you by the Gazette."


def bodies(*articles):
    return [item.article.body for item in without_boilerplate(arrived(*articles))]


def news(number):
    return "\n\n".join(f"Sentence {number}-{one} tells what happened at the mill." for one in range(4))


def reports(count, form="{plea}\n\n{news}\n\n{sent}", **fields):
    return [article(n, form.format(plea=PLEA, news=news(n), sent=SENT), **fields) for n in range(count)]


def test_lines_that_many_articles_share_go_from_both_ends():
    assert bodies(*reports(6)) == [news(number) for number in range(6)]


def test_the_first_article_is_rid_of_them_as_well_as_the_last():
    results = bodies(*reports(WINDOW + 10))
    assert (results[0], results[-1]) == (news(0), news(WINDOW + 9))


def test_four_articles_are_not_many():
    assert bodies(*reports(4)) == [one.body for one in reports(4)]


def test_a_line_in_fewer_than_a_tenth_of_the_articles_stays():
    plain = [article(100 + number, news(100 + number)) for number in range(80)]
    assert bodies(*reports(6), *plain)[:6] == [one.body for one in reports(6)]


def test_a_line_in_the_middle_stays():
    form = "{news}\n\n{plea}\n\nThe last sentence is new every time: {news}"
    assert bodies(*reports(6, form)) == [one.body for one in reports(6, form)]


def test_what_another_publisher_writes_does_not_count():
    one = article(100, f"{news(100)}\n\n{SENT}", publisher="Herald")
    assert bodies(*reports(6), one)[-1] == one.body


def test_copies_keep_their_text():
    copies = [article(number, news(1)) for number in range(9)]
    assert bodies(*copies) == [news(1)] * 9


@pytest.mark.parametrize("line", ["By Ada Brook", "ORLE", "x" * 400])
def test_short_and_long_lines_stay(line):
    articles = [article(number, f"{line}\n{news(number)}") for number in range(9)]
    assert bodies(*articles) == [one.body for one in articles]


def test_an_article_is_known_again_whatever_it_arrives_with(tmp_path):
    create(tmp_path, WordEmbedder.model, CHUNKING)
    intake = Intake(open_index(tmp_path), WordEmbedder(), CHUNKING)
    together = reports(6)
    assert intake.add(arrived(*together)).added == 6
    assert intake.add(arrived(together[3])).unchanged == 1
    assert intake.add(arrived(*together)).unchanged == 6
    assert intake.add(arrived(article(3, f"{PLEA}\n\n{news(9)}"))).updated == 1
    stored = intake.store.article("a2", intake.store.sequence_number())
    assert (stored.version, stored.article.body) == (1, news(2))


def test_only_so_many_lines_of_a_publisher_are_remembered(monkeypatch):
    monkeypatch.setattr(boilerplate, "_REMEMBERED", 100)
    articles = [article(n, f"{PLEA}\n\n{news(n)}") for n in range(2 * WINDOW)]
    assert bodies(*articles) == [news(n) for n in range(2 * WINDOW)]
    publisher = boilerplate._Publisher()
    for one in articles:
        publisher.note({*one.body.splitlines()})
    assert len(publisher.lines) <= 100


def test_rejections_keep_their_place():
    rejected = Rejected("a.txt", "is empty")
    assert list(without_boilerplate([rejected])) == [rejected]


def test_a_dry_run_shows_line_by_line_what_goes(tmp_path):
    for number in range(6):
        text = f"---\npublisher: Gazette\ntitle: Report {number}\n---\n{news(number)}\n\n{SENT}\n"
        (tmp_path / f"{number}.md").write_text(text)
    result = CliRunner().invoke(main, ["add", "--dry-run", "--diff", "--index", str(tmp_path / "i"), str(tmp_path)])
    assert result.exit_code == 0
    assert result.output.count(f"-{SENT}\n") == 6
    assert "Sentence 1-1" not in result.output
    assert "Would add 6" in result.output


def test_a_diff_needs_a_dry_run(tmp_path):
    result = CliRunner().invoke(main, ["add", "--diff", "--index", str(tmp_path / "i"), str(tmp_path)])
    assert result.exit_code == 2
    assert "--diff goes with --dry-run" in result.output
