// A dossier's page: zoom of a picture, and ticks of papers that stay while one paper after the other is opened.

const picture = document.querySelector("[data-picture]");
const buttons = document.querySelector("[data-zoom]");
if (picture && buttons) {
  buttons.hidden = false;
  let step = 1;
  const draw = (by) => {
    step = Math.min(3, Math.max(1, step + by));
    picture.classList.toggle("zoom-2", step === 2);
    picture.classList.toggle("zoom-3", step === 3);
  };
  buttons.querySelector("[data-zoom-in]").addEventListener("click", () => draw(1));
  buttons.querySelector("[data-zoom-out]").addEventListener("click", () => draw(-1));
}

// Kept in this tab only, and only which boxes are ticked.
for (const form of document.querySelectorAll("form[data-ticks]")) {
  const key = `tinhso:ticks:${form.dataset.ticks}`;
  const boxes = [...form.querySelectorAll("input[name=checked]")];
  try {
    const kept = new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]"));
    for (const box of boxes) if (kept.has(box.value)) box.checked = true;
    form.addEventListener("change", () => {
      sessionStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.value)));
    });
    form.addEventListener("submit", () => sessionStorage.removeItem(key));
  } catch { /* storage switched off: the boxes are ticked again by hand */ }
}
