// The cursor stands in the box when the page is opened; whoever has gone on to something else is left there. The box may be drawn
// after this has been loaded.
export default function () {
  const begun = Date.now();
  const turn = setInterval(() => {
    const box = document.querySelector(".st-key-q input");
    const free = document.activeElement === document.body;
    if (box && free) box.focus({ preventScroll: true });
    if (box || !free || Date.now() - begun > 5000) clearInterval(turn);
  }, 50);
  return () => clearInterval(turn);
}
