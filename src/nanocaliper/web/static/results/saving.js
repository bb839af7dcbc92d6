// Saving a chart as a file.

const PICTURE_SCALE = 3;

/** Save an SVG element as NAME.svg. */
export function saveFile(node, name) {
  save(toBlob(node), `${name}.svg`);
}

/** Save it as NAME.png, three pixels a unit: sharp in print. */
export async function savePicture(node, name) {
  const address = URL.createObjectURL(toBlob(node));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Number(node.getAttribute("width")) * PICTURE_SCALE;
    canvas.height = Number(node.getAttribute("height")) * PICTURE_SCALE;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    save(blob, `${name}.png`);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function toBlob(node) {
  return new Blob([new XMLSerializer().serializeToString(node)], { type: "image/svg+xml" });
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
