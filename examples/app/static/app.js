// Every page works without this script. It renews what is marked data-live, and shows how far a download is.
const events = new EventSource("/events");
let running = false, again = false, leaving = false;
addEventListener("submit", (event) => leaving = !event.target.target); // the response is the next page

events.addEventListener("changed", async () => {
  again = true;
  if (running || leaving) return;
  running = true;
  while (again) {
    again = false;
    const response = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
    if (response?.status === 404) return leaving || location.assign("/"); // the connection was deleted
    if (!response?.ok) break; // the next event tries again
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const renewed = page.getElementById(part.id)?.innerHTML ?? part.innerHTML;
      if (renewed !== part.innerHTML) part.innerHTML = renewed;
    }
  }
  running = false;
});

events.addEventListener("progress", (event) => {
  const { connection, done, total } = JSON.parse(event.data);
  const kilobytes = (n) => Math.round(n / 1024).toLocaleString("en") + " KB";
  for (const part of document.querySelectorAll(`[data-progress="${CSS.escape(connection)}"]`)) {
    part.hidden = false;
    if (total > 0) Object.assign(part.firstElementChild, { value: done, max: total });
    part.lastElementChild.textContent = kilobytes(done) + (done === total ? ", complete" : total > 0 ? " of " + kilobytes(total) : "");
  }
});
