import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, type ApiError, unwrap } from "../../api/client";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { refusal, useFlash } from "../../components/frame";
import { formatCount } from "../../format";
import { queue as words } from "../../strings/queue";

function unitsOf(count: number): string {
  return words.units(formatCount(count), count === 1);
}

// Hands out again the units that are chosen, or all of them.
export function RetryUnits({ chosen, onDone }: { chosen: number[]; onDone: () => void }) {
  const flash = useFlash();
  const [asks, setAsks] = useState<"chosen" | "all">();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    try {
      const body = asks === "chosen" ? { sequences: chosen } : {};
      const { retried } = await unwrap(api.POST("/queue/dead-letters/retry", { body }));
      flash({ type: "success", content: words.retried(unitsOf(retried)) });
      onDone();
    } catch (error) {
      flash(refusal(words.retryFailed, error as ApiError));
    }
    setBusy(false);
    setAsks(undefined);
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ChangeButton disabled={chosen.length === 0} onClick={() => setAsks("chosen")}>
        {words.retry}
      </ChangeButton>
      <ChangeButton onClick={() => setAsks("all")}>{words.retryAll}</ChangeButton>
      {asks && (
        <Confirm
          title={asks === "chosen" ? words.retryTitle : words.retryAllTitle}
          action={words.retry}
          busy={busy}
          onConfirm={() => void retry()}
          onCancel={() => setAsks(undefined)}
        >
          {asks === "chosen" ? words.retryText(unitsOf(chosen.length)) : words.retryAllText}
        </Confirm>
      )}
    </SpaceBetween>
  );
}
