"""The web page, and the one that documents the API, in a real browser that talks to the real service."""

from __future__ import annotations

import re
import shutil
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fakes import CHUNKING, WordEmbedder, arrived, article
from playwright.sync_api import expect, sync_playwright
from serving import listening

from indexer import pipeline
from service.app import create_app
from service.routes.page import FOLDER, TYPES
from service.running import Running
from service.search import Searcher

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HOSTILE = article(
    8,
    'A ferry <script>document.title = "owned"</script> sank.\n\nAhoy <img src=x onerror="owned()"> \u202eyoha',
    title="<b>Ferry</b> \u202esknis",
    publisher="<i>Post</i>\u202e",
    url="javascript:document.title='owned'",
)


@contextmanager
def served(open_searcher):
    """Run the service on a free port; yields its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(Running(open_searcher)), port=0, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium in PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page in a browser: what it asked of whom, and what its console said."""

    def __init__(self, context, address):
        self.address = address
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.requests, self.refused, self.complaints = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", lambda r: self.refused.append(r.status) if r.status >= 400 else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message):
        if not message.text.startswith("Failed to load resource"):  # refused holds these
            self.complaints.append(message.text)

    def open(self, query=""):
        self.page.goto(f"{self.address}/{query}")
        return self.page

    def asked(self):
        """The parameters of every search that the page made."""
        return [parse_qs(urlsplit(url).query) for url in self.requests if urlsplit(url).path == "/search"]


@contextmanager
def visiting(browser, address, refused=(), **context):
    """Visit the page, which must leave nobody's console dirty and ask nobody but its service."""
    context = browser.new_context(**context)
    visit = Visit(context, address)
    yield visit
    context.close()
    assert visit.complaints == []
    assert set(visit.refused) == set(refused)
    assert {f"http://{urlsplit(url).netloc}" for url in visit.requests} <= {address}


@pytest.fixture
def address(index, searcher):
    pipeline.add(index, WordEmbedder(), arrived(HOSTILE), chunking=CHUNKING)
    with served(lambda: searcher) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    with visiting(browser, address) as visit:
        yield visit


def headlines(page):
    return page.locator("#hits h2")


def status(page):
    return page.locator("#status")


def query_of(page):
    return parse_qs(urlsplit(page.url).query)


def test_a_question_is_answered_with_sources(visit):
    page = visit.open()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.locator("#freshness")).to_contain_text("8 articles · newest of 1 March 2025 · updated")
    page.keyboard.type("why was the bridge closed")
    page.keyboard.press("Enter")
    first = page.locator("#hits li").first
    expect(first.get_by_role("link", name="Headline 1")).to_have_attribute("href", "https://www.gazette.example/1")
    expect(first.locator(".source")).to_have_text("Gazette · 1 March 2025 · English")
    expect(first.locator(".passage")).to_contain_text("Engineers found cracks in a pier.")
    expect(first.locator(".score")).to_have_text(re.compile(r"score 0\.\d\d|score 1\.00"))
    expect(status(page)).to_have_text(re.compile(r"^6 of 6 hits, in \d+ ms$"))
    expect(page).to_have_title("why was the bridge closed – Dateline")
    assert query_of(page) == {"q": ["why was the bridge closed"]}


def test_the_address_is_the_search_and_the_back_button_works(visit):
    page = visit.open("?q=the+council+voted")
    expect(headlines(page).first).to_have_text("Headline 2")
    expect(page.get_by_label("Your question")).to_have_value("the council voted")
    page.get_by_label("Your question").fill("last minute goal")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(headlines(page).first).to_have_text("Headline 4")
    page.go_back()
    expect(headlines(page).first).to_have_text("Headline 2")
    expect(page.get_by_label("Your question")).to_have_value("the council voted")
    page.go_forward()
    expect(headlines(page).first).to_have_text("Headline 4")


def test_filters_are_the_parameters_of_the_search(visit):
    page = visit.open("?q=bridge")
    page.locator("summary").click()
    page.get_by_label("Published from").fill("2025-03-01")
    page.get_by_label("Published to").fill("2025-03-02")
    page.get_by_label("Asked as of").fill("2025-03-03")
    page.get_by_label("Publisher, by name or domain").fill("Gazette")
    page.get_by_label("Publisher, by name or domain").nth(1).fill("post.example")
    page.get_by_label("Publisher to leave out").first.fill("Morning Post")
    page.get_by_label("Every passage").check()
    page.get_by_role("button", name="Search with these filters").click()
    expect(page.locator("#active")).to_have_text(" · 7 set")
    expect(status(page)).to_contain_text("as of 3 March 2025")
    filters = {
        "q": ["bridge"],
        "published_from": ["2025-03-01"],
        "published_to": ["2025-03-02"],
        "as_of": ["2025-03-03"],
        "publishers": ["Gazette", "post.example"],
        "exclude_publishers": ["Morning Post"],
        "group_by": ["passage"],
    }
    assert query_of(page) == visit.asked()[-1] == filters
    page.reload()
    expect(page.get_by_label("Publisher, by name or domain")).to_have_count(3)
    expect(page.locator(".publisher").first).to_have_text("Gazette")
    assert visit.asked()[-1] == filters
    page.locator("summary").click()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator("#active")).to_be_empty()
    assert query_of(page) == {"q": ["bridge"]}


