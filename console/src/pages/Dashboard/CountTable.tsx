import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useMemo, useState } from "react";

import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { formatCount } from "../../format";
import { dashboard as words } from "../../strings/dashboard";

interface Count {
  name: string;
  objects: number;
}

interface Props {
  title: string;
  counts: Count[];
  nameOf?: (name: string) => string;
  linkOf: (name: string) => string;
}

const kFew = 8;

// Names by how many objects carry them, each with the list behind it; the most frequent at first.
export function CountTable({ title, counts, nameOf = (name) => name, linkOf }: Props) {
  const [all, setAll] = useState(false);
  const columns = useMemo<TableProps.ColumnDefinition<Count>[]>(
    () => [
      {
        id: "name",
        header: words.name,
        isRowHeader: true,
        cell: (count) => <RouterLink href={linkOf(count.name)}>{nameOf(count.name)}</RouterLink>,
      },
      {
        id: "objects",
        header: <Right>{words.objects}</Right>,
        cell: (count) => <Right>{formatCount(count.objects)}</Right>,
      },
    ],
    [linkOf, nameOf],
  );
  return (
    <Table
      items={all ? counts : counts.slice(0, kFew)}
      columnDefinitions={columns}
      trackBy="name"
      ariaLabels={{ tableLabel: title }}
      wrapLines
      contentDensity="compact"
      header={
        <Header variant="h3" counter={`(${formatCount(counts.length)})`}>
          {title}
        </Header>
      }
      empty={words.nothing}
      footer={
        counts.length > kFew && (
          <Button variant="inline-link" ariaExpanded={all} onClick={() => setAll(!all)}>
            {all ? words.less : words.more(counts.length)}
          </Button>
        )
      }
    />
  );
}
