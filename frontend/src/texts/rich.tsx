/** A text of the catalogue with elements among its words: `rich("connection-shown", { time, age: <Age since={1} /> })`. */
import { Fragment, isValidElement, type ReactElement, type ReactNode } from "react";
import { t } from "./catalogue.ts";

type RichArgs = Readonly<Record<string, string | number | ReactElement>>;

/** The marks around the number of an element, at which the text is split; private to this module, never in a text. */
const PLACE = /\uE000(\d+)\uE001/;

export function rich(id: string, args: RichArgs): ReactNode[] {
  const elements: ReactElement[] = [];
  const plain: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(args))
    plain[name] = isValidElement(value)
      ? `\uE000${elements.push(value) - 1}\uE001`
      : (value as string | number);
  return t(id, plain)
    .split(PLACE)
    .map((part, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change places.
      <Fragment key={at}>{at % 2 ? elements[Number(part)] : part}</Fragment>
    ));
}
