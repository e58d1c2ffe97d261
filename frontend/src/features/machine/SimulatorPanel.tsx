/**
 * Only for simulated plants: causes stops and faults, to try how the board shows them. It is labelled as a simulation.
 */
import { useState } from "react";
import { messageOf } from "../../api.ts";
import { CRITICAL, statusWord } from "../../format/index.ts";
import { simulateFault, simulateStatus } from "./simulator.ts";

const FAULTS = [
  ["freeze", "Stops answering"],
  ["slow", "Answers late"],
  ["refuse", "Refuses writes"],
] as const;

export function SimulatorPanel({ machine }: { machine: string }) {
  const [said, setSaid] = useState<{ text: string; isBad: boolean } | null>(null);
  const run = (what: string, act: () => Promise<void>) => {
    act().then(
      () => setSaid({ text: what, isBad: false }),
      (error: unknown) => setSaid({ text: messageOf(error), isBad: true }),
    );
  };
  return (
    <section className="simulator" aria-labelledby="simulator">
      <h2 id="simulator">Simulator</h2>
      <p className="quiet">
        This plant is simulated. On a real one the machine alone raises and clears its stops.
      </p>
      <div className="buttons">
        {CRITICAL.map(String).map((status) => (
          <button
            key={status}
            type="button"
            onClick={() => run(`${statusWord(status)} raised.`, () => simulateStatus(machine, status))}
          >
            Raise {statusWord(status)}
          </button>
        ))}
        <button type="button" onClick={() => run("Stop cleared.", () => simulateStatus(machine, null))}>
          Clear the stop
        </button>
      </div>
      <div className="buttons">
        {FAULTS.map(([fault, label]) => (
          <button
            key={fault}
            type="button"
            onClick={() => run(`${label}.`, () => simulateFault(machine, fault))}
          >
            {label}
          </button>
        ))}
        <button type="button" onClick={() => run("Fault gone.", () => simulateFault(machine, null))}>
          No fault
        </button>
      </div>
      <p role="status" className={said?.isBad ? "critical" : "quiet"}>
        {said?.text}
      </p>
    </section>
  );
}
