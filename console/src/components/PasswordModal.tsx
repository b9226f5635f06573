import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, type ApiError, unwrap } from "../api/client";
import { signIn as words } from "../strings/signIn";
import { Confirm } from "./Confirm";
import { useFlash } from "./frame";

const kShortest = 12;

export function PasswordModal({ onClose }: { onClose: () => void }) {
  const flash = useFlash();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const submit = async () => {
    setBusy(true);
    try {
      await unwrap(api.POST("/session/password", { body: { currentPassword: current, newPassword: next } }));
      flash({ type: "success", content: words.changed });
      onClose();
    } catch (refused) {
      setError(refused as ApiError);
      setBusy(false);
    }
  };
  const short = next !== "" && next.length < kShortest;
  const differ = again !== "" && again !== next;
  return (
    <Confirm
      title={words.passwordTitle}
      action={words.change}
      busy={busy}
      disabled={!current || next.length < kShortest || again !== next}
      onConfirm={() => void submit()}
      onCancel={onClose}
    >
      <SpaceBetween size="m">
        {error && <Alert type="error">{error.message}</Alert>}
        <FormField label={words.currentPassword}>
          <Input type="password" autoComplete="current-password" value={current} onChange={(e) => setCurrent(e.detail.value)} />
        </FormField>
        <FormField
          label={words.newPassword}
          constraintText={words.newPasswordHint}
          errorText={short && words.passwordTooShort}
        >
          <Input type="password" autoComplete="new-password" value={next} onChange={(e) => setNext(e.detail.value)} />
        </FormField>
        <FormField label={words.repeatPassword} errorText={differ && words.passwordsDiffer}>
          <Input type="password" autoComplete="new-password" value={again} onChange={(e) => setAgain(e.detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
