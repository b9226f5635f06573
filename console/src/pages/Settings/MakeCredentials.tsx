import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, type Schemas, unwrap } from "../../api/client";
import { Confirm } from "../../components/Confirm";
import { common } from "../../strings/common";
import { credentials as words } from "../../strings/settings";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

type NewCredential = Schemas["NewCredential"];

// The secret lives in this component only and is gone with it.
function Secret({ made, onClose }: { made: NewCredential; onClose: () => void }) {
  return (
    <Modal
      visible
      header={words.secretTitle}
      closeAriaLabel={common.close}
      onDismiss={({ detail }) => detail.reason === "closeButton" && onClose()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            {words.done}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{words.secretText}</Alert>
        <KeyValuePairs
          items={[
            { label: words.columns.id, value: <Box variant="code">{made.accessKeyId}</Box> },
            { label: words.secret, value: <Box variant="code">{made.secretAccessKey}</Box> },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}

export function MakeCredentials({ onClose }: { onClose: (changed: boolean) => void }) {
  const [userName, setUserName] = useState("");
  const [readOnly, setReadOnly] = useState(false);
  const [made, setMade] = useState<NewCredential>();
  const { busy, error, save } = useSave();
  const make = () =>
    save(async () => setMade(await unwrap(api.POST("/credentials", { body: { userName, readOnly } }))), "");
  if (made) return <Secret made={made} onClose={() => onClose(true)} />;
  return (
    <Confirm
      title={words.makeTitle}
      action={words.make}
      busy={busy}
      disabled={!userName.trim()}
      onConfirm={() => void make()}
      onCancel={() => onClose(false)}
    >
      <SpaceBetween size="m">
        <SaveError header={words.failed} error={error} />
        <FormField label={words.userName}>
          <Input value={userName} autoComplete={false} onChange={({ detail }) => setUserName(detail.value)} />
        </FormField>
        <Checkbox
          checked={readOnly}
          description={words.readOnlyHint}
          onChange={({ detail }) => setReadOnly(detail.checked)}
        >
          {words.readOnly}
        </Checkbox>
      </SpaceBetween>
    </Confirm>
  );
}
