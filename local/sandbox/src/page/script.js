// The signing page with a script: the seal is dragged or moved by keys, certification and declining are dialogs, and nothing is sent twice.
//
// Without it the page is the same form with the seal's place in numbers; with it those numbers are where the place is written to.
// Places are PDF points from a page's lower left corner to the seal's centre, and the drawing over each page is measured in points too.

/** Within so many points of the marked place, the seal goes onto it. */
const NEAR = 24;
/** Steps of the arrow keys in points, and with Shift. */
const STEP = 10;
const FINE = 1;
/** A pointer that moved by fewer pixels was only put down. */
const SLACK = 4;
/** So close to the window's edge, in pixels, the page scrolls along. */
const EDGE = 48;

const byId = (id) => document.getElementById(id);
const form = byId("sign");

document.documentElement.classList.add("scripted");
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
for (const part of document.querySelectorAll("[data-plain]")) part.hidden = true;
for (const each of document.forms) once(each);
if (form) {
  const certify = inDialog(byId("certification"), ["wrong-code", "not-certified"]);
  const decline = inDialog(byId("decline").querySelector("form"), ["reason-missing"]);
  byId("decline").querySelector("summary").addEventListener("click", (event) => {
    event.preventDefault();
    decline();
  });
  byId("exact").open = false;
  const seal = sealing();
  byId("certify").addEventListener("click", () => (seal.isPlaced() ? certify() : seal.ask()));
}

/** A button that was pressed says so and cannot be pressed again; coming back to the page gives it back. */
function once(form) {
  const button = form.querySelector("button:not([type='button'])");
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-busy") === "true") event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => button.removeAttribute("aria-busy"));
}

/** Puts a part of the page into a dialog, which is open already where the last answer was about it; answers what opens it. */
function inDialog(part, problems) {
  const box = document.createElement("dialog");
  const title = part.querySelector("h2");
  title.id = `${problems[0]}-title`;
  box.setAttribute("aria-labelledby", title.id);
  // What is in a closed <details> is not shown, not even as a dialog.
  (part.closest("details") ?? part).parentNode.append(box);
  box.append(part);
  for (const button of part.querySelectorAll("[data-close]")) button.addEventListener("click", () => box.close());
  const notice = document.querySelector(".notice");
  if (notice && problems.includes(form.dataset.problem)) {
    title.after(notice);
    box.showModal();
  }
  return () => box.showModal();
}

