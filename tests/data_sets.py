"""Small data sets for tests, written by hand in every format: rectangles whose pixels are known."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

ROWS, COLS = 40, 60
#: Rectangles of each image: first row, first column, row and column after the last; and the class.
RECTANGLES = {
    "a": [((2, 3, 12, 20), "rod"), ((20, 30, 32, 42), "cube")],
    "b": [((5, 5, 15, 15), "cube")],
    "c": [((0, 0, 8, 8), "cube"), ((30, 40, 40, 60), "rod"), ((15, 10, 20, 40), "rod")],
}
CLASSES = ("cube", "rod")


def draw_pixels(name: str) -> np.ndarray:
    grey = np.random.default_rng(sum(map(ord, name))).integers(0, 60, (ROWS, COLS)).astype(np.uint8)
    grey[draw_labels(name) > 0] += 150
    return grey


def draw_labels(name: str) -> np.ndarray:
    labels = np.zeros((ROWS, COLS), np.int32)
    for number, ((row, col, row_end, col_end), _) in enumerate(RECTANGLES[name], 1):
        labels[row:row_end, col:col_end] = number
    return labels


def corners(box: tuple[int, int, int, int]) -> list[list[float]]:
    """Corners (x, y) with pixel corners on whole numbers."""
    row, col, row_end, col_end = box
    return [[col, row], [col_end, row], [col_end, row_end], [col, row_end]]


def write_folds(folder: Path, images: Iterable[tuple[np.ndarray, np.ndarray, int, str]]) -> Path:
    """A folder as that of EMPS: image, labels, fold and article of each."""
    rows = ["name,fold,doi"]
    for number, (pixels, labels, fold, doi) in enumerate(images):
        save(folder / "images" / f"image{number}.png", pixels)
        save(folder / "instances" / f"image{number}.png", labels.astype(np.uint16))
        rows.append(f"image{number},{fold},{doi}")
    (folder / "folds.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def labelme(name: str, **changes: object) -> dict[str, object]:
    shapes = [
        {"label": kind, "points": corners(box), "shape_type": "polygon", "group_id": None, "flags": {}}
        for box, kind in RECTANGLES[name]
    ]
    return {
        "version": "5.5.0",
        "shapes": shapes,
        "imagePath": f"{name}.png",
        "imageData": None,
        "imageHeight": ROWS,
        "imageWidth": COLS,
        **changes,
    }


def coco(names: tuple[str, ...] = tuple(RECTANGLES), prefix: str = "") -> dict[str, object]:
    annotations = [
        {
            "id": 100 * place + number,
            "image_id": place,
            "category_id": CLASSES.index(kind) + 3,
            "segmentation": [np.ravel(corners(box)).tolist()],
        }
        for place, name in enumerate(names)
        for number, (box, kind) in enumerate(RECTANGLES[name])
    ]
    return {
        "images": [
            {"id": place, "file_name": f"{prefix}{name}.png", "height": ROWS, "width": COLS}
            for place, name in enumerate(names)
        ],
        "categories": [{"id": place + 3, "name": name} for place, name in enumerate(CLASSES)],
        "annotations": annotations,
    }


def via(key: str = "class") -> dict[str, object]:
    def region(box: tuple[int, int, int, int], kind: str) -> dict[str, object]:
        x, y = zip(*corners(box), strict=True)
        return {
            "shape_attributes": {"name": "polygon", "all_points_x": x, "all_points_y": y},
            "region_attributes": {key: kind},
        }

    return {
        "_via_img_metadata": {
            f"{name}.png123": {
                "filename": f"{name}.png",
                "size": 123,
                "regions": [region(box, kind) for box, kind in boxes],
                "file_attributes": {},
            }
            for name, boxes in RECTANGLES.items()
        }
    }


def yolo(name: str) -> str:
    lines = []
    for box, kind in RECTANGLES[name]:
        points = np.array(corners(box)) / (COLS, ROWS)
        lines.append(f"{CLASSES.index(kind)} " + " ".join(f"{number:.9f}" for number in points.ravel()))
    return "\n".join(lines) + "\n"


YAML = "path: .\ntrain: images\nval: images\nnc: 2\nnames: ['cube', \"rod\"]  # in this order\n"


def write_labelme(folder: Path, names: tuple[str, ...] = tuple(RECTANGLES)) -> Path:
    for name in names:
        save(folder / f"{name}.png", draw_pixels(name))
        put(folder / f"{name}.json", labelme(name))
    return folder


def write_layout(folder: Path, layout: str) -> Path:
    """Write the same data set in one of many ways."""
    names = tuple(RECTANGLES)
    images = {
        "labelme-apart": "images",
        "coco": "images",
        "via": "images",
        "yolo": "images",
        "yolo-roboflow": "train/images",
        "yolo-below": "images/train",
        "instances": "images",
        "masks": "images",
    }.get(layout, ".")
    for name in names:
        save(folder / images / f"{name}.png", draw_pixels(name))
        if layout == "labelme":
            put(folder / f"{name}.json", labelme(name))
        elif layout == "labelme-apart":
            put(folder / "annotations" / f"{name}.json", labelme(name, imagePath=f"..\\images\\{name}.png"))
        elif layout.startswith("yolo"):
            put(folder / images.replace("images", "labels") / f"{name}.txt", yolo(name))
        elif layout == "instances":
            save(folder / "instances" / f"{name}.png", (draw_labels(name) * 7).astype(np.uint16))
        elif layout == "beside":
            save(folder / f"{name}.labels.tif", draw_labels(name).astype(np.uint16))
        elif layout == "masks":
            mask = np.where(draw_labels(name) > 0, 255, 0).astype(np.uint8)
            save(folder / "masks" / f"{name}.png", np.repeat(mask[..., None], 3, 2))
        elif layout == "masks-flat":
            save(folder / f"{name}_mask.png", np.where(draw_labels(name) > 0, 1, 0).astype(np.uint8))
    if layout == "coco":
        put(folder / "annotations" / "instances.json", coco())
    elif layout == "coco-flat":
        put(folder / "_annotations.coco.json", coco())
    elif layout == "via":
        put(folder / "project.json", via())
    elif layout == "via-own":
        put(folder / "via_region_data.json", via("label")["_via_img_metadata"])
    elif layout.startswith("yolo"):
        put(folder / "data.yaml", YAML)
    return folder


#: Layouts, and the format that is to be found in them.
LAYOUTS = {
    "labelme": "labelme",
    "labelme-apart": "labelme",
    "coco": "coco",
    "coco-flat": "coco",
    "via": "via",
    "via-own": "via",
    "yolo": "yolo",
    "yolo-roboflow": "yolo",
    "yolo-below": "yolo",
    "instances": "label-images",
    "beside": "label-images",
    "masks": "masks",
    "masks-flat": "masks",
}
