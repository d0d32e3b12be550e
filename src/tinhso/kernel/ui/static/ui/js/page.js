// Small comforts of every page. All of it works without this file, only less smoothly.

// A menu closes by Escape and by a click elsewhere.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

// Errors are read out and reached first.
const summary = document.querySelector("[data-error-summary]");
if (summary) {
  summary.focus();
  if (!document.title.startsWith("Lỗi")) document.title = `Lỗi: ${document.title}`;
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const control = target.matches("fieldset") ? target.querySelector("input, select, textarea") ?? target : target;
    control.focus({ preventScroll: true });
    (target.closest(".field") ?? target).scrollIntoView({ block: "start" });
  });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = "Đã sao chép"; });
  }
});

// Which groups of the officer's column somebody unfolded: kept for the next page, which then comes as it was left.
document.addEventListener("click", (event) => {
  const group = event.target.closest("details[data-nav] > summary")?.parentElement;
  if (!group) return;
  const kept = document.cookie.match(/(?:^|; )tinhso_nav=([0-9.]*)/)?.[1] ?? "";
  const unfolded = new Set(kept.split(".").filter(Boolean));
  // The click comes before the change.
  if (group.open) unfolded.delete(group.dataset.nav);
  else unfolded.add(group.dataset.nav);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tinhso_nav=${[...unfolded].join(".")}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
});
