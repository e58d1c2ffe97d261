/** The four critical statuses by shape, so that they differ without colour: octagon, padlock, triangle, wrench. */
const PATHS: Readonly<Record<string, string>> = {
  EMERGENCY_STOP: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  SAFETY_INTERLOCK: "M4 7V5a4 4 0 0 1 8 0v2h1.5v8h-11V7zm2 0h4V5a2 2 0 0 0-4 0zm1 3v3h2v-3z",
  FAULT: "M8 1l7.5 14H.5zM7 6v4.5h2V6zm0 5.7v1.8h2v-1.8z",
  MAINTENANCE_LOCK:
    "M10.9 1.2a4.2 4.2 0 0 0-5.1 5.5L1 11.5V15h3.5l4.8-4.8a4.2 4.2 0 0 0 5.5-5.1L12 7.9 8.1 4z",
};

export function StatusIcon({ status }: { status: string }) {
  const path = PATHS[status];
  if (!path) return null;
  return (
    <svg className="status-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
