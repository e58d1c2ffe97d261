/** Lets the person choose the encoding of a csv file, if the reader found none or the wrong one. */
import { t } from "../../texts/catalogue.ts";
import { ENCODINGS } from "../../workers/codePages.ts";

interface Props {
  /** The person's choice; null if they left it to the reader. */
  encoding: string | null;
  onChoose: (encoding: string | null) => void;
}

export function EncodingPicker({ encoding, onChoose }: Props) {
  return (
    <label className="inline">
      <span>{t("encoding-title")}</span>
      <select value={encoding ?? ""} onChange={({ target }) => onChoose(target.value || null)}>
        <option value="">{t("encoding-found")}</option>
        {ENCODINGS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
