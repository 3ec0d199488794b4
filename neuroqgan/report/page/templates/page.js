(() => {
  "use strict";
  const GAP = 0.15;
  const root = document.documentElement;
  const views = [];
  const found = new Map();

  function model(name) {
    if (!found.has(name)) {
      for (const one of Bokeh.documents) {
        const hit = one.get_model_by_name(name);
        if (hit) { found.set(name, hit); break; }
      }
    }
    return found.get(name);
  }

  function bytes(text) {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function unpack(entry) {
    const packed = bytes(entry.bits);
    const [samples, bins, neurons] = entry.shape;
    return { samples, bins, neurons, at: (s, b, n) => {
      const i = (s * bins + b) * neurons + n;
      return (packed[i >> 3] >> (7 - (i & 7))) & 1;
    } };
  }

  // A chart axis that several charts share, moved by buttons.
  function zoom(box, range, limits) {
    const initial = [range.start, range.end];
    const act = {
      left: (a, b) => [a - 0.5 * (b - a), b - 0.5 * (b - a)],
      right: (a, b) => [a + 0.5 * (b - a), b + 0.5 * (b - a)],
      in: (a, b) => [a + 0.25 * (b - a), b - 0.25 * (b - a)],
      out: (a, b) => [a - 0.5 * (b - a), b + 0.5 * (b - a)],
      reset: () => initial.slice(),
    };
    for (const button of box.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => {
        let [a, b] = act[button.dataset.zoom](range.start, range.end);
        const [low, high] = limits();
        const width = Math.min(b - a, high - low);
        a = Math.min(Math.max(a, low), high - width);
        range.setv({ start: a, end: a + width });
      });
    }
    return (a, b) => { initial[0] = a; initial[1] = b; range.setv({ start: a, end: b }); };
  }

  const control = (box, name) => box.querySelector(`[data-control="${name}"]`);

  function windows(box, data) {
    const key = box.dataset.key;
    const rasters = data.rasters.map(entry => ({ ...entry, spikes: unpack(entry) }));
    const inputs = [control(box, "recorded"), control(box, "generated")];
    const count = control(box, "count");
    let shown = data.shown;
    const setRange = zoom(box, model(`${key}-x`), () => [-GAP, shown * (1 + GAP)]);
    const clamp = (input, most) => {
      const value = Math.round(Number(input.value)) || 1;
      return Math.min(Math.max(value, 1), Math.max(1, most - shown + 1)) - 1;
    };

    function draw() {
      shown = Number(count.value);
      const words = [];
      rasters.forEach((raster, i) => {
        const { spikes, name, numbers, title } = raster;
        const first = clamp(inputs[Math.min(i, 1)], spikes.samples);
        const n = Math.min(shown, spikes.samples - first);
        const cells = { x: [], y0: [], y1: [], neuron: [], at: [] };
        const paper = { left: [], right: [] };
        for (let w = 0; w < n; w++) {
          const start = w * (1 + GAP);
          paper.left.push(start); paper.right.push(start + 1);
          for (let b = 0; b < spikes.bins; b++) for (let k = 0; k < spikes.neurons; k++) {
            if (!spikes.at(first + w, b, k)) continue;
            cells.x.push(start + (b + 0.5) / spikes.bins);
            cells.y0.push(k - 0.4); cells.y1.push(k + 0.4);
            cells.neuron.push(data.labels[k]);
            cells.at.push(`bin ${b} of window ${numbers[first + w]}`);
          }
        }
        model(`${name}-paper`).data = paper;
        model(`${name}-spikes`).data = cells;
        const ticks = paper.left.map(x => x + 0.5);
        model(`${name}-ticks`).ticks = ticks;
        model(`${name}-axis`).major_label_overrides =
          new Map(ticks.map((x, w) => [x, String(numbers[first + w])]));
        words.push(`${title} from window ${numbers[first]}: ${cells.x.length} spikes`);
      });
      control(box, "state").textContent = `${words.join("; ")}.`;
    }

    function step(by) {
      inputs.forEach((input, i) => {
        const most = Math.max(...rasters.filter((_, j) => (j > 0) === (i > 0)).map(r => r.spikes.samples));
        input.value = Number(input.value) + by;
        input.value = clamp(input, most) + 1;
      });
      draw();
    }
    inputs.forEach(input => input.addEventListener("change", draw));
    count.addEventListener("change", () => { draw(); setRange(-GAP, shown * (1 + GAP)); });
    control(box, "back").addEventListener("click", () => step(-shown));
    control(box, "next").addEventListener("click", () => step(shown));
    draw();
  }

  function trials(box, data) {
    const key = box.dataset.key;
    const rasters = data.rasters.map(entry => ({ ...entry, spikes: unpack(entry) }));
    const selects = [control(box, "recorded"), control(box, "generated")];
    const end = rasters[0].spikes.bins * data.binWidth;
    zoom(box, model(`${key}-x`), () => [0, end]);

    function draw() {
      const words = [];
      rasters.forEach((raster, i) => {
        const { spikes, name, numbers, title } = raster;
        const trial = Math.min(Number(selects[Math.min(i, 1)].value), spikes.samples - 1);
        const cells = { x: [], y0: [], y1: [], neuron: [], at: [] };
        for (let b = 0; b < spikes.bins; b++) for (let k = 0; k < spikes.neurons; k++) {
          if (!spikes.at(trial, b, k)) continue;
          const time = (b + 0.5) * data.binWidth;
          cells.x.push(time); cells.y0.push(k - 0.4); cells.y1.push(k + 0.4);
          cells.neuron.push(data.labels[k]); cells.at.push(`${time.toFixed(3)} s`);
        }
        model(`${name}-spikes`).data = cells;
        words.push(`${title}, trial ${numbers[trial]}: ${cells.x.length} spikes`);
      });
      control(box, "state").textContent = `${words.join("; ")}.`;
    }
    selects.forEach(select => select.addEventListener("change", draw));
    draw();
  }

  function neurons(box, data) {
    const select = control(box, "neuron");
    const parts = data.charts.map(part => ({
      ...part,
      curves: part.curves.map(text => {
        const raw = bytes(text);
        return new DataView(raw.buffer);
      }),
    }));
    const table = box.querySelector("details table");
    const headings = Array.from(table.tHead.rows[0].cells, cell => cell.textContent);
    const range = model(`${box.dataset.key}-psth-x`);
    if (range) {
      const x = model(`${box.dataset.key}-psth-0`).data;
      const times = x instanceof Map ? x.get("x") : x.x;
      zoom(box, range, () => [0, times[times.length - 1]]);
    }
    function draw() {
      const neuron = Number(select.value);
      for (const part of parts) part.curves.forEach((view, i) => {
        const source = model(`${part.name}-${i}`);
        const data = source.data instanceof Map ? Object.fromEntries(source.data) : source.data;
        const y = new Float32Array(part.points);
        for (let p = 0; p < part.points; p++) {
          const whole = view.getUint16(2 * (neuron * part.points + p), true);
          y[p] = whole === 65535 ? NaN : part.low + whole * part.step;
        }
        source.data = { ...data, y };
      });
      const cells = Array.from(table.tBodies[0].rows[neuron].cells, cell => cell.textContent);
      control(box, "state").textContent =
        cells.map((cell, i) => `${headings[i]}: ${cell}`).join("; ");
    }
    function step(by) {
      const n = select.options.length;
      select.value = String((Number(select.value) + by + n) % n);
      draw();
    }
    select.addEventListener("change", draw);
    control(box, "back").addEventListener("click", () => step(-1));
    control(box, "next").addEventListener("click", () => step(1));
    draw();
  }

  const kinds = { windows, trials, neurons };

  async function charts() {
    const parts = JSON.parse(document.getElementById("charts").textContent);
    for (const [i, part] of parts.entries()) {
      try { await draw(part, `part-${i}`); } catch (error) { console.error(error); }
      // Lets the reader scroll while the rest is drawn.
      await new Promise(done => setTimeout(done));
    }
    root.dataset.charts = "drawn";
  }

  async function draw(part, id) {
    const items = [{ docid: id, roots: part.roots, root_ids: Object.keys(part.roots) }];
    views.push(...await Bokeh.embed.embed_items({ [id]: part.content }, items));
    for (const element of Object.values(part.roots)) {
      const box = document.getElementById(element).closest(".browser");
      if (!box || box.dataset.drawn) continue;
      box.dataset.drawn = "true";
      const data = JSON.parse(box.querySelector("script.data").textContent);
      kinds[data.kind](box, data);
    }
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  function name() {
    button.textContent = isDark() ? "Light page" : "Dark page";
    button.setAttribute("aria-pressed", String(isDark()));
  }
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("neuroqgan-theme", root.dataset.theme); } catch { /* not kept */ }
    name();
  });
  dark.addEventListener("change", name);
  name();

  for (const copy of document.querySelectorAll(".copy")) {
    copy.addEventListener("click", async () => {
      const text = copy.closest(".code").querySelector("pre");
      try {
        await navigator.clipboard.writeText(text.textContent);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        copy.textContent = "Selected: press Ctrl+C";
      }
    });
  }

  // A canvas keeps the width that it has on the screen, so paper gets pictures.
  addEventListener("beforeprint", () => {
    if (root.classList.contains("printed")) return;
    for (const view of views.flatMap(one => one.roots ?? [one])) {
      const place = view.el.closest(".drawn");
      if (!place) continue;
      const picture = new Image();
      picture.className = "print";
      picture.alt = place.parentElement.querySelector("h4").textContent;
      picture.src = view.export("png", true).canvas.toDataURL();
      place.append(picture);
    }
    root.classList.add("printed");
  });
  addEventListener("afterprint", () => {
    for (const picture of document.querySelectorAll("img.print")) picture.remove();
    root.classList.remove("printed");
  });

  charts();
})();
