/** Withdraws a batch while rows are open, and shows the result. */
import { useState } from "react";
import type { Withdrawal } from "../../preview/index.ts";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
import { sayFailed } from "../frame/toasts.ts";

export function Withdraw({ txId, isOpen }: { txId: string; isOpen: boolean }) {
  const session = useSession();
  const [isSending, setSending] = useState(false);
  const [withdrawal, setWithdrawal] = useState<Withdrawal | null>(null);
  if (withdrawal) return <p role="status">{withdrawalWords(withdrawal)}</p>;
  if (!isOpen) return null;
  const send = () => {
    setSending(true);
    session.commits.withdraw(txId).then(setWithdrawal, (error: unknown) => {
      setSending(false);
      sayFailed(error);
    });
  };
  return (
    <button type="button" disabled={isSending} onClick={send}>
      {t("upload-withdraw")}
    </button>
  );
}

/** The exact result of a withdrawal. */
function withdrawalWords({ withdrawn, handedOver }: Withdrawal): string {
  if (handedOver === 0) return t("upload-withdrawn", { withdrawn });
  return t("upload-handed-over", { withdrawn, handed: handedOver });
}
