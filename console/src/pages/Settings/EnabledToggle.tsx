import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";

import type { ApiError } from "../../api/client";
import { refusal, useFlash } from "../../components/frame";
import { useSession } from "../../components/session";
import { settings as words } from "../../strings/settings";

interface Props {
  name: string; // as a person knows it
  enabled: boolean;
  change: (enabled: boolean) => Promise<unknown>;
  onDone: () => void;
}

export function EnabledToggle({ name, enabled, change, onDone }: Props) {
  const flash = useFlash();
  const { session } = useSession();
  const [busy, setBusy] = useState(false);
  const set = async (next: boolean) => {
    setBusy(true);
    try {
      await change(next);
      onDone();
    } catch (error) {
      flash(refusal(words.switchFailed, error as ApiError));
    }
    setBusy(false);
  };
  return (
    <Toggle
      ariaLabel={words.enabledLabel(name)}
      checked={enabled}
      disabled={busy || session.readOnly}
      onChange={({ detail }) => void set(detail.checked)}
    />
  );
}
