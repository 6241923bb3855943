"""A real web server on 127.0.0.1 with everything that a fetcher meets."""

import gzip
import http.server
import ipaddress
import json
import socket
import threading
import time
from contextlib import suppress

import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.fetching import Fetcher, FetchFailed, Limits, crawl
from indexer.fetching.network import is_public
from indexer.types import Arrival, Rejected

QUICK = Limits(delay=0, connect=2, read=0.5, total=1.5, longest=200_000)
STORY = "The old bridge over the Orle reopened to traffic on Monday after two years of repairs. " * 5


def page(title, body=STORY, head=""):
    head = f"<html lang=en><head><title>{title}</title>{head}</head>"
    return f"{head}<body><article><h1>{title}</h1><p>{body}</p></article>"


ITEM = (
    "<item><title>{0}</title><link>{1}</link><description>{2}</description>"
    "<pubDate>Mon, 03 Mar 2025 08:00:00 GMT</pubDate></item>"
)


class Site(http.server.BaseHTTPRequestHandler):
    """Answers from ``routes``: bytes, a status, or a function that writes the whole answer."""

    protocol_version = "HTTP/1.1"
    routes = {}
    asked = []

    def do_GET(self):
        self.asked.append((self.path, dict(self.headers), time.monotonic()))
        answer = self.routes.get(self.path, 404)
        if callable(answer):
            with suppress(OSError):
                answer(self)
        elif isinstance(answer, int):
            self.reply(b"", answer)
        else:
            self.reply(answer if isinstance(answer, bytes) else answer.encode())

    def reply(self, data, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    Site.routes, Site.asked = {}, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Site.home = f"http://127.0.0.1:{server.server_port}"
    yield Site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetcher():
    with Fetcher(QUICK, allow_private=True) as made:
        yield made


def asked(site):
    return [path for path, _, _ in site.asked if path != "/robots.txt"]


def test_a_page_becomes_an_article_known_by_its_address(site, fetcher):
    site.routes["/a"] = page("Bridge reopens")
    (arrival,) = crawl(f"{site.home}/a?utm_source=x#top", fetcher)
    assert (arrival.article.title, arrival.article.url) == ("Bridge reopens", f"{site.home}/a")
    assert arrival.origin == f"{site.home}/a"


def test_a_request_says_who_asks(site, fetcher):
    site.routes["/a"] = page("A")
    fetcher.get(f"{site.home}/a")
    assert all(headers["User-Agent"].startswith("Dateline/") for _, headers, _ in site.asked)


def test_a_page_of_another_site_cannot_pass_for_a_publishers_article(site, fetcher):
    site.routes["/a"] = page("A", head='<link rel="canonical" href="https://gazette.example/real">')
    (arrival,) = crawl(f"{site.home}/a", fetcher)
    assert arrival.article.url == f"{site.home}/a"


def test_a_feed_leads_to_its_pages_and_fills_in_what_they_lack(site, fetcher):
    site.routes["/feed"] = "<rss version='2.0'><channel><title>Gazette</title>{}{}{}</channel></rss>".format(
        ITEM.format("A", f"{site.home}/a", "Short."),
        ITEM.format("B", f"{site.home}/b", "The tide mill at Fennel turns again."),
        ITEM.format("C", f"{site.home}/c", ""),
    )
    site.routes["/a"] = page("A")
    first, second, third = crawl(f"{site.home}/feed", fetcher)
    assert "The old bridge" in first.article.body
    assert (first.article.publisher, first.article.date_source) == ("Gazette", "feed")
    assert second.article.body == "The tide mill at Fennel turns again."
    assert third == Rejected(f"{site.home}/c", "the server answered with status 404")


def test_a_json_feed_leads_to_its_pages(site, fetcher):
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Gazette"}
    site.routes["/feed"] = json.dumps(feed | {"items": [{"id": "1", "url": f"{site.home}/a", "title": "A"}]})
    site.routes["/a"] = page("A")
    (arrival,) = crawl(f"{site.home}/feed", fetcher)
    assert arrival.article.publisher == "Gazette"


def test_sitemaps_and_lists_of_feeds_are_followed_newest_first(site, fetcher):
    urls = "".join(f"<url><loc>{site.home}/{n}</loc><lastmod>2025-03-0{n}</lastmod></url>" for n in (1, 3, 2))
    namespace = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    site.routes["/index"] = f"<sitemapindex {namespace}><sitemap><loc>{site.home}/map</loc></sitemap></sitemapindex>"
    site.routes["/map"] = gzip.compress(f"<urlset {namespace}>{urls}</urlset>".encode())
    site.routes["/opml"] = f"<opml><body><outline xmlUrl='{site.home}/index'/></body></opml>"
    site.routes |= {f"/{n}": page(f"Page {n}") for n in (1, 2, 3)}
    assert [one.article.title for one in crawl(f"{site.home}/opml", fetcher)] == ["Page 3", "Page 2", "Page 1"]


def test_only_so_many_pages_are_fetched_and_the_rest_is_told(site, fetcher):
    urls = "".join(f"<url><loc>{site.home}/{n}</loc></url>" for n in range(5))
    site.routes["/map"] = f"<urlset>{urls}</urlset>"
    site.routes |= {f"/{n}": page(f"Page {n}") for n in range(5)}
    notes = []
    assert len(list(crawl(f"{site.home}/map", fetcher, max_pages=2, note=notes.append))) == 2
    assert len(asked(site)) == 3
    assert notes == [f"{site.home}/map: 3 more addresses were left out; --max-pages admits more than 2"]


def test_lists_that_list_each_other_come_to_an_end(site, fetcher):
    for name, other in (("a", "b"), ("b", "a")):
        site.routes[f"/{name}"] = f"<sitemapindex><sitemap><loc>{site.home}/{other}</loc></sitemap></sitemapindex>"
    assert list(crawl(f"{site.home}/a", fetcher)) == []


@pytest.mark.parametrize("etag", ['"v1"', '"März-Ü"'])
def test_what_has_not_changed_is_not_fetched_again(site, fetcher, etag):
    def answer(request):
        if request.headers.get("If-None-Match") == etag:
            request.reply(b"", 304)
        else:
            request.reply(page("A").encode(), ETag=etag, Last_Modified="Mon, 03 Mar 2025 08:00:00 GMT")

    site.routes["/a"] = answer
    validators = {}
    assert len(list(crawl(f"{site.home}/a", fetcher, validators=validators))) == 1
    assert list(crawl(f"{site.home}/a", fetcher, validators=validators)) == []
    assert validators[f"{site.home}/a"].last_modified == "Mon, 03 Mar 2025 08:00:00 GMT"


def test_robots_txt_is_obeyed_and_read_once(site, fetcher):
    site.routes |= {"/robots.txt": b"User-agent: dateline\nDisallow: /private\n", "/a": page("A")}
    assert fetcher.get(f"{site.home}/a")
    with pytest.raises(FetchFailed, match="robots.txt asks not to fetch it"):
        fetcher.get(f"{site.home}/private/b")
    assert [path for path, _, _ in site.asked] == ["/robots.txt", "/a"]


def test_robots_txt_holds_for_where_a_redirect_leads(site, fetcher):
    site.routes |= {"/robots.txt": b"User-agent: *\nDisallow: /private\n", "/private": page("B")}
    site.routes["/a"] = lambda request: request.reply(b"", 302, Location="/private")
    with pytest.raises(FetchFailed, match="robots.txt asks not to fetch it"):
        fetcher.get(f"{site.home}/a")


def test_without_a_robots_txt_that_can_be_read_nothing_is_fetched(site, fetcher):
    site.routes |= {"/robots.txt": 500, "/a": page("A")}
    for _ in range(2):
        with pytest.raises(FetchFailed, match="robots.txt: the server answered with status 500"):
            fetcher.get(f"{site.home}/a")
    assert [path for path, _, _ in site.asked] == ["/robots.txt"]


def test_a_host_is_given_time_between_two_requests(site):
    site.routes |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 0.2\n", "/a": page("A"), "/b": page("B")}
    with Fetcher(Limits(delay=0.1), allow_private=True) as fetcher:
        fetcher.get(f"{site.home}/a")
        fetcher.get(f"{site.home}/b")
    times = [at for _, _, at in site.asked]
    assert times[1] - times[0] >= 0.09
    assert times[2] - times[1] >= 0.19


def test_a_host_that_wants_to_be_left_alone_is(site, fetcher):
    site.routes |= {"/a": 429, "/b": page("B")}
    for path in ("/a", "/b"):
        with pytest.raises(FetchFailed, match="status 429; it is not asked again in this run"):
            fetcher.get(f"{site.home}{path}")
    assert asked(site) == ["/a"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_addresses_inside_are_not_reached(site, host):
    site.routes["/a"] = page("A")
    with Fetcher(QUICK) as fetcher:
        (rejected,) = crawl(f"http://{host}:{site.home.rpartition(':')[2]}/a", fetcher)
    without_ipv6 = host.startswith("[") and "cannot be reached" in rejected.reason
    assert "private or reserved" in rejected.reason or without_ipv6
    assert site.asked == []


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(site, monkeypatch):
    """A name that is public when it is asked for, and leads inside the next time, as in DNS rebinding."""
    real, answers = socket.getaddrinfo, iter(["203.0.113.9", "127.0.0.1"])

    def resolve(host, port, *args, **kwargs):
        if host != "rebinding.example":
            return real(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"http://rebinding.example:{site.home.rpartition(':')[2]}/a"
    with Fetcher(QUICK) as fetcher:
        for _ in range(2):
            with pytest.raises(Exception, match="private or reserved address"):
                fetcher.get(url)
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:10.0.0.1", False),
        ("64:ff9b:1::a00:1", False),
        ("192.0.0.8", False),
    ],
)
def test_only_the_public_internet_is_public(address, public):
    assert is_public(ipaddress.ip_address(address)) is public


def test_redirects_are_followed_but_not_for_ever(site, fetcher):
    for n in range(7):
        site.routes[f"/{n}"] = lambda request, n=n: request.reply(b"", 301, Location=f"/{n + 1}")
    site.routes["/7"] = page("A")
    answer = fetcher.get(f"{site.home}/2")
    assert answer.url == f"{site.home}/7"
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        fetcher.get(f"{site.home}/0")


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://gazette.example/a", "gopher://127.0.0.1/", "http://[::1"]
)
def test_a_redirect_leads_to_the_web_only(site, fetcher, target):
    site.routes["/a"] = lambda request: request.reply(b"", 302, Location=target)
    with pytest.raises(FetchFailed, match="not an http or https address"):
        fetcher.get(f"{site.home}/a")


