// Every page works without this script. It renews the parts marked data-live when something has changed, and shows how far a
// download is.
const events = new EventSource("/events");
let running = false, again = false;

events.addEventListener("changed", async () => {
  again = true;
  if (running) return;
  running = true;
  while (again) {
    again = false;
    const response = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
    if (response?.status === 404) return location.assign("/"); // the connection was deleted
    if (!response?.ok) break; // the next event tries again
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const renewed = page.getElementById(part.id);
      if (renewed && renewed.innerHTML !== part.innerHTML) part.innerHTML = renewed.innerHTML;
    }
  }
  running = false;
});

events.addEventListener("progress", (event) => {
  const { connection, done, total } = JSON.parse(event.data);
  for (const part of document.querySelectorAll("[data-progress]")) {
    if (part.dataset.progress !== connection) continue;
    const kilobytes = (n) => Math.round(n / 1024).toLocaleString("en") + " KB";
    part.hidden = false;
    if (total > 0) Object.assign(part.firstElementChild, { value: done, max: total });
    part.lastElementChild.textContent = done === total ? `${kilobytes(done)}, complete` : total > 0 ? `${kilobytes(done)} of ${kilobytes(total)}` : kilobytes(done);
  }
});
