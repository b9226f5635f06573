import type { TableProps } from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { ExposureLabel } from "../../components/ExposureLabel";
import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { Time } from "../../components/Time";
import { formatCount, formatSize } from "../../format";
import { buckets as words } from "../../strings/buckets";
import { type ObjectFilter, objectsLink } from "../Objects/objectFilter";

type KnownBucket = Schemas["KnownBucket"];
const names = words.columns;

export function selectedText(resources: KnownBucket["resources"]): string {
  if (resources.length === 0) return words.notSelected;
  if (resources.some(({ prefix }) => prefix === "")) return words.whole;
  return words.prefixes(resources.length);
}

function Count({ bucket, objects, filter }: { bucket: KnownBucket; objects: number; filter: ObjectFilter }) {
  const href = objectsLink({ account: bucket.accountId, bucket: bucket.bucketName, ...filter });
  return <Right>{objects > 0 ? <RouterLink href={href}>{formatCount(objects)}</RouterLink> : formatCount(objects)}</Right>;
}

const notClassifiedOf = ({ outcomes }: KnownBucket) => outcomes.skipped + outcomes.failed;

export const bucketColumns: TableProps.ColumnDefinition<KnownBucket>[] = [
  {
    id: "name",
    header: names.name,
    isRowHeader: true,
    sortingField: "bucketName",
    cell: (bucket) => (
      <RouterLink href={`/buckets/${bucket.accountId}/${encodeURIComponent(bucket.bucketName)}`}>
        {bucket.bucketName}
      </RouterLink>
    ),
  },
  { id: "account", header: names.account, sortingField: "accountId", cell: (bucket) => bucket.accountId },
  { id: "region", header: names.region, sortingField: "region", cell: (bucket) => bucket.region },
  {
    id: "read",
    header: names.read,
    sortingField: "worldReadability",
    minWidth: 125,
    cell: (bucket) => <ExposureLabel value={bucket.worldReadability} />,
  },
  {
    id: "write",
    header: names.write,
    sortingField: "worldWritability",
    minWidth: 125,
    cell: (bucket) => <ExposureLabel value={bucket.worldWritability} />,
  },
  {
    id: "encryption",
    header: names.encryption,
    sortingField: "encryption",
    cell: ({ encryption = "unknown" }) => words.encryptions[encryption] ?? encryption,
  },
  { id: "resources", header: names.resources, cell: (bucket) => selectedText(bucket.resources) },
  {
    id: "size",
    header: <Right>{names.size}</Right>,
    sortingField: "totalSize",
    minWidth: 110,
    cell: ({ totalSize }) => <Right>{totalSize === undefined ? "-" : formatSize(totalSize)}</Right>,
  },
  {
    id: "classified",
    header: <Right>{names.classified}</Right>,
    sortingComparator: (a, b) => a.outcomes.classified - b.outcomes.classified,
    cell: (bucket) => <Count bucket={bucket} objects={bucket.outcomes.classified} filter={{ outcome: "classified" }} />,
  },
  {
    id: "notClassified",
    header: <Right>{names.notClassified}</Right>,
    sortingComparator: (a, b) => notClassifiedOf(a) - notClassifiedOf(b),
    // What is not classified, and nothing else, has the risk 0.
    cell: (bucket) => <Count bucket={bucket} objects={notClassifiedOf(bucket)} filter={{ maxRisk: "0" }} />,
  },
  {
    id: "highRisk",
    header: <Right>{names.highRisk}</Right>,
    sortingComparator: (a, b) => a.outcomes.highRisk - b.outcomes.highRisk,
    cell: (bucket) => (
      <Count bucket={bucket} objects={bucket.outcomes.highRisk} filter={{ outcome: "classified", minRisk: "8" }} />
    ),
  },
  { id: "snapshot", header: names.snapshot, sortingField: "snapshotTime", cell: (bucket) => <Time value={bucket.snapshotTime} /> },
];
