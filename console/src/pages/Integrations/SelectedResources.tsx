import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";
import { useNavigate, useParams } from "react-router-dom";

import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Page, useFrameTitle } from "../../components/Page";
import { useRegion } from "../../components/session";
import { Empty, Loaded } from "../../components/States";
import { services as words } from "../../strings/services";
import { loadOutcomeCounts, loadBuckets, loadResources } from "./resources";
import { resourceColumns, type Row } from "./resourceColumns";

const kPollMs = 3000;
const kPageSize = 50;

function servicesCrumbs(account: string) {
  return [
    { text: words.integrations, href: "/integrations/accounts" },
    { text: words.tab, href: `/integrations/services?account=${account}` },
  ];
}

async function loadRows(account: string, region: string): Promise<Row[]> {
  const [resources, counts, buckets] = await Promise.all([
    loadResources(account, region),
    loadOutcomeCounts(account),
    loadBuckets(account, region),
  ]);
  const objects = new Map(buckets.map((bucket) => [bucket.bucketName, bucket.objectCount]));
  return resources.map((resource) => ({
    ...resource,
    id: `${resource.bucketName}\n${resource.prefix}`,
    objectCount: objects.get(resource.bucketName),
    withOutcome: counts.get(resource.bucketName) ?? 0,
  }));
}

interface TableProps {
  account: string;
  region: string;
  rows: Row[];
  loading: boolean;
  onRefresh: () => void;
}

function ResourceTable({ account, region, rows, loading, onRefresh }: TableProps) {
  const navigate = useNavigate();
  const { items, collectionProps, filterProps, paginationProps } = useCollection(rows, {
    filtering: {
      empty: <Empty title={words.noneSelected}>{words.noneSelectedText}</Empty>,
      noMatch: <Empty title={words.noMatch} />,
      fields: ["bucketName", "prefix"],
    },
    pagination: { pageSize: kPageSize },
    sorting: {},
  });
  return (
    <Table
      {...collectionProps}
      items={items}
      trackBy="id"
      variant="full-page"
      stickyHeader
      wrapLines
      columnDefinitions={resourceColumns}
      filter={<TextFilter {...filterProps} filteringPlaceholder={words.filterSelected} filteringAriaLabel={words.filterSelected} />}
      pagination={<Pagination {...paginationProps} />}
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={`(${rows.length})`}
          description={words.selectedDescription(account, region)}
          info={
            <ChangeButton
              variant="icon"
              iconName="edit"
              ariaLabel={words.edit}
              onClick={() => navigate(`/integrations/services/${account}/s3/edit`)}
            />
          }
          actions={<Button iconName="refresh" ariaLabel={words.refresh} loading={loading} onClick={onRefresh} />}
        >
          {words.selected}
        </Header>
      }
      footer={<Box color="text-body-secondary">{words.progressNote}</Box>}
    />
  );
}

// What is monitored of an account, and how far it is.
export default function SelectedResources() {
  const { account = "" } = useParams();
  const region = useRegion();
  useFrameTitle(words.selected, servicesCrumbs(account));
  const load = useLoad(`resources ${account} ${region}`, () => loadRows(account, region), kPollMs);
  if (!load.data) {
    return (
      <Page title={words.selected} description={words.selectedDescription(account, region)} crumbs={servicesCrumbs(account)}>
        <Loaded load={load}>{() => null}</Loaded>
      </Page>
    );
  }
  return (
    <Loaded load={load}>
      {(rows) => <ResourceTable account={account} region={region} rows={rows} loading={false} onRefresh={load.reload} />}
    </Loaded>
  );
}
