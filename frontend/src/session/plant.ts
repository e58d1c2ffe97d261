/** Reads the plant from the server. */
import { type Plant, PlantSchema, plantOf } from "../contract/plant.ts";
import { askFor } from "./http.ts";

export async function fetchPlant(signal?: AbortSignal): Promise<Plant> {
  return plantOf(await askFor(PlantSchema, "/api/plant", signal ? { signal } : {}));
}
