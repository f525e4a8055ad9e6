() => {
  const wrong = [];
  const rgb = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const luminance = ({ r, g, b }) => {
    const linear = (c) => (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const ratio = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + .05) / (low + .05);
  };
  const ground = (it) => {
    for (; it; it = it.parentElement) {
      const found = rgb(getComputedStyle(it).backgroundColor);
      if (found.a > 0) return found;
    }
    return rgb("rgb(255,255,255)");
  };
  const visible = (it) => it.checkVisibility() && !it.closest(".hidden, .skip");
  const label = (it) => (it.getAttribute("aria-label") || [...(it.labels || [])].map((l) => l.textContent).join(" ")
    || (it.tagName === "BUTTON" || it.tagName === "A" ? it.textContent : "")).trim();
  for (const it of document.querySelectorAll("body *")) {
    if (!visible(it) || ["SCRIPT", "OPTION"].includes(it.tagName)) continue;
    const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own || ["INPUT", "SELECT"].includes(it.tagName)) {
      const found = ratio(rgb(getComputedStyle(it).color), ground(it));
      if (found < 4.5) wrong.push(`contrast ${found.toFixed(2)}: ${it.className} ${it.textContent.slice(0, 40)}`);
    }
    if (["INPUT", "SELECT"].includes(it.tagName) && it.type !== "hidden") {
      if (ratio(rgb(getComputedStyle(it).borderTopColor), ground(it.parentElement)) < 3) wrong.push(`edge of ${it.name}`);
      if (it.placeholder && ratio(rgb(getComputedStyle(it, "::placeholder").color), ground(it)) < 4.5) wrong.push(`placeholder of ${it.name}`);
    }
    if (it.matches("a[href], button, input:not([type=hidden]), select") && !label(it)) wrong.push(`no name: ${it.outerHTML.slice(0, 100)}`);
    if (it.matches("button, input:not([type=hidden]), select, nav a") && it.getBoundingClientRect().height < 24) wrong.push(`small: ${it.outerHTML.slice(0, 100)}`);
  }
  for (const row of document.querySelectorAll("summary, .rows > li, .meta, .actions")) {
    const boxes = [...row.children].filter(visible).map((it) => [it, it.getBoundingClientRect()]);
    for (const [one, a] of boxes) for (const [other, b] of boxes)
      if (one !== other && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        wrong.push(`covered: ${one.textContent.slice(0, 60)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
  for (const it of document.querySelectorAll("[for], [aria-labelledby], [list], [data-copy]"))
    for (const name of ["for", "aria-labelledby", "list", "data-copy"])
      if (it.hasAttribute(name) && !document.getElementById(it.getAttribute(name))) wrong.push(`${name} of nothing: ${it.getAttribute(name)}`);
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((it) => Number(it.tagName[1]));
  if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) wrong.push(`headings ${levels}`);
  levels.reduce((before, level) => { if (level > before + 1) wrong.push(`headings ${levels}`); return level; });
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`wider than the page: ${document.documentElement.scrollWidth}`);
  if (!document.title || !document.documentElement.lang) wrong.push("no title or language");
  return wrong;
}
