"""The whole story of a project in a real browser, on a real server that is killed twice on the way."""

import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("flask", reason="needs the extra 'workbench'")
playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, of the extra 'test'")

from served import drop_files, open_browser  # noqa: E402
from told_story import (  # noqa: E402
    EXAMPLES,
    FIRST,
    PATIENCE_MS,
    SECOND,
    THIRD,
    Story,
    cross,
    find_free_place,
    find_touching,
    shoelace,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with open_browser() as browser:
        if browser is None:
            pytest.skip("no Chromium is installed; it runs the tests of the page")
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        tab.set_default_timeout(60_000)
        told = Story(tab, tmp_path / "projects")
        try:
            yield told
            told.fine()
        finally:
            if told.server.process.poll() is None:
                told.server.end(signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_from_the_first_drop_to_the_report_and_back(story: Story, tmp_path: Path) -> None:
    begin(story)
    expect_outlines(story)
    first = story.expect_true_statistics(2.5)
    nm_per_px = correct_scale(story)
    rescaled = story.expect_true_statistics(nm_per_px)
    assert rescaled[0] == first[0]
    assert rescaled[1] != first[1]
    correct_outlines(story)
    corrected = story.expect_true_statistics(nm_per_px)
    story.fine()
    open_downloads(story, tmp_path, nm_per_px)
    lose_nothing(story)
    assert story.expect_true_statistics(nm_per_px)[0] == corrected[0] - 1
    # Back to the start.
    story.open(FIRST)
    while story.image()["edits"]["cursor"] > 0:
        story.edit(lambda: story.tab.keyboard.press("Control+z"))
    assert story.expect_true_statistics(nm_per_px) == rescaled
    story.tab.get_by_role("tab", name="Scale").click()
    story.tab.get_by_label("As read").check()
    story.tab.get_by_role("button", name="Apply").click()
    story.wait(lambda: story.image()["calibration"]["calibration"]["nm_per_px"] == 2.5)
    assert story.expect_true_statistics(2.5) == first


def begin(story: Story) -> None:
    """Make a project, drop one image, choose another one, and wait until both are measured."""
    tab = story.tab
    tab.goto(story.server.url)
    tab.get_by_role("button", name="New project").first.click()
    tab.get_by_role("dialog").get_by_label("Name").fill("Silica, batch 12")
    tab.get_by_role("button", name="Create").click()
    tab.get_by_role("heading", name="Add your micrographs").wait_for()
    (made,) = story.server.ask("GET", "/projects")
    assert made["name"] == "Silica, batch 12"
    story.project = f"/projects/{made['id']}"
    drop_files(tab, EXAMPLES / FIRST)
    tab.locator(".image-row", has_text=FIRST).wait_for()
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Add images", exact=True).click()
    chooser.value.set_files(EXAMPLES / SECOND)
    for name in (FIRST, SECOND):
        row = tab.locator(".image-row[data-status=measured]", has_text=name)
        row.wait_for(timeout=PATIENCE_MS)
        playwright.expect(row).to_contain_text("n = ")
    assert (story.image()["counted"], story.image()["unit"]) == (27, "nm")
    story.open(FIRST)


def expect_outlines(story: Story) -> None:
    """Expect colour on the grey picture all along every counted outline."""
    file = story.folder / "screen.png"
    story.tab.screenshot(path=file)
    with Image.open(file) as opened:
        colours = np.asarray(opened.convert("RGB")).astype(int)
    saturated = np.ptp(colours, axis=2) > 40
    for state, outline in story.particles().values():
        if state != "counted":
            continue
        places = np.round([story.place(*corner) for corner in outline[:: max(1, len(outline) // 16)]]).astype(
            int
        )
        seen = [saturated[y - 2 : y + 3, x - 2 : x + 3].any() for x, y in places]
        assert np.mean(seen) > 0.9


def correct_scale(story: Story) -> float:
    """Drag both ends of the bar, type what it says, apply; gives the scale that holds, nm/px."""
    tab = story.tab
    tab.get_by_role("tab", name="Scale").click()
    tab.get_by_label("Mark the bar in the picture").check()
    bar = story.image()["calibration"]["scale_bar"]
    row = bar["row"]
    ends = {"start": bar["col_start"] - 20, "stop": bar["col_stop"] + 20}
    story.drag((row, bar["col_start"]), (row, ends["start"]))
    story.drag((row, bar["col_stop"]), (row, ends["stop"]))
    tab.get_by_label("The label says").fill("0.6")
    tab.get_by_label("Unit of the label").select_option(label="µm")
    tab.get_by_role("button", name="Apply").click()
    story.wait(lambda: story.image()["scale"]["source"] == "user")
    marked = story.image()["scale"]["bar"]
    length = float(np.hypot(*np.subtract(marked["start"], marked["stop"])))
    # A mouse is placed to a px of the screen.
    assert length == pytest.approx(ends["stop"] - ends["start"], abs=2)
    nm_per_px = float(story.image()["calibration"]["calibration"]["nm_per_px"])
    assert nm_per_px == pytest.approx(600 / length, rel=1e-6)
    return nm_per_px


def correct_outlines(story: Story) -> None:
    """Delete a particle, split one that touches another, and draw one, all with the mouse."""
    tab = story.tab
    story.open(FIRST)
    before = story.particles()
    one, other = find_touching(before)

    def delete() -> None:
        tab.mouse.click(*story.place(*before[one][1].mean(axis=0)))
        playwright.expect(tab.locator(".status-line")).to_contain_text("1 particle chosen")
        tab.keyboard.press("Delete")

    story.edit(delete)
    assert story.particles()[one][0] == "deleted"
    line = cross(before[other][1], before[one][1].mean(axis=0))
    tab.keyboard.press("s")
    story.edit(lambda: story.drag(*line))
    after = story.particles()
    assert other not in after
    halves = [shoelace(outline) for number, (_, outline) in after.items() if number > max(before)]
    whole = shoelace(before[other][1])
    assert len(halves) == 2
    assert sum(halves) == pytest.approx(whole, rel=0.08)
    assert min(halves) > 0.35 * whole
    strip = story.image()["calibration"]["scale_bar"]["label_box"]["row_start"] - 20
    (row, col), room = find_free_place(after, strip, story.image()["cols"])
    half = 0.6 * room
    tab.keyboard.press("e")
    story.edit(lambda: story.drag((row - half, col - half), (row + half, col + half)))
    drawn = story.particles()[max(story.particles())][1]
    assert shoelace(drawn) == pytest.approx(np.pi * half**2, rel=0.08)
    assert drawn.mean(axis=0) == pytest.approx((row, col), abs=1.5)
    tab.keyboard.press("v")
    # One was deleted, one became two, one is new.
    assert story.image()["counted"] == len([1 for state, _ in before.values() if state == "counted"]) + 1


def open_downloads(story: Story, folder: Path, nm_per_px: float) -> None:
    """Take the reports and the outlines, and open each with a program of others."""
    import docx
    import openpyxl
    import roifile

    # The scale of the second image is printed on it.
    sizes = np.concatenate([story.sizes() * nm_per_px, story.sizes(SECOND) * 0.5])
    counted, mean = story.image()["counted"], sizes.mean()
    word = story.download("Word", folder)
    cells = [
        cell.text.strip()
        for table in docx.Document(str(word)).tables
        for row in table.rows
        for cell in row.cells
    ]
    assert {str(counted), str(len(sizes))} <= set(cells)
    assert any(holds_number(text, mean) for text in cells), mean
    book = openpyxl.load_workbook(story.download("Excel", folder), read_only=True, data_only=True)
    values = [value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row]
    assert {counted, len(sizes)} <= set(values)
    assert any(isinstance(value, float) and value == pytest.approx(mean, rel=1e-4) for value in values)
    book.close()
    packed = story.download("ImageJ ROIs", folder)
    with zipfile.ZipFile(packed) as outer:
        (inner,) = (name for name in outer.namelist() if FIRST.partition(".")[0] in name)
        rois = roifile.roiread(outer.extract(inner, folder))
    inside = [roi for roi in rois if holds(roi, story)]
    assert len(inside) == counted, [roi.name for roi in rois]
    expect_printed_pages(word, folder)


def holds(roi: Any, story: Story) -> bool:
    """Whether an ROI is the outline of a counted particle."""
    corners = roi.coordinates()[:, ::-1]
    return any(
        state == "counted" and np.hypot(*(corners.mean(axis=0) - outline.mean(axis=0))) < 2
        for state, outline in story.particles().values()
    )


def holds_number(text: str, number: float) -> bool:
    """Whether a text begins with a number, as far as its digits go."""
    found = re.match(r"\d+(?:\.(\d+))?", text)
    return bool(found) and abs(float(found[0]) - number) <= 0.51 * 10.0 ** -len(found[1] or "")  # type: ignore[index]


def expect_printed_pages(word: Path, folder: Path) -> None:
    """Where there is a word processor: expect ink on every page."""
    if not shutil.which("soffice") or not shutil.which("pdftoppm"):
        return
    profile = (folder / "profile").as_uri()
    convert = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir"]
    subprocess.run([*convert, str(folder), str(word)], check=True, capture_output=True, timeout=240)
    subprocess.run(
        ["pdftoppm", "-r", "40", "-png", str(word.with_suffix(".pdf")), str(folder / "page")], check=True
    )
    pages = sorted(folder.glob("page-*.png"))
    assert pages
    for page in pages:
        with Image.open(page) as opened:
            assert np.mean(np.asarray(opened.convert("L")) < 200) > 0.002, f"{page.name} is blank"


def lose_nothing(story: Story) -> None:
    """Kill the server after an edit was answered, and while it measures; expect that nothing is lost."""
    tab = story.tab
    story.open(FIRST)
    chosen, (_, outline) = next(
        (number, one) for number, one in story.particles().items() if one[0] == "counted"
    )
    tab.mouse.click(*story.place(*outline.mean(axis=0)))
    playwright.expect(tab.locator(".status-line")).to_contain_text("1 particle chosen")
    with tab.expect_response(
        lambda answer: answer.url.endswith("/edits") and answer.request.method == "POST", timeout=PATIENCE_MS
    ) as answered:
        tab.keyboard.press("Delete")
    assert answered.value.status == 200
    story.kill()
    story.start()
    story.forgive()
    image = story.image()
    assert image["edits"]["cursor"] == image["edits"]["total"] == 4
    assert image["scale"]["bar"]["value"] == 0.6
    assert story.particles()[chosen][0] == "deleted"
    # The page finds it again by itself, and takes the next image.
    tab.wait_for_timeout(4000)
    story.forgive()
    drop_files(tab, EXAMPLES / THIRD)
    tab.locator(".image-row", has_text=THIRD).wait_for()
    story.wait(lambda: story.image(THIRD)["status"] == "measuring")
    story.kill()
    story.start()
    assert story.image(THIRD)["status"] in ("waiting", "measuring")
    tab.locator(".image-row[data-status=measured]", has_text=THIRD).wait_for(timeout=PATIENCE_MS)
    story.forgive()
    after = story.image()
    assert {key: after[key] for key in ("edits", "scale", "counted", "status")} == {
        key: image[key] for key in ("edits", "scale", "counted", "status")
    }
    assert story.image(SECOND)["status"] == "measured"
    tab.reload()
    story.open(FIRST)