def test_a_time_in_the_address_is_kept_though_the_picker_shows_days(visit):
    page = visit.open("?q=bridge&as_of=2025-03-01T10:30:00Z&fbclid=1")
    expect(headlines(page)).not_to_have_count(0)
    expect(page.get_by_label("Asked as of")).to_have_value("2025-03-01T10:30:00Z")
    assert visit.asked() == [{"q": ["bridge"], "as_of": ["2025-03-01T10:30:00Z"]}]


def test_more_brings_every_further_hit_once_and_takes_the_focus_there(visit):
    page = visit.open("?q=lighthouse+keeper&group_by=passage")
    expect(page.locator("#hits li")).to_have_count(10)
    page.get_by_role("button", name="More").click()
    expect(page.locator("#hits li:nth-child(11) h2")).to_be_focused()
    while page.get_by_role("button", name="More").is_visible():
        page.get_by_role("button", name="More").click()
        expect(status(page)).to_contain_text("hits, in")
    cited = []
    for item in page.locator("#hits li").all():
        item.get_by_role("button", name="Cite").click()
        cited.append(item.get_by_label("Citation").input_value())
    assert len(cited) == len(set(cited)) > 11
    assert status(page).inner_text().startswith(f"{len(cited)} of {len(cited)} hits")


def test_a_passage_is_shown_in_its_article_without_a_sentence_twice(visit):
    page = visit.open("?q=lighthouse+keeper+part+9&group_by=passage&publishers=Gazette")
    hit = page.locator("#hits li", has_text="part 9,").first
    passage = hit.locator(".passage")
    alone = passage.inner_text()
    hit.get_by_role("button", name="In its article").click()
    expect(hit.locator(".before")).not_to_be_empty()
    expect(hit.locator(".after")).not_to_be_empty()
    shown = passage.text_content()
    assert shown in page.request.get(f"{visit.address}/articles/a7").json()["body"]
    assert alone in shown
    hit.get_by_role("button", name="In its article").click()
    expect(passage).to_have_text(alone)


