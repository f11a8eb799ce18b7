"use strict";
(() => {
  const table = document.getElementById("reports");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const place = new Map(rows.map((row, number) => [row, number]));
  const words = new Intl.Collator(document.documentElement.lang, { numeric: true });

  const number = (cell) => {
    const node = cell.firstChild;
    if (!node || node.nodeType !== Node.TEXT_NODE) return null;
    const plain = document.documentElement.lang === "fi"
      ? node.data.replace(/\s/g, "").replace(",", ".") : node.data.replace(/[\s,]/g, "");
    const value = parseFloat(plain.replace("\u2212", "-"));
    return Number.isNaN(value) ? null : value;
  };
  const time = (cell) => {
    const told = cell.querySelector("time");
    return told ? Date.parse(told.dateTime) : null;
  };
  const count = (cell) => cell.querySelectorAll("a").length;
  const keys = { number, time, count, name: (cell) => place.get(cell.parentNode), text: (cell) => cell.textContent };
  const compare = (a, b) => (typeof a === "string" ? words.compare(a, b) : a - b);

  const columns = [...table.tHead.rows].flatMap((row) => [...row.cells]).filter((head) => head.dataset.sort);
  const [top, under] = table.tHead.rows;
  const order = [...top.cells].flatMap((head) => (head.dataset.sort ? [head] : ["result", "difference"]));
  const lower = under ? [...under.cells] : [];
  const positions = new Map(order.map((head, index) => [typeof head === "string" ? lower.shift() : head, index]));

  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of columns) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = keys[head.dataset.sort];
    const told = rows.map((row) => [key(row.cells[positions.get(head)]), row]);
    const known = told.filter(([value]) => value !== null);
    const unknown = told.filter(([value]) => value === null);
    known.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]) || place.get(a[1]) - place.get(b[1]));
    body.append(...[...known, ...unknown].map(([, row]) => row));
  };
  for (const head of columns) {
    const button = document.createElement("button");
    button.type = "button";
    const text = document.createElement("span");
    text.append(...head.childNodes);
    button.textContent = text.textContent;
    if (head.dataset.of) button.setAttribute("aria-label", `${button.textContent}: ${head.dataset.of}`);
    button.addEventListener("click", () => sort(head));
    head.append(text, button);
  }

  const form = document.querySelector("form");
  const field = form.querySelector("input");
  const shown = form.querySelector("output");
  const told = (row) => [...row.cells].slice(1).map((cell) => cell.textContent.replace(/\d/g, "")).join(" ");
  const texts = rows.map((row) => `${row.cells[0].textContent} ${told(row)}`.toLocaleLowerCase());
  const filter = () => {
    const wanted = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row, index) => {
      row.hidden = !wanted.every((word) => texts[index].includes(word));
      left += row.hidden ? 0 : 1;
    });
    shown.textContent = wanted.length ? shown.dataset.text.replace("%1", left).replace("%2", rows.length) : "";
  };
  field.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  if (field.value) filter();
})();
