// The states that every page has besides its content: loading, empty, refused, failed.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";

import type { ApiError } from "../api/client";
import type { Load } from "../api/useLoad";
import { common } from "../strings/common";

export function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <div role="status" aria-label={common.loading}>
        <Spinner size="large" />
      </div>
    </Box>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding="l">
      <SpaceBetween size="xs">
        <Box variant="strong">{title}</Box>
        {children && <Box color="text-body-secondary">{children}</Box>}
        {action}
      </SpaceBetween>
    </Box>
  );
}

export function Refused({ error, retry }: { error: ApiError; retry?: () => void }) {
  if (error.noPermission) {
    return (
      <Alert type="warning" header={common.noPermission}>
        {error.message} {error.remedy || common.noPermissionText}
      </Alert>
    );
  }
  return (
    <Alert
      type="error"
      header={common.loadFailed}
      action={retry && <Button onClick={retry}>{common.retry}</Button>}
    >
      {error.message} {error.remedy}
    </Alert>
  );
}

// Shows what was loaded, or why it is not there. Data stays visible while it is loaded again.
export function Loaded<T>({ load, children }: { load: Load<T>; children: (data: T) => ReactNode }) {
  return (
    <SpaceBetween size="l">
      {load.error && <Refused error={load.error} retry={load.reload} />}
      {load.data !== undefined && children(load.data)}
      {load.data === undefined && !load.error && <Loading />}
    </SpaceBetween>
  );
}
