/** Loads the texts of all pages before the first test, because tests mount pages on their own. */
import { loadPages } from "../texts/catalogue.ts";

await loadPages();
