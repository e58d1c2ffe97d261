/** Has the server read its plant file again, and tells what that changed (PLANT-1). */
import { useState } from "react";
import { messageOf } from "../../api.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AdminPage } from "./AdminPage.tsx";
import { type PlantChange, reloadPlant } from "./admin.ts";

type Answer = { readonly change: PlantChange } | { readonly problem: string };

const WORDS: readonly (readonly [part: keyof PlantChange, label: string])[] = [
  ["added", "Machines added"],
  ["removed", "Machines removed"],
  ["moved", "Machines read from another place"],
  ["fields", "Fields changed"],
  ["lines", "Lines changed"],
];

export function PlantFileView() {
  return (
    <AdminPage title="Plant file">
      <Reload />
    </AdminPage>
  );
}

function Reload() {
  const { plant } = usePlant();
  const [isAsking, setAsking] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const reload = () => {
    setAsking(true);
    setAnswer(null);
    reloadPlant()
      .then(
        (change) => setAnswer({ change }),
        (error: unknown) => setAnswer({ problem: messageOf(error) }),
      )
      .finally(() => setAsking(false));
  };
  return (
    <>
      <p>
        The server runs the plant “{plant.name}”. After somebody has edited its plant file, have the server
        read the file again. Connections, history and the targets of machines that stay are kept. Open targets
        of a machine that is removed end as cancelled. A file that cannot be used changes nothing.
      </p>
      <p>
        <button type="button" className="primary" disabled={isAsking} onClick={reload}>
          {isAsking ? "Reading the plant file" : "Read the plant file again"}
        </button>
      </p>
      {answer &&
        ("change" in answer ? <Changed change={answer.change} /> : <p role="alert">{answer.problem}</p>)}
    </>
  );
}

function Changed({ change }: { change: PlantChange }) {
  const parts = WORDS.filter(([part]) => change[part].length > 0);
  if (parts.length === 0)
    return <p role="status">The file was read. Machines, fields and lines are the same as before.</p>;
  return (
    <div role="status">
      <p>The file was read. What is different now:</p>
      <dl className="facts">
        {parts.map(([part, label]) => (
          <div key={part}>
            <dt>
              {label} ({change[part].length})
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
