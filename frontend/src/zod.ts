/**
 * zod, told not to try `eval`: our Content-Security-Policy forbids it, and already the try is reported as a breach on
 * every page. Schemas take `z` from here, so that it has been told before the first one is made.
 */
import { z } from "zod";

z.config({ jitless: true });

export { z };
