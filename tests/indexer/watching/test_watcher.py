"""Rounds of watching over real files, one after the other."""

import json
import os
import shutil
import zipfile

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create, open_index
from indexer.errors import BadInput, IndexLocked
from indexer.intake import Intake
from indexer.types import Report
from indexer.watching import Folders, Watcher
from indexer.watching.ledger import Ledger


class Desk:
    """A folder, an index, and watchers that come and go."""

    def __init__(self, home):
        self.inbox = home / "inbox"
        self.inbox.mkdir()
        create(home / "index", WordEmbedder.model, CHUNKING)
        self.home, self.embedder = home, WordEmbedder()
        self.index = open_index(home / "index")
        self.told, self.opened = [], []
        self.start()

    def start(self, *folders, settle=0, wait=0.1):
        self.intake = Intake(self.index, self.embedder, CHUNKING, wait)
        watched = Folders(folders or [self.inbox], self.home / "index")
        self.watcher = Watcher(self.intake, watched, settle=settle, tell=self.told.append)

    def write(self, name, text):
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else "\n".join(map(json.dumps, text)))
        return path

    def round(self):
        """What one round did, in one report."""
        self.told.clear()
        self.watcher.round()
        return sum((batch.report for batch in self.told), Report())

    def articles(self):
        """Ids and titles of all articles in the index."""
        self.index.refresh()
        number = self.index.store.sequence_number()
        changed = [row for (row,) in self.index.store._database.rows("SELECT DISTINCT article_id FROM versions")]
        found = [self.index.store.article(one, number) for one in changed]
        return {one.article.id: one.article.title for one in found if one}

    def titles(self):
        return sorted(self.articles().values())


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def line(name, title="A title", body="A storm hit the coast.", **fields):
    return {"id": name, "title": title, "body": body, **fields}


def test_what_is_there_is_indexed_and_then_what_comes(desk):
    desk.write("a.txt", "First\n\nThe first story.")
    desk.write("deep/er/b.txt", "Second\n\nThe second story.")
    assert desk.round().added == 2
    assert desk.round() == Report()
    desk.write("c.jsonl", [line("c1", "Third"), line("c2", "Fourth")])
    assert desk.round().added == 2
    assert desk.titles() == ["First", "Fourth", "Second", "Third"]


def test_a_changed_file_updates_its_article(desk):
    path = desk.write("a.txt", "First\n\nThe first story.")
    desk.round()
    (before,) = desk.articles()
    path.write_text("First\n\nThe first story, told at more length.")
    assert desk.round().updated == 1
    draft = desk.write("a.txt.tmp", "First\n\nThe third edition of the first story.")
    draft.replace(path)
    assert desk.round().updated == 1
    assert list(desk.articles()) == [before]


def test_a_file_that_was_replaced_by_one_of_the_same_size_and_time_is_seen(desk):
    path = desk.write("a.txt", "First\n\nThe first story.")
    desk.round()
    draft = desk.write("a.txt.tmp", "First\n\nThe other story.")
    shutil.copystat(path, draft)
    draft.replace(path)
    assert desk.round().updated == 1


def test_a_deleted_file_takes_its_articles_along(desk):
    path = desk.write("a.jsonl", [line("a1"), line("a2")])
    desk.round()
    path.unlink()
    assert desk.round().removed == 2
    assert desk.articles() == {}
    assert desk.round() == Report()


def test_an_article_that_another_file_still_has_stays(desk):
    first = desk.write("a.jsonl", [line("x"), line("a")])
    second = desk.write("b.jsonl", [line("x"), line("b")])
    desk.round()
    first.unlink()
    assert desk.round().removed == 1
    assert set(desk.articles()) == {"x", "b"}
    second.unlink()
    assert desk.round().removed == 2


