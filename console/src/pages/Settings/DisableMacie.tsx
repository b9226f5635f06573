import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";

import { api, unwrap } from "../../api/client";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { useSession } from "../../components/session";
import { disable as words } from "../../strings/settings";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

// Both acknowledgements, then a confirmation.
export function DisableMacie() {
  const { session, refresh } = useSession();
  const navigate = useNavigate();
  const [accessEnds, setAccessEnds] = useState(false);
  const [dataIsDeleted, setDataIsDeleted] = useState(false);
  const [asks, setAsks] = useState(false);
  const { busy, error, save } = useSave();
  if (!session.enabled) return <Alert type="info">{words.already}</Alert>;
  const disable = async () => {
    const done = await save(() => unwrap(api.POST("/disable", { body: { accessEnds, dataIsDeleted } })), words.done);
    setAsks(false);
    if (!done) return;
    await refresh();
    navigate("/enable");
  };
  return (
    <Container header={<Header variant="h2" description={words.text}>{words.title}</Header>}>
      <SpaceBetween size="m">
        <SaveError header={words.failed} error={error} />
        <Checkbox
          checked={accessEnds}
          disabled={session.readOnly}
          onChange={({ detail }) => setAccessEnds(detail.checked)}
        >
          {words.accessEnds}
        </Checkbox>
        <Checkbox
          checked={dataIsDeleted}
          disabled={session.readOnly}
          onChange={({ detail }) => setDataIsDeleted(detail.checked)}
        >
          {words.dataIsDeleted}
        </Checkbox>
        <ChangeButton disabled={!accessEnds || !dataIsDeleted} onClick={() => setAsks(true)}>
          {words.button}
        </ChangeButton>
      </SpaceBetween>
      {asks && (
        <Confirm
          title={words.confirmTitle}
          action={words.button}
          busy={busy}
          onConfirm={() => void disable()}
          onCancel={() => setAsks(false)}
        >
          {words.confirmText}
        </Confirm>
      )}
    </Container>
  );
}
