// Collects work until the browser draws, however often it is asked for. Hidden pages do not draw and so do no work.

export function perFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
