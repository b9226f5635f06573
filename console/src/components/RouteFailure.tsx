import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useNavigate, useRouteError } from "react-router-dom";

import { common } from "../strings/common";
import { Page } from "./Page";
import { Empty } from "./States";

export function NotFound() {
  const navigate = useNavigate();
  return (
    <Page title={common.notFound}>
      <Empty
        title={common.notFoundText}
        action={<Button onClick={() => navigate("/dashboard")}>{common.toDashboard}</Button>}
      />
    </Page>
  );
}

// A page that threw, or whose code could not be loaded because the service was replaced meanwhile.
export function RouteFailure() {
  const error = useRouteError();
  return (
    <Alert
      type="error"
      header={common.broken}
      action={<Button onClick={() => window.location.reload()}>{common.reloadPage}</Button>}
    >
      {error instanceof Error ? error.message : String(error)}
    </Alert>
  );
}
