/**
 * The layer, as the package `setpoint-live` exports it: the specification's store, socket hook and worker for any React
 * application. The how-to "Use the layer" shows its use.
 */

// The wire and the plant.
export type { By, Down, Outcome, Up, User, Value } from "./contract/index.ts";
export { type Field, type Machine, type Plant, type PlantDescription, plantOf } from "./contract/plant.ts";
export { DASHBOARD, entityKey, lineTopic, machineId } from "./contract/topics.ts";
export { useFieldFeedback } from "./hooks/useFieldFeedback.ts";
export { useFreshness, useLiveSocket, useTopics } from "./hooks/useLiveSocket.ts";
export { useConcerns, useConnection, useHold, useMe } from "./hooks/useSession.ts";
// From a file to targets, and to a preview of their changes.
export {
  BatchUploadSchema,
  type Form,
  formOf,
  type Issue,
  type ParsedBatch,
  WorkbookError,
} from "./ingest/index.ts";
export type { ConnectionState } from "./link/index.ts";
export {
  type Asked,
  type Change,
  countTargets,
  holdOf,
  type Known,
  look,
  newPreview,
  type Preview,
  type Row,
  retryOf,
  sendsOf,
  tick,
  totalsOf,
  undoOf,
} from "./preview/index.ts";
// A session, and how components reach it.
export { Api, type ApiOptions, ApiProblem, messageOf, NoAnswer } from "./session/api.ts";
export type { Source } from "./session/batches.ts";
export type { Targets } from "./session/commits.ts";
export type { ConnectionNow, Freshness } from "./session/connection.ts";
export { SetpointProvider, type SetpointProviderProps, useSession } from "./session/context.tsx";
export { fetchPlant } from "./session/plant.ts";
export { Session, type SessionOptions } from "./session/session.ts";
// The three tiers, by the specification's names.
export {
  CRITICAL_OVERRIDES,
  createMachineStore,
  type FieldFeedback,
  fieldFeedback,
  getRenderState,
  isCritical,
  type Lock,
  type Look,
  lookOf,
  type MachineState,
  type MachineStore,
  MachineStoreContext,
  type MachineStoreState,
  type MachineView,
  type Notice,
  type PendingState,
  type ServerState,
  Store,
  type Transaction,
  targetsOf,
  useKpis,
  useMachine,
  useMachineStore,
  useRecent,
  useTransaction,
  type ViewState,
} from "./store/machine/index.ts";
export {
  ExcelParserWorker,
  type ParsedFile,
  type ParseOptions,
  parseWorkbook,
  prepareParser,
} from "./workers/excelParser.ts";
