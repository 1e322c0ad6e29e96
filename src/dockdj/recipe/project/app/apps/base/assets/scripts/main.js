// What every page does in the browser.
import { watchDatabase } from "./_database.js";

for (const element of document.querySelectorAll("[data-readyz]")) {
  watchDatabase(element);
}
