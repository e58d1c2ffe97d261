/**
 * zod without `eval`: our Content-Security-Policy forbids it, and even an attempt is reported as a violation on every
 * page. Schemas import `z` from here, so that it is configured before the first one is made.
 */
import { z } from "zod";

z.config({ jitless: true });

export { z };
