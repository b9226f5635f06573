import { useState } from "react";

import { api, type ApiError, unwrap } from "../../api/client";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { refusal, useFlash } from "../../components/frame";
import { formatCount } from "../../format";
import { notClassified as words } from "../../strings/notClassified";
import type { ReasonRow } from "./reasonRows";

interface Props {
  row: ReasonRow;
  account: string; // "" = all
  onDone: () => void;
}

export function RetryButton({ row, account, onDone }: Props) {
  const flash = useFlash();
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    try {
      const body = { reason: row.reason, ...(account && { account }) };
      const { objects } = await unwrap(api.POST("/objects/retry", { body }));
      flash({ type: "success", content: words.retryDone(formatCount(objects)) });
      onDone();
    } catch (error) {
      flash(refusal(words.retryFailed, error as ApiError));
    }
    setBusy(false);
    setAsks(false);
  };
  return (
    <>
      <ChangeButton ariaLabel={words.retryOf(row.reason)} onClick={() => setAsks(true)}>
        {words.retry}
      </ChangeButton>
      {asks && (
        <Confirm
          title={words.retryTitle(row.reason)}
          action={words.retry}
          busy={busy}
          onConfirm={() => void retry()}
          onCancel={() => setAsks(false)}
        >
          {words.retryText(formatCount(row.objects))}
        </Confirm>
      )}
    </>
  );
}
