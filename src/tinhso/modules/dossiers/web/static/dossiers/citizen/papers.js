// Papers go up as soon as they are chosen, one after the other, with their progress; the answer is the page itself, of
// which the paper's own part is taken over. Without this script the page's buttons do the same.

const form = document.querySelector("form[data-papers]");
const waiting = [];
let busy = false;

const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",").replace(",0", "")} MB`;

function start() {
  for (const part of form.querySelectorAll("[data-without-script]")) part.hidden = true;
  for (const box of form.querySelectorAll("[data-paper]")) listen(box);
  form.addEventListener("submit", (event) => {
    if (!busy && !waiting.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const state = form.querySelector("[data-upload-state] progress")?.closest("[data-upload-state]");
    state?.scrollIntoView({ block: "center" });
  }, true);
}

function listen(box) {
  for (const input of box.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      for (const file of input.files) waiting.push({ name: box.dataset.paper, id: box.id, file, limit: Number(box.querySelector("[data-file]").dataset.maxBytes) });
      input.value = "";
      box.querySelector("[data-previews]")?.replaceChildren();
      next();
    });
  }
}

function refuse(box, text) {
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = text;
  box.querySelector("[data-refusals]").append(line);
}

function next() {
  if (busy || !waiting.length) return;
  const { name, id, file, limit } = waiting.shift();
  const box = document.getElementById(id);
  if (limit && file.size > limit) {
    refuse(box, `${file.name}: Tệp quá lớn: ${megabytes(file.size)}, tối đa ${megabytes(limit)}. Chụp hoặc quét lại ở độ phân giải thấp hơn, hoặc chia thành nhiều tệp.`);
    return next();
  }
  busy = true;
  const state = box.querySelector("[data-upload-state]");
  const text = document.createElement("p");
  text.textContent = `Đang tải lên ${file.name} (${megabytes(file.size)})`;
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", text.textContent);
  state.replaceChildren(text, bar);
  const data = new FormData();
  data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  data.append(name, file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", location.pathname);
  request.responseType = "document";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
  });
  const done = (message) => {
    busy = false;
    const kept = document.getElementById(id);
    if (message) {
      kept.querySelector("[data-upload-state]")?.replaceChildren();
      refuse(kept, `${file.name}: ${message}`);
    }
    next();
  };
  request.addEventListener("error", () => done("Mất kết nối khi đang tải. Kiểm tra mạng rồi chọn lại tệp."));
  request.addEventListener("load", () => {
    const fresh = request.response?.getElementById(id);
    if (!fresh) return done(request.status === 403 || request.responseURL.includes("/identity/") ? "Phiên làm việc đã hết hạn. Tải lại trang, đăng nhập nếu được hỏi, rồi chọn lại tệp." : "Không tải lên được. Hãy thử lại.");
    for (const part of fresh.querySelectorAll("[data-without-script]")) part.hidden = true;
    const earlier = [...box.querySelectorAll("[data-refusals] .error:not([id])")];
    const taken = document.adoptNode(fresh);
    box.replaceWith(taken);
    taken.querySelector("[data-refusals]").prepend(...earlier);
    listen(taken);
    done("");
  });
  request.send(data);
}

if (form) start();
