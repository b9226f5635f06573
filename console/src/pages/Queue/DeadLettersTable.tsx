import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import type { Schemas } from "../../api/client";
import { Right } from "../../components/Right";
import { Empty } from "../../components/States";
import { Time } from "../../components/Time";
import { formatCount } from "../../format";
import { queue as words } from "../../strings/queue";
import { RetryUnits } from "./RetryUnits";

type DeadLetter = Schemas["DeadLetter"];
const names = words.deadColumns;

function subjectOf({ bucket, key, objects, lastKey }: DeadLetter) {
  if (key !== "") return `${bucket}/${key}`;
  return words.subject(bucket, objects === 0 ? "" : formatCount(objects), lastKey);
}

const kColumns: TableProps.ColumnDefinition<DeadLetter>[] = [
  { id: "unit", header: names.unit, isRowHeader: true, cell: (letter) => letter.unitId },
  { id: "lane", header: names.lane, cell: (letter) => words.lanes[letter.lane] },
  { id: "account", header: names.account, cell: (letter) => letter.accountId },
  { id: "subject", header: names.subject, cell: subjectOf },
  { id: "reason", header: names.reason, cell: (letter) => letter.reason },
  {
    id: "deliveries",
    header: <Right>{names.deliveries}</Right>,
    cell: (letter) => <Right>{formatCount(letter.deliveries)}</Right>,
  },
  { id: "at", header: names.at, cell: (letter) => <Time value={letter.at} /> },
];

interface Props {
  letters: DeadLetter[];
  all: number; // also those that are not loaded yet
  loading: boolean;
  onMore: () => void;
  onDone: () => void;
}

export function DeadLettersTable({ letters, all, loading, onMore, onDone }: Props) {
  const [selected, setSelected] = useState<DeadLetter[]>([]);
  const chosen = selected.filter(({ sequence }) => letters.some((letter) => letter.sequence === sequence));
  const done = () => {
    setSelected([]);
    onDone();
  };
  return (
    <Table
      items={letters}
      columnDefinitions={kColumns}
      trackBy={(letter) => String(letter.sequence)}
      selectionType="multi"
      selectedItems={chosen}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      ariaLabels={{
        tableLabel: words.dead,
        selectionGroupLabel: words.selection,
        allItemsSelectionLabel: () => words.selectAll,
        itemSelectionLabel: (_, letter) => words.selectUnit(letter.unitId),
      }}
      wrapLines
      header={
        <Header
          variant="h2"
          description={words.deadText}
          counter={`(${formatCount(all)})`}
          actions={all > 0 && <RetryUnits chosen={chosen.map((letter) => letter.sequence)} onDone={done} />}
        >
          {words.dead}
        </Header>
      }
      footer={
        letters.length > 0 &&
        letters.length < all && (
          <Button loading={loading} onClick={onMore}>
            {words.more}
          </Button>
        )
      }
      empty={<Empty title={words.noDeadTitle} />}
    />
  );
}
