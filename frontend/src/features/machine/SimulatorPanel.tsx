/**
 * Only for simulated plants: causes stops and faults, to try how the board shows them. It is labelled as a simulation.
 */

import { useState } from "react";
import { messageOf } from "../../api.ts";
import { CRITICAL, statusWord } from "../../format/index.ts";
import { t } from "../../texts/catalogue.ts";
import { simulateFault, simulateStatus } from "./simulator.ts";

const FAULTS = [
  ["freeze", "simulator-freeze"],
  ["slow", "simulator-slow"],
  ["refuse", "simulator-refuse"],
] as const;

export function SimulatorPanel({ machine }: { machine: string }) {
  const [result, setResult] = useState<{ text: string; isBad: boolean } | null>(null);
  const run = (what: string, act: () => Promise<void>) => {
    act().then(
      () => setResult({ text: what, isBad: false }),
      (error: unknown) => setResult({ text: messageOf(error), isBad: true }),
    );
  };
  return (
    <section className="simulator" aria-labelledby="simulator">
      <h2 id="simulator">{t("simulator-title")}</h2>
      <p className="quiet">{t("simulator-about")}</p>
      <div className="buttons">
        {CRITICAL.map(String).map((status) => (
          <button
            key={status}
            type="button"
            onClick={() =>
              run(t("simulator-raised", { status: statusWord(status) }), () =>
                simulateStatus(machine, status),
              )
            }
          >
            {t("simulator-raise", { status: statusWord(status) })}
          </button>
        ))}
        <button
          type="button"
          onClick={() => run(t("simulator-cleared"), () => simulateStatus(machine, null))}
        >
          {t("simulator-clear")}
        </button>
      </div>
      <div className="buttons">
        {FAULTS.map(([fault, label]) => (
          <button
            key={fault}
            type="button"
            onClick={() => run(t("simulator-now", { fault: t(label) }), () => simulateFault(machine, fault))}
          >
            {t(label)}
          </button>
        ))}
        <button
          type="button"
          onClick={() => run(t("simulator-fault-gone"), () => simulateFault(machine, null))}
        >
          {t("simulator-no-fault")}
        </button>
      </div>
      <p role="status" className={result?.isBad ? "critical" : "quiet"}>
        {result?.text}
      </p>
    </section>
  );
}
