/** `POST /api/simulator/events`, which only simulated plants have. */
import { api } from "../../api.ts";

export type SimulatedFault = "freeze" | "refuse" | "slow";

/** `status` null clears the asserted status. */
export async function simulateStatus(machine: string, status: string | null): Promise<void> {
  await api.ask("/api/simulator/events", { method: "POST", json: { machine, status } });
}

export async function simulateFault(machine: string, fault: SimulatedFault | null): Promise<void> {
  await api.ask("/api/simulator/events", { method: "POST", json: { machine, fault } });
}
