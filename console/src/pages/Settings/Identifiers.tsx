import Button from "@cloudscape-design/components/button";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Loaded } from "../../components/States";
import { settings as words } from "../../strings/settings";
import { IdentifierModal } from "./IdentifierModal";
import { riskAndEnabled } from "./riskAndEnabled";
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
    ...riskAndEnabled<Identifier>(
      (one, enabled) => unwrap(api.PATCH("/identifiers", { body: { name: one.id, enabled } })),
      reload,
    ),
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
