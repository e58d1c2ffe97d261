/** Messages to webhooks, e-mail and chat; `contract/http/deliveries.py` has the same shapes. */
import { api } from "../../api.ts";
import { z } from "../../zod.ts";

export const DELIVERY_STATES = ["waiting", "delivered", "failed"] as const;

const Delivery = z.object({
  id: z.int(),
  channel: z.string(),
  type: z.string(),
  at: z.number(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  said: z.string(),
  triedAt: z.number().nullable(),
  nextAt: z.number().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

const DeliveryPage = z.object({ items: z.array(Delivery), nextCursor: z.string().nullish() });
export type DeliveryPage = z.infer<typeof DeliveryPage>;

const Channels = z.object({ channels: z.record(z.string(), z.string()) });

export const fetchDeliveries = (query: string, signal: AbortSignal): Promise<DeliveryPage> =>
  api.askFor(DeliveryPage, `/api/deliveries?${query}`, { signal });

/** The channels by name, with their destinations. */
export const fetchChannels = async (signal: AbortSignal): Promise<Readonly<Record<string, string>>> =>
  (await api.askFor(Channels, "/api/deliveries/channels", { signal })).channels;

export const deliverAgain = async (id: number): Promise<void> => {
  await api.ask(`/api/deliveries/${id}/again`, { method: "POST" });
};
