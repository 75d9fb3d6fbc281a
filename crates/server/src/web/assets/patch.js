/** Puts what a newer page shows into the one that is open, touching only what differs. */

/** How long a mark on what changed stays. */
const MARK_MS = 8_000;

/** Whether two elements have the same content, whatever is said at the elements themselves. */
export function hasSameContent(one, other) {
  const nodes = [...other.childNodes];
  return one.childNodes.length === nodes.length && nodes.every((node, index) => node.isEqualNode(one.childNodes[index]));
}

/**
 * Makes `old` show what `fresh` shows. Unchanged content stays the same elements.
 * @param {Element} old
 * @param {Element} fresh
 * @returns {boolean} whether the content differed
 */
export function patchContent(old, fresh) {
  old.hidden = fresh.hidden;
  if (hasSameContent(old, fresh)) return false;
  old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  return true;
}

/**
 * Marks an element as changed, calmly and for a while.
 * @param {Element} element
 */
export function mark(element) {
  clearTimeout(marks.get(element));
  element.classList.add("changed-now");
  marks.set(element, setTimeout(() => element.classList.remove("changed-now"), MARK_MS));
}

const marks = new WeakMap();

/**
 * Makes the rows of `old` those of `fresh`, row by row.
 * @param {HTMLTableSectionElement} old
 * @param {HTMLTableSectionElement} fresh
 */
export function patchRows(old, fresh) {
  const known = new Map([...old.rows].map((row) => [row.dataset.id, row]));
  const wanted = new Set([...fresh.rows].map((row) => row.dataset.id));
  for (const [id, row] of known) {
    if (!wanted.has(id)) row.remove();
  }
  let place = old.rows[0] ?? null;
  for (const row of [...fresh.rows]) {
    const same = known.get(row.dataset.id);
    const shown = same ?? document.importNode(row, true);
    if (same) patchRow(same, row);
    else mark(shown);
    // Only rows out of place are moved: moving one would take the focus out of it.
    if (shown === place) place = place.nextElementSibling;
    else old.insertBefore(shown, place);
  }
}

/** The content is compared too: a revision says nothing where the server now serves another store. */
function patchRow(row, fresh) {
  const changed = [...row.cells].filter((cell, index) => patchContent(cell, fresh.cells[index]));
  if (changed.length || row.dataset.revision !== fresh.dataset.revision) mark(row);
  row.dataset.revision = fresh.dataset.revision;
  changed.forEach(mark);
}

/**
 * Runs `change` and puts the focus back where it was, or as near as there is something left.
 * @param {HTMLElement} root
 * @param {() => void} change
 */
export function keepFocus(root, change) {
  const focused = document.activeElement;
  const back = root.contains(focused) ? wayBack(root, focused) : null;
  change();
  if (back && document.activeElement !== focused) back()?.focus({ preventScroll: true });
}

/** How to find an element again, or its like, after the rows have changed. */
function wayBack(root, focused) {
  const row = focused.closest("tr[data-id]");
  const kind = focused.dataset.action ? `[data-action=${focused.dataset.action}]` : "a";
  const to = focused.dataset.to;
  const index = row?.sectionRowIndex;
  return () => {
    if (focused.isConnected) return focused;
    if (to) return root.querySelector(`[data-to="${to}"]`) ?? root;
    if (!row) return root;
    const rows = root.querySelectorAll("tr[data-id]");
    const near = row.isConnected ? row : rows[Math.min(index, rows.length - 1)];
    return near?.querySelector(kind) ?? root;
  };
}
