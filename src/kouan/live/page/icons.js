// One glyph for each kind of place, drawn in a square of 16 by 16 with strokes only.

const PATHS = {
  waiting_area: "M8 2a6 6 0 1 0 .01 0M8 4.5V8l2.5 2",
  yard: "M2.5 8.5h5v5h-5zM8.5 8.5h5v5h-5zM5.5 2.5h5v5h-5z",
  shed: "M2 14V7l6-4.5L14 7v7M5 14V9h6v5",
  crane: "M3 14V3h10M3 6l3-3M10.5 3v4M9 8.5a1.5 1.5 0 1 0 3 0M1 14h5",
  gate: "M3 14V6M3 7.5L14 4M1.5 14h3M9 5.7l1 3",
  scale: "M2 6h12M8 6v5M4 14l4-3 4 3zM4 3h8",
  xray: "M3 14V3h10v11M8 3v2M8 6.5v2M8 10v2M8 13v1",
  radiation: "M8 8l0-6M8 8l5 3.5M8 8l-5 3.5M8 2a6 6 0 1 0 .01 0",
  bay: "M7 2.5a4.5 4.5 0 1 0 .01 0M10.3 10.3L14 14",
  desk: "M8 2a2.2 2.2 0 1 0 .01 0M4 10c0-4 8-4 8 0M1.5 10.5h13M3 10.5V14M13 10.5V14",
  laboratory: "M6 2h4M7 2v4l-4 7.5h10L9 6V2M5 10h6",
  border_line: "M8 1v3M8 6.5v3M8 12v3M3 3v10M13 3v10",
  charger: "M9 1.5L4 9h3.5L7 14.5 12 7H8.5z",
  parking: "M5 14V2.5h3.5a3.2 3.2 0 0 1 0 6.4H5",
  station: "M5 2v12M11 2v12M3 4h10M3 8h10M3 12h10",
};

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function glyph(kind) {
  return svg("path", { class: "glyph", d: PATHS[kind] ?? PATHS.yard });
}

export function icon(kind) {
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, glyph(kind));
}
