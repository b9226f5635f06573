import Button from "@cloudscape-design/components/button";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Right } from "../../components/Right";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { RiskBadge } from "../Objects/RiskBadge";
import { EnabledToggle } from "./EnabledToggle";
import { IdentifierModal } from "./IdentifierModal";
import { SearchTable } from "./SearchTable";

type Identifier = Schemas["Identifier"];

function columnsFor(
  reload: () => void,
  onDetails: (identifier: Identifier) => void,
): TableProps.ColumnDefinition<Identifier>[] {
  return [
    {
      id: "name",
      header: words.name,
      isRowHeader: true,
      sortingField: "name",
      cell: (one) => (
        <Button variant="inline-link" ariaLabel={words.detailsOf(one.name)} onClick={() => onDetails(one)}>
          {one.name}
        </Button>
      ),
    },
    { id: "id", header: words.id, sortingField: "id", cell: (one) => one.id },
    { id: "category", header: words.category, sortingField: "category", cell: (one) => one.category },
    {
      id: "risk",
      header: <Right>{words.risk}</Right>,
      sortingField: "risk",
      cell: (one) => (
        <Right>
          <RiskBadge risk={one.risk} />
        </Right>
      ),
    },
    {
      id: "enabled",
      header: words.enabled,
      sortingField: "enabled",
      cell: ({ id, name, enabled }) => (
        <EnabledToggle
          name={name}
          enabled={enabled}
          change={(next) => unwrap(api.PATCH("/identifiers", { body: { name: id, enabled: next } }))}
          onDone={reload}
        />
      ),
    },
  ];
}

function searchText(one: Identifier): string {
  return [one.name, one.id, one.category, one.classicName ?? "", ...one.keywords].join("\n");
}

export function Identifiers() {
  const load = useLoad("identifiers", () => unwrap(api.GET("/identifiers")));
  const [shown, setShown] = useState<Identifier>();
  return (
    <Loaded load={load}>
      {({ identifiers }) => (
        <>
          <SearchTable
            title={words.tabs.identifiers}
            description={words.fromNowOn}
            items={identifiers}
            columns={columnsFor(load.reload, setShown)}
            idOf={(one) => one.id}
            textOf={searchText}
          />
          {shown && <IdentifierModal identifier={shown} onClose={() => setShown(undefined)} />}
        </>
      )}
    </Loaded>
  );
}
