// A list of the API's pages as a table: the first page, and more of it by a button. On a phone each row becomes a block.

import { el, fill } from "../core/dom.js";
import { common, t } from "../core/words.js";
import { button, failure } from "../core/parts.js";

/** A cell; its label stands before it where there is no room for columns. */
export function cell(label, ...children) {
  return el("td", { "data-label": t(label) }, el("div", {}, ...children));
}

/**
 * The table, or what `empty` says where there is nothing. `load` takes a cursor, null for the first page; `row` makes a row of an item;
 * `labels` are the columns' words.
 */
export async function listing({ id, title, labels, load, row, empty }) {
  const rows = el("tbody");
  const trouble = el("div", { className: "trouble" });
  let cursor = null;
  // A page may be empty and still not be the last.
  const page = async () => {
    let found;
    do {
      found = await load(cursor);
      ({ cursor } = found);
    } while (found.items.length === 0 && cursor);
    const added = found.items.map(row);
    rows.append(...added);
    return added;
  };
  const more = button(t(common.more), async () => {
    fill(trouble);
    try {
      const [first] = await page();
      more.hidden = !cursor;
      first?.querySelector("a, button")?.focus();
    } catch (error) {
      fill(trouble, failure(error));
    }
  }, "secondary", { "data-more": id });
  await page();
  more.hidden = !cursor;
  if (!rows.hasChildNodes()) return el("p", { className: "muted", id: `${id}-empty` }, t(empty));
  return [
    el("table", { className: "table", id },
      el("caption", { className: "visually-hidden" }, t(title)),
      el("thead", {}, el("tr", {}, labels.map((label) => el("th", { scope: "col" }, t(label))))), rows),
    trouble,
    el("div", { className: "actions" }, more),
  ];
}
