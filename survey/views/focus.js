// The cursor stands in the box when the page is opened; whoever has gone on to something else is left there.
export default function ({ data }) {
  const box = document.querySelector(data.box);
  if (box && document.activeElement === document.body) box.focus({ preventScroll: true });
}
