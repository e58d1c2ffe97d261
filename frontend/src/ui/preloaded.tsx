/**
 * A view whose code is loaded when it is first needed, or earlier by `preload`. Once the code is there, the view
 * renders at once; with `lazy` alone, React would hold it back for 300 ms.
 */
import { type ComponentType, lazy, useState } from "react";

export function preloaded<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | null = null;
  let loading: Promise<{ default: ComponentType<Props> }> | null = null;
  const preload = () => {
    loading ??= load().then(
      (found) => {
        loaded = found;
        return { default: found };
      },
      (error: unknown) => {
        loading = null;
        Lazy = lazy(preload); // React caches a failure; the next view tries again
        throw error;
      },
    );
    return loading;
  };
  let Lazy = lazy(preload);
  function View(props: Props) {
    const [Chosen] = useState(() => loaded ?? Lazy);
    return <Chosen {...props} />;
  }
  return Object.assign(View, { preload: () => void preload().catch(() => {}) });
}