/** The seal beside the page and on it. */
function sealing() {
  const { dataset: said, elements: fields } = form;
  const size = { width: Number(said.width), height: Number(said.height) };
  const marked = { page: Number(said.page), x: Number(said.x), y: Number(said.y), near: true };
  const sheets = [...document.querySelectorAll(".over")].map((over) => ({ over, ...boxOf(over) }));
  const area = document.querySelector(".area");
  const tray = byId("seal");
  const where = byId("where");
  const stamp = document.createElementNS("http://www.w3.org/2000/svg", "image");
  const ghost = tray.querySelector("img").cloneNode();
  /** Where the seal was put down; nothing before. */
  let place = null;
  /** Where it is held: `place` comes back when it is let go of. */
  let held = null;

  function boxOf(over) {
    const { width, height } = over.viewBox.baseVal;
    return { width, height };
  }

  /** The nearest spot where the seal lies wholly on its page; a spot close to the marked place is that place. */
  function fitted({ page, x, y }, exact = false) {
    const sheet = sheets[page - 1];
    // In tenths, and rounded inwards, so that what is sent lies on the page as well.
    const within = (value, room, all) =>
      Math.min(Math.max(Math.round(value * 10), Math.ceil(room * 5)), Math.floor(all * 10 - room * 5)) / 10;
    const spot = { page, x: within(x, size.width, sheet.width), y: within(y, size.height, sheet.height), near: false };
    const apart = page === marked.page ? Math.hypot(spot.x - marked.x, spot.y - marked.y) : Infinity;
    return apart <= (exact ? 0.5 : NEAR) ? marked : spot;
  }

  /** The spot under a point of the window; nothing beside the pages. */
  function spotAt(left, top) {
    for (const [index, { over, width, height }] of sheets.entries()) {
      const box = over.getBoundingClientRect();
      if (left >= box.left && left <= box.right && top >= box.top && top <= box.bottom) {
        const scale = width / box.width;
        return fitted({ page: index + 1, x: (left - box.left) * scale, y: height - (top - box.top) * scale });
      }
    }
    return null;
  }

  function draw(spot) {
    area?.classList.toggle("near", Boolean(spot?.near));
    stamp.classList.toggle("near", Boolean(spot?.near));
    tray.classList.toggle("used", Boolean(spot));
    if (!spot) return stamp.remove();
    const sheet = sheets[spot.page - 1];
    if (stamp.parentNode !== sheet.over) sheet.over.append(stamp);
    stamp.style.transform = `translate(${spot.x}px, ${sheet.height - spot.y}px)`;
  }

  function say(text, spot, isBad = false) {
    const values = spot ? { page: spot.page, x: Math.round(spot.x), y: Math.round(spot.y) } : {};
    where.textContent = text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    where.classList.toggle("bad", isBad);
  }

  /** Puts the seal down. */
  function settle(spot) {
    place = spot;
    for (const name of ["page", "x", "y"]) fields[name].value = spot[name];
    letGo();
    say(spot.near ? said.sayInArea : said.sayPlaced, spot);
  }

  function letGo() {
    held = null;
    draw(place);
    document.body.classList.remove("holding");
    tray.setAttribute("aria-pressed", "false");
  }

  function cancel() {
    letGo();
    say(said.sayBack);
  }

  function hold(spot) {
    held = spot;
    draw(spot);
    document.body.classList.add("holding");
  }

  function show(block = "center") {
    const isCalm = block === "nearest" || matchMedia("(prefers-reduced-motion: reduce)").matches;
    stamp.scrollIntoView({ block, behavior: isCalm ? "instant" : "smooth" });
  }

  /** Mouse, pen and finger. */
  function dragged(down) {
    if (down.button !== 0 || !down.isPrimary) return;
    down.preventDefault();
    tray.focus({ preventScroll: true });
    const root = document.documentElement;
    const onPage = down.currentTarget === stamp && stamp.getBoundingClientRect();
    const grip = onPage
      ? { x: down.clientX - (onPage.left + onPage.width / 2), y: down.clientY - (onPage.top + onPage.height / 2) }
      : { x: 0, y: 0 };
    const end = new AbortController();
    const on = (type, act) => addEventListener(type, act, { signal: end.signal });
    let at = down;
    let isMoving = false;
    let mayScroll = false;
    // The stamp goes from page to page, so that the document holds the pointer.
    root.setPointerCapture(down.pointerId);

    function aim() {
      const [left, top] = [at.clientX - grip.x, at.clientY - grip.y];
      const panel = form.querySelector(".tray").getBoundingClientRect();
      const isPutBack = at.clientX >= panel.left && at.clientX <= panel.right && at.clientY >= panel.top;
      hold(isPutBack ? null : spotAt(left, top));
      const scale = (sheets[0]?.over.getBoundingClientRect().width ?? 0) / (sheets[0]?.width ?? 1);
      ghost.style.width = `${size.width * scale}px`;
      ghost.style.transform = `translate(calc(${left}px - 50%), calc(${top}px - 50%))`;
      ghost.hidden = Boolean(held);
    }

    function scroll() {
      if (end.signal.aborted) return;
      const [above, below] = [EDGE - at.clientY, at.clientY - innerHeight + EDGE];
      // Who takes the seal from a tray at the window's edge does not want to scroll yet.
      mayScroll ||= above < 0 && below < 0;
      const speed = mayScroll ? Math.max(below, 0) - Math.max(above, 0) : 0;
      if (speed) {
        scrollBy({ top: speed / 3, behavior: "instant" });
        aim();
      }
      requestAnimationFrame(scroll);
    }

    function stop(act) {
      end.abort();
      ghost.remove();
      if (isMoving) act();
    }

    on("pointermove", (event) => {
      if (event.pointerId !== down.pointerId) return;
      at = event;
      if (!isMoving) {
        if (Math.hypot(at.clientX - down.clientX, at.clientY - down.clientY) < SLACK) return;
        isMoving = true;
        document.body.append(ghost);
        scroll();
      }
      aim();
    });
    on("pointerup", (event) => event.pointerId === down.pointerId && stop(() => (held ? settle(held) : cancel())));
    on("pointercancel", (event) => event.pointerId === down.pointerId && stop(cancel));
    on("keydown", (event) => event.key === "Escape" && stop(cancel));
  }

  /** Keys: Enter picks up and drops, arrows move, Escape puts back. */
  function typed(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const isHeld = tray.getAttribute("aria-pressed") === "true";
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (isHeld) return settle(held);
      const sheet = sheets[marked.page - 1];
      hold(place ?? fitted({ page: marked.page, x: sheet.width / 2, y: sheet.height / 2 }));
      tray.setAttribute("aria-pressed", "true");
      say(said.sayLifted);
    } else if (!isHeld) {
      return;
    } else if (event.key === "Escape") {
      event.preventDefault();
      return cancel();
    } else if (moves[event.key]) {
      event.preventDefault();
      const [right, up] = moves[event.key];
      // One step leads out of the marked place, however near it still is.
      const step = event.shiftKey ? FINE : held.near ? NEAR + FINE : STEP;
      hold(fitted({ page: held.page, x: held.x + right * step, y: held.y + up * step }, event.shiftKey));
      say(held.near ? said.sayNear : said.sayAt, held);
      return show("nearest");
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      const page = held.page + (event.key === "PageUp" ? -1 : 1);
      if (sheets[page - 1]) hold(fitted({ ...held, page }));
      say(said.sayAt, held);
    } else {
      return;
    }
    show();
  }

  /** The place in numbers, typed by hand. */
  function numbered() {
    const [page, x, y] = [fields.page, fields.x, fields.y].map((field) => field.valueAsNumber);
    if (!sheets[page - 1] || Number.isNaN(x + y)) return;
    const spot = fitted({ page, x, y }, true);
    // What does not fit is for the server to refuse; it is not moved in silence.
    if (spot.near || Math.hypot(spot.x - x, spot.y - y) < 0.1) {
      place = spot;
      letGo();
      say(spot.near ? said.sayInArea : said.sayPlaced, spot);
    }
  }

  stamp.setAttribute("class", "stamp");
  for (const [name, value] of Object.entries({ ...size, x: -size.width / 2, y: -size.height / 2, href: said.seal })) {
    stamp.setAttribute(name, value);
  }
  ghost.className = "ghost";
  ghost.alt = "";
  if (said.placed === "yes") numbered();
  if (said.movable === "yes") {
    tray.tabIndex = 0;
    tray.setAttribute("role", "button");
    tray.setAttribute("aria-pressed", "false");
    tray.setAttribute("aria-describedby", where.id);
    for (const grip of [tray, stamp]) grip.addEventListener("pointerdown", dragged);
    tray.addEventListener("keydown", typed);
    tray.addEventListener("blur", () => tray.getAttribute("aria-pressed") === "true" && settle(held));
    byId("into-area").addEventListener("click", () => {
      settle(marked);
      show();
    });
    for (const field of [fields.page, fields.x, fields.y]) {
      field.addEventListener("change", numbered);
      // Enter in a number would send the form past its certification.
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        numbered();
      });
    }
  } else {
    byId("into-area").hidden = true;
  }
  return {
    isPlaced: () => Boolean(place),
    ask: () => {
      say(said.sayMissing, null, true);
      tray.focus();
    },
  };
}
