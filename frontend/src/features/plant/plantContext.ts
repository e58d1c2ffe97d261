/** The plant and its clock, available to every view after loading. */
import { createContext, useContext } from "react";
import type { Plant } from "../../contract/plant.ts";
import type { Clock } from "../../format/index.ts";

export interface PlantKnown {
  plant: Plant;
  clock: Clock;
}

export const PlantContext = createContext<PlantKnown | null>(null);

export function usePlant(): PlantKnown {
  const known = useContext(PlantContext);
  if (!known)
    throw new Error(
      "usePlant needs a PlantContext around it: views are only mounted once the plant is known",
    );
  return known;
}
