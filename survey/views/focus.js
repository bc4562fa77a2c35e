// The cursor stands in the box when the page is opened; whoever has gone on to something else is left there.
export default function () {
  const box = document.querySelector(".st-key-q input");
  if (box && document.activeElement === document.body) box.focus({ preventScroll: true });
}