def test_another_folder_that_is_watched_by_another_process_counts_too(desk, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.jsonl").write_text(json.dumps(line("x")))
    mine = desk.write("a.jsonl", [line("x")])
    watcher = Watcher(desk.intake, Folders([other], tmp_path / "index"), settle=0, tell=desk.told.append)
    desk.round()
    watcher.round()
    mine.unlink()
    desk.round()
    assert set(desk.articles()) == {"x"}
    desk.start(other)
    (other / "b.jsonl").unlink()
    assert desk.round().removed == 1


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.html"])
def test_a_file_that_only_moved_keeps_its_articles_as_they_are(desk, name):
    text = json.dumps(line("x")) if name.endswith("jsonl") else f"<html><body><p>{'The first story. ' * 20}</p></body>"
    path = desk.write(name, text)
    desk.round()
    before, number, embedded = desk.articles(), desk.index.store.sequence_number(), desk.embedder.embedded
    target = desk.inbox / "done" / f"moved-{name}"
    target.parent.mkdir()
    path.rename(target)
    assert desk.round() == Report()
    assert [batch.moved for batch in desk.told] == [1]
    assert (desk.articles(), desk.index.store.sequence_number(), desk.embedder.embedded) == (before, number, embedded)
    target.write_text(text.replace("storm", "gale").replace("first story", "same story"))
    assert desk.round().updated == 1
    assert desk.articles().keys() == before.keys()


def test_a_folder_that_moved_is_so_many_files_that_moved(desk):
    for number in range(5):
        desk.write(f"day/{number}.txt", f"Story {number}\n\nIt is story {number}.")
    desk.round()
    before = desk.articles()
    (desk.inbox / "day").rename(desk.inbox / "night")
    assert desk.round() == Report()
    assert desk.articles() == before


def test_a_file_that_is_put_away_makes_room_for_the_next_of_its_name(desk):
    path = desk.write("latest.txt", "Monday\n\nThe news of Monday.")
    desk.round()
    (monday,) = desk.articles()
    path.rename(desk.inbox / "monday.txt")
    desk.write("latest.txt", "Tuesday\n\nThe news of Tuesday.")
    assert desk.round().added == 1
    assert desk.titles() == ["Monday", "Tuesday"]
    assert desk.articles()[monday] == "Monday"
    (desk.inbox / "latest.txt").rename(desk.inbox / "tuesday.txt")
    desk.write("latest.txt", "Wednesday\n\nThe news of Wednesday.")
    assert desk.round().added == 1
    assert desk.titles() == ["Monday", "Tuesday", "Wednesday"]


def test_two_files_that_change_places_keep_their_articles(desk):
    one, other = desk.write("a.txt", "First\n\nThe first story."), desk.write("b.txt", "Second\n\nThe other story.")
    desk.round()
    before, third = desk.articles(), desk.inbox / "c.txt"
    one.rename(third)
    other.rename(one)
    third.rename(other)
    assert desk.round() == Report()
    assert desk.articles() == before


def test_a_file_moved_over_another_leaves_the_articles_of_one(desk):
    one, other = desk.write("a.txt", "First\n\nThe first story."), desk.write("b.txt", "Second\n\nThe other story.")
    desk.round()
    one.replace(other)
    assert desk.round() == Report(removed=1)
    assert desk.titles() == ["First"]


def test_a_file_with_a_new_time_but_the_content_it_had_is_not_read(desk):
    path = desk.write("a.txt", "First\n\nThe first story.")
    desk.round()
    os.utime(path, (1, 1))
    assert desk.round() == Report()
    assert desk.told == []


def test_an_article_gone_from_a_file_is_gone_from_the_index(desk):
    path = desk.write("a.jsonl", [line("a1"), line("a2"), line("a3")])
    desk.round()
    path.write_text("\n".join(map(json.dumps, [line("a1"), line("a3", "New"), line("a4")])))
    report = desk.round()
    assert (report.added, report.updated, report.removed) == (1, 1, 1)
    assert set(desk.articles()) == {"a1", "a3", "a4"}


def test_an_archive_is_followed_like_the_files_in_it(desk):
    path = desk.inbox / "a.zip"
    for members in ({"one.txt": "One", "two.txt": "Two"}, {"two.txt": "Two", "three.txt": "Three"}):
        with zipfile.ZipFile(path, "w") as archive:
            for name, title in members.items():
                archive.writestr(name, f"{title}\n\nThe story of {title}.")
        desk.round()
    assert desk.titles() == ["Three", "Two"]


def test_what_cannot_be_read_is_told_and_its_earlier_articles_stay(desk):
    path = desk.write("a.jsonl", [line("a1"), line("a2")])
    desk.round()
    path.write_text(json.dumps(line("a3")) + '\n{"id": "a1", ')
    report = desk.round()
    assert [str(one).partition(": ")[0] for one in report.rejected] == [f"{path}:2"]
    assert set(desk.articles()) == {"a1", "a2", "a3"}
    assert desk.round() == Report()  # told once
    path.write_text(json.dumps(line("a3")))
    assert desk.round().removed == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told_once(desk):
    path = desk.write("a.txt", "First\n\nThe first story.")
    path.chmod(0)
    assert len(desk.round().rejected) == 1
    assert desk.round() == Report()


def test_a_folder_that_is_away_keeps_its_articles(desk, tmp_path):
    desk.write("a.txt", "First\n\nThe first story.")
    desk.round()
    desk.inbox.rename(tmp_path / "away")
    assert "there is no such folder" in str(desk.round().rejected[0])
    assert desk.round() == Report()
    desk.inbox.mkdir()  # what is left where a drive was mounted
    assert "is its drive not mounted?" in str(desk.round().rejected[0])
    assert desk.titles() == ["First"]
    desk.inbox.rmdir()
    (tmp_path / "away").rename(desk.inbox)
    assert desk.round() == Report()
    (desk.inbox / "a.txt").unlink()
    assert desk.round().removed == 1


def test_hidden_unfinished_and_other_files_are_left_out(desk):
    for name in (".a.txt", "~a.txt", "#a.txt#", "a.part.txt", "a.tmp.json", "a.txt.part", ".git/a.txt", "README.md"):
        desk.write(name, "First\n\nThe first story.")
    desk.write("a.png", "no text")
    desk.write("v1.2.txt", "Kept\n\nA version is no suffix.")
    assert desk.round().added == 1


def test_the_index_itself_is_not_read(desk, tmp_path):
    desk.start(tmp_path)
    desk.write("a.jsonl", [line("a")])
    assert desk.round().added == 1
    assert desk.round() == Report()
    shutil.copytree(tmp_path / "index", tmp_path / "another")
    assert desk.round() == Report()
    with pytest.raises(BadInput, match="lies in the folder of the index"):
        desk.start(tmp_path / "index")
    with pytest.raises(BadInput, match=r"a\.jsonl: is no folder; name the one it is in"):
        desk.start(desk.inbox / "a.jsonl")


def test_a_file_that_is_being_written_is_left_until_it_is_at_rest(desk):
    desk.start(settle=0.2)
    path = desk.write("a.txt", "First\n\nThe fir")
    assert desk.round() == Report()
    path.write_text("First\n\nThe first story.")
    assert desk.round() == Report()
    desk.watcher._settling._since["x"] = (None, 0)  # what is no longer there is forgotten
    while not (report := desk.round()).added:
        assert desk.articles() == {}
    assert report.added == 1


def test_a_deletion_waits_for_the_file_to_turn_up_elsewhere(desk, tmp_path):
    path = desk.write("a.txt", "First\n\nThe first story.")
    desk.round()
    number = desk.index.store.sequence_number()
    desk.start(settle=0.2)
    path.rename(tmp_path / "a.txt")
    desk.round()
    (tmp_path / "a.txt").rename(desk.inbox / "b.txt")
    desk.watcher._settling._since = dict.fromkeys(desk.watcher._settling._since, (None, 0))  # it is due by now
    desk.round()
    while not any(batch.moved for batch in desk.told):
        desk.round()
    assert desk.index.store.sequence_number() == number


def test_a_restart_opens_nothing_that_did_not_change(desk):
    for number in range(5):
        desk.write(f"{number}.txt", f"Story {number}\n\nIt is story {number}.")
    desk.round()
    desk.start()
    desk.write("5.txt", "Story 5\n\nThe last one.")
    for path in desk.inbox.glob("[0-4].txt"):  # who opened them would see the difference
        status = path.stat()
        path.write_text(path.read_text().replace("story", "STORY"))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert desk.round() == Report(added=1, passages=1, embedded=1)


def test_a_later_file_replaces_an_article_of_an_earlier_one(desk):
    first, second = desk.write("b.jsonl", [line("x", "Old")]), desk.write("a.jsonl", [line("x", "New")])
    os.utime(first, (1000, 1000))
    os.utime(second, (2000, 2000))
    report = desk.round()
    assert (report.added, report.updated, report.rejected) == (1, 1, ())
    assert desk.articles() == {"x": "New"}


def test_a_later_version_in_the_index_is_left(desk):
    desk.write("a.jsonl", [line("x", "New", updated_at="2025-02-02")])
    desk.round()
    desk.write("b.jsonl", [line("x", "Old", updated_at="2025-01-01")])
    assert desk.round() == Report(unchanged=1)
    assert desk.articles() == {"x": "New"}


def test_a_locked_index_loses_nothing(desk, tmp_path):
    desk.write("a.jsonl", [line("a")])
    with desk.index.store.exclusive(1), pytest.raises(IndexLocked):
        desk.round()
    assert desk.round().added == 1
    (desk.inbox / "a.jsonl").unlink()
    with desk.index.store.exclusive(1), pytest.raises(IndexLocked):
        desk.round()
    desk.start()
    assert desk.round().removed == 1


def test_a_large_file_is_read_without_holding_it(desk, monkeypatch):
    monkeypatch.setattr("indexer.watching.contents.HELD", 10)
    path = desk.write("a.jsonl", [line(f"a{n}", body=f"Story number {n}.") for n in range(100)])
    assert desk.round().added == 100
    path.write_text("\n".join(map(json.dumps, (line(f"a{n}", body=f"Story number {n}.") for n in range(50, 100)))))
    assert desk.round() == Report(unchanged=50, removed=50)


def test_a_wish_to_stop_ends_a_file_half_way_and_it_is_taken_up_again(desk):
    desk.write("a.jsonl", [line(f"a{n}", body=f"Story number {n}.") for n in range(100)])
    left = iter([True] * 70)
    desk.watcher._taker._go_on = desk.watcher._go_on = lambda: next(left, False)
    desk.round()
    assert 0 < len(desk.articles()) < 100
    desk.start()
    (desk.inbox / "a.jsonl").unlink()
    desk.round()
    assert desk.articles() == {}  # also what was brought in by a file that was never wholly read


def test_names_that_are_no_text_can_be_watched(desk):
    name = os.fsdecode(b"caf\xe9.txt")
    path = desk.write(name, "First\n\nThe first story.")
    assert desk.round().added == 1
    desk.start()
    path.unlink()
    assert desk.round().removed == 1


def test_records_come_back_as_they_were(desk):
    desk.write("a.jsonl", [line("a"), line("b")])
    desk.round()
    one, two = Ledger(desk.index.store), desk.watcher._ledger
    assert [one.get(name) for name in one] == [two.get(name) for name in two] != []
