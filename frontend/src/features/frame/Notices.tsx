/** Where notices are shown; loaded after the first page is complete. */
import { useEffect } from "react";
import { Toaster, toast } from "sonner";
import { useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { showThrough } from "../../ui/toast.ts";
import "./toast.css";

export function Notices() {
  const theme = useParam("theme");
  useEffect(() => showThrough(toast), []);
  return (
    <Toaster
      // Without it, each render asks the browser for the computed direction, which lays out the page.
      dir="ltr"
      position="bottom-right"
      offset={{ bottom: 72, right: 16 }}
      mobileOffset={{ bottom: 72 }}
      closeButton
      containerAriaLabel={t("frame-notices")}
      toastOptions={{ closeButtonAriaLabel: t("frame-close-notice") }}
      visibleToasts={4}
      theme={theme === "light" || theme === "dark" ? theme : "system"}
    />
  );
}
