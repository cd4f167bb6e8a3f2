const kept = (() => { try { return localStorage.getItem("theme") } catch { return null } })();
if (kept) document.documentElement.dataset.theme = kept;
function turn() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const next = (root.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try { localStorage.setItem("theme", next) } catch {}
}
addEventListener("DOMContentLoaded", () => document.getElementById("turn").addEventListener("click", turn));
