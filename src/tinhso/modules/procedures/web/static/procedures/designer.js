// The designers with a mouse: drag a line onto another, and the choices of a question offered where its value is typed.
// Everything here has a button or a box that works without it.

for (const form of document.querySelectorAll("form[data-outline]")) {
  const drop = form.querySelector("[data-drop]");
  let dragged = null;
  for (const row of form.querySelectorAll("[data-address]")) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.address);
    });
    row.addEventListener("dragend", () => { row.classList.remove("is-dragged"); dragged = null; });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      row.classList.add("is-target");
    });
    row.addEventListener("dragleave", () => row.classList.remove("is-target"));
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      row.classList.remove("is-target");
      if (!dragged || dragged === row) return;
      drop.disabled = false;
      drop.value = `drop:${dragged.dataset.address}:${row.dataset.address}`;
      form.submit();
    });
  }
}

for (const box of document.querySelectorAll("[data-condition]")) {
  const choices = JSON.parse(box.querySelector("script").textContent);
  box.querySelectorAll(".condition-row").forEach((row) => {
    const [question, , value] = row.querySelectorAll("select, input");
    const list = document.createElement("datalist");
    list.id = `${value.id}-choices`;
    row.append(list);
    value.setAttribute("list", list.id);
    const offer = () => {
      list.replaceChildren(...(choices[question.value] ?? []).map((text) => Object.assign(document.createElement("option"), { value: text })));
      value.placeholder = (choices[question.value] ?? []).slice(0, 4).join("; ") || "giá trị";
    };
    question.addEventListener("change", offer);
    offer();
  });
}
