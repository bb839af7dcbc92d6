// The tools by name, and which one is in the hand.

import { makeEdit, particleUnderLine } from "./edits.js";
import { createEllipseTool } from "./tools/ellipse.js";
import { createPen } from "./tools/pen.js";
import { createSelectTool } from "./tools/select.js";

export const TOOLS = ["select", "lasso", "hand", "polygon", "freehand", "ellipse", "split", "repaint", "exclude"];

export function createTools(scene, onChange) {
  const draw = (flat) => scene.submit(makeEdit.draw(flat));
  const outline = (clicks, drags, finish) => createPen(scene, { closed: true, clicks, drags, finish });
  const made = {
    select: createSelectTool(scene),
    lasso: createSelectTool(scene, { lasso: true }),
    hand: { cursor: "grab", down() {}, move() {}, up() {}, cancel: () => false, key: () => false },
    polygon: outline(true, false, draw),
    freehand: outline(false, true, draw),
    ellipse: createEllipseTool(scene, draw),
    split: createPen(scene, { closed: false, clicks: true, drags: true, finish: split }),
    repaint: outline(true, true, repaint),
    exclude: outline(true, true, (flat) => scene.submit(makeEdit.exclude(flat))),
  };

  function split(flat) {
    const chosen = scene.selected.size === 1 ? [...scene.selected][0] : null;
    const id = particleUnderLine(flat, (row, col) => {
      const hit = scene.hit(row, col);
      return chosen === null || hit === chosen ? hit : null;
    }) ?? (chosen === null ? null : particleUnderLine(flat, scene.hit));
    if (id === null) scene.announce(scene.text("lineMissesParticles"), { problem: true });
    else scene.submit(makeEdit.split(id, flat));
  }

  function repaint(flat) {
    if (scene.selected.size !== 1) scene.announce(scene.text("needsOne"), { problem: true });
    else {
      scene.submit(makeEdit.repaint([...scene.selected][0], flat));
      tools.use("select");
    }
  }

  const tools = {
    name: "select",
    current: made.select,
    use(name) {
      if (!made[name]) throw new Error(`There is no tool '${name}'; there are ${TOOLS.join(", ")}.`);
      if (name === "repaint" && scene.selected.size !== 1) {
        scene.announce(scene.text("needsOne"), { problem: true });
        return;
      }
      tools.current.cancel();
      tools.name = name;
      tools.current = made[name];
      scene.announce(scene.text(`tools.${name}`), { quiet: name === "select" });
      onChange(name);
    },
  };
  return tools;
}
