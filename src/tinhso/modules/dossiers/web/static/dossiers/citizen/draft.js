// Pages of a draft: what concerns nobody is hidden, and a page taken from the browser's memory is made anew, so that it
// does not save over what was written after it.

window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const others = document.querySelector("[data-for-others]");
if (others) {
  const choices = [...document.querySelectorAll("input[name=acting_as]")];
  const show = () => {
    const chosen = choices.find((choice) => choice.checked);
    others.hidden = !chosen || chosen.value === "self";
  };
  for (const choice of choices) choice.addEventListener("change", show);
  show();
}
