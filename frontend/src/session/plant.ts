/** Reads the plant from the server. */
import { type Plant, PlantSchema, plantOf } from "../contract/plant.ts";
import type { Api } from "./api.ts";

/** Reads the plant that the person may see. Throws `ApiProblem` or `NoAnswer`. */
export async function fetchPlant(api: Api, signal?: AbortSignal): Promise<Plant> {
  return plantOf(await api.askFor(PlantSchema, "/api/plant", signal ? { signal } : {}));
}
