import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Page } from "../../components/Page";
import { Empty, Refused } from "../../components/States";
import { objects as words } from "../../strings/objects";
import { ExportButton } from "./ExportButton";
import { KeysetPager } from "./KeysetPager";
import { apiQuery, filterFromUrl, type ObjectFilter, type ObjectOrder, objectsLink, orderFromUrl } from "./objectFilter";
import { ObjectFilterBar } from "./ObjectFilterBar";
import type { ObjectRecord } from "./objectRecord";
import { ObjectsTable } from "./ObjectsTable";
import { type ListAnswer, searchPage } from "./searchPage";
import { usePages } from "./usePages";

const kPageSize = 50;
const kSearchMs = 4000;

// Filter and order live in the address; every change of them is a step that Back undoes.
function useAddress() {
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const text = parameters.toString();
  const filter = useMemo(() => filterFromUrl(new URLSearchParams(text)), [text]);
  const order = orderFromUrl(parameters);
  const show = useCallback(
    (next: ObjectFilter, nextOrder: ObjectOrder) => navigate(objectsLink(next, nextOrder)),
    [navigate],
  );
  return { filter, order, show };
}

interface NothingProps {
  filtered: boolean;
  onClear: () => void;
  onGoOn: (() => void) | undefined; // there is more to look at
}

function Nothing({ filtered, onClear, onGoOn }: NothingProps) {
  if (onGoOn) {
    return (
      <Empty title={words.notYetTitle} action={<Button onClick={onGoOn}>{words.goOn}</Button>}>
        {words.notYetText}
      </Empty>
    );
  }
  if (!filtered) return <Empty title={words.emptyTitle}>{words.emptyText}</Empty>;
  return <Empty title={words.noMatchTitle} action={<Button onClick={onClear}>{words.clearFilter}</Button>} />;
}

function search(filter: ObjectFilter, order: ObjectOrder, token: string | undefined): Promise<ListAnswer> {
  const fetchPage = (nextToken: string | undefined, limit: number) =>
    unwrap(
      api.GET("/objects", { params: { query: { ...apiQuery(filter, order, limit, nextToken), detections: false } } }),
    );
  return searchPage(fetchPage, token, kPageSize, kSearchMs);
}

export function ObjectsPage() {
  const { filter, order, show } = useAddress();
  const pages = usePages();
  const key = JSON.stringify(apiQuery(filter, order, kPageSize, pages.token));
  const load = useLoad(key, () => search(filter, order, pages.token));
  const nextToken = load.data?.nextToken;
  const records = (load.data?.objects ?? []) as unknown as ObjectRecord[];
  return (
    <Page title={words.title} description={words.description}>
      <SpaceBetween size="l">
        {load.error && <Refused error={load.error} retry={load.reload} />}
        <ObjectsTable
          records={records}
          loading={load.loading && !load.data}
          order={order}
          onOrder={(next) => show(filter, next)}
          header={
            <Header variant="h2" actions={<ExportButton filter={filter} order={order} />}>
              {words.tableLabel}
            </Header>
          }
          filter={<ObjectFilterBar filter={filter} onChange={(next) => show(next, order)} />}
          pagination={<KeysetPager pages={pages} nextToken={nextToken} loading={load.loading} />}
          empty={
            <Nothing
              filtered={Object.keys(filter).length > 0}
              onClear={() => show({}, order)}
              onGoOn={nextToken ? () => pages.next(nextToken) : undefined}
            />
          }
        />
      </SpaceBetween>
    </Page>
  );
}