def endless(request):
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 10_000)


def dripping(request):
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    while True:
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.1)


def dripping_headers(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"X")
        request.wfile.flush()
        time.sleep(0.1)


def silent(request):
    time.sleep(2)


BOMB = gzip.compress(b"\0" * 20_000_000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (endless, "larger than"),
        (BOMB, "larger than"),
        (lambda request: request.reply(BOMB, Content_Encoding="gzip"), "larger than"),
        (lambda request: request.reply(gzip.compress(BOMB), Content_Encoding="gzip"), "larger than"),
        (b"x" * 200_001, "larger than"),
        (dripping, "takes too long"),
        (dripping_headers, "takes too long"),
        (silent, "takes too long"),
        (lambda request: request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "does not speak HTTP"),
        (lambda request: request.reply(b"garbage", Content_Encoding="gzip"), "damaged where it is packed"),
        (lambda request: request.reply(gzip.compress(STORY.encode())[:60], Content_Encoding="gzip"), "cut off"),
        (lambda request: request.reply(b"x", Content_Encoding="br"), "packed as 'br'"),
        (410, "status 410"),
    ],
)
def test_a_bad_answer_costs_little_and_is_told(site, fetcher, answer, reason):
    site.routes["/a"] = answer
    start = time.monotonic()
    (rejected,) = crawl(f"{site.home}/a", fetcher)
    assert reason in rejected.reason
    assert time.monotonic() - start < 10


