"""The page for those who use a keyboard or a screen reader: rules of axe, and a walk without a mouse."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

pytest.importorskip("flask", reason="needs the extra 'workbench'")
playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, of the extra 'test'")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, of the extra 'test'")

from served import Server, open_browser, run, watch  # noqa: E402
from web_bench import draw_discs  # noqa: E402

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[1] / "examples" / "tem_spheres.png"
TABS = ("Scale", "Settings", "Particles", "Statistics", "History")
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run(tmp_path_factory.mktemp("accessible")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        if opened is None:
            pytest.skip("no Chromium is installed; it runs the tests of the page")
        yield opened


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """A project of two samples with measured images, one of which has two scales that disagree."""
    made = server.create("Gold, batch 7")
    other = server.ask("POST", made + "/samples", {"name": "Sample 2", "notes": {}})["id"]
    server.upload_files(made, {"discs 1.png": draw_discs(1), "conflict.tif": make_conflict()}, "threshold")
    server.upload_files(made, {"discs 2.png": draw_discs(2)}, "threshold", other)
    server.wait(made, "measured")
    bar = {"start": [190, 20], "stop": [190, 120], "value": 50, "unit": "nm"}
    for image in server.ask("GET", made + "/images"):
        path = f"{made}/images/{image['id']}"
        if image["name"] != "conflict.tif":
            server.ask("PUT", path + "/scale", {"source": "user", "bar": bar, "apply_to": "image"})
            server.ask("POST", path + "/edits", {"kind": "delete", "particles": [1]})
        else:
            assert image["calibration"]["conflict"]
    return made


def make_conflict() -> bytes:
    """An image whose file says 2 nm/px, while the printed bar says 0.5 nm/px."""
    with Image.open(EXAMPLE) as opened:
        pixels = np.asarray(opened.convert("L"))
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, imagej=True, resolution=(0.5, 0.5), metadata={"unit": "nm"})
    return file.getvalue()


@pytest.fixture(params=["light", "dark"])
def tab(request: pytest.FixtureRequest, browser: Any, server: Server) -> Iterator[Any]:
    page = browser.new_page(
        viewport={"width": 1280, "height": 800}, color_scheme=request.param, reduced_motion="reduce"
    )
    page.set_default_timeout(PATIENCE_MS)
    problems = watch(page)
    yield page
    page.close()
    assert problems == []


def check(tab: Any) -> None:
    """Expect that no rule of axe is broken."""
    tab.wait_for_timeout(300)
    found = axe.Axe().run(tab).response["violations"]
    assert not found, "\n".join(
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    )


def open_image(tab: Any, server: Server, project: str, name: str) -> None:
    """Open an image and wait until its particles are there."""
    image = next(one for one in server.ask("GET", project + "/images") if one["name"] == name)
    tab.goto(f"{server.url}#{project.replace('projects', 'project')}/image/{image['id']}")
    tab.get_by_role("tab", name="Particles").click()
    playwright.expect(tab.locator(".table-count")).to_contain_text("particle", timeout=PATIENCE_MS)


def test_nothing_there_yet(tab, server, tmp_path):
    with run(tmp_path) as empty:
        tab.goto(empty.url)
        tab.get_by_role("heading", name="Measure your first micrographs").wait_for()
        check(tab)
        made = empty.create("Empty")
        tab.goto(f"{empty.url}#{made.replace('projects', 'project')}")
        tab.get_by_role("heading", name="Add your micrographs").wait_for()
        check(tab)
        # What the page asks for must not end with the server.
        tab.goto("about:blank")


def test_projects(tab, server, project):
    tab.goto(server.url)
    tab.get_by_role("link", name="Gold, batch 7").wait_for()
    check(tab)
    tab.get_by_role("button", name="Actions for Gold, batch 7").click()
    check(tab)


def test_every_tab_of_an_image(tab, server, project):
    open_image(tab, server, project, "discs 1.png")
    for name in TABS:
        tab.get_by_role("tab", name=name).click()
        if name == "Statistics":
            tab.locator(".chart-picture svg").first.wait_for()
            tab.locator(".panel .headline").wait_for()
        check(tab)


def test_scales_that_disagree(tab, server, project):
    open_image(tab, server, project, "conflict.tif")
    tab.get_by_role("tab", name="Scale").click()
    tab.get_by_text("File and printed bar differ").wait_for()
    check(tab)


def test_results(tab, server, project):
    tab.goto(f"{server.url}#{project.replace('projects', 'project')}/results")
    tab.locator(".chart-picture svg").first.wait_for()
    tab.wait_for_load_state("networkidle")
    check(tab)


def test_menu_and_keys(tab, server, project):
    open_image(tab, server, project, "discs 1.png")
    tab.get_by_role("button", name="Reports and files").click()
    check(tab)
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    tab.get_by_role("dialog").wait_for()
    check(tab)


#: What has the focus, and whether one sees it: a ring or a shadow that it does not have without.
_FOCUS = """() => {
  const node = document.activeElement;
  const look = (one) => { const style = getComputedStyle(one); return [style.outlineStyle === "none" ? "" :
    style.outlineWidth + style.outlineColor, style.boxShadow, style.borderColor, style.backgroundColor].join(); };
  const box = node.getBoundingClientRect();
  const seen = look(node);
  const name = node.getAttribute("aria-label") ?? node.textContent.trim().slice(0, 40);
  const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight && box.width > 0;
  node.blur();
  const without = look(node);
  node.focus({focusVisible: true, preventScroll: true});
  return {tag: node.tagName, kind: node.className, name, inside, ring: seen !== without};
}"""


def focus(tab: Any) -> dict[str, Any]:
    """What has the focus now; expect that there is something, and that it is seen."""
    found = dict(tab.evaluate(_FOCUS))
    assert found["tag"] != "BODY", "the focus is lost"
    for _ in range(20):
        if found["inside"]:
            break
        # What glides into sight when it has the focus needs a moment.
        tab.wait_for_timeout(50)
        found = dict(tab.evaluate(_FOCUS))
    assert found["inside"], f"the focus is out of sight: {found}"
    assert found["ring"], f"nothing shows the focus: {found}"
    return found


def walk_to(tab: Any, selector: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        focus(tab)
        if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_walk_without_a_mouse(tab, server, project):
    images = {one["name"]: one["id"] for one in server.ask("GET", project + "/images")}

    def states() -> list[str]:
        return list(server.ask("GET", f"{project}/images/{images['discs 1.png']}/particles")["states"])

    def expect_deleted(count: int) -> None:
        for _ in range(300):
            if states().count("deleted") == count:
                return
            tab.wait_for_timeout(100)
        raise AssertionError(states())

    tab.goto(server.url)
    tab.get_by_role("link", name="Gold, batch 7").wait_for()
    walk_to(tab, "th a")
    tab.keyboard.press("Enter")
    tab.locator(".image-row").first.wait_for()
    walk_to(tab, ".image-row > a")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowDown")
    assert "discs 1.png" in focus(tab)["name"]
    tab.keyboard.press("Enter")
    playwright.expect(tab.locator(".image-row.current")).to_contain_text("discs 1.png")
    focus(tab)
    tab.wait_for_function("() => document.querySelector('.viewer-bar-text')?.textContent")
    states()
    walk_to(tab, ".viewer-stage")
    for _ in range(50):
        tab.keyboard.press("n")
        if "1 particle chosen" in tab.locator(".status-line").inner_text():
            break
        tab.wait_for_timeout(200)
    focus(tab)
    with tab.expect_response(lambda one: one.url.endswith("/edits") and one.request.method == "GET"):
        tab.keyboard.press("Delete")
    expect_deleted(2)
    focus(tab)
    tab.wait_for_timeout(300)
    tab.keyboard.press("Control+z")
    expect_deleted(1)
    focus(tab)
    # On through all that is left, to the end of the page.
    walk_to(tab, "[role=tab]")
    for number in range(1, 6):
        tab.keyboard.press(f"Alt+{number}")
        focus(tab)
        for _ in range(8):
            tab.keyboard.press("Tab")
            if tab.evaluate("() => document.activeElement === document.body"):
                break  # Beyond the last control the browser's own come.
            focus(tab)
