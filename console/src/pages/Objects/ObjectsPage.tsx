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
import { usePages } from "./usePages";

const kPageSize = 50;

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

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (!filtered) return <Empty title={words.emptyTitle}>{words.emptyText}</Empty>;
  return <Empty title={words.noMatchTitle} action={<Button onClick={onClear}>{words.clearFilter}</Button>} />;
}

export function ObjectsPage() {
  const { filter, order, show } = useAddress();
  const pages = usePages();
  const query = apiQuery(filter, order, kPageSize, pages.token);
  const load = useLoad(JSON.stringify(query), () => unwrap(api.GET("/objects", { params: { query } })));
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
          pagination={<KeysetPager pages={pages} nextToken={load.data?.nextToken} loading={load.loading} />}
          empty={<Nothing filtered={Object.keys(filter).length > 0} onClear={() => show({}, order)} />}
        />
      </SpaceBetween>
    </Page>
  );
}