def test_a_packed_answer_is_unpacked(site, fetcher):
    site.routes["/a"] = lambda request: request.reply(gzip.compress(page("A").encode()), Content_Encoding="gzip")
    (arrival,) = crawl(f"{site.home}/a", fetcher)
    assert isinstance(arrival, Arrival)


def test_an_answer_is_read_in_the_encoding_it_comes_with(site, fetcher):
    data = page("Žižkov", STORY + "Žluťoučký kůň.").encode("iso-8859-2")
    site.routes["/a"] = lambda request: request.reply(data, Content_Type="text/html; charset=iso-8859-2")
    (arrival,) = crawl(f"{site.home}/a", fetcher)
    assert arrival.article.title == "Žižkov"


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://a b/", "https://", "ftp://gazette.example/"])
def test_what_is_no_address_is_rejected(fetcher, url):
    assert list(crawl(url, fetcher)) == [Rejected(url, "not an http or https address")]


def test_the_command_adds_what_is_at_an_address(site, tmp_path):
    site.routes["/a"] = page("A")
    command = ["add", f"{site.home}/a", "--index", str(tmp_path / "index"), "--dry-run", "--json"]
    admitted = CliRunner().invoke(main, [*command, "--allow-private"])
    assert (admitted.exit_code, json.loads(admitted.stdout)["added"]) == (0, 1)
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 1
    assert "private or reserved address 127.0.0.1" in json.loads(refused.stdout)["rejected"][0]["reason"]


def test_entities_of_a_documents_own_are_not_expanded(site, fetcher):
    site.routes["/a"] = (
        '<!DOCTYPE urlset [<!ENTITY a "x"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        "<urlset><url><loc>http://gazette.example/&f;&a;</loc></url></urlset>"
    )
    (rejected,) = crawl(f"{site.home}/a", fetcher)
    assert "entities" in rejected.reason
