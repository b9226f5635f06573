import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";

import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Page } from "../../components/Page";
import { useRegion } from "../../components/session";
import { Loaded } from "../../components/States";
import { editResources as words, services } from "../../strings/services";
import { BucketTable } from "./BucketTable";
import { type Bucket, loadBuckets, loadResources, type Resource } from "./resources";
import { Review } from "./Review";
import { countOf, kMaxResources, type Selection, selectionOf } from "./selection";
import { useEstimates } from "./useEstimates";

function crumbsOf(account: string) {
  return [
    { text: services.integrations, href: "/integrations/accounts" },
    { text: services.tab, href: `/integrations/services?account=${account}` },
    { text: services.selected, href: `/integrations/services/${account}/s3` },
  ];
}

interface Props {
  account: string;
  region: string;
  listed: Bucket[];
  resources: Resource[];
}

// Chooses, then reviews: two steps of one page, so that Back keeps what was chosen.
function Editor({ account, region, listed, resources }: Props) {
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const before = useMemo(() => selectionOf(resources), [resources]);
  const [selection, setSelection] = useState<Selection>(before);
  const estimates = useEstimates(account, region);
  const buckets = useMemo(() => {
    const known = new Map(listed.map((bucket) => [bucket.bucketName, bucket]));
    for (const [name, bucket] of estimates.fresh) known.set(name, { ...known.get(name), ...bucket });
    return known;
  }, [listed, estimates.fresh]);
  const selected = `/integrations/services/${account}/s3`;
  const over = countOf(selection) - kMaxResources;
  const crumbs = crumbsOf(account);
  if (query.get("step") === "review") {
    return <Review account={account} region={region} before={before} after={selection} buckets={buckets} crumbs={crumbs} />;
  }
  return (
    <Page title={words.title} description={words.description(account, region)} crumbs={crumbs}>
      <SpaceBetween size="l">
        <BucketTable
          account={account}
          region={region}
          buckets={buckets}
          selection={selection}
          onSelect={setSelection}
          estimates={estimates}
        />
        {over > 0 && <Alert type="error">{words.tooMany(over)}</Alert>}
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => navigate(selected)}>
              {words.cancel}
            </Button>
            <ChangeButton variant="primary" disabled={over > 0} onClick={() => setQuery({ step: "review" })}>
              {words.review}
            </ChangeButton>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </Page>
  );
}

export default function EditResources() {
  const { account = "" } = useParams();
  const region = useRegion();
  const load = useLoad(`edit ${account} ${region}`, async () => {
    const [listed, resources] = await Promise.all([loadBuckets(account, region), loadResources(account, region)]);
    return { listed, resources };
  });
  if (!load.data) {
    return (
      <Page title={words.title} description={words.description(account, region)} crumbs={crumbsOf(account)}>
        <Loaded load={load}>{() => null}</Loaded>
      </Page>
    );
  }
  return (
    <Loaded load={load}>
      {(data) => <Editor key={`${account} ${region}`} account={account} region={region} {...data} />}
    </Loaded>
  );
}
