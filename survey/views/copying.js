// Copies `text`. Outside of a secure context, as over plain HTTP on another machine's address, browsers have only the old way.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const box = document.createElement("textarea");
  box.value = text;
  box.style.position = "fixed";
  box.style.opacity = "0";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (!done) throw new Error("not copied");
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("[data-part=copy]");
  button.textContent = data.label;
  button.title = data.title;
  button.setAttribute("aria-label", data.title);
  button.onclick = () =>
    copy(data.text)
      .then(() => data.copied, () => data.failed)
      .then((told) => {
        button.textContent = told;
        setTimeout(() => {
          button.textContent = data.label;
        }, 2000);
      });
}
