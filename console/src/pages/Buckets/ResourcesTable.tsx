import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { bucketPage as words } from "../../strings/buckets";

type Resource = Schemas["KnownBucket"]["resources"][number];
const names = words.resourceColumns;
const saidOf = (setting: string) => (setting === "FULL" ? words.full : words.none);

const kColumns: TableProps.ColumnDefinition<Resource>[] = [
  { id: "prefix", header: names.prefix, isRowHeader: true, cell: ({ prefix }) => prefix || words.wholeBucket },
  { id: "existing", header: names.existing, cell: ({ oneTime }) => saidOf(oneTime) },
  { id: "new", header: names.added, cell: ({ continuous }) => saidOf(continuous) },
];

export function ResourcesTable({ resources }: { resources: Resource[] }) {
  return (
    <Table
      items={resources}
      columnDefinitions={kColumns}
      trackBy="prefix"
      ariaLabels={{ tableLabel: words.resources }}
      header={<Header variant="h2">{words.resources}</Header>}
      empty={words.noResources}
    />
  );
}
