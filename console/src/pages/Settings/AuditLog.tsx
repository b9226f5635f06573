import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useSearchParams } from "react-router-dom";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Loaded } from "../../components/States";
import { Time } from "../../components/Time";
import { audit as words } from "../../strings/settings";

type Entry = Schemas["AuditEntry"];
const kPageSize = 50;
const names = words.columns;

function detailText(detail: Record<string, unknown>): string {
  return Object.keys(detail).length > 0 ? JSON.stringify(detail) : "";
}

const kColumns: TableProps.ColumnDefinition<Entry>[] = [
  { id: "at", header: names.at, isRowHeader: true, cell: (entry) => <Time value={entry.at} /> },
  { id: "actor", header: names.actor, cell: (entry) => entry.actor },
  { id: "source", header: names.source, cell: (entry) => entry.source },
  { id: "action", header: names.action, cell: (entry) => entry.action },
  { id: "target", header: names.target, cell: (entry) => entry.target },
  { id: "result", header: names.result, cell: (entry) => entry.result },
  { id: "detail", header: names.detail, cell: (entry) => detailText(entry.detail) },
];

// Keyset pages: `before` is the id that the entries shown are older than. It is in the address, so
// that Back leads to the newer ones.
export function AuditLog() {
  const [parameters, setParameters] = useSearchParams();
  const before = Number(parameters.get("before") ?? 0);
  const query = { limit: kPageSize, ...(before > 0 && { before }) };
  const load = useLoad(`audit ${before}`, () => unwrap(api.GET("/audit", { params: { query } })));
  const last = load.data?.entries.at(-1);
  const mayBeMore = load.data?.entries.length === kPageSize && last !== undefined;
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={before === 0} onClick={() => setParameters({})}>
        {words.newest}
      </Button>
      <Button disabled={!mayBeMore} onClick={() => last && setParameters({ before: String(last.id) })}>
        {words.older}
      </Button>
    </SpaceBetween>
  );
  return (
    <Loaded load={load}>
      {({ entries }) => (
        <Table
          items={entries}
          columnDefinitions={kColumns}
          trackBy={(entry) => String(entry.id)}
          ariaLabels={{ tableLabel: words.title }}
          wrapLines
          header={<Header variant="h2" description={words.text} actions={actions}>{words.title}</Header>}
          empty={words.empty}
        />
      )}
    </Loaded>
  );
}