def test_a_citation_names_the_place_to_the_character(browser, address):
    with visiting(browser, address, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.open("?q=why+was+the+bridge+closed")
        page.get_by_role("button", name="Cite").first.click()
        expect(page.locator(".said").first).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(
        r"“Headline 1”, Gazette, 1 March 2025, https://www\.gazette\.example/1 "
        r"\[article a1, characters 0–\d+, passage [0-9a-f]{16}\]",
        copied,
    )


def test_what_an_article_says_is_shown_and_never_obeyed(visit):
    page = visit.open("?q=ferry+sank")
    hit = page.locator("#hits li", has_text="document.title").first
    expect(hit.locator(".passage")).to_contain_text('<script>document.title = "owned"</script> sank.')
    expect(hit.locator("h2")).to_contain_text("<b>Ferry</b>")
    assert hit.locator("h2 a").get_attribute("href") is None
    assert "\n" in hit.locator(".passage").inner_text()
    hit.get_by_role("button", name="In its article").click()
    expect(hit.locator(".said")).not_to_be_empty()
    expect(page).to_have_title("ferry sank – Dateline")
    assert page.locator("#hits :is(script, img, b, i)").count() == 0
    for name in ("h2", ".passage", ".publisher"):  # an override ends where its text ends
        assert hit.locator(name).evaluate("e => getComputedStyle(e).unicodeBidi") in ("isolate", "plaintext")


def test_what_is_wrong_is_said_in_a_sentence(browser, address):
    with visiting(browser, address, refused={422}) as visit:
        page = visit.open("?q=bridge&published_from=2025-03-02&published_to=2025-03-01")
        expect(status(page)).to_contain_text("published_from: it is later than published_to, so nothing can match.")
        expect(page.get_by_label("Published from")).to_be_visible()
        page.get_by_role("button", name="Clear the filters").click()
        expect(headlines(page)).not_to_have_count(0)


def test_filters_that_leave_nothing_are_said(visit):
    page = visit.open("?q=bridge&authors=nobody")
    expect(status(page)).to_have_text("No article passes these filters.")
    expect(headlines(page)).to_have_count(0)


def test_an_empty_index_says_how_to_fill_it(browser, index):
    with served(lambda: Searcher(index, WordEmbedder())) as address, visiting(browser, address) as visit:
        for query in ("", "?q=bridge"):
            page = visit.open(query)
            expect(status(page)).to_have_text("The index is empty. Add articles with: dateline add PATH...")
            expect(page.locator("#freshness")).to_contain_text("0 articles")


def test_a_service_that_is_starting_is_waited_for(browser, searcher):
    go = threading.Event()

    def slow():
        go.wait(30)
        return searcher

    with served(slow) as address, visiting(browser, address, refused={503}) as visit:
        page = visit.open("?q=bridge")
        expect(status(page)).to_contain_text("are being loaded")
        go.set()
        expect(headlines(page).first).to_be_visible()


def test_a_service_that_has_gone_can_be_tried_again(browser, searcher):
    with visiting(browser, "http://127.0.0.1:9") as visit:
        with served(lambda: searcher) as address:
            visit.address = address
            page = visit.open()
            expect(page.locator("#freshness")).to_contain_text("articles")
        page.get_by_label("Your question").fill("bridge")
        page.keyboard.press("Enter")
        expect(status(page)).to_contain_text("The service cannot be reached.")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        visit.requests.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_and_fits_a_small_screen(browser, address, scheme):
    with visiting(browser, address, color_scheme=scheme, viewport={"width": 320, "height": 640}) as visit:
        page = visit.open("?q=the+bridge")
        expect(headlines(page).first).to_be_visible()
        page.locator("summary").click()
        page.get_by_role("button", name="In its article").first.click()
        page.get_by_role("button", name="Cite").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert [one for one in page.evaluate(CONTRASTS) if one["contrast"] < 4.5] == []


CONTRASTS = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    const colour = getComputedStyle(e).backgroundColor;
    return channels(colour)[3] === 0 && e.parentElement ? ground(e.parentElement) : colour;
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => {
      const [a, b] = [getComputedStyle(e).color, ground(e)].map(channels).map(light).sort((x, y) => y - x);
      return { text: e.textContent.slice(0, 40), contrast: (a + 0.05) / (b + 0.05) };
    });
}"""


def test_every_control_has_a_name_and_the_keyboard_reaches_it(visit):
    page = visit.open("?q=the+bridge")
    expect(headlines(page).first).to_be_visible()
    page.locator("summary").click()
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll("input, textarea")]
            .filter((e) => e.type !== "hidden" && !e.labels.length && !e.ariaLabel).map((e) => e.outerHTML)"""
        )
        == []
    )
    reached = set()
    page.get_by_label("Your question").focus()
    while page.evaluate("document.activeElement !== document.body"):
        reached.add(page.evaluate("document.activeElement.innerText || document.activeElement.name"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached
        page.keyboard.press("Tab")
    assert {
        "Search",
        "published_from",
        "group_by",
        "Clear the filters",
        "Headline 1",
        "In its article",
        "Cite",
    } <= reached


def test_without_javascript_the_form_still_asks(browser, address):
    with visiting(browser, address, java_script_enabled=False) as visit:
        page = visit.open()
        expect(page.locator("noscript p")).to_be_visible()
        page.get_by_label("Your question").fill("bridge")
        page.get_by_role("button", name="Search", exact=True).click()
        page.wait_for_url("**/search?q=bridge")
        assert '"results"' in page.content()


def test_the_page_is_served_under_a_strict_policy_and_asked_for_anew(client):
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    again = client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/").status_code == 200


def test_every_file_of_the_page_is_served_and_nothing_else(client):
    files = {path.name for path in FOLDER.iterdir()}
    linked = set(re.findall(r'(?:href|src)="page/([^"]+)"', client.get("/").text))
    assert {"index.html", *linked} <= files
    for name in files:
        response = client.get(f"/page/{name}")
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] == TYPES[FOLDER.joinpath(name).suffix]
    for name in ("..%2fapp.py", "%2e%2e/app.py", "__init__.py", ""):
        assert client.get(f"/page/{name}").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/news"])
def test_the_documentation_is_whole_and_asks_nobody_else_also_below_another_path(browser, searcher, prefix):
    app = create_app(Running(lambda: searcher))

    async def below(scope, receive, send):
        await app({**scope, "root_path": prefix}, receive, send)

    with listening(below) as address, visiting(browser, address) as visit:
        page = visit.open(f"{prefix}/docs".removeprefix("/"))
        expect(page.get_by_role("button", name="What an article said before")).to_be_visible()
        page.locator("#operations-search-search_search_get button").first.click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_placeholder("q", exact=True).fill("harbour bridge")
        page.get_by_role("button", name="Execute").click()
        expect(page.get_by_text("The harbour bridge was closed").first).to_be_visible()
    assert f"{address}{prefix}/docs/files/swagger-ui-bundle.js" in visit.requests


def test_the_documentation_names_nothing_outside(client):
    assert "://" not in client.get("/docs").text
    assert client.head("/docs").status_code == 200
    assert "default-src 'self'" in client.get("/docs").headers["content-security-policy"]
    assert client.get("/redoc").status_code == client.get("/docs/files/nothing.js").status_code == 404
