/** Warns people who can change machines that history has stopped, or that the server's disk is nearly full. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { useMe } from "../../hooks/useSession.ts";
import { t } from "../../texts/catalogue.ts";
import { rich } from "../../texts/rich.tsx";
import { z } from "../../zod.ts";
import "./disk.css";

const LOOK_EVERY_MS = 30_000;
const Disk = z.object({ isLow: z.boolean(), freeBytes: z.int(), historyStopped: z.string() });
type Disk = z.infer<typeof Disk>;

export const fetchDisk = (signal?: AbortSignal): Promise<Disk> =>
  api.askFor(Disk, "/api/disk", signal ? { signal } : {});

export function DiskNotice() {
  const me = useMe();
  const { data, isError } = useQuery({
    queryKey: ["disk"],
    queryFn: ({ signal }) => fetchDisk(signal),
    refetchInterval: LOOK_EVERY_MS,
    enabled: me !== null && me.role !== "viewer",
  });
  if (!data || isError) return null;
  return (
    <>
      {data.isLow && <LowDisk freeBytes={data.freeBytes} isAdmin={me?.role === "admin"} />}
      {data.historyStopped && (
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
