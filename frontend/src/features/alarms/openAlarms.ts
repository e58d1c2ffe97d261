/** The number of alarms that nobody has acknowledged, by priority: in the head of every page, and in the alert bar. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const AGAIN_MS = 5_000;
const Open = z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() });
export type OpenAlarms = z.infer<typeof Open>;

export function fetchOpenAlarms(signal: AbortSignal): Promise<OpenAlarms> {
  return api.askFor(Open, "/api/alarms/open", { signal });
}

/** `isSure`: the last question was answered. */
export function useOpenAlarms(): { readonly open: OpenAlarms | undefined; readonly isSure: boolean } {
  const { data, isSuccess } = useQuery({
    queryKey: ["alarms", "open"],
    queryFn: ({ signal }) => fetchOpenAlarms(signal),
    refetchInterval: AGAIN_MS,
  });
  return { open: data, isSure: isSuccess };
}
