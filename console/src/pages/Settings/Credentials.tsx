import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { api, type ApiError, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { refusal, useFlash } from "../../components/frame";
import { Loaded } from "../../components/States";
import { Time } from "../../components/Time";
import { credentials as words } from "../../strings/settings";
import { MakeCredentials } from "./MakeCredentials";

type Credential = Schemas["Credential"];
const names = words.columns;

function columnsFor(onRevoke: (id: string) => void): TableProps.ColumnDefinition<Credential>[] {
  return [
    { id: "id", header: names.id, isRowHeader: true, cell: (one) => one.accessKeyId },
    { id: "user", header: names.user, cell: (one) => one.userName },
    { id: "access", header: names.access, cell: (one) => (one.readOnly ? words.readOnly : words.full) },
    { id: "state", header: names.state, cell: (one) => (one.active ? words.active : words.inactive) },
    { id: "made", header: names.made, cell: (one) => <Time value={one.createdAt} /> },
    { id: "used", header: names.used, cell: (one) => <Time value={one.lastUsed} /> },
    {
      id: "revoke",
      header: names.revoke,
      cell: ({ accessKeyId, active }) =>
        active && (
          <ChangeButton ariaLabel={words.revokeOf(accessKeyId)} onClick={() => onRevoke(accessKeyId)}>
            {words.revoke}
          </ChangeButton>
        ),
    },
  ];
}

function RevokeModal({ id, onClose }: { id: string; onClose: (revoked: boolean) => void }) {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const revoke = async () => {
    setBusy(true);
    try {
      await unwrap(api.DELETE("/credentials/{accessKeyId}", { params: { path: { accessKeyId: id } } }));
      flash({ type: "success", content: words.revoked(id) });
      onClose(true);
    } catch (error) {
      flash(refusal(words.failed, error as ApiError));
      onClose(false);
    }
  };
  return (
    <Confirm
      title={words.revokeTitle(id)}
      action={words.revoke}
      busy={busy}
      onConfirm={() => void revoke()}
      onCancel={() => onClose(false)}
    >
      {words.revokeText}
    </Confirm>
  );
}

export function Credentials() {
  const load = useLoad("credentials", () => unwrap(api.GET("/credentials")));
  const [revoked, setRevoked] = useState<string>();
  const [makes, setMakes] = useState(false);
  const close = (changed: boolean) => {
    setRevoked(undefined);
    setMakes(false);
    if (changed) load.reload();
  };
  return (
    <Loaded load={load}>
      {({ credentials }) => (
        <>
          <Table
            items={credentials}
            columnDefinitions={columnsFor(setRevoked)}
            trackBy="accessKeyId"
            ariaLabels={{ tableLabel: words.title }}
            wrapLines
            header={
              <Header
                variant="h2"
                description={words.text}
                counter={`(${credentials.length})`}
                actions={<ChangeButton onClick={() => setMakes(true)}>{words.make}</ChangeButton>}
              >
                {words.title}
              </Header>
            }
            empty={words.empty}
          />
          {makes && <MakeCredentials onClose={close} />}
          {revoked && <RevokeModal id={revoked} onClose={close} />}
        </>
      )}
    </Loaded>
  );
}
