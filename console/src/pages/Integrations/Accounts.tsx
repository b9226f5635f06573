import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { api, type ApiError, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { refusal, useFlash } from "../../components/frame";
import { Empty, Loaded } from "../../components/States";
import { TemplateButton } from "../../components/TemplateButton";
import { accounts as words } from "../../strings/accounts";
import { accountColumns } from "./accountColumns";
import { AddAccounts } from "./AddAccounts";

type Account = Schemas["Account"];

function RemoveAccount({ account, onEnd }: { account: string; onEnd: () => void }) {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await unwrap(api.DELETE("/accounts/{account}", { params: { path: { account } } }));
      flash({ type: "success", content: words.removed(account) });
    } catch (error) {
      flash(refusal(words.removeFailed, error as ApiError));
    }
    onEnd();
  };
  return (
    <Confirm
      title={words.removeTitle(account)}
      action={words.remove}
      busy={busy}
      onConfirm={() => void remove()}
      onCancel={onEnd}
    >
      {words.removeText}
    </Confirm>
  );
}

function Members({ accounts, onAdd, onChanged }: { accounts: Account[]; onAdd: (ids: string) => void; onChanged: () => void }) {
  const [removing, setRemoving] = useState<string>();
  const actions = {
    id: "actions",
    header: words.actions,
    minWidth: 100,
    cell: (account: Account) =>
      account.state === "integrated" ? (
        <ChangeButton variant="inline-link" ariaLabel={words.removeLabel(account.accountId)} onClick={() => setRemoving(account.accountId)}>
          {words.remove}
        </ChangeButton>
      ) : (
        <ChangeButton variant="inline-link" ariaLabel={words.addAgainLabel(account.accountId)} onClick={() => onAdd(account.accountId)}>
          {words.addAgain}
        </ChangeButton>
      ),
  };
  return (
    <>
      <Table
        items={accounts}
        trackBy="accountId"
        wrapLines
        columnDefinitions={[...accountColumns, actions]}
        header={
          <Header
            variant="h2"
            counter={`(${accounts.length})`}
            description={words.membersDescription}
            info={<ChangeButton variant="icon" iconName="add-plus" ariaLabel={words.addLabel} onClick={() => onAdd("")} />}
            actions={<TemplateButton name="member">{words.template}</TemplateButton>}
          >
            {words.members}
          </Header>
        }
        empty={<Empty title={words.none}>{words.noneText}</Empty>}
        footer={<Box color="text-body-secondary">{words.templateHint}</Box>}
      />
      {removing && (
        <RemoveAccount
          account={removing}
          onEnd={() => {
            setRemoving(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

export function Accounts() {
  const load = useLoad("accounts", () => unwrap(api.GET("/accounts")), 15_000);
  const [adding, setAdding] = useState<string>();
  return (
    <Loaded load={load}>
      {({ accounts }) => (
        <SpaceBetween size="l">
          <Table
            items={accounts.filter((account) => account.role === "master")}
            trackBy="accountId"
            wrapLines
            columnDefinitions={accountColumns}
            header={
              <Header
                variant="h2"
                description={words.masterDescription}
                actions={<Button iconName="refresh" ariaLabel={words.refresh} loading={load.loading} onClick={load.reload} />}
              >
                {words.master}
              </Header>
            }
          />
          <Members accounts={accounts.filter((account) => account.role === "member")} onAdd={setAdding} onChanged={load.reload} />
          {adding !== undefined && (
            <AddAccounts initial={adding} onChanged={load.reload} onClose={() => setAdding(undefined)} />
          )}
        </SpaceBetween>
      )}
    </Loaded>
  );
}
