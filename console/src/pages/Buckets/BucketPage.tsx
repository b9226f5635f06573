import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useParams } from "react-router-dom";

import { api, type ApiError, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { refusal, useFlash } from "../../components/frame";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/States";
import { bucketPage as words, buckets } from "../../strings/buckets";
import { BucketOverview } from "./BucketOverview";
import { PropertiesPanel } from "./PropertiesPanel";
import { ResourcesTable } from "./ResourcesTable";

function propertiesOf(account: string, bucket: string, fresh: boolean) {
  return unwrap(
    api.GET("/buckets/{account}/{bucket}/properties", { params: { path: { account, bucket }, query: { fresh } } }),
  );
}

// Asks the store for the properties anew, which may take a moment.
function RefreshButton({ account, bucket, onDone }: { account: string; bucket: string; onDone: () => void }) {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const refresh = async () => {
    setBusy(true);
    try {
      await propertiesOf(account, bucket, true);
      flash({ type: "success", content: words.refreshed });
      onDone();
    } catch (error) {
      flash(refusal(words.refreshFailed, error as ApiError));
    }
    setBusy(false);
  };
  return (
    <Button iconName="refresh" loading={busy} onClick={() => void refresh()}>
      {words.refresh}
    </Button>
  );
}

export function BucketPage() {
  const { account = "", bucket = "" } = useParams();
  const known = useLoad(`bucket ${account}/${bucket}`, async () => {
    const all = await unwrap(api.GET("/buckets", { params: { query: { account } } }));
    return all.buckets.find(({ bucketName }) => bucketName === bucket) ?? null;
  });
  const properties = useLoad(`properties ${account}/${bucket}`, () => propertiesOf(account, bucket, false));
  // Reading the properties makes them known: the first time they come after what is known already.
  const { reload: reloadKnown } = known;
  const crawled = properties.data?.crawledAt;
  useEffect(() => {
    if (crawled) reloadKnown();
  }, [crawled, reloadKnown]);
  const reload = () => {
    known.reload();
    properties.reload();
  };
  return (
    <Page
      title={bucket}
      crumbs={[{ text: buckets.title, href: "/buckets" }]}
      actions={<RefreshButton account={account} bucket={bucket} onDone={reload} />}
    >
      <SpaceBetween size="l">
        <Loaded load={known}>
          {(one) =>
            one === null ? (
              <Alert type="info">{words.unknownBucket}</Alert>
            ) : (
              <SpaceBetween size="l">
                <BucketOverview bucket={one} />
                <ResourcesTable resources={one.resources} />
              </SpaceBetween>
            )
          }
        </Loaded>
        <Loaded load={properties}>{(found) => <PropertiesPanel properties={found.properties} />}</Loaded>
      </SpaceBetween>
    </Page>
  );
}
