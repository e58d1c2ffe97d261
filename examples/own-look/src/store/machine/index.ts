/** What was this application's own store: `$server`, `$pending` and `$view` now come from the package. */
export {
  CRITICAL_OVERRIDES,
  getRenderState,
  type Lock,
  type MachineState,
  type PendingState,
  type ServerState,
  type Transaction,
  useMachineStore,
  type ViewState,
} from "setpoint-live";
