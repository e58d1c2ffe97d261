/** Says to those who give targets that the server's disk is nearly full, before nothing can be given any more. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { useMe } from "../../hooks/useSession.ts";
import { z } from "../../zod.ts";
import "./disk.css";

const LOOK_EVERY_MS = 30_000;
const Disk = z.object({ isLow: z.boolean(), freeBytes: z.int() });
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
  if (!data?.isLow || isError) return null;
  return (
    <p className="disk-notice" role="status">
      <strong>The server's disk is nearly full</strong>: {megabytes(data.freeBytes)} MB are free. Once it is
      full, no targets are taken.{" "}
      {me?.role === "admin" ? (
        <>
          Free some space on the disk of the data directory, or keep less: <code>setpoint retention</code>.
        </>
      ) : (
        "Tell an administrator."
      )}
    </p>
  );
}

const megabytes = (bytes: number): string => Math.floor(bytes / 1e6).toLocaleString("en-GB");
