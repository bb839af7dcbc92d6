"""Reports of odd samples: hostile names, few particles, no scale, two scales, edits, broken results."""

import io
import json
import re
import shutil
import unicodedata

import docx
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hand_made import measure_bright, write_discs
from nanocaliper.batch import measure_many
from nanocaliper.cli import main
from nanocaliper.errors import ReadError, StatisticsError
from nanocaliper.report.make_report import REPORT_FORMATS, encode_report, make_report
from nanocaliper.report.report_content import Picture, Table
from nanocaliper.report.report_details import make_details
from nanocaliper.report.report_text import clean_text
from nanocaliper.statistics.analysis_options import AnalysisOptions

OPTIONS = AnalysisOptions(replicates=100)
HOSTILE = (
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a\x00b\x07\x1b[31m\nc", "n" * 300, "\u202egnp.exe\u2066",
    "@SUM(1)", "{table:results}", '"&amp;\'', "\ud800\uffff", "مرحبا", "../../x",
)  # fmt: skip


def measure_scaled(source, *, nm_per_px=None, model="threshold"):
    return measure_bright(source, model=model, nm_per_px=None if "bare" in str(source) else 2.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images of no, one, two and four particles, with 2 nm/px, and two without a scale."""
    made = tmp_path_factory.mktemp("odd")
    discs = [(50.0, 50.0, 15.0), (50.0, 130.0, 22.0), (140.0, 60.0, 18.0), (140.0, 160.0, 20.0)]
    for name, number in (("none", 0), ("one", 1), ("two", 2), ("four", 4), ("bare_a", 2), ("bare_b", 4)):
        write_discs(made / "in" / f"{name}.png", discs[:number])
    measure_many(sorted((made / "in").glob("*.png")), made / "out", measure_scaled)
    return made / "out"


@pytest.fixture(autouse=True)
def _draw_nothing(request, monkeypatch):
    """Figures have tests of their own, and take seconds."""
    if "hostile" in request.node.name:
        return
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3)).save(buffer, "PNG")
    drawn = {
        name: (Picture(buffer.getvalue(), b"<svg/>", 85.0, 60.0), "a figure")
        for name in ("shape", "images", "uncertainty", "comparison")
    }
    monkeypatch.setattr("nanocaliper.report.report_material.draw_pictures", lambda _: drawn)
    picture = drawn["shape"][0]
    monkeypatch.setattr("nanocaliper.report.sections.curves.draw_chart", lambda *_: picture)


def report(samples, details=None):
    content = make_report(samples, make_details(details or {}), options=OPTIONS)
    return content, {kind: encode_report(content, kind) for kind in REPORT_FORMATS}


def say_all(content):
    return " ".join(
        cell if isinstance(cell, str) else " ".join(part for part in cell if isinstance(part, str))
        for block in content.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    )


def test_hostile_names_are_but_names(folder):
    details = {
        "report": {
            "title": HOSTILE[1],
            "number": HOSTILE[0],
            "customer": HOSTILE[2],
            "laboratory": HOSTILE[4],
        }
    }
    details["samples"] = {HOSTILE[0]: {"comment": HOSTILE[1]}}
    samples = {
        HOSTILE[0]: dict.fromkeys(HOSTILE[:1], folder / "four"),
        HOSTILE[1]: dict.fromkeys(HOSTILE, folder / "two"),
    }
    content, files = report(samples, details)
    html = files["html"].decode()
    assert "<script" not in html.lower()
    assert not set("\u202e\u2066\x00\x07\x1b") & set(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert html.count("{table:results}") >= 1
    document = docx.Document(io.BytesIO(files["docx"]))
    said = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "<script>alert(1)</script>" in said
    assert "n" * 300 in said
    assert not set("\u202e\u2066") & set(document.element.xml)
    for part in (files["xlsx"], *find_workbooks(files["docx"])):
        for page in openpyxl.load_workbook(io.BytesIO(part)):
            for row in page.iter_rows():
                assert all(cell.data_type != "f" for cell in row)
                assert all(cell.hyperlink is None for cell in row)
    first = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["Summary"]["A2"]
    assert first.value == HOSTILE[0]
    assert content.statistics["samples"][0]["name"] == HOSTILE[0]


def find_workbooks(encoded):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(encoded)) as parts:
        return [parts.read(name) for name in parts.namelist() if name.endswith(".xlsx")]


@given(st.text(st.characters(codec=None), max_size=40))
def test_a_clean_text_is_one_line_that_xml_can_hold(text):
    clean = clean_text(text)
    assert "\n" not in clean
    assert clean_text(clean) == clean
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Cn") for char in clean)
    docx.oxml.parse_xml(f"<a>{clean.replace('&', '&amp;').replace('<', '&lt;')}</a>".encode())
    assert clean_text("plain (D50) ± 3 µm") == "plain (D50) ± 3 µm"


@pytest.mark.parametrize("name", ["none", "one", "two"])
def test_few_particles_make_a_report(folder, name):
    content, files = report({"few": [folder / name]})
    counted = {"none": 0, "one": 1, "two": 2}[name]
    table = next(b for b in content.blocks if isinstance(b, Table) and b.key == "table:results")
    assert table.rows[0][2] == str(counted)
    assert "nan" not in say_all(content).split()
    text = files["html"].decode()
    if not counted:
        assert "No particle was counted" in text
    else:
        assert "<img" in text


def test_without_a_scale_sizes_are_in_pixels_and_nothing_says_nm(folder):
    content, files = report({"bare": [folder / "bare_a", folder / "bare_b"]})
    text = files["html"].decode()
    assert "PIXELS" in text
    results = next(b for b in content.blocks if isinstance(b, Table) and b.key == "table:results")
    assert [column.title for column in results.columns][3] == "D50 / px"
    assert "not judged" in text
    assert "none: sizes in px" in text


def test_three_samples_and_one_that_cannot_be_compared(folder):
    content, _ = report({"a": [folder / "four"], "b": [folder / "two"], "c": [folder / "one"]})
    assert [s.title for s in content.sections if s.title.startswith("Results")] == [
        "Results: a",
        "Results: b",
        "Results: c",
    ]
    assert len(content.statistics["comparisons"]) == 3
    content, files = report({"a": [folder / "four"], "bare": [folder / "bare_b"]})
    assert "sizes of different kinds" in files["html"].decode()
    assert not content.statistics["comparisons"]


def test_a_conflict_of_scales_is_marked_in_every_format(folder, tmp_path):
    out = shutil.copytree(folder / "four", tmp_path / "four")
    change(out, lambda result: result.update(conflict={
        "metadata_nm_per_px": 2.0, "scale_bar_nm_per_px": 2.5, "scale_bar_relative_uncertainty": 0.01,
        "relative_difference": 0.25, "limit": 0.03, "settled_by": None,
    }))  # fmt: skip
    _, files = report({"a": [out]})
    assert "CONFLICT, metadata and bar differ by 25 %, OPEN" in files["html"].decode()
    page = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["Images"]
    assert [cell.value for cell in page[2]][5] == "open"


def change(out, edit):
    path = out / "result.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    edit(result)
    path.write_text(json.dumps(result), encoding="utf-8")


def test_edits_by_hand_are_counted_by_kind(folder, tmp_path):
    out = shutil.copytree(folder / "four", tmp_path / "four")
    edits = [{"kind": "split", "particle": 3, "line": [[0, 0], [1, 1]]}, {"kind": "delete", "particles": [9]}]
    change(out, lambda result: result.update(edits={"count": 3, "list": [*edits, edits[1]]}))
    path = out / "particles.csv"
    table = pd.read_csv(path)
    table["edited"] = ["split", "split", "", ""]
    table.to_csv(path, index=False)
    content, files = report({"a": [out]})
    table = next(b for b in content.blocks if isinstance(b, Table) and b.key == "table:edits")
    assert dict(table.rows) == {"particles deleted": "2", "particles split": "1"}
    assert (
        "3 edits on 1 image of 1; of the outlined particles 2 particles were edited" in files["html"].decode()
    )
    rows = list(openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["Particles"].values)
    assert [row[rows[0].index("Edited")] for row in rows[1:]] == ["split", "split", None, None]


def test_results_that_are_damaged_say_what_to_do(folder, tmp_path):
    with pytest.raises(ReadError, match="Measure it again"):
        make_report({"a": [tmp_path]})
    out = shutil.copytree(folder / "four", tmp_path / "four")
    (out / "overlay.png").write_bytes(b"no picture")
    _, files = report({"a": [out]})
    assert "missing or damaged" in files["html"].decode()
    with pytest.raises(StatisticsError, match="at least one"):
        make_report({})


@pytest.fixture
def run(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["report", *map(str, arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return end.value.code, printed.out, printed.err

    return run_command


def test_the_command_writes_what_was_asked_for(folder, tmp_path, run):
    code, printed, _ = run(folder / "four", "-o", "made/gold.docx", "--title", "Gold")
    assert code == 0
    assert "gold.docx" in printed
    document = docx.Document(tmp_path / "made" / "gold.docx")
    assert document.core_properties.title == "Gold"
    date = document.tables[0].rows[1].cells[1].text
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    (tmp_path / "lab.toml").write_text('[report]\ndate = 2026-11-20\nlaboratory = "L"\n', encoding="utf-8")
    code, _, _ = run(
        "--sample", f"a={folder / 'four'}", "--sample", f"b={folder / 'two'}", "--details", "lab.toml",
        "--format", "html,json,xlsx", "-o", "all",
    )  # fmt: skip
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        "report.html",
        "report.json",
        "report.xlsx",
    ]
    text = (tmp_path / "all" / "report.html").read_text(encoding="utf-8")
    assert "2026-11-20" in text
    names = [
        sample["name"] for sample in json.loads((tmp_path / "all" / "report.json").read_text())["samples"]
    ]
    assert names == ["a", "b"]


def test_images_left_out_are_said_by_the_exit_status(folder, tmp_path, run):
    code, _, _ = run(folder, "-o", tmp_path / "r.html")
    assert code == 1
    assert "LEFT OUT" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to report on"),
        (("OUT", "--format", "pdf"), "docx, html, xlsx, json"),
        (("OUT", "-o", "a.pdf"), ".docx, .html, .xlsx, .json"),
        (("OUT", "-o", "a.docx", "--format", "html"), "give a folder"),
        (("--sample", "OUT"), "gold=results"),
        (("nowhere",), "There is no folder"),
        (("OUT", "--details", "no.toml"), "Cannot read the details"),
        (("OUT", "--by", "moon"), "--by is 'moon'"),
    ],
)
def test_wrong_use_is_one_sentence(folder, run, arguments, said):
    code, _, error = run(*(folder / "four" if one == "OUT" else one for one in arguments))
    assert code == 2
    assert said in error
    assert error.count("\n") == 1


def test_a_content_control_has_a_name_and_an_id_of_its_own(folder):
    _, files = report({"a": [folder / "four"]})
    document = docx.Document(io.BytesIO(files["docx"]))
    ids = [
        one.get(qn("w:val"))
        for one in document.element.iter(qn("w:id"))
        if one.getparent().tag == qn("w:sdtPr")
    ]
    assert len(ids) > 10
    assert len(set(ids)) == len(ids)
