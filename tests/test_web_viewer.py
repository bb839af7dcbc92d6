"""The viewer, the table and the charts in a real browser, as a person uses them."""

import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("flask", reason="needs the extra 'workbench'")
playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, of the extra 'test'")

from werkzeug.serving import make_server  # noqa: E402

from served import open_browser, watch  # noqa: E402
from web_bench import Bench, open_bench  # noqa: E402

pytestmark = pytest.mark.slow

_PER_ROW = 3


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("bench")) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(bench) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, bench.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        if opened is None:
            pytest.skip("no Chromium is installed; it runs the tests of the page")
        yield opened


class Page:
    """An image open in the browser, and the server's view of it."""

    def __init__(self, tab, bench: Bench, project: str) -> None:
        self.tab, self.bench, self.project = tab, bench, project
        self.stage = tab.locator(".viewer-stage")

    def states(self) -> dict[int, str]:
        """State of each particle, as the server has it."""
        found = self.bench.call("GET", f"{self.project}/images/1/particles")
        key = found["columns"].index("particle")
        return {row[key]: state for row, state in zip(found["rows"], found["states"], strict=True)}

    def wait_for(self, holds) -> None:
        """Wait until something of the server's states holds."""
        for _ in range(200):
            if holds(self.states()):
                return
            self.tab.wait_for_timeout(100)
        raise AssertionError(self.states())

    def place(self, row: float, col: float) -> tuple[float, float]:
        """Find the px of the window where a px of the whole 200 × 200 image is shown."""
        box = self.stage.bounding_box()
        scale = (min(box["width"], box["height"]) - 16) / 200
        return (
            box["x"] + box["width"] / 2 + (col - 99.5) * scale,
            box["y"] + box["height"] / 2 + (row - 99.5) * scale,
        )

    def disc(self, number: int) -> tuple[float, float]:
        """Find the middle of a disc, by rows from 0."""
        step = 200 / _PER_ROW
        return self.place((number // _PER_ROW + 0.5) * step, (number % _PER_ROW + 0.5) * step)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag the mouse."""
        self.tab.mouse.move(*start)
        self.tab.mouse.down()
        self.tab.mouse.move(*end, steps=5)
        self.tab.mouse.up()

    def chosen(self, count: int) -> None:
        """Expect that so many particles are selected."""
        words = "1 particle" if count == 1 else f"{count} particles"
        playwright.expect(self.tab.locator(".status-line")).to_contain_text(f"{words} chosen")


@pytest.fixture
def page(bench, address, browser) -> Iterator[Page]:
    project = bench.measured()
    tab = browser.new_page(viewport={"width": 1280, "height": 720})
    problems = watch(tab)
    tab.goto(f"{address}/#{project.replace('projects', 'project')}/image/1")
    tab.wait_for_function("() => document.querySelector('.viewer-bar-text')?.textContent")
    opened = Page(tab, bench, project)
    # The process that edits takes seconds to start; then the page has its particles as soon as this has.
    assert len(opened.states()) == _PER_ROW**2
    tab.get_by_role("tab", name="Particles").click()
    playwright.expect(tab.locator(".table-row")).to_have_count(_PER_ROW**2, timeout=30_000)
    opened.stage.focus()
    yield opened
    tab.close()
    assert problems == []


def test_select_delete_and_restore(page):
    page.tab.mouse.click(*page.disc(4))
    page.chosen(1)
    # The page asks for the list of edits once it has the answer of one; only then it can be undone.
    with page.tab.expect_response(
        lambda answer: answer.url.endswith("/edits") and answer.request.method == "GET"
    ):
        page.tab.keyboard.press("Delete")
    page.wait_for(lambda states: list(states.values()).count("deleted") == 1)
    page.tab.wait_for_timeout(200)
    page.tab.keyboard.press("Control+z")
    page.wait_for(lambda states: set(states.values()) == {"counted"})


def test_draw_by_mouse_and_by_keyboard(page):
    page.tab.keyboard.press("e")
    page.drag(page.place(60, 60), page.place(74, 74))
    page.wait_for(lambda states: len(states) == 10)
    page.stage.focus()
    page.tab.keyboard.press("p")
    for key, times in (("ArrowRight", 3), ("ArrowDown", 4), ("ArrowLeft", 4)):
        for _ in range(times):
            page.tab.keyboard.press(key)
        page.tab.keyboard.press("Space")
    page.tab.keyboard.press("Enter")
    page.wait_for(lambda states: len(states) == 11)


def test_split_by_a_line_and_merge_what_a_box_holds(page):
    page.tab.keyboard.press("s")
    (x, y), (_, top) = page.disc(0), page.place(10, 0)
    page.drag((x, top), (x, 2 * y - top))
    page.wait_for(lambda states: len(states) == 10)
    page.chosen(2)
    page.tab.keyboard.press("v")
    page.tab.keyboard.press("Escape")
    page.drag(page.place(5, 5), page.place(60, 60))
    page.chosen(2)
    page.tab.keyboard.press("m")
    page.wait_for(lambda states: len(states) == 9)
    page.chosen(1)


def test_what_is_selected_is_so_everywhere(page):
    page.tab.keyboard.press("Control+a")
    page.chosen(9)
    page.tab.get_by_role("tab", name="Particles").click()
    playwright.expect(page.tab.locator(".table-row[aria-selected=true]")).to_have_count(9)
    page.tab.locator(".table-row").nth(2).click()
    page.chosen(1)
    page.tab.get_by_role("tab", name="Statistics").click()
    chart = page.tab.locator(".chart-picture").first
    chart.locator("svg").wait_for()
    box = chart.bounding_box()
    page.drag((box["x"] + 50, box["y"] + 60), (box["x"] + box["width"] - 14, box["y"] + 90))
    page.chosen(9)


def test_charts_settle_where_the_particles_come_after_the_statistics(page):
    def be_late(route) -> None:
        time.sleep(2)
        route.continue_()

    page.tab.get_by_role("tab", name="Statistics").click()
    note, chart = page.tab.locator(".chart-note"), page.tab.locator(".chart-picture svg").first
    chart.wait_for()
    playwright.expect(note).to_be_hidden()
    page.tab.route("**/images/1/particles", be_late)
    page.tab.reload()
    chart.wait_for()
    playwright.expect(note).to_be_hidden()
