import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { formatCount } from "../../format";
import { buckets as words } from "../../strings/buckets";
import { bucketColumns } from "./bucketColumns";

type KnownBucket = Schemas["KnownBucket"];

const kPageSize = 50;

function searchText(bucket: KnownBucket): string {
  const { bucketName, accountId, region, encryption = "" } = bucket;
  return [bucketName, accountId, region, encryption, words.encryptions[encryption] ?? ""].join("\n").toLowerCase();
}

function BucketsTable({ buckets }: { buckets: KnownBucket[] }) {
  const { items, actions, collectionProps, filterProps, filteredItemsCount, paginationProps } = useCollection(buckets, {
    filtering: {
      filteringFunction: (bucket, text) => searchText(bucket).includes(text.toLowerCase()),
      empty: <Empty title={words.emptyTitle}>{words.emptyText}</Empty>,
      noMatch: (
        <Empty
          title={words.noMatchTitle}
          action={<Button onClick={() => actions.setFiltering("")}>{words.clearFilter}</Button>}
        />
      ),
    },
    pagination: { pageSize: kPageSize },
    sorting: { defaultState: { sortingColumn: { sortingField: "bucketName" } } },
  });
  return (
    <Table
      {...collectionProps}
      items={items}
      columnDefinitions={bucketColumns}
      trackBy={(bucket) => `${bucket.accountId}/${bucket.bucketName}`}
      ariaLabels={{ tableLabel: words.tableLabel }}
      wrapLines
      contentDensity="compact"
      header={
        <Header variant="h2" counter={`(${formatCount(buckets.length)})`}>
          {words.tableLabel}
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringAriaLabel={words.filterLabel}
          filteringPlaceholder={words.filterPlaceholder}
          countText={words.matches(filteredItemsCount ?? 0)}
        />
      }
      pagination={<Pagination {...paginationProps} />}
    />
  );
}

export function BucketsPage() {
  const load = useLoad("buckets", () => unwrap(api.GET("/buckets")));
  return (
    <Page title={words.title} description={words.description}>
      <Loaded load={load}>{({ buckets }) => <BucketsTable buckets={buckets} />}</Loaded>
    </Page>
  );
}
