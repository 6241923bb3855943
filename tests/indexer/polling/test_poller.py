"""Feeds on a real web server on 127.0.0.1, polled by a real poller."""

import http.server
import shutil
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial

import pytest
from fakes import CHUNKING, WordEmbedder
from small_disks import small_disk

from indexer.embedded import create, open_index
from indexer.errors import BadInput
from indexer.fetching import Fetcher, Limits, Manners
from indexer.intake import Intake
from indexer.polling import FeedLists, FeedState, Poller, Terms, poller, states
from indexer.polling.state import remember
from indexer.stopping import Stop

QUICK = Limits(delay=0, connect=2, read=1, total=3, longest=200_000)
STORY = "The old bridge over the Orle reopened to traffic on Monday after two years of repairs. " * 5


class Site(http.server.BaseHTTPRequestHandler):
    """Answers from ``routes``: a text, a status, or a function that writes the whole answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.routes.get(self.path, 404)
        with suppress(OSError):
            if callable(answer):
                answer(self)
            elif isinstance(answer, int):
                self.reply("", answer)
            else:
                self.reply(answer)

    def reply(self, text, status=200, **headers):
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Site)
        self.routes, self.asked = {}, []
        self.home = f"http://127.0.0.1:{self.server_port}"

    def feed(self, *names, extra="", **said):
        """A feed of items with pages; ``said`` is what it says of one of them."""
        items = "".join(
            f"<item><title>{name}</title><link>{self.home}/{name}</link><description>{said.get(name, 'News.')}"
            f"</description><guid>{name}</guid></item>"
            for name in names
        )
        self.routes |= {f"/{name}": page(name) for name in names if f"/{name}" not in self.routes}
        return f"<rss version='2.0'><channel><title>Gazette</title>{extra}{items}</channel></rss>"

    def pages_asked(self):
        asked, self.asked = [path for path in self.asked if path != "/robots.txt"], []
        return asked


def page(title, body=STORY):
    return f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{body} {title}.</p>"


class Told:
    """Remembers what it is told."""

    def __init__(self):
        self.reports, self.failures, self.notes = [], [], []

    def done(self, report, *, feed):
        self.reports.append((feed, report))

    def failed(self, message, *, feed):
        self.failures.append((feed, message))

    def said(self, message, *, feed):
        self.notes.append((feed, message))


@pytest.fixture
def web():
    server = Web()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def index(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return open_index(tmp_path / "index")


class Desk:
    def __init__(self, web, index):
        self.web, self.index, self.stop = web, index, Stop()

    def poller(self, *lists, every=0.0, max_pages=50):
        self.told = Told()
        fetcher = partial(Fetcher, QUICK, allow_private=True, manners=Manners(delay=0, rest=0.5))
        intake = Intake(self.index, WordEmbedder(), CHUNKING)
        named = FeedLists([one if one.startswith("http") else str(one) for one in map(str, lists)])
        return Poller(intake, named, Terms(every, max_pages), fetcher=fetcher, tell=self.told, stop=self.stop)

    def poll(self, path="/feed", **terms):
        """Poll a feed once, whenever it would be due, and return its state."""
        feed = self.web.home + path
        state = states(self.index.store).get(feed, FeedState())
        remember(self.index.store, feed, replace(state, due_at=0.0))
        self.poller(feed, **terms).run(once=True)
        return states(self.index.store)[feed]

    def added(self):
        return sum(report.added for _, report in self.told.reports)

    def titles(self):
        self.index.refresh()
        number = self.index.store.sequence_number()
        names = [row for (row,) in self.index.store._database.rows("SELECT DISTINCT article_id FROM versions")]
        return sorted(self.index.store.article(name, number).article.title for name in names)


@pytest.fixture
def desk(web, index):
    return Desk(web, index)


def test_what_a_feed_lists_is_indexed_and_later_only_what_is_new(desk, web):
    web.routes["/feed"] = web.feed("A", "B")
    assert desk.poll().articles == 2
    assert (desk.titles(), web.pages_asked()) == (["A", "B"], ["/feed", "/A", "/B"])
    web.routes["/feed"] = web.feed("C", "A", "B")
    assert desk.poll().articles == 3
    assert web.pages_asked() == ["/feed", "/C"]


def test_an_item_is_fetched_again_when_the_feed_says_something_else_of_it(desk, web):
    web.routes["/feed"] = web.feed("A", "B")
    desk.poll()
    web.pages_asked()
    web.routes |= {"/feed": web.feed("A", "B", A="Corrected."), "/A": page("A", STORY + "It is corrected.")}
    desk.poll()
    assert web.pages_asked() == ["/feed", "/A"]
    assert [report.updated for _, report in desk.told.reports] == [1]


def test_an_item_that_is_in_the_index_already_is_not_fetched(desk, web):
    web.routes |= {"/feed": web.feed("A", "B"), "/other": web.feed("B", "C")}
    desk.poll()
    web.pages_asked()
    desk.poll("/other")
    assert web.pages_asked() == ["/other", "/C"]


def test_a_feed_that_has_not_changed_costs_nothing(desk, web):
    asked = []

    def answer(request):
        asked.append(request.headers["If-None-Match"])
        if request.headers["If-None-Match"] == '"1"':
            request.reply("", 304)
        else:
            request.reply(web.feed("A"), ETag='"1"', Cache_Control="public, max-age=600")

    web.routes["/feed"] = answer
    desk.poll()
    state = desk.poll()
    assert (asked, web.pages_asked(), state.result) == ([None, '"1"'], ["/feed", "/A", "/feed"], "unchanged")
    assert desk.told.failures == []


def test_items_without_pages_are_taken_from_the_feed(desk, web):
    items = "".join(
        f"<item><guid>{n}</guid><title>Item {n}</title><description>Text {n}.</description></item>" for n in "12"
    )
    web.routes["/feed"] = f"<rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"
    assert desk.poll().articles == 2
    assert desk.poll().articles == 2


def test_only_so_many_pages_are_fetched_and_the_rest_the_next_time(desk, web):
    def answer(request):
        status = 304 if request.headers["If-None-Match"] else 200
        request.reply(web.feed("A", "B", "C") if status == 200 else "", status, ETag='"1"')

    web.routes["/feed"] = answer
    assert "more to come" in desk.poll(max_pages=2).result
    assert desk.poll(max_pages=2).articles == 3
    assert desk.poll(max_pages=2).result == "unchanged"


def test_a_page_that_fails_for_the_moment_is_asked_for_again_but_not_for_ever(desk, web):
    web.routes["/feed"] = web.feed("A").replace("News.", "")
    web.routes["/A"] = 500
    for _ in range(4):
        desk.poll()
    assert web.pages_asked() == ["/feed", "/A"] * 3 + ["/feed"]


def test_a_page_that_is_not_there_is_asked_for_once(desk, web):
    web.routes |= {"/A": 404, "/feed": web.feed("A")}
    desk.poll()
    desk.poll()
    assert web.pages_asked() == ["/feed", "/A", "/feed"]
    assert desk.titles() == ["A"]  # with the text of the feed


def test_a_slow_feed_does_not_hold_up_another(desk, web):
    seen = threading.Event()

    def slow(request):
        seen.wait(10)  # not before the fast one is done
        request.reply(web.feed("S"))

    web.routes |= {"/slow": slow, "/fast": web.feed("F")}
    poller = desk.poller(f"{web.home}/slow", f"{web.home}/fast", every=1000)
    thread = threading.Thread(target=poller.run)
    thread.start()
    while not (added := [feed for feed, report in desk.told.reports if report.added]):
        time.sleep(0.01)
    assert added == [f"{web.home}/fast"]
    seen.set()
    while len(desk.told.reports) < 2 and not desk.told.failures:
        time.sleep(0.01)
    desk.stop.set()
    thread.join()


def test_a_broken_feed_is_asked_less_and_less(desk, web):
    web.routes["/feed"] = "<rss version='2.0'><channel><title>Gaz"
    pauses = []
    for _ in range(3):
        state = desk.poll(every=100)
        pauses.append(state.due_at - state.polled_at)
    assert state.errors == 3
    assert [150 <= pauses[0] <= 250.1, 300 <= pauses[1] <= 500.1, 600 <= pauses[2] <= 1000.1] == [True] * 3
    web.routes["/feed"] = web.feed("A")
    state = desk.poll(every=100)
    assert (state.errors, state.articles) == (0, 1)
    assert 100 <= state.due_at - state.polled_at < 115


@pytest.mark.parametrize(
    ("headers", "extra", "least"),
    [
        ({}, "", 100),
        ({"Cache_Control": "max-age=600"}, "", 600),
        ({"Cache_Control": "max-age=1"}, "", 100),
        ({"Cache_Control": "max-age=99999999"}, "", 86400),
        ({}, "<ttl>20</ttl>", 1200),
        (
            {},
            '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>'
            '<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">24</sy:updateFrequency>',
            3600,
        ),
        ({}, "<ttl>soon</ttl>", 100),
    ],
)
def test_a_feed_is_left_alone_for_as_long_as_it_asks(desk, web, headers, extra, least):
    web.routes["/feed"] = lambda request: request.reply(web.feed("A", extra=extra), **headers)
    state = desk.poll(every=100)
    assert least <= state.due_at - state.polled_at <= least * 1.1 + 5


def test_a_server_that_wants_to_be_left_alone_is(desk, web):
    web.routes["/feed"] = lambda request: request.reply("", 429, Retry_After="300")
    state = desk.poll()
    assert 295 <= state.due_at - state.polled_at <= 305
    assert state.errors == 0


def test_a_feed_that_has_moved_for_good_is_asked_there_from_then_on(desk, web):
    web.routes |= {
        "/feed": lambda request: request.reply("", 301, Location="/new"),
        "/new": lambda request: request.reply(web.feed("A"), ETag='"1"'),
    }
    assert desk.poll().address == f"{web.home}/new"
    assert desk.told.notes == [(f"{web.home}/feed", f"has moved to {web.home}/new")]
    web.pages_asked()
    desk.poll()
    assert web.pages_asked() == ["/new"]
    web.routes |= {"/new": 404, "/feed": web.feed("A", "B")}  # it has come back
    desk.poll()
    assert desk.poll().articles == 2


def test_a_feed_that_is_elsewhere_for_the_moment_is_asked_where_it_was(desk, web):
    web.routes |= {"/feed": lambda request: request.reply("", 302, Location="/new"), "/new": web.feed("A")}
    assert desk.poll().address == ""


def test_a_feed_that_is_gone_is_not_asked_again(desk, web):
    web.routes["/feed"] = 410
    assert desk.poll().gone
    assert "status 410" in desk.told.notes[0][1]
    web.pages_asked()
    desk.poll()
    assert web.pages_asked() == []


def test_a_feed_without_an_item_is_no_error(desk, web):
    web.routes["/feed"] = web.feed()
    assert desk.poll().errors == 0


def test_a_page_is_no_feed(desk, web):
    web.routes["/feed"] = page("A")
    assert desk.poll().result == "is no feed"


def test_a_feed_is_not_polled_before_it_is_due_also_after_a_restart(desk, web):
    web.routes["/feed"] = web.feed("A")
    for _ in range(2):
        desk.poller(f"{web.home}/feed", every=100).run(once=True)
    assert web.pages_asked() == ["/feed", "/A"]


def test_a_list_is_read_again_when_it_changes(desk, web, tmp_path):
    listed = tmp_path / "feeds.txt"
    listed.write_text(f"# ours\n\n{web.home}/one\n")
    web.routes |= {"/one": web.feed("A"), "/two": web.feed("B")}
    thread = threading.Thread(target=desk.poller(listed, every=1000).run)
    thread.start()
    while not desk.told.reports:
        time.sleep(0.01)
    listed.write_text("no address")
    while not desk.told.failures:
        time.sleep(0.01)
    assert f"{listed}:1: 'no address' is not an http or https address" in desk.told.failures[0][1]
    listed.write_text(f"{web.home}/two\n")
    while len(desk.told.reports) < 2:
        time.sleep(0.01)
    desk.stop.set()
    thread.join()
    assert desk.titles() == ["A", "B"]
    assert states(desk.index.store).keys() == {f"{web.home}/two"}


@contextmanager
def stopped_after(desk, thread):
    """Have the poller in ``thread`` stop, whatever happens."""
    try:
        yield
    finally:
        desk.stop.set()
        if thread.is_alive():
            thread.join()


def test_a_full_disk_while_a_list_changes_is_told_and_made_up_for(desk, web, tmp_path, monkeypatch):
    listed = tmp_path / "feeds.txt"
    monkeypatch.setattr(poller, "PAUSE", 0.1)
    thread = threading.Thread(target=lambda: desk.poller(listed, every=1000).run())
    with small_disk(tmp_path / "small", "32m") as small, stopped_after(desk, thread):
        create(small / "index", WordEmbedder.model, CHUNKING)
        desk.index = open_index(small / "index")
        web.routes |= {"/one": web.feed("A"), "/two": web.feed("B")}
        listed.write_text(f"{web.home}/one\n")
        thread.start()
        while not desk.told.reports and thread.is_alive():
            time.sleep(0.01)
        with closing(sqlite3.connect(small / "index" / "articles.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that even to forget a feed takes room
        (small / "ballast").write_bytes(bytes(shutil.disk_usage(small).free))
        listed.write_text(f"{web.home}/two\n")
        while not desk.told.failures and thread.is_alive():
            time.sleep(0.01)
        assert desk.told.failures[0][0] == f"{web.home}/one"
        assert "No room is left on the disk" in desk.told.failures[0][1]
        (small / "ballast").unlink()
        while states(desk.index.store).keys() != {f"{web.home}/two"} and thread.is_alive():
            time.sleep(0.01)
        assert desk.titles() == ["A", "B"]


def test_lists_are_opml_files_text_files_and_addresses(tmp_path):
    opml, text = tmp_path / "feeds.opml", tmp_path / "feeds.txt"
    opml.write_text(
        "<opml version='2.0'><body><outline text='News'><outline xmlUrl='https://a.example/feed'/></outline></body></opml>"
    )
    text.write_text("\ufeffhttps://b.example/feed\n# https://c.example/\nhttps://a.example/feed\n", encoding="utf-8")
    lists = FeedLists([str(opml), str(text), "https://d.example/feed?utm_source=x"])
    assert lists.read() == ("https://a.example/feed", "https://b.example/feed", "https://d.example/feed")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no feed is listed"),
        (b"https://a.example/\nfeed\n", ":2: 'feed' is not"),
        (b"\xff\xfe\x00", "neither an OPML"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_place(tmp_path, content, says):
    path = tmp_path / "feeds.txt"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        FeedLists([str(path)]).read()
    with pytest.raises(BadInput, match="cannot be read"):
        FeedLists([str(tmp_path / "none")]).read()
