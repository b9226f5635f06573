import SpaceBetween from "@cloudscape-design/components/space-between";
import Alert from "@cloudscape-design/components/alert";
import { useSearchParams } from "react-router-dom";

import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { useLoad } from "../../api/useLoad";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/States";
import { objectPage as words, objects, statusReasons } from "../../strings/objects";
import { ClassifyAgainButton } from "./ClassifyAgainButton";
import { DetectionsTable } from "./DetectionsTable";
import { HistoryTable } from "./HistoryTable";
import { MetadataPanel } from "./MetadataPanel";
import { objectsLink } from "./objectFilter";
import type { ObjectRecord } from "./objectRecord";
import { OverviewPanel } from "./OverviewPanel";
import { RiskTable } from "./RiskTable";

type Answer = paths["/objects/detail"]["get"]["responses"]["200"]["content"]["application/json"];
export type Detail = Omit<Answer, "record"> & { record: ObjectRecord };

function Body({ detail }: { detail: Detail }) {
  const { record } = detail;
  const partial = record.status === "PARTIAL";
  return (
    <SpaceBetween size="l">
      {partial && (
        <Alert type="warning">
          {words.partly(statusReasons[record.status_reason ?? ""] ?? record.status_reason ?? "")}
        </Alert>
      )}
      <OverviewPanel detail={detail} />
      <RiskTable record={record} />
      <DetectionsTable record={record} />
      <MetadataPanel detail={detail} />
      <HistoryTable history={detail.history} />
    </SpaceBetween>
  );
}

export function ObjectPage() {
  const [parameters] = useSearchParams();
  const account = parameters.get("account") ?? "";
  const bucket = parameters.get("bucket") ?? "";
  const key = parameters.get("key") ?? "";
  const percent = parameters.get("keyEncoding") === "percent";
  const query = { account, bucket, key, ...(percent && { keyEncoding: "percent" as const }) };
  const load = useLoad(JSON.stringify(query), async () => {
    const answer = await unwrap(api.GET("/objects/detail", { params: { query } }));
    return answer as unknown as Detail;
  });
  const crumbs = [
    { text: objects.title, href: "/objects" },
    { text: bucket, href: objectsLink({ account, bucket }) },
  ];
  if (!account || !bucket || !key) {
    return (
      <Page title={objects.title}>
        <Alert type="error">{words.incomplete}</Alert>
      </Page>
    );
  }
  return (
    <Page
      title={key}
      crumbs={crumbs}
      actions={load.data && <ClassifyAgainButton detail={load.data} onDone={load.reload} />}
    >
      <Loaded load={load}>{(detail) => <Body detail={detail} />}</Loaded>
    </Page>
  );
}
