// Passkeys (khóa truy cập). A button with data-passkey="create|get" fills the form's hidden field and sends the form.
// Its options stand in a JSON element (data-options) or come from an address (data-address).
const TOLD = {
  NotAllowedError: "Chưa xác nhận được trên thiết bị, hoặc đã hết giờ. Hãy thử lại.",
  InvalidStateError: "Thiết bị này đã có khóa truy cập cho tài khoản.",
  SecurityError: "Khóa truy cập chỉ dùng được khi mở trang bằng tên miền (https), hoặc bằng «localhost» khi dùng thử; không dùng được với địa chỉ số như 127.0.0.1.",
};

async function options(button) {
  if (button.dataset.options) return JSON.parse(document.getElementById(button.dataset.options).textContent);
  const answer = await fetch(button.dataset.address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function credential(button) {
  const data = await options(button);
  if (button.dataset.passkey === "get") return window.webauthnJSON.get(data.request_options);
  const wanted = data.creation_options;
  // A key that the device keeps and unlocks by finger, face or code: it signs in without a password.
  Object.assign(wanted.publicKey.authenticatorSelection, {
    residentKey: "required", requireResidentKey: true, userVerification: "required",
  });
  return window.webauthnJSON.create(wanted);
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const form = button.form;
  const told = form.querySelector("[data-passkey-error]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    told.hidden = true;
    button.disabled = true;
    try {
      form.querySelector("[data-credential]").value = JSON.stringify(await credential(button));
      form.submit();
    } catch (error) {
      told.textContent = TOLD[error.name] || "Chưa dùng được khóa truy cập. Hãy thử lại hoặc dùng cách khác.";
      told.hidden = false;
      button.disabled = false;
    }
  });
}
