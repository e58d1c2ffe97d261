/** Another person's open target on a field, in words (OPEN-3). It is advice: nothing is refused because of it. */

import type { OpenTarget } from "../../contract/index.ts";
import type { Field } from "../../contract/plant.ts";
import { measured } from "../../format/index.ts";
import { t } from "../../texts/catalogue.ts";

export function nameOf({ by }: OpenTarget): string {
  return by.name ?? (by.kind === "device" ? t("target-by-machine") : t("target-by-another"));
}

/** `1,100 rpm by anna is under way`. */
export function openTargetWords(field: Field, target: OpenTarget): string {
  return t("target-under-way", { value: measured(field, target.value), name: nameOf(target) });
}
