import type { TableProps } from "@cloudscape-design/components/table";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Right } from "../../components/Right";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { RiskBadge } from "../Objects/RiskBadge";
import { SearchTable } from "./SearchTable";

interface Row {
  name: string;
  description: string;
  risk: number;
}

const kColumns: TableProps.ColumnDefinition<Row>[] = [
  { id: "name", header: words.name, isRowHeader: true, sortingField: "name", cell: (row) => row.name },
  { id: "description", header: words.descriptionColumn, sortingField: "description", cell: (row) => row.description },
  {
    id: "risk",
    header: <Right>{words.risk}</Right>,
    sortingField: "risk",
    cell: (row) => (
      <Right>
        <RiskBadge risk={row.risk} />
      </Right>
    ),
  },
];

function RiskTable({ title, call }: { title: string; call: () => Promise<{ rows: Row[] }> }) {
  const load = useLoad(title, call);
  return (
    <Loaded load={load}>
      {({ rows }) => (
        <SearchTable
          title={title}
          items={rows}
          columns={kColumns}
          idOf={(row) => row.name}
          textOf={(row) => `${row.name}\n${row.description}`}
        />
      )}
    </Loaded>
  );
}

export function ContentTypes() {
  return <RiskTable title={words.tabs["content-types"]} call={() => unwrap(api.GET("/content-types"))} />;
}

export function FileExtensions() {
  return <RiskTable title={words.tabs["file-extensions"]} call={() => unwrap(api.GET("/file-extensions"))} />;
}
