/**
 * The script of the page. It listens to `/api/v1/events` and updates only those parts of the document that differ: focus,
 * selection and unfolded details are kept. If the exporter accepts no more listeners it polls the page instead; if
 * nothing arrives any more it shows a banner. Its hash is in the page's security policy.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const SILENCE_MS = 15000;
  const RETRY_MS = 2000;
  const POLL_MS = 10000;
  const build = document.body.dataset.build;
  const banner = document.getElementById("lost");
  let heardAt = new Date();
  let source = null;
  let watch = 0;

  // Makes a node equal to another of the same type.
  function match(node, wanted) {
    if (node.nodeType !== Node.ELEMENT_NODE) {
      if (node.data !== wanted.data) node.data = wanted.data;
      return;
    }
    for (const { name, value } of wanted.attributes) {
      if (name !== "open" && node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    for (const { name } of [...node.attributes]) {
      if (name !== "open" && !wanted.hasAttribute(name)) node.removeAttribute(name);
    }
    matchChildren(node, wanted);
  }

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && node.getAttribute("data-key")) || null;

  function matchChildren(parent, wanted) {
    const keyed = new Map();
    for (const child of parent.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    let next = parent.firstChild;
    for (const child of [...wanted.childNodes]) {
      const key = keyOf(child);
      let same = key ? keyed.get(key) : next;
      if (same && (keyOf(same) !== key || same.nodeName !== child.nodeName)) same = null;
      if (key) keyed.delete(key);
      if (!same) {
        parent.insertBefore(document.importNode(child, true), next);
        continue;
      }
      if (same === next) next = next.nextSibling;
      else parent.insertBefore(same, next);
      match(same, child);
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  function show(page) {
    // Another build of the exporter has another script.
    if (page.build !== build) return location.reload();
    document.title = page.title;
    document.querySelector("link[rel=icon]").href = page.icon;
    for (const [name, html] of Object.entries(page.regions)) {
      const template = document.createElement("template");
      template.innerHTML = html;
      matchChildren(document.getElementById("region-" + name), template.content);
    }
  }

  // Reads the whole page, when the exporter accepts no more listeners.
  async function poll() {
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
      if (!answer.ok) throw new Error("Status " + answer.status);
      const wanted = new DOMParser().parseFromString(await answer.text(), "text/html");
      const regions = [...wanted.querySelectorAll("[id^=region-]")].map((node) => [node.id.slice(7), node.innerHTML]);
      markFresh("No live connection, perhaps because too many pages are open: this page updates every 10 s.");
      show({
        build: wanted.body.dataset.build,
        title: wanted.title,
        icon: wanted.querySelector("link[rel=icon]").getAttribute("href"),
        regions: Object.fromEntries(regions),
      });
      watch = setTimeout(listen, POLL_MS);
    } catch {
      markStale();
      watch = setTimeout(listen, RETRY_MS);
    }
  }

  function markFresh(notice) {
    heardAt = new Date();
    document.body.classList.remove("stale");
    if (banner.textContent !== notice) banner.textContent = notice;
  }

  function hear() {
    markFresh("");
    clearTimeout(watch);
    watch = setTimeout(() => { markStale(); listen(); }, SILENCE_MS);
  }

  function markStale() {
    if (document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    banner.textContent = "Connection to the exporter lost at " + heardAt.toLocaleTimeString() +
      " (your clock). The data shown is out of date. Reconnecting.";
  }

  function listen() {
    clearTimeout(watch);
    if (source) source.close();
    source = new EventSource("api/v1/events?as=page");
    watch = setTimeout(() => { markStale(); listen(); }, SILENCE_MS);
    source.addEventListener("page", (event) => { hear(); show(JSON.parse(event.data)); });
    source.addEventListener("alive", hear);
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return markStale();
      // A browser gives up when the response is not a stream, such as 429 or 503.
      clearTimeout(watch);
      poll();
    });
  }

  document.documentElement.classList.add("live");
  listen();
})();
`;
