/**
 * The look of one field for an application with a design of its own: `const { look, value } =
 * useFieldFeedback("m_402", "targetSpeed")`. It needs a `MachineStoreContext` around it.
 */
import { useMemo } from "react";
import { type FieldFeedback, fieldFeedback, useMachine } from "../store/machine/index.ts";

/** The look of a field and its value; renders again when the machine changes. */
export function useFieldFeedback(machine: string, field: string): FieldFeedback {
  const view = useMachine(machine);
  return useMemo(() => fieldFeedback(view, field), [view, field]);
}
