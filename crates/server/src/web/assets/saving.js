/** Tells people, before they type much, that the server takes no writes at the moment, and when it does again. */

import { tell } from "./news.js";
import { say } from "./texts.js";

/** How often the server is asked while it takes none. */
const ASK_EVERY_MS = 5_000;

/**
 * Shows whether anything can be saved: asked whenever the link opens, learned from each refusal.
 * @param {import("./connection.js").Connection} connection
 */
export function showSaving(connection) {
  const banner = document.getElementById("unsaved");
  let timer;
  const show = (reason) => {
    const text = say("live.unsaved", { reason });
    // A screen reader reads out what is written, so not the same twice.
    if (banner.hidden || banner.textContent !== text) banner.textContent = text;
    banner.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_EVERY_MS);
  };
  const hide = () => {
    if (!banner.hidden) tell(say("live.saves_again"));
    banner.hidden = true;
  };
  const ask = async () => {
    try {
      const response = await fetch("/ready");
      if (response.ok) hide();
      else show((await response.json()).detail);
    } catch {
      // No link: whether anything can be saved is asked again once there is one.
      clearTimeout(timer);
    }
  };

  connection.addEventListener("open", ask);
  connection.addEventListener("refused", ({ detail }) => detail.name === "unavailable" && show(detail.message));
}
