/** A text on one line. If there is no room it ends in an ellipsis, and its title has the whole text. */
export function Clip({ text, className = "" }: { text: string; className?: string }) {
  return (
    <span className={`clip ${className}`} title={text}>
      {text}
    </span>
  );
}
