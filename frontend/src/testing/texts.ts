/** Tests mount pages by themselves: their texts are there before the first of them. */
import { loadPages } from "../texts/catalogue.ts";

await loadPages();
