import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { Time } from "../../components/Time";
import { formatSize } from "../../format";
import { accounts as words } from "../../strings/accounts";

type Account = Schemas["Account"];

const kIndicators: Record<Account["state"], StatusIndicatorProps.Type> = {
  integrated: "success",
  disassociated: "stopped",
  disabled: "stopped",
};

function State({ account }: { account: Account }) {
  const type = account.lastError && account.state === "integrated" ? "warning" : kIndicators[account.state];
  return (
    <>
      <StatusIndicator type={type}>{words.states[account.state]}</StatusIndicator>
      {account.lastError && <div>{account.lastError}</div>}
    </>
  );
}

function Quota({ account }: { account: Account }) {
  return (
    <ProgressBar
      ariaLabel={words.quota}
      value={account.quotaBytes > 0 ? Math.min(100, (100 * account.chargedBytes) / account.quotaBytes) : 100}
      additionalInfo={words.quotaText(formatSize(account.chargedBytes), formatSize(account.quotaBytes))}
    />
  );
}

export const accountColumns: TableProps.ColumnDefinition<Account>[] = [
  { id: "id", header: words.id, cell: (account) => account.accountId, isRowHeader: true },
  { id: "kind", header: words.kind, cell: (account) => words.kinds[account.kind] },
  { id: "state", header: words.state, cell: (account) => <State account={account} />, minWidth: 150 },
  {
    id: "role",
    header: words.role,
    cell: (account) => account.serviceRoleArn || account.handshakeRoleArn || words.noRole,
  },
  { id: "contact", header: words.lastContact, cell: (account) => <Time value={account.lastContact} /> },
  { id: "quota", header: words.quota, cell: (account) => <Quota account={account} />, minWidth: 140 },
];
