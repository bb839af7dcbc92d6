"""The report: its numbers against statistics made independently, and its files opened by other programs."""

import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import docx
import jsonschema
import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn

from hand_made import measure_bright, write_discs
from nanocaliper.batch import measure_many
from nanocaliper.errors import UsageError
from nanocaliper.report.json_schema import read_schema
from nanocaliper.report.make_report import REPORT_FORMATS, encode_report, make_report, write_report
from nanocaliper.report.report_content import Chart, Figure, Table, number_captions
from nanocaliper.report.report_details import make_details
from nanocaliper.report.report_text import Ref
from nanocaliper.report.statistics_keys import STATISTICS_SCHEMA
from nanocaliper.statistics.analysis_options import AnalysisOptions

OPTIONS = AnalysisOptions(replicates=200)
DETAILS = {
    "report": {"title": "Gold, lot 7", "number": "R-12", "date": "2026-11-21", "laboratory": "Lab of tests"},
    "sample": {"material": "gold"},
    "samples": {"large": {"preparation": "dropped on a grid"}},
    "instrument": {"voltage": 200},
}


def draw_grid(radius, seed):
    rng = np.random.default_rng(seed)
    radii = radius * np.exp(rng.normal(0, 0.15, 25))
    return [(35 + 70 * (k // 5), 35 + 70 * (k % 5), float(radii[k])) for k in range(25)]


def measure_2_nm(source, *, nm_per_px=2.0, model="threshold"):
    return measure_bright(source, model=model, nm_per_px=nm_per_px, scale_uncertainty=0.01)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Two samples of two images each; one particle touches the border of each image."""
    made = tmp_path_factory.mktemp("report")
    for name, radius in (("small", 12), ("large", 18)):
        for k in range(2):
            discs = [*draw_grid(radius, 10 * radius + k), (0.0, 180.0, 9.0)]
            write_discs(made / "in" / name / f"{k}.png", discs, (380, 380))
        measure_many(sorted((made / "in" / name).glob("*.png")), made / name, measure_2_nm)
    return made


@pytest.fixture(scope="session")
def content(folder):
    samples = {
        name: {f"{name}/{k}.png": folder / name / str(k) for k in range(2)} for name in ("small", "large")
    }
    return make_report(samples, make_details(DETAILS), options=OPTIONS)


@pytest.fixture(scope="session")
def encoded(content):
    return {kind: encode_report(content, kind) for kind in REPORT_FORMATS}


@pytest.fixture(scope="session")
def diameters(folder):
    """Counted diameters in nm by sample, from the tables themselves."""
    sizes = {}
    for name in ("small", "large"):
        table = pd.concat([pd.read_csv(folder / name / str(k) / "particles.csv") for k in range(2)])
        sizes[name] = 2 * table.loc[~table["touches_border"], "diameter_equivalent_px"].to_numpy()
    return sizes


def find_table(content, start, skip=0):
    found = [block for block in content.blocks if isinstance(block, Table) and block.key.startswith(start)]
    return found[skip]


def words(cell):
    """The words of a cell, as the renderers write them."""
    parts = (cell,) if isinstance(cell, str) else cell
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


def read_word_tables(encoded_docx):
    document = docx.Document(io.BytesIO(encoded_docx))
    return document, [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def agree(text, value):
    """Whether a written number is the value, to the digits written."""
    number = re.match(r"-?[\d,]*\.?\d+", text).group().replace(",", "")
    digits = len(number.partition(".")[2])
    return abs(float(number) - value) <= 0.5000001 * 10**-digits


def test_every_statistic_in_the_tables_is_that_of_the_particles(content, diameters):
    for place, (name, x) in enumerate(diameters.items()):
        table = find_table(content, f"table:statistics:{place}")
        rows = {words(row[0]): [words(cell) for cell in row[1:]] for row in table.rows}
        log = np.log(x)
        truth = {
            "Mean / nm": x.mean(),
            "SD / nm": x.std(ddof=1),
            "D10 / nm": np.quantile(x, 0.1),
            "D50 (median) / nm": np.quantile(x, 0.5),
            "D90 / nm": np.quantile(x, 0.9),
            "Geometric mean / nm": np.exp(log.mean()),
            "Geometric SD": np.exp(log.std(ddof=1)),
            "CV": x.std(ddof=1) / x.mean(),
            "Span": (np.quantile(x, 0.9) - np.quantile(x, 0.1)) / np.quantile(x, 0.5),
            "D[3,2] / nm": (x**3).sum() / (x**2).sum(),
            "D[4,3] / nm": (x**4).sum() / (x**3).sum(),
        }
        for statistic, value in truth.items():
            assert agree(rows[statistic][0], value), (name, statistic, rows[statistic][0], value)
        # By volume the mean is D[4,3], by area D[3,2]: ISO 9276-2.
        assert agree(rows["Mean / nm"][1], truth["D[3,2] / nm"])
        assert agree(rows["Mean / nm"][2], truth["D[4,3] / nm"])
        results = find_table(content, "table:results").rows[place]
        assert results[:3] == (name, "2", str(x.size))
        assert agree(results[3], truth["D50 (median) / nm"])
        assert agree(results[7], truth["Mean / nm"])
        assert agree(results[8], truth["SD / nm"])


def test_counts_histogram_and_shapes_add_up(content, diameters):
    for place, x in enumerate(diameters.values()):
        counts = dict(find_table(content, f"table:counts:{place}").rows)
        assert counts["counted"] == str(x.size)
        assert counts["not counted: cut by the border of the field"] == "2"
        reasons = [int(number) for words, number in counts.items() if words.startswith("not counted")]
        assert int(counts["all candidates"]) == x.size + sum(reasons)
        chart = next(
            b for b in content.blocks if isinstance(b, Chart) and b.key == f"chart:histogram:{place}"
        )
        np.testing.assert_array_equal(chart.series[0].y, np.histogram(x, chart.edges)[0])
        curve = next(
            b for b in content.blocks if isinstance(b, Chart) and b.key == f"chart:cumulative:{place}"
        )
        (measured,) = (series for series in curve.series if not series.line)
        np.testing.assert_allclose(sorted(set(measured.x)), np.unique(x))
        assert measured.y[0] == 0
        assert measured.y[-1] == 100
        shapes = find_table(content, f"table:shapes:{place}").rows
        assert sum(int(row[1]) for row in shapes) == x.size


def test_the_budget_adds_up_as_the_guide_says(content):
    for budget in content.statistics["samples"][0]["pooled"]["budgets"]:
        table = find_table(content, f"table:budget:{budget['measurand']}:0")
        parts = [float(row[6]) for row in table.rows[:-2]]
        combined, expanded = (float(table.rows[k][6]) for k in (-2, -1))
        assert combined == pytest.approx(np.sqrt(np.sum(np.square(parts))), rel=0.02)
        assert expanded == pytest.approx(2 * combined, rel=0.02)
        assert agree(table.rows[-1][6], budget["expanded"])


def test_word_has_what_people_expect(content, encoded):
    document, tables = read_word_tables(encoded["docx"])
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [section.title for section in content.sections]
    assert document.core_properties.title == "Gold, lot 7"
    blocks = [block for block in content.blocks if isinstance(block, Table)]
    assert len(tables) == len(blocks)
    for block, rows, table in zip(blocks, tables, document.tables, strict=True):
        if block.has_header:
            assert rows[0] == [column.title for column in block.columns]
            assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        body = rows[1:] if block.has_header else rows
        for row, texts in zip(block.rows, body, strict=True):
            for cell, text in zip(row, texts, strict=True):
                if isinstance(cell, str):
                    assert text == cell
    xml = document.element.xml
    names = number_captions(content)
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert len(captions) == sum(not name.startswith("section") for name in names.values())
    assert xml.count(" SEQ Table ") + xml.count(" SEQ Figure ") == len(captions)
    assert ' TOC \\o "1-2"' in xml
    # Every reference and every entry of the contents leads to a bookmark.
    marks = set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    aims = set(re.findall(r" REF (\S+) ", xml)) | set(re.findall(r'w:anchor="([^"]+)"', xml))
    assert aims
    assert aims <= marks
    assert xml.count("w:name=") >= len(marks)
    assert "<w:sdt>" in xml
    footer = document.sections[0].footer._element.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    described = re.findall(r"<wp:docPr [^>]*descr=\"([^\"]+)\"", xml)
    assert len(described) == sum(isinstance(block, Figure | Chart) for block in content.blocks)


def test_word_charts_can_be_edited(content, encoded):
    charts = [block for block in content.blocks if isinstance(block, Chart)]
    with zipfile.ZipFile(io.BytesIO(encoded["docx"])) as parts:
        for number, chart in enumerate(charts, 1):
            book = openpyxl.load_workbook(
                io.BytesIO(parts.read(f"word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"))
            )
            page = book["Sheet1"]
            xml = parts.read(f"word/charts/chart{number}.xml").decode()
            assert (
                f"/embeddings/Microsoft_Excel_Sheet{number}.xlsx"
                in parts.read(f"word/charts/_rels/chart{number}.xml.rels").decode()
            )
            assert "externalData" in xml
            # What the chart refers to holds the numbers that the chart shows.
            values = re.findall(
                r"<c:(?:val|yVal)>.*?<c:f>(.*?)</c:f>.*?<c:numCache>(.*?)</c:numCache>", xml, re.DOTALL
            )
            assert len(values) == len(chart.series)
            for (place, cache), series in zip(values, chart.series, strict=True):
                cells = [row[0].value for row in page[place.rpartition("!")[2].replace("$", "")]]
                np.testing.assert_allclose(cells, series.y)
                shown = [float(text) for text in re.findall(r"<c:v>(.*?)</c:v>", cache)]
                np.testing.assert_allclose(shown, series.y)
            names = re.findall(r"<c:tx>\s*<c:strRef>\s*<c:f>(.*?)</c:f>", xml)
            assert [page[one.rpartition("!")[2].replace("$", "")].value for one in names] == [
                series.name for series in chart.series
            ]


def test_html_says_the_same_and_asks_nobody(content, encoded):
    text = encoded["html"].decode()

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags, self.words, self.anchors, self.aims = [], [], set(), set()

        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            self.tags.append((tag, given))
            if "id" in given:
                assert given["id"] not in self.anchors
                self.anchors.add(given["id"])
            if tag == "a":
                self.aims.add(given["href"].removeprefix("#"))

        def handle_data(self, data):
            self.words.append(data)

    reader = Reader()
    reader.feed(text)
    names = [tag for tag, _ in reader.tags]
    assert "script" not in names
    assert "link" not in names
    assert reader.aims <= reader.anchors
    images = [given for tag, given in reader.tags if tag == "img"]
    assert len(images) == sum(isinstance(block, Figure | Chart) for block in content.blocks)
    assert all(given["alt"] and given["src"].startswith("data:image/") for given in images)
    assert names.count("table") == sum(isinstance(block, Table) for block in content.blocks)
    assert "@page" in text
    said = " ".join(reader.words)
    for table in (block for block in content.blocks if isinstance(block, Table)):
        for row in table.rows:
            for cell in row:
                assert not isinstance(cell, str) or cell in said


def test_the_workbook_holds_all_digits(content, encoded, folder, diameters):
    book = openpyxl.load_workbook(io.BytesIO(encoded["xlsx"]))
    assert book.sheetnames == [
        "Summary",
        "Statistics",
        "Particles",
        "Histogram",
        "Budget",
        "Images",
        "Settings",
    ]
    for page in book:
        assert page.freeze_panes is not None
        if page.title != "Histogram":
            assert page.auto_filter.ref is not None
    rows = list(book["Particles"].values)
    head, body = rows[0], rows[1:]
    assert len(body) == sum(x.size + 2 for x in diameters.values())
    sizes = head.index("Diameter equivalent [nm]")
    for name, x in diameters.items():
        found = [row[sizes] for row in body if row[0] == name and row[head.index("State")] == "counted"]
        np.testing.assert_allclose(found, x, rtol=1e-5)
    statistics = {tuple(row[:3]): row[4:7] for row in list(book["Statistics"].values)[1:]}
    for sample in content.statistics["samples"]:
        for basis, found in sample["pooled"]["distributions"].items():
            assert statistics[sample["name"], basis, "D50 (median)"][0] == pytest.approx(found["d50"])
        limits = sample["pooled"]["intervals"]["mean"]
        assert statistics[sample["name"], "number", "mean"][1:] == pytest.approx(
            (limits["low"], limits["high"])
        )
    assert len(book["Histogram"]._charts) == 4
    images = list(book["Images"].values)
    digest = images[0].index("SHA-256")
    result = json.loads((folder / "small" / "0" / "result.json").read_text())
    assert images[1][digest] == result["image"]["sha256"]


def test_json_is_that_of_the_statistics(encoded):
    jsonschema.validate(json.loads(encoded["json"]), read_schema(STATISTICS_SCHEMA))


def test_the_same_results_give_the_same_bytes(folder, content, encoded):
    samples = {
        name: {f"{name}/{k}.png": folder / name / str(k) for k in range(2)} for name in ("small", "large")
    }
    again = make_report(samples, make_details(DETAILS), options=OPTIONS)
    for kind, bytes_before in encoded.items():
        assert encode_report(again, kind) == bytes_before, kind
    assert again.sections == content.sections


def test_what_the_laboratory_says_stands_there_and_the_rest_is_a_field(content, encoded):
    text = encoded["html"].decode()
    assert "R-12" in text
    assert "dropped on a grid" in text
    assert text.count("dropped on a grid") == 1
    checklist = {words(row[0]): words(row[2]) for row in find_table(content, "table:checklist").rows}
    assert checklist["Laboratory, report number, date"] == "given"
    assert checklist["Customer"] == "to be completed"
    assert checklist["Images, pixel size, source of the scale"] == "given"
    document, _ = read_word_tables(encoded["docx"])
    aliases = [one.get(qn("w:val")) for one in document.element.iter(qn("w:alias"))]
    assert "Customer" in aliases
    assert "Laboratory" not in aliases


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"reprot": {}}, "report, sample, instrument, method"),
        ({"report": {"titel": "x"}}, "titel"),
        ({"report": {"title": ["x"]}}, "expected a text"),
        ({"samples": {"a": 3}}, "samples.a"),
        ({"sample": {"comment": "x" * 6000}}, "6,000 characters"),
    ],
)
def test_details_that_have_no_place_are_refused(details, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        make_details(details)


def test_every_reference_leads_somewhere(content):
    names = number_captions(content)

    def refs(value):
        if isinstance(value, Ref):
            yield value.key
        elif isinstance(value, tuple):
            for item in value:
                yield from refs(item)

    for block in content.blocks:
        for name in getattr(block, "__dataclass_fields__", {}):
            assert all(key in names for key in refs(getattr(block, name)))


def test_a_format_that_is_unknown_or_not_installed_is_one_sentence(content, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="docx, html, xlsx, json"):
        write_report(content, tmp_path / "report.pdf")
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match=r'pip install "nanocaliper\[workbench\]"'):
        write_report(content, tmp_path / "report.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_another_program_makes_pages_of_it(encoded, tmp_path, kind):
    path = tmp_path / f"report.{kind}"
    path.write_bytes(encoded[kind])
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={profile}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            tmp_path,
            path,
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_report_of_one_sample_needs_no_names(folder):
    content = make_report(
        {"small": [folder / "small" / "0", folder / "small" / "1"]}, options=replace(OPTIONS, basis="volume")
    )
    assert [image["image"] for image in content.statistics["samples"][0]["images"]] == ["0.png", "1.png"]
    assert not [section for section in content.sections if "Comparison" in section.title]
    chart = next(block for block in content.blocks if isinstance(block, Chart))
    assert sum(chart.series[0].y) == pytest.approx(100)
