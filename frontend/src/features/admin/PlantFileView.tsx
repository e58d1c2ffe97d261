/** Lets the server read its plant file again, and shows the changes (PLANT-1). */

import { useState } from "react";
import { messageOf } from "../../api.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AdminPage } from "./AdminPage.tsx";
import { type PlantChange, reloadPlant } from "./admin.ts";

type Answer = { readonly change: PlantChange } | { readonly problem: string };

const PARTS = ["added", "removed", "moved", "fields", "lines"] as const;

export function PlantFileView() {
  return (
    <AdminPage title={t("frame-plant-file")}>
      <Reload />
    </AdminPage>
  );
}

function Reload() {
  const { plant } = usePlant();
  const [isReloading, setReloading] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const reload = () => {
    setReloading(true);
    setAnswer(null);
    reloadPlant()
      .then(
        (change) => setAnswer({ change }),
        (error: unknown) => setAnswer({ problem: messageOf(error) }),
      )
      .finally(() => setReloading(false));
  };
  return (
    <>
      <p>{t("file-about", { plant: plant.name })}</p>
      <p>
        <button type="button" className="primary" disabled={isReloading} onClick={reload}>
          {t(isReloading ? "file-reading" : "file-read")}
        </button>
      </p>
      {answer &&
        ("change" in answer ? <Changed change={answer.change} /> : <p role="alert">{answer.problem}</p>)}
    </>
  );
}

function Changed({ change }: { change: PlantChange }) {
  const parts = PARTS.filter((part) => change[part].length > 0);
  if (parts.length === 0) return <p role="status">{t("file-same")}</p>;
  return (
    <div role="status">
      <p>{t("file-different")}</p>
      <dl className="facts">
        {parts.map((part) => (
          <div key={part}>
            <dt>
              {t(`file-${part}`)} ({change[part].length})
            </dt>
            <dd>{change[part].map(idOf(part)).join(", ")}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** People know a machine as `m:402`. */
const idOf = (part: keyof PlantChange) => (name: string) =>
  part === "fields" || part === "lines" ? name : name.replace("_", ":");
