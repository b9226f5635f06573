import Alert from "@cloudscape-design/components/alert";

import type { ApiError } from "../../api/client";

export function SaveError({ header, error }: { header: string; error: ApiError | undefined }) {
  if (!error) return null;
  return (
    <Alert type="error" header={header}>
      {error.message} {error.remedy}
    </Alert>
  );
}
