/** Controls that are folded away on a narrow screen, so that what they control is in view. */
import { type ReactNode, useState } from "react";
import { useMedia } from "./media.ts";
import "./folded.css";

interface FoldedProps {
  label: string;
  /** Whether one of the controls has a value of its own: then they are unfolded. */
  isSet: boolean;
  children: ReactNode;
}

export function Folded({ label, isSet, children }: FoldedProps) {
  const isNarrow = useMedia("(max-width: 700px)");
  const [choice, setChoice] = useState<boolean | null>(null);
  if (!isNarrow) return children;
  return (
    <details
      className="folded"
      open={choice ?? isSet}
      onToggle={(event) => setChoice(event.currentTarget.open)}
    >
      <summary>{label}</summary>
      {children}
    </details>
  );
}
