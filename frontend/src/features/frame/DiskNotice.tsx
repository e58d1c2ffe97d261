/**
 * Warns people who can change machines if the server can store nothing and so takes no targets, if history has stopped,
 * or if the server's disk is nearly full.
 */
import { useQuery } from "@tanstack/react-query";
import { ApiProblem, api } from "../../api.ts";
import { useMe } from "../../hooks/useSession.ts";
import { t } from "../../texts/catalogue.ts";
import { rich } from "../../texts/rich.tsx";
import { z } from "../../zod.ts";
import "./disk.css";

const LOOK_EVERY_MS = 30_000;
/** A person learns within half a minute that the server takes no targets, without giving one first. */
const ASK_READY_EVERY_MS = 20_000;
/** One slow answer of the database says nothing yet. */
const ASK_AGAIN_AFTER_MS = 500;
const Disk = z.object({ isLow: z.boolean(), freeBytes: z.int(), historyStopped: z.string() });
type Disk = z.infer<typeof Disk>;

export const fetchDisk = (signal?: AbortSignal): Promise<Disk> =>
  api.askFor(Disk, "/api/disk", signal ? { signal } : {});

/** Whether the server takes batches. Throws `ApiProblem` if it does not. */
export const fetchReady = (signal?: AbortSignal): Promise<unknown> =>
  api.askFor(z.record(z.string(), z.string()), "/readyz", signal ? { signal } : {});

export function DiskNotice() {
  const me = useMe();
  const enabled = me !== null && me.role !== "viewer";
  const isAdmin = me?.role === "admin";
  const { data: disk, isError } = useQuery({
    queryKey: ["disk"],
    queryFn: ({ signal }) => fetchDisk(signal),
    refetchInterval: LOOK_EVERY_MS,
    enabled,
  });
  const { error } = useQuery({
    queryKey: ["ready"],
    queryFn: ({ signal }) => fetchReady(signal),
    refetchInterval: ASK_READY_EVERY_MS,
    retry: 1,
    retryDelay: ASK_AGAIN_AFTER_MS,
    enabled,
  });
  const data = isError ? undefined : disk;
  return (
    <>
      {error instanceof ApiProblem && error.kind === "storage-unavailable" && <NotStored isAdmin={isAdmin} />}
      {data?.isLow && <LowDisk freeBytes={data.freeBytes} isAdmin={isAdmin} />}
      {data?.historyStopped && (
        <p className="disk-notice" role="status">
          {rich("disk-history", {
            what: <strong>{t("disk-no-history")}</strong>,
            reason: data.historyStopped,
          })}
        </p>
      )}
    </>
  );
}

function NotStored({ isAdmin }: { isAdmin: boolean }) {
  return (
    <p className="disk-notice" role="status">
      {rich("disk-not-stored", {
        what: <strong>{t("disk-no-targets")}</strong>,
        remedy: <>{t(isAdmin ? "disk-see-log" : "disk-tell")}</>,
      })}
    </p>
  );
}

function LowDisk({ freeBytes, isAdmin }: { freeBytes: number; isAdmin: boolean }) {
  return (
    <p className="disk-notice" role="status">
      {rich("disk-free", {
        what: <strong>{t("disk-low")}</strong>,
        megabytes: Math.floor(freeBytes / 1e6),
        remedy: (
          <>{isAdmin ? rich("disk-remedy", { command: <code>setpoint retention</code> }) : t("disk-tell")}</>
        ),
      })}
    </p>
  );
}
