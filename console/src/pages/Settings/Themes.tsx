import type { TableProps } from "@cloudscape-design/components/table";

import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { useLoad } from "../../api/useLoad";
import { Right } from "../../components/Right";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { riskAndEnabled } from "./riskAndEnabled";
import { SearchTable } from "./SearchTable";

type Theme = paths["/themes"]["get"]["responses"]["200"]["content"]["application/json"]["themes"][number];

function columnsFor(reload: () => void): TableProps.ColumnDefinition<Theme>[] {
  return [
    { id: "name", header: words.name, isRowHeader: true, sortingField: "name", cell: (theme) => theme.name },
    { id: "keywords", header: words.keywords, cell: (theme) => theme.keywords.join(", ") },
    {
      id: "minimum",
      header: <Right>{words.minimumMatches}</Right>,
      sortingField: "minimumMatches",
      cell: (theme) => <Right>{theme.minimumMatches}</Right>,
    },
    ...riskAndEnabled<Theme>(
      (theme, enabled) => unwrap(api.PATCH("/themes", { body: { name: theme.name, enabled } })),
      reload,
    ),
  ];
}

export function Themes() {
  const load = useLoad("themes", () => unwrap(api.GET("/themes")));
  return (
    <Loaded load={load}>
      {({ themes }) => (
        <SearchTable
          title={words.tabs.themes}
          description={words.fromNowOn}
          items={themes}
          columns={columnsFor(load.reload)}
          idOf={(theme) => theme.name}
          textOf={(theme) => [theme.name, ...theme.keywords].join("\n")}
        />
      )}
    </Loaded>
  );
}
