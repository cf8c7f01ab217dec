/**
 * The script of the page. It listens to `/api/v1/events` and makes what is shown equal to what arrives, changing no more
 * of the document than differs: what has the focus, is selected or unfolded stays so. When there is no room for one more
 * listener it reads the page anew now and then instead; when nothing arrives any more it says so. Its hash is in the
 * page's security policy.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const SILENCE_MS = 15000;
  const RETRY_MS = 2000;
  const ANEW_MS = 10000;
  const build = document.body.dataset.build;
  const banner = document.getElementById("lost");
  let heardAt = new Date();
  let source = null;
  let watch = 0;

  // Makes one node like another of the same kind.
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
    // Another version of the exporter: its page comes with another script.
    if (page.build !== build) return location.reload();
    document.title = page.title;
    document.querySelector("link[rel=icon]").href = page.icon;
    for (const [name, html] of Object.entries(page.regions)) {
      const template = document.createElement("template");
      template.innerHTML = html;
      matchChildren(document.getElementById("region-" + name), template.content);
    }
  }

  // For when there is no room for one more listener: the whole page instead of what has changed of it.
  async function readAnew() {
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
      if (!answer.ok) throw new Error("It answers " + answer.status);
      const wanted = new DOMParser().parseFromString(await answer.text(), "text/html");
      const regions = [...wanted.querySelectorAll("[id^=region-]")].map((node) => [node.id.slice(7), node.innerHTML]);
      found("No live connection, perhaps because too many pages are open: this one is read anew every 10 s.");
      show({
        build: wanted.body.dataset.build,
        title: wanted.title,
        icon: wanted.querySelector("link[rel=icon]").getAttribute("href"),
        regions: Object.fromEntries(regions),
      });
      watch = setTimeout(listen, ANEW_MS);
    } catch {
      lose();
      watch = setTimeout(listen, RETRY_MS);
    }
  }

  function found(words) {
    heardAt = new Date();
    document.body.classList.remove("stale");
    if (banner.textContent !== words) banner.textContent = words;
  }

  function hear() {
    found("");
    clearTimeout(watch);
    watch = setTimeout(() => { lose(); listen(); }, SILENCE_MS);
  }

  function lose() {
    if (document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    banner.textContent = "Lost the exporter at " + heardAt.toLocaleTimeString() +
      " by your clock. What is shown is old. Trying to reach it again.";
  }

  function listen() {
    clearTimeout(watch);
    if (source) source.close();
    source = new EventSource("api/v1/events?as=page");
    watch = setTimeout(() => { lose(); listen(); }, SILENCE_MS);
    source.addEventListener("page", (event) => { hear(); show(JSON.parse(event.data)); });
    source.addEventListener("alive", hear);
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return lose();
      // A browser gives up when the answer is no stream, such as 429 or 503.
      clearTimeout(watch);
      readAnew();
    });
  }

  document.documentElement.classList.add("live");
  listen();
})();
`;
