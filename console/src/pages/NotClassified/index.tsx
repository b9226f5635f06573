import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useMemo } from "react";
import { useSearchParams } from "react-router-dom";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { AccountChoice } from "../../components/AccountChoice";
import { Page } from "../../components/Page";
import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { Empty, Loaded } from "../../components/States";
import { formatCount } from "../../format";
import { notClassified as words } from "../../strings/notClassified";
import { outcomes as outcomeNames } from "../../strings/objects";
import { objectsLink } from "../Objects/objectFilter";
import { OutcomeLabel } from "../Objects/OutcomeLabel";
import { type ReasonRow, reasonRows } from "./reasonRows";
import { RetryButton } from "./RetryButton";

const kRefreshMs = 15_000;
const names = words.columns;

function columnsFor(account: string, reload: () => void): TableProps.ColumnDefinition<ReasonRow>[] {
  const link = ({ outcome, reason }: ReasonRow) => objectsLink({ ...(account && { account }), outcome, reason });
  return [
    {
      id: "reason",
      header: names.reason,
      isRowHeader: true,
      cell: (row) => <RouterLink href={link(row)}>{row.reason || outcomeNames[row.outcome]}</RouterLink>,
    },
    { id: "outcome", header: names.outcome, minWidth: 130, cell: (row) => <OutcomeLabel record={{ outcome: row.outcome }} /> },
    {
      id: "objects",
      header: <Right>{names.objects}</Right>,
      cell: (row) => (
        <Right>
          <RouterLink href={link(row)}>{formatCount(row.objects)}</RouterLink>
        </Right>
      ),
    },
    { id: "meaning", header: names.meaning, cell: (row) => row.meaning },
    { id: "remedy", header: names.remedy, cell: (row) => row.remedy },
    {
      id: "retry",
      header: names.retry,
      cell: (row) =>
        row.retryable ? <RetryButton row={row} account={account} onDone={reload} /> : words.final,
    },
  ];
}

export default function NotClassified() {
  const [parameters, setParameters] = useSearchParams();
  const account = parameters.get("account") ?? "";
  const load = useLoad(
    `not classified ${account}`,
    async () => {
      const query = account ? { account } : {};
      const [counted, explained] = await Promise.all([
        unwrap(api.GET("/outcomes", { params: { query } })),
        unwrap(api.GET("/reasons")),
      ]);
      return reasonRows(counted.outcomes, explained.reasons);
    },
    kRefreshMs,
  );
  const columns = useMemo(() => columnsFor(account, load.reload), [account, load.reload]);
  const choice = (
    <AccountChoice
      label={words.account}
      all={words.allAccounts}
      account={account}
      onChange={(next) => setParameters(next ? { account: next } : {})}
    />
  );
  return (
    <Page title={words.title} description={words.description} actions={choice}>
      <Loaded load={load}>
        {(rows) => (
          <Table
            items={rows}
            columnDefinitions={columns}
            trackBy={(row) => `${row.outcome} ${row.reason}`}
            ariaLabels={{ tableLabel: words.tableLabel }}
            wrapLines
            header={<Header variant="h2" counter={`(${formatCount(rows.length)})`}>{words.tableLabel}</Header>}
            empty={<Empty title={words.emptyTitle}>{words.emptyText}</Empty>}
          />
        )}
      </Loaded>
    </Page>
  );
}
