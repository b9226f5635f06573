import type { TableProps } from "@cloudscape-design/components/table";

import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { useLoad } from "../../api/useLoad";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { riskAndEnabled } from "./riskAndEnabled";
import { SearchTable } from "./SearchTable";

type Path = "/content-types" | "/file-extensions";
type Row = paths[Path]["get"]["responses"]["200"]["content"]["application/json"]["rows"][number];

function columnsFor(path: Path, reload: () => void): TableProps.ColumnDefinition<Row>[] {
  return [
    { id: "name", header: words.name, isRowHeader: true, sortingField: "name", cell: (row) => row.name },
    { id: "description", header: words.descriptionColumn, sortingField: "description", cell: (row) => row.description },
    ...riskAndEnabled<Row>(
      (row, enabled) => unwrap(api.PATCH(path, { body: { name: row.name, enabled } })),
      reload,
    ),
  ];
}

function RiskTable({ title, path }: { title: string; path: Path }) {
  const load = useLoad(path, () => unwrap(api.GET(path)));
  return (
    <Loaded load={load}>
      {({ rows }) => (
        <SearchTable
          title={title}
          description={words.typesFromNowOn}
          items={rows}
          columns={columnsFor(path, load.reload)}
          idOf={(row) => row.name}
          textOf={(row) => `${row.name}\n${row.description}`}
        />
      )}
    </Loaded>
  );
}

export function ContentTypes() {
  return <RiskTable title={words.tabs["content-types"]} path="/content-types" />;
}

export function FileExtensions() {
  return <RiskTable title={words.tabs["file-extensions"]} path="/file-extensions" />;
}
