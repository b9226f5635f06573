import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";
import { useMemo, useState } from "react";

import { Empty } from "../../components/States";
import { formatCount } from "../../format";
import { editResources as words } from "../../strings/services";
import { bucketColumns, type BucketRow, isUnusable } from "./bucketColumns";
import type { Bucket } from "./resources";
import { choose, classifyAll, countOf, isClassifiedWhole, kMaxResources, type Selection } from "./selection";
import { PrefixModal } from "./PrefixModal";
import { Totals } from "./Totals";
import type { Estimates } from "./useEstimates";

const kPageSize = 50;

interface Props {
  account: string;
  region: string;
  buckets: ReadonlyMap<string, Bucket>;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  estimates: Estimates;
}

function rowsOf({ buckets, selection, estimates }: Props): BucketRow[] {
  return [...buckets.values()].map((bucket) => {
    const choices = selection.get(bucket.bucketName) ?? [];
    return {
      ...bucket,
      choices,
      classifyAll: isClassifiedWhole(selection, bucket.bucketName),
      someClassifyAll: choices.some((choice) => choice.classifyAll),
      busy: estimates.busy.has(bucket.bucketName),
      failure: estimates.failed.get(bucket.bucketName),
      cost: Number(bucket.totalCostEstimate ?? -1),
    };
  });
}

export function BucketTable(props: Props) {
  const { account, region, buckets, selection, onSelect, estimates } = props;
  const [prefixesOf, setPrefixesOf] = useState<string>();
  const rows = rowsOf(props);
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps, actions } = useCollection(rows, {
    filtering: {
      fields: ["bucketName"],
      empty: <Empty title={words.none}>{words.noneText(region)}</Empty>,
      noMatch: (
        <Empty title={words.noMatch} action={<Button onClick={() => actions.setFiltering("")}>{words.clearFilter}</Button>} />
      ),
    },
    pagination: { pageSize: kPageSize },
    sorting: { defaultState: { sortingColumn: { sortingField: "bucketName" } } },
  });
  const columns = useMemo(
    () =>
      bucketColumns({
        onPrefixes: setPrefixesOf,
        onClassifyAll: (bucket, checked) => {
          onSelect(classifyAll(selection, bucket, checked));
          if (checked && buckets.get(bucket)?.snapshotTime === undefined) void estimates.take([bucket], 48);
        },
      }),
    [selection, onSelect, buckets, estimates],
  );
  const selected = rows.filter((row) => row.choices.length > 0);
  const select = (chosen: readonly BucketRow[]) => {
    const names = new Set(chosen.map((row) => row.bucketName));
    let next = selection;
    for (const row of chosen) {
      if (!next.has(row.bucketName)) next = choose(next, row.bucketName, [""]);
    }
    for (const row of selected) {
      if (!names.has(row.bucketName)) next = choose(next, row.bucketName, []);
    }
    onSelect(next);
  };
  const refresh = () => estimates.take((selected.length > 0 ? selected : items.filter((row) => !row.problem)).map((row) => row.bucketName), 0);
  return (
    <>
      <Table
        {...collectionProps}
        items={items}
        trackBy="bucketName"
        wrapLines
        selectionType="multi"
        selectedItems={selected}
        isItemDisabled={isUnusable}
        onSelectionChange={({ detail }) => select(detail.selectedItems)}
        ariaLabels={{
          selectionGroupLabel: words.table,
          allItemsSelectionLabel: () => words.selectPage,
          itemSelectionLabel: (_, row) => words.selectBucket(row.bucketName),
        }}
        columnDefinitions={columns}
        filter={
          <TextFilter
            {...filterProps}
            filteringPlaceholder={words.filter}
            filteringAriaLabel={words.filter}
            countText={words.matches(formatCount(filteredItemsCount ?? 0))}
          />
        }
        pagination={<Pagination {...paginationProps} />}
        header={
          <Header
            variant="h2"
            counter={`(${formatCount(rows.length)})`}
            description={words.tableDescription}
            actions={
              <Button iconName="refresh" loading={estimates.busy.size > 0} onClick={() => void refresh()}>
                {words.refresh}
              </Button>
            }
          >
            {words.table}
          </Header>
        }
        footer={
          <>
            <Box variant="strong">{words.counter(countOf(selection), kMaxResources)}</Box>
            <Totals selection={selection} buckets={buckets} />
          </>
        }
      />
      {prefixesOf !== undefined && (
        <PrefixModal
          account={account}
          bucket={prefixesOf}
          chosen={(selection.get(prefixesOf) ?? []).map((choice) => choice.prefix)}
          onChoose={(prefixes) => {
            onSelect(choose(selection, prefixesOf, prefixes));
            setPrefixesOf(undefined);
          }}
          onClose={() => setPrefixesOf(undefined)}
        />
      )}
    </>
  );
}
