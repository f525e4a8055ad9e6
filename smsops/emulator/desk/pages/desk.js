"use strict";
// Follows the emulator while one looks: asks for the same page again when something happened and
// puts in what differs. Everything else works without it.
(() => {
  const drawn = new WeakMap(); // element -> how the server wrote it
  const regions = (root) => [...root.querySelectorAll("[data-swap]")];
  const listed = (region) => (region.hasAttribute("data-list") ? [...region.children] : []);

  function learn(root) {
    for (const region of [root, ...root.querySelectorAll("[data-swap]")]) {
      drawn.set(region, region.outerHTML);
      for (const item of listed(region)) drawn.set(item, item.outerHTML);
    }
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  }

  // What a person has done to a part of the page, to be done to its successor.
  function touched(root) {
    const fields = new Map(), folds = new Map();
    for (const each of root.querySelectorAll("input[id], select[id]")) {
      const changed = each.options ? each.selectedIndex > 0 : each.value !== each.defaultValue;
      if (changed) fields.set(each.id, each.value);
    }
    for (const each of root.querySelectorAll("details[id]")) folds.set(each.id, each.open);
    const at = document.activeElement;
    return () => {
      for (const [id, value] of fields) {
        const field = document.getElementById(id);
        if (field && [...(field.options || [{ value }])].some((one) => one.value === value)) field.value = value;
      }
      for (const [id, open] of folds) {
        const fold = document.getElementById(id);
        if (fold) fold.open = open;
      }
      if (at && !at.isConnected && at.id) document.getElementById(at.id)?.focus({ preventScroll: true });
    };
  }

  function replace(now, next) {
    const again = touched(now);
    const fresh = document.importNode(next, true);
    drawn.set(fresh, next.outerHTML);
    now.replaceWith(fresh);
    learn(fresh);
    again();
    return fresh;
  }

  function follow(now, next) {
    if (drawn.get(now) === next.outerHTML) return;
    if (!now.hasAttribute("data-list")) {
      replace(now, next);
      return;
    }
    const known = new Map([...now.children].map((item) => [item.id, item]));
    let place = now.firstElementChild;
    for (const item of [...next.children]) {
      let mine = known.get(item.id);
      known.delete(item.id);
      if (!mine) {
        mine = document.importNode(item, true);
        mine.classList.add("fresh");
        now.insertBefore(mine, place);
        learn(mine);
        drawn.set(mine, item.outerHTML);
      } else {
        const here = mine === place;
        if (drawn.get(mine) !== item.outerHTML) mine = replace(mine, item);
        if (here) place = mine;
        if (mine !== place) now.insertBefore(mine, place);
      }
      place = mine.nextElementSibling;
    }
    for (const item of known.values()) item.remove();
    drawn.set(now, next.outerHTML);
  }

  const names = (root) => regions(root).map((region) => region.id).join();

  // The page again: of a conversation that is there because it was the newest, that conversation.
  function address() {
    const url = new URL(location.href), here = document.querySelector("[data-here]");
    url.hash = "";
    return here && !url.searchParams.has("number") ? here.dataset.here : url;
  }

  let asking = false, again = false;
  async function refresh() {
    if (!document.body.dataset.revision) return; // a refusal has nothing to follow
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(address(), { headers: { accept: "text/html", "x-desk": "body" }, cache: "no-store" });
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !next.body.dataset.revision) return;
      if (names(document) !== names(next)) {
        const restore = touched(document.body);
        const main = document.importNode(next.getElementById("main"), true);
        document.getElementById("main").replaceWith(main);
        learn(main);
        restore();
      }
      for (const region of regions(next)) {
        const mine = document.getElementById(region.id);
        if (mine) follow(mine, region);
      }
      const token = next.querySelector("[name=token]"); // another one after a restart
      if (token) for (const each of document.querySelectorAll("[name=token]")) each.value = token.value;
      const composer = document.getElementById("composer");
      if (composer) composer.hidden = next.getElementById("composer").hidden;
      document.title = next.title;
      document.body.dataset.revision = next.body.dataset.revision;
    } catch { /* the stream says when the emulator is back */ } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  }

  function live(on) {
    const state = document.getElementById("live");
    state.hidden = false;
    state.classList.toggle("offline", !on);
    document.getElementById("live-word").textContent = on ? document.body.dataset.live : document.body.dataset.offline;
  }

  learn(document.body);
  let first = true; // something may have become true between the page and its stream
  function hear({ on, revision, topics }) {
    live(on);
    if (!revision) return;
    const known = revision === document.body.dataset.revision && !first;
    first = false;
    (known ? Promise.resolve() : refresh()).then(() => announce(topics));
  }

  // What happens at nearly the same time is said together: nothing takes the words from another.
  let said = [], saidAt = -Infinity;
  function announce(topics) {
    const words = topics.filter((topic) => topic !== "call" || document.getElementById("calls"))
      .map((topic) => document.body.getAttribute(`data-news-${topic}`)).filter(Boolean);
    if (!words.length) return;
    const now = performance.now();
    said = [...new Set([...(now - saidAt < 3000 ? said : []), ...words])];
    saidAt = now;
    document.getElementById("news").textContent = said.join(". ");
  }

  // A browser has six connections to a host, for all of its tabs together: one tab has the stream
  // and tells the others, and when it is closed another one takes over.
  const tabs = new BroadcastChannel("desk");
  let last = null, stream = null, leave = () => {};
  function tell(news) {
    last = { ...last, ...news };
    tabs.postMessage(news);
    hear(news);
  }
  function listen() {
    stream = new EventSource("/desk/events");
    stream.addEventListener("open", () => tell({ on: true }));
    stream.addEventListener("change", (event) => tell({ on: true, ...JSON.parse(event.data) }));
    stream.addEventListener("error", ({ target }) => {
      tell({ on: false });
      target.close(); // browsers wait longer each time, and give up a stream that is refused
      setTimeout(listen, 3000);
    });
  }
  tabs.addEventListener("message", ({ data }) => {
    if (!data.asks) hear(data);
    else if (last) tabs.postMessage({ ...last, topics: [] });
  });
  tabs.postMessage({ asks: true });
  if (navigator.locks) navigator.locks.request("desk", () => new Promise((resolve) => { leave = resolve; listen(); }));
  else listen(); // a browser that has them for https alone
  addEventListener("pagehide", () => { stream?.close(); leave(); tabs.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      return;
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    document.getElementById("news").textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 1600);
  });

  const plain = new URL(location.href);
  if (plain.searchParams.has("done")) {
    plain.searchParams.delete("done");
    history.replaceState(null, "", plain);
  }
  const here = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (here && here.hasAttribute("tabindex")) here.focus();
})();
