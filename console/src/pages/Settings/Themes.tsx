import type { TableProps } from "@cloudscape-design/components/table";

import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { useLoad } from "../../api/useLoad";
import { Right } from "../../components/Right";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { RiskBadge } from "../Objects/RiskBadge";
import { EnabledToggle } from "./EnabledToggle";
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
    {
      id: "risk",
      header: <Right>{words.risk}</Right>,
      sortingField: "risk",
      cell: (theme) => (
        <Right>
          <RiskBadge risk={theme.risk} />
        </Right>
      ),
    },
    {
      id: "enabled",
      header: words.enabled,
      sortingField: "enabled",
      cell: ({ name, enabled }) => (
        <EnabledToggle
          name={name}
          enabled={enabled}
          change={(next) => unwrap(api.PATCH("/themes", { body: { name, enabled: next } }))}
          onDone={reload}
        />
      ),
    },
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
