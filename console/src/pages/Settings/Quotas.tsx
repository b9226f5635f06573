import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Confirm } from "../../components/Confirm";
import { Right } from "../../components/Right";
import { Loaded } from "../../components/States";
import { formatSize } from "../../format";
import { retention as words, settings } from "../../strings/settings";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

type Account = Schemas["Account"];
const kGigabyte = 1024 ** 3;

function QuotaModal({ account, onClose }: { account: Account; onClose: (changed: boolean) => void }) {
  const [gigabytes, setGigabytes] = useState(String(account.quotaBytes / kGigabyte));
  const { busy, error, save } = useSave();
  const quotaBytes = Math.round(Number(gigabytes) * kGigabyte);
  const valid = gigabytes.trim() !== "" && quotaBytes >= 0 && Number.isSafeInteger(quotaBytes);
  const { accountId } = account;
  const patch = () =>
    unwrap(api.PATCH("/accounts/{account}", { params: { path: { account: accountId } }, body: { quotaBytes } }));
  return (
    <Confirm
      title={words.changeTitle(accountId)}
      action={settings.save}
      busy={busy}
      disabled={!valid}
      onConfirm={() => void save(patch).then((done) => done && onClose(true))}
      onCancel={() => onClose(false)}
    >
      <SpaceBetween size="m">
        <SaveError header={settings.saveFailed} error={error} />
        <FormField label={words.gigabytes} errorText={!valid && words.badQuota}>
          <Input type="number" value={gigabytes} onChange={({ detail }) => setGigabytes(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}

function columnsFor(onChange: (account: Account) => void): TableProps.ColumnDefinition<Account>[] {
  return [
    { id: "account", header: words.account, isRowHeader: true, cell: ({ accountId }) => accountId },
    {
      id: "charged",
      header: <Right>{words.charged}</Right>,
      cell: ({ chargedBytes }) => <Right>{formatSize(chargedBytes)}</Right>,
    },
    {
      id: "quota",
      header: <Right>{words.accountQuota}</Right>,
      cell: ({ quotaBytes }) => <Right>{formatSize(quotaBytes)}</Right>,
    },
    {
      id: "change",
      header: words.change,
      cell: (account) => (
        <ChangeButton ariaLabel={words.changeOf(account.accountId)} onClick={() => onChange(account)}>
          {words.change}
        </ChangeButton>
      ),
    },
  ];
}

export function Quotas() {
  const load = useLoad("accounts", () => unwrap(api.GET("/accounts")));
  const [changed, setChanged] = useState<Account>();
  const close = (done: boolean) => {
    setChanged(undefined);
    if (done) load.reload();
  };
  return (
    <Loaded load={load}>
      {({ accounts }) => (
        <>
          <Table
            items={accounts}
            columnDefinitions={columnsFor(setChanged)}
            trackBy="accountId"
            ariaLabels={{ tableLabel: words.quotas }}
            header={<Header variant="h2" description={words.quotasHint}>{words.quotas}</Header>}
          />
          {changed && <QuotaModal account={changed} onClose={close} />}
        </>
      )}
    </Loaded>
  );
}
