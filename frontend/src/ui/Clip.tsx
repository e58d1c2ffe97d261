/** A text on one line: where there is no room it ends in an ellipsis, and its title has it whole. */
export function Clip({ text, className = "" }: { text: string; className?: string }) {
  return (
    <span className={`clip ${className}`} title={text}>
      {text}
    </span>
  );
}
