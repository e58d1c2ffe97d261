/** When: the last hours, since the last visit, or one shift of the last week. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { dayWords } from "../../format/times.ts";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { HOURS } from "../batches/hours.ts";
import { fetchShifts, type Shift } from "../shifts/shifts.ts";

export const SINCE_HERE = "here";
const AGAIN_MS = 300_000;
const NO_SHIFTS: readonly Shift[] = [];

/** The shifts of the last week, the newest first; none if the plant file describes none. */
export function useShifts(): readonly Shift[] {
  const { data } = useQuery({
    queryKey: ["shifts"],
    queryFn: ({ signal }) => fetchShifts(api, signal),
    refetchInterval: AGAIN_MS,
  });
  return data?.shifts ?? NO_SHIFTS;
}

/** In the address, `shift` is the start of a shift, and `hours` is any other choice. */
export function WhenFilter({ hasBeenHere }: { hasBeenHere: boolean }) {
  const hours = useParam("hours");
  const shift = useParam("shift");
  const shifts = useShifts();
  const choose = (value: string) => {
    const isShift = shifts.some(({ since }) => String(since) === value);
    setParam("hours", isShift ? "" : value);
    setParam("shift", isShift ? value : "");
  };
  return (
    <label className="inline">
      <span>{t("batches-when")}</span>
      <select value={shift || hours} onChange={(event) => choose(event.target.value)}>
        {HOURS.map(([value, text]) => (
          <option key={value} value={value}>
            {t(text)}
          </option>
        ))}
        {hasBeenHere && <option value={SINCE_HERE}>{t("events-since-here")}</option>}
        {shift && !shifts.some(({ since }) => String(since) === shift) && (
          <option value={shift}>{t("shifts-one")}</option>
        )}
        {shifts.length > 0 && (
          <optgroup label={t("shifts-title")}>
            {shifts.map(({ since, date, name }) => (
              <option key={since} value={String(since)}>
                {dayWords(date)} {name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}
