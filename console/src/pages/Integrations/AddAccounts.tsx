import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { api, ApiError, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { Confirm } from "../../components/Confirm";
import { useFlash } from "../../components/frame";
import { useSession } from "../../components/session";
import { accounts as words } from "../../strings/accounts";
import { readAccountIds } from "./accountIds";

type Result = paths["/accounts"]["post"]["responses"][200]["content"]["application/json"]["results"][number];

function Results({ results }: { results: Result[] }) {
  return (
    <div aria-live="polite">
      <SpaceBetween size="xs">
        <Box variant="h3">{words.results}</Box>
        {results.map((result) => (
          <div key={result.accountId}>
            <StatusIndicator type={result.ok ? "success" : "error"}>
              {result.accountId}: {result.ok ? words.added : result.message}
            </StatusIndicator>
            {result.remedy && <Box padding={{ left: "l" }}>{result.remedy}</Box>}
          </div>
        ))}
      </SpaceBetween>
    </div>
  );
}

interface Props {
  initial: string; // account IDs to begin with
  onChanged: () => void;
  onClose: () => void;
}

// Stays open as long as an account is refused, so that the reason can be read and mended.
export function AddAccounts({ initial, onChanged, onClose }: Props) {
  const { session } = useSession();
  const flash = useFlash();
  const [text, setText] = useState(initial);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState<Result[]>([]);
  const [error, setError] = useState<ApiError>();
  const typed = readAccountIds(text, words, session.masterAccountId);
  const problem = typed.problems.join(" ") || (tried && typed.ids.length === 0 ? words.enterOne : "");

  const submit = async () => {
    setTried(true);
    if (typed.problems.length > 0 || typed.ids.length === 0) return;
    setBusy(true);
    setError(undefined);
    try {
      const answer = await unwrap(api.POST("/accounts", { body: { accountIds: typed.ids.join(",") } }));
      const refused = answer.results.filter((result) => !result.ok);
      const added = answer.results.length - refused.length;
      if (added > 0) flash({ type: "success", content: words.addedFlash(added) });
      onChanged();
      if (refused.length === 0) return onClose();
      setResults(answer.results);
      setText(refused.map((result) => result.accountId).join(", "));
    } catch (failure) {
      setError(failure as ApiError);
    }
    setBusy(false);
  };
  return (
    <Confirm title={words.modalTitle} action={words.submit} busy={busy} onConfirm={() => void submit()} onCancel={onClose}>
      <SpaceBetween size="m">
        {error && (
          <Alert type="error" header={words.addFailed}>
            {error.message} {error.remedy}
          </Alert>
        )}
        <FormField label={words.modalField} description={words.modalHint} errorText={problem}>
          <Textarea
            autoFocus
            rows={3}
            value={text}
            placeholder={words.modalPlaceholder}
            onChange={({ detail }) => setText(detail.value)}
          />
        </FormField>
        {results.length > 0 && <Results results={results} />}
      </SpaceBetween>
    </Confirm>
  );
}
