// Icons of the viewer's tools: lines on a grid of 16.

const SVG = "http://www.w3.org/2000/svg";

const LINES = {
  select: "M3 2l10 5.2-4.4 1.2L6.800 13z",
  lasso: "M8 3c3.300 0 6 1.600 6 3.800S11.300 10.500 8 10.500 2 9 2 6.800 4.700 3 8 3zM5 10.200c-1.500.6-1.400 2.400.2 2.400 1.300 0 1.500 1 .5 2",
  hand: "M5 8V4.200a1 1 0 0 1 2 0V7M7 7V3a1 1 0 0 1 2 0v4M9 7V3.700a1 1 0 0 1 2 0V8M11 8V5.500a1 1 0 0 1 2 0V10c0 2.500-1.700 4-4 4-2.200 0-3-1-4-2.700L3.200 9.200c-.5-1 .8-1.700 1.500-.8L5 8.800",
  polygon: "M8 2l6 4.500-2.300 7H4.300L2 6.500z",
  freehand: "M2.500 12.500c1-6 3-9.500 5-9.500 2.500 0 .5 6-1 8.500 2-2 5-3 7-1.500",
  ellipse: "M8 3.500c3.600 0 6.200 2 6.200 4.500S11.600 12.500 8 12.500 1.800 10.500 1.800 8 4.400 3.500 8 3.500z",
  split: "M13.500 2.500l-11 11M6.500 3.500a4.500 4.500 0 0 0-3.600 6.600M9.500 12.500a4.500 4.500 0 0 0 3.600-6.600",
  merge: "M6 3.500a4.500 4.500 0 1 0 2 8.500M10 3.500a4.500 4.500 0 1 1-2 8.500M8 4.500v1.500M8 7.500v1.500",
  repaint: "M10.500 2.500l3 3-7 7-3.800.8.8-3.800zM9 4l3 3",
  remove: "M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9M7 7v4M9 7v4",
  restore: "M3 8a5 5 0 1 0 1.700-3.800M2.800 2.500v2.800h2.800",
  exclude: "M2.500 2.500h11v11h-11zM2.500 9l6.500-6.500M2.500 13.500l11-11M7 13.500l6.500-6.500",
  setClass: "M2.500 2.500h5l6 6-5 5-6-6zM5.300 5.300h.01",
  zoomIn: "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300L14 14M5 7h4M7 5v4",
  zoomOut: "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300L14 14M5 7h4",
  fit: "M2.500 6v-3.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10",
  ids: "M5.500 2.500l-1.500 11M11.500 2.500l-1.500 11M2.500 6h11.500M2 10.500h11.500",
  leftOut: "M1.500 8S4 3.800 8 3.800 14.500 8 14.500 8 12 12.200 8 12.200 1.500 8 1.500 8zM8 6.200a1.800 1.800 0 1 1 0 3.600 1.800 1.800 0 0 1 0-3.600z",
  compare: "M8 2v12M2.500 4H8v8H2.500zM9.500 4h1M12.500 4h1v1M13.500 7.500v1M13.500 11v1h-1M10.500 12h-1",
  window: "M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11",
};

/** An icon; it says nothing to a screen reader, so its button needs a label. */
export function toolIcon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "viewer-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", LINES[name]);
  svg.append(path);
  return svg;
}
