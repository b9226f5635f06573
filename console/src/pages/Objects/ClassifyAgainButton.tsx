import Button from "@cloudscape-design/components/button";
import { useState } from "react";

import { api, type ApiError, unwrap } from "../../api/client";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { refusal, useFlash } from "../../components/frame";
import { objectPage as words } from "../../strings/objects";
import { bucketOf } from "./objectRecord";
import type { Detail } from "./ObjectPage";

export function ClassifyAgainButton({ detail, onDone }: { detail: Detail; onDone: () => void }) {
  const flash = useFlash();
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const { record } = detail;

  const classifyAgain = async () => {
    setBusy(true);
    const body = {
      account: record.accountId,
      bucket: bucketOf(record),
      key: record.key,
      ...(record.key_encoding && { keyEncoding: record.key_encoding }),
    };
    try {
      await unwrap(api.POST("/objects/classify-again", { body }));
      flash({ type: "success", content: words.againDone });
      onDone();
    } catch (error) {
      flash(refusal(words.againFailed, error as ApiError));
    }
    setBusy(false);
    setAsks(false);
  };
  if (!detail.monitored) {
    return (
      <Button disabled disabledReason={words.notMonitored}>
        {words.again}
      </Button>
    );
  }
  return (
    <>
      <ChangeButton onClick={() => setAsks(true)}>{words.again}</ChangeButton>
      {asks && (
        <Confirm
          title={words.againTitle}
          action={words.again}
          busy={busy}
          onConfirm={() => void classifyAgain()}
          onCancel={() => setAsks(false)}
        >
          {words.againText}
        </Confirm>
      )}
    </>
  );
}
