/** Shows its content only when a person scrolls near it. Until then it is not loaded and makes no requests. */
import { type ReactNode, useEffect, useRef, useState } from "react";

export function WhenSeen({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || !place.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return (
    <div ref={place} className="when-seen">
      {isSeen && children}
    </div>
  );
}
