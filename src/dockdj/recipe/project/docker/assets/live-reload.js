// In development only, part of every script: a changed stylesheet is exchanged, a changed script reloads the page.
const server = document.currentScript && new URL(document.currentScript.src).origin;

if (server && !window.liveReload) {
  window.liveReload = new EventSource(`${server}/esbuild`);
  window.liveReload.addEventListener("change", (event) => {
    const { added, removed, updated } = JSON.parse(event.data);
    const changed = [...added, ...removed, ...updated].filter((file) => !file.endsWith(".map"));
    const sheets = [...document.querySelectorAll('link[rel="stylesheet"]')];
    const own = (file) => sheets.find((sheet) => new URL(sheet.href).pathname.endsWith(file));
    if (!changed.length || !changed.every(own)) return location.reload();
    for (const file of changed) exchange(own(file));
  });
}

function exchange(sheet) {
  const next = sheet.cloneNode();
  next.href = `${sheet.href.split("?")[0]}?${Date.now()}`;
  next.onload = () => sheet.remove();
  sheet.after(next);
}
