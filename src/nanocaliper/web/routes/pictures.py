"""Pictures of an image: its levels, tiles and thumbnail."""

import json
from typing import Any

from flask import Response, request

from nanocaliper.errors import RequestError
from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.inputs import Window
from nanocaliper.web.jobs.pictures import PICTURE_FILE
from nanocaliper.web.tiles import cut_tile
from nanocaliper.web.workbench import Workbench

routes = Routes("pictures")
_ONE = "/projects/<project>/images/<id:image>"


@routes.add("GET", _ONE + "/picture", answer=answers.Picture)
def show_picture(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Give the size, levels and grey values of the picture."""
    found = bench.root.open(project)
    path = bench.pictures.make(found, image, wait=True) / PICTURE_FILE
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@routes.add("GET", _ONE + "/picture/<id:level>/<id:row>/<id:col>.png", query=Window, content="image/png")
def show_tile(
    bench: Workbench, project: str, image: int, level: int, row: int, col: int, query: Window
) -> Response:
    """Give one tile, in grey, in a window of grey values."""
    found = bench.root.open(project)
    folder = bench.pictures.make(found, image, wait=True)
    stamp = (folder / PICTURE_FILE).stat().st_mtime_ns
    low, high = query.low, query.high
    if low is None or high is None:
        window = json.loads((folder / PICTURE_FILE).read_text(encoding="utf-8"))["window"]
        low, high = window["low"] if low is None else low, window["high"] if high is None else high
    key = (str(folder), stamp, level, row, col, low, high)
    tile = bench.tiles.get(key)
    if tile is None:
        tile = cut_tile(folder, level, row, col, low, high)
        bench.tiles.put(key, tile)
    response = Response(tile, mimetype="image/png")
    response.set_etag(f"{stamp:x}-{hash(key) & 0xFFFFFFFF:x}")
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request.environ)
    return response


@routes.add("GET", _ONE + "/thumbnail.png", content="image/png")
def show_thumbnail(bench: Workbench, project: str, image: int) -> Response:
    """Give a small picture; 404 until it is made, which ``rows`` of the image tells."""
    found = bench.root.open(project)
    # Where the program ended in between, the size is known and the picture is still to be made.
    known = found.images.record(image)["rows"] is not None
    path = bench.pictures.make(found, image, wait=known) / "thumbnail.png"
    try:
        content = path.read_bytes()
    except OSError:
        raise RequestError("The thumbnail is not made yet; ask again in a moment.", 404) from None
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(f"{path.stat().st_mtime_ns:x}")
    response.make_conditional(request.environ)
    return response
